//! The closed vocabulary of what code can do, as far as the rules ask.

use serde::{Deserialize, Serialize};

macro_rules! concepts {
    ($($(#[doc = $doc:literal])* $variant:ident => $slug:literal { roles: [$($role:literal),*], attributes: [$($attribute:literal),*] };)*) => {
        /// Something that code does. An unknown name in a table is a load error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Concept { $($(#[doc = $doc])* $variant,)* }

        impl Concept {
            /// All concepts.
            pub const ALL: &'static [Concept] = &[$(Concept::$variant,)*];

            /// The name in tables and outputs.
            pub fn slug(self) -> &'static str { match self { $(Concept::$variant => $slug,)* } }

            /// The names of the argument roles that a row may give.
            pub fn roles(self) -> &'static [&'static str] { match self { $(Concept::$variant => &[$($role),*],)* } }

            /// The names of the constant attributes that a row may set.
            pub fn attributes(self) -> &'static [&'static str] {
                match self { $(Concept::$variant => &[$($attribute),*],)* }
            }
        }
    };
}

concepts! {
    /// One environment variable is read. `missing`: what a read of an unset variable gives (`none` or `fails`).
    EnvRead => "env-read" { roles: ["key", "default", "field"], attributes: ["missing"] };
    /// All variables with a prefix are accepted.
    EnvPrefix => "env-prefix" { roles: ["prefix"], attributes: [] };
    /// The process changes its own environment.
    EnvWrite => "env-write" { roles: ["key", "value"], attributes: [] };
    /// A variable, or a file at `path`, is read while the program is compiled.
    CompileTimeRead => "compile-time-read" { roles: ["key", "path"], attributes: [] };
    /// Settings come from a file at `path`, or from its `content`.
    ConfigFile => "config-file" { roles: ["path", "content"], attributes: [] };
    /// A setting gets a value for when nothing else gives one.
    ConfigDefault => "config-default" { roles: ["key", "value"], attributes: [] };
    /// A credential is handed over. `use`: `signing`, `encryption`, `session`, `password`, `token`.
    CredentialSink => "credential-sink" { roles: ["secret"], attributes: ["use"] };
    /// A connection to a backing service is opened. `service`: its kind (`postgres`, `redis`, `http` …).
    ConnectionSink => "connection-sink" { roles: ["address", "host", "port", "password"], attributes: ["service"] };
    /// A socket is bound for listening.
    Listen => "listen" { roles: ["address", "host", "port"], attributes: ["framework"] };
    /// A server starts to serve. `drains`: what it does on SIGTERM (`yes`: stops gracefully by itself, `no`: nothing,
    /// `asked`: this call is given the signal to drain at). `graceful`: name of the call that makes it drain.
    /// `shape`: `accept-loop` when it serves one connection at a time of a loop that the program writes itself.
    ServerStart => "server-start" { roles: ["listener", "address", "signal"], attributes: ["framework", "drains", "graceful", "shape"] };
    /// A server is told to drain when a future or handle says so.
    GracefulShutdown => "graceful-shutdown" { roles: ["signal"], attributes: ["framework"] };
    /// A signal is waited for or handled. `signal`: `SIGINT`, `SIGTERM` or `both`; unset when the role says which.
    /// `feature`: the feature of `library` with which both are handled.
    SignalHandler => "signal-handler" { roles: ["signal"], attributes: ["signal", "feature", "library"] };
    /// The framework's own signal handling is switched off.
    SignalsDisabled => "signals-disabled" { roles: [], attributes: ["framework"] };
    /// Sessions are kept in the memory of the process.
    MemorySessionStore => "memory-session-store" { roles: [], attributes: [] };
    /// A file is created or written.
    FileWrite => "file-write" { roles: ["path", "content"], attributes: [] };
    /// A path in the system's folder for temporary files, or a file that removes itself.
    TemporaryFile => "temporary-file" { roles: [], attributes: [] };
    /// A log file is opened. `rotates`: `yes` or `no`. `writer = given`: whatever `path` is becomes the target, and
    /// only a file counts.
    LogFile => "log-file" { roles: ["path", "folder"], attributes: ["rotates", "writer"] };
    /// A logger that writes to the standard streams is made. `library`: what makes it.
    LogStream => "log-stream" { roles: [], attributes: ["library"] };
    /// The schema of a database is migrated. `engine`: `sqlite` when only that is possible; `locks`: `yes` or `no`;
    /// `library`: what runs it. `source` is what it applies.
    SchemaMigration => "schema-migration" { roles: ["pool", "source"], attributes: ["engine", "locks", "library"] };
    /// Another program is started. `program` is its name, a list that begins with it, or a command line.
    ProcessSpawn => "process-spawn" { roles: ["program"], attributes: [] };
    /// A type or call through which data of a request arrives.
    RequestData => "request-data" { roles: [], attributes: ["kind"] };
    /// A function is made a request handler.
    RouteHandler => "route-handler" { roles: ["handler"], attributes: [] };
    /// A key that signs or encrypts is made up at random.
    GeneratedKey => "generated-key" { roles: [], attributes: ["use"] };
    /// The program replaces itself.
    SelfUpdate => "self-update" { roles: [], attributes: [] };
    /// A log writer that works in the background: what it holds is written while its guard lives. `part`: position of
    /// the guard in the tuple that the call returns.
    LogGuard => "log-guard" { roles: [], attributes: ["part"] };
    /// Log events are sent to a destination that the code chooses. `destination`: what it is.
    LogShipping => "log-shipping" { roles: ["address"], attributes: ["destination"] };
    /// The process leaves the foreground. `step`: `all` when the call does it, `fork` or `session` for its halves.
    Daemonizes => "daemonizes" { roles: [], attributes: ["step"] };
    /// A file with the number of the process is written.
    PidFile => "pid-file" { roles: ["path"], attributes: [] };
    /// Requests are counted, and turned away, in the memory of the process.
    MemoryRateLimiter => "memory-rate-limiter" { roles: [], attributes: [] };
    /// A lock is taken that only processes of the same machine see.
    MachineLock => "machine-lock" { roles: ["path"], attributes: ["kind"] };
    /// Something of a cloud provider is named: a bucket, queue, topic or region. `kind` says which.
    ProviderHandle => "provider-handle" { roles: ["handle"], attributes: ["kind"] };
    /// Something on this machine stands in for a backing service. `for`: which one.
    LocalStandIn => "local-stand-in" { roles: [], attributes: ["for"] };
    /// The schema of a database is made after the program's own types, or emptied first. `destructive`: `yes` when data
    /// is lost. `library`: what does it.
    SchemaSync => "schema-sync" { roles: ["pool"], attributes: ["destructive", "library"] };
    /// Timed jobs are started inside the process. `needs = literal`: only with a schedule that the program itself fixes.
    SchedulerStart => "scheduler-start" { roles: ["schedule"], attributes: ["library", "needs"] };
    /// A lock that one process of all holds: work behind it is not done twice.
    SharedLock => "shared-lock" { roles: [], attributes: [] };
    /// Work is taken from a queue. `stops`: `yes` when the call ends on SIGTERM by itself or by what it is given.
    QueueConsumer => "queue-consumer" { roles: [], attributes: ["library", "stops"] };
    /// How received messages are acknowledged: `option` says that they count as done on delivery. `mode = polled`: they
    /// do so after a while, whatever has become of them.
    Acknowledgement => "acknowledgement" { roles: ["option", "exclusive"], attributes: ["library", "mode", "field"] };
}
