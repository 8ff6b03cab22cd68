//! Log files that configurations ask for: appenders of logback and Log4j 2, settings of process managers and units,
//! options of servers.

use crate::discover::is_below;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::ini::IniSection;
use crate::syntax::xml::{Xml, XmlElement};

use super::commands::{CommandClass, file_name};
use super::image::{Position, StartCommand, names_development};
use super::services::ServiceId;
use super::spring::{Profile, default_of, relaxed};
use super::start::Start;
use super::view::{Need, View};
use super::{Subject, World};

/// A log file that a configuration asks for.
#[derive(Clone, Debug)]
pub struct ConfiguredLog {
    /// The appender's class, the setting, or the option: the smallest text that says it.
    pub span: Span,
    /// The name of the appender, setting or option.
    pub name: String,
    /// The file, as far as it is written there.
    pub path: Option<String>,
    /// Where a logger writes to the appender.
    pub used: Option<Span>,
}

/// Last segments of the classes and elements that write files.
const FILE_APPENDERS: &[&str] = &[
    "FileAppender",
    "RollingFileAppender",
    "DailyRollingFileAppender",
    "File",
    "RollingFile",
    "RandomAccessFile",
    "RollingRandomAccessFile",
    "MemoryMappedFile",
];

/// Elements under which something holds in some cases only, and nothing tells in which.
const CONDITIONS: &[&str] = &[
    "if",
    "then",
    "else",
    "Select",
    "ScriptArbiter",
    "SystemPropertyArbiter",
    "EnvironmentArbiter",
    "DefaultArbiter",
];

/// The file appenders of a configuration of logback or Log4j 2 that loggers write to whatever the profile, or when
/// it is not one for development.
pub fn file_appenders(file: FileId, xml: &Xml) -> Vec<ConfiguredLog> {
    let named = |e: &XmlElement| e.attribute("name").map(|n| n.value.clone());
    let mut appenders: Vec<(usize, String)> = Vec::new();
    let mut links: Vec<(String, &str, Span)> = Vec::new();
    let mut live: Vec<(String, Span)> = Vec::new();
    for (at, element) in xml.elements.iter().enumerate() {
        if is_appender(xml, at, element) {
            if let Some(name) = named(element).filter(|_| holds(xml, at)) {
                appenders.push((at, name));
            }
            continue;
        }
        let reference = element.name.eq_ignore_ascii_case("appender-ref")
            || element.name.eq_ignore_ascii_case("AppenderRef");
        let Some(wanted) = element.attribute("ref").filter(|_| reference && holds(xml, at)) else { continue };
        let owner = xml.around(at).skip(1).find(|(at, e)| is_appender(xml, *at, e) || is_logger(e));
        let span = Span::new(file, element.tag);
        match owner {
            Some((_, logger)) if is_logger(logger) => {
                let off = logger.attribute("level").is_some_and(|l| l.value.eq_ignore_ascii_case("off"));
                if !off {
                    live.push((wanted.value.clone(), span));
                }
            }
            Some((_, through)) => {
                links.extend(named(through).map(|name| (name, wanted.value.as_str(), span)))
            }
            None => {}
        }
    }
    // Appenders that hand on to others: asynchronous ones, routes, fail-overs.
    let mut next = 0;
    while let Some((name, span)) = live.get(next).cloned() {
        next += 1;
        for (from, to, _) in &links {
            if *from == name && !live.iter().any(|(known, _)| known == to) {
                live.push(((*to).to_owned(), span));
            }
        }
        if live.len() > MANY {
            break;
        }
    }
    let mut found = Vec::new();
    for (at, name) in appenders {
        let Some(element) = xml.elements.get(at) else { continue };
        let used = live.iter().find(|(known, _)| *known == name).map(|(_, span)| *span);
        let class = class_of(element);
        let kind = class.map_or(element.name.as_str(), |c| last_segment(&c.value));
        let path = path_of(xml, at, element);
        if used.is_none() || !FILE_APPENDERS.contains(&kind) || path.as_deref().is_some_and(is_stream) {
            continue;
        }
        let span = class.map_or(element.tag, |c| c.range);
        found.push(ConfiguredLog { span: Span::new(file, span), name, path, used });
    }
    found
}

/// More names of appenders than a person writes.
const MANY: usize = 1000;

fn last_segment(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn class_of(element: &XmlElement) -> Option<&crate::source::Spanned<String>> {
    let said = element.name.eq_ignore_ascii_case("appender");
    element.attribute("class").or_else(|| element.attribute("type")).filter(|_| said)
}

/// `<appender class="…">` of logback, and the children of `<Appenders>` of Log4j 2.
fn is_appender(xml: &Xml, at: usize, element: &XmlElement) -> bool {
    let below =
        xml.around(at).nth(1).is_some_and(|(_, parent)| parent.name.eq_ignore_ascii_case("appenders"));
    element.name.eq_ignore_ascii_case("appender") || below && element.attribute("name").is_some()
}

fn is_logger(element: &XmlElement) -> bool {
    ["root", "logger", "AsyncRoot", "AsyncLogger"].iter().any(|n| element.name.eq_ignore_ascii_case(n))
}

/// True when what stands at `at` holds in a deploy: in every profile, or in one that is for production.
fn holds(xml: &Xml, at: usize) -> bool {
    xml.around(at).all(|(_, around)| {
        if CONDITIONS.contains(&around.name.as_str()) {
            return false;
        }
        if !around.name.eq_ignore_ascii_case("springProfile") {
            return true;
        }
        let Some(profiles) = around.attribute("name") else { return false };
        profiles.value.split([',', '|', ' ']).map(str::trim).any(|profile| match profile.strip_prefix('!') {
            Some(other) => names_development(other),
            None => names_production(profile),
        })
    })
}

/// True for a profile or environment that is called one for production.
pub fn names_production(name: &str) -> bool {
    name.to_ascii_lowercase()
        .split(['-', '_', '.'])
        .any(|word| matches!(word, "prod" | "production" | "live"))
}

/// `fileName` of Log4j 2, `<file>` of logback, else the pattern of rolled files.
fn path_of(xml: &Xml, at: usize, element: &XmlElement) -> Option<String> {
    if let Some(said) = element.attribute("fileName").or_else(|| element.attribute("filePattern")) {
        return Some(said.value.clone());
    }
    let inside = |wanted: &[&str]| {
        let found = xml.children(at).find(|(_, e)| wanted.iter().any(|w| e.name.eq_ignore_ascii_case(w)));
        found.map(|(_, e)| e.text.clone()).filter(|text| !text.is_empty())
    };
    inside(&["file"]).or_else(|| {
        let policies = xml.children(at).find(|(_, e)| e.name.eq_ignore_ascii_case("rollingPolicy"));
        let (policy, _) = policies?;
        let pattern = xml.children(policy).find(|(_, e)| e.name.eq_ignore_ascii_case("fileNamePattern"));
        pattern.map(|(_, e)| e.text.clone()).filter(|text| !text.is_empty())
    })
}

/// The standard streams, the system's log, nowhere, or something that only the run decides.
pub fn is_stream(target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    matches!(lower.as_str(), "" | "-" | "none" | "syslog" | "journal" | "stdout" | "stderr" | "/dev/console")
        || ["/dev/std", "/dev/fd/", "/dev/tty", "/proc/", "/dev/null", "$", "%"]
            .iter()
            .any(|p| lower.starts_with(p))
}

/// The files of an INI section of supervisord for its program's output.
fn of_program(file: FileId, section: &IniSection) -> Vec<ConfiguredLog> {
    let keys = ["stdout_logfile", "stderr_logfile"];
    let entries = keys.iter().filter_map(|key| section.get(key)).filter(|e| !is_stream(&e.value.value));
    let made = entries.map(|entry| ConfiguredLog {
        span: Span::new(file, entry.range),
        name: entry.key.value.clone(),
        path: Some(entry.value.value.clone()),
        used: None,
    });
    // Both streams of one program have one cause.
    made.take(1).collect()
}

/// `logto`, `logger = file:…` of uWSGI.
fn of_uwsgi(file: FileId, section: &IniSection) -> Vec<ConfiguredLog> {
    let mut found = Vec::new();
    for entry in &section.entries {
        let value = entry.value.value.as_str();
        let path = match entry.key.value.as_str() {
            "logto" | "logto2" => value,
            "logger" | "req-logger" => match value.split_once("file:") {
                Some((_, path)) => path,
                None => continue,
            },
            _ => continue,
        };
        if !is_stream(path) {
            found.push(ConfiguredLog {
                span: Span::new(file, entry.range),
                name: entry.key.value.clone(),
                path: Some(path.to_owned()),
                used: None,
            });
        }
    }
    found
}

/// Options of servers that name a file for their log.
const OPTIONS: &[(&str, &[&str])] = &[
    ("gunicorn", &["--access-logfile", "--error-logfile", "--log-file"]),
    ("uwsgi", &["--logto", "--logto2"]),
    ("hypercorn", &["--access-logfile", "--error-logfile", "--access-log", "--error-log", "--log-file"]),
    ("celery", &["--logfile", "-f"]),
];

/// The log file that options of `command` name.
pub fn of_options(command: &StartCommand) -> Option<ConfiguredLog> {
    let (_, options) = OPTIONS.iter().find(|(program, _)| *program == command.program())?;
    let words = &command.words;
    words.iter().zip(words.iter().skip(1).map(Some).chain([None])).find_map(|(word, next)| {
        let (name, path, span) = match word.text.split_once('=') {
            Some((name, path)) => (name, path, word.span),
            None => (word.text.as_str(), next?.text.as_str(), super::image::cover(word.span, next?.span)),
        };
        let found = options.contains(&name) && !is_stream(path);
        found.then(|| ConfiguredLog { span, name: name.to_owned(), path: Some(path.to_owned()), used: None })
    })
}

impl World {
    /// The log files that the INI file of a process manager sets up for programs that `start` runs.
    pub fn managed_logs(&self, file: FileId, start: &Start<'_>) -> Vec<ConfiguredLog> {
        let Artefact::Ini(ini) = self.artefact(file) else { return Vec::new() };
        let mut found = Vec::new();
        let name = file_name(self.path(file));
        let uwsgi = start.tree.commands.iter().any(|c| {
            c.program() == "uwsgi" && c.texts().iter().any(|w| w.ends_with(".ini") && file_name(w) == name)
        });
        for section in &ini.sections {
            if section.name.value == "uwsgi" && uwsgi {
                found.extend(of_uwsgi(file, section));
            }
            let at = Span::new(file, section.name.range);
            let run =
                start.tree.commands.iter().find(|c| c.position == Position::Managed && c.via.contains(&at));
            // Programs of others do not know better.
            if run.is_some_and(|c| {
                c.class(CommandClass::Proxy).is_none() && c.class(CommandClass::Cron).is_none()
            }) {
                found.extend(of_program(file, section));
            }
        }
        found
    }

    /// The file that a unit of systemd sends the output of its program to.
    pub fn unit_log(&self, file: FileId) -> Option<ConfiguredLog> {
        let Artefact::Unit(unit) = self.artefact(file) else { return None };
        ["StandardOutput", "StandardError"].into_iter().find_map(|key| {
            let entry = unit.last("Service", key)?;
            let (how, path) = entry.value.value.split_once(':')?;
            let found = matches!(how, "file" | "append" | "truncate") && !is_stream(path);
            found.then(|| ConfiguredLog {
                span: Span::new(file, entry.range),
                name: key.to_owned(),
                path: Some(path.to_owned()),
                used: None,
            })
        })
    }
}

/// Words in the names of images that hold a virtual machine of Java.
const JAVA: &[&str] = &[
    "jdk", "jre", "java", "temurin", "corretto", "maven", "gradle", "tomcat", "jetty", "zulu", "liberica",
    "graalvm", "wildfly",
];

impl World {
    /// The Java service that is kept running and whose folder or build context holds `path`: the nearest.
    pub fn java_service_at(&self, path: &str) -> Option<ServiceId> {
        let mut best: Option<(usize, ServiceId)> = None;
        for (at, service) in self.services.iter().enumerate() {
            let Some(image) = service.image.and_then(|file| self.image_of(file)) else { continue };
            let java = image.stages.iter().any(|s| JAVA.iter().any(|word| s.base.contains(word)));
            if !java || !service.kind.is_long_running() {
                continue;
            }
            let view =
                View { world: self, subject: Subject::Service(ServiceId(at)), needs: &[Need::Compose] };
            let folders = view.source_folders().into_iter().filter(|folder| is_below(path, folder));
            if let Some(depth) = folders.map(str::len).max()
                && best.is_none_or(|(known, _)| depth > known)
            {
                best = Some((depth, ServiceId(at)));
            }
        }
        best.map(|(_, id)| id)
    }
}

impl World {
    /// `logging.file.name` and `logging.file.path` of Spring Boot that hold in a deploy.
    pub fn spring_logs(&self, file: FileId) -> Vec<ConfiguredLog> {
        let mut found = Vec::new();
        for (profile, setting) in self.spring_settings(file) {
            let key = relaxed(&setting.key);
            let wanted = matches!(
                key.as_str(),
                "logging.file.name" | "logging.file.path" | "logging.file" | "logging.path"
            );
            let path = default_of(&setting.value.value);
            if wanted && profile == Profile::Deployed && !(path.is_empty() || path.starts_with("/dev/")) {
                found.push(ConfiguredLog {
                    span: setting.value.span,
                    name: setting.key,
                    path: Some(path.to_owned()),
                    used: None,
                });
            }
        }
        found.truncate(1);
        found
    }

    /// The file appenders of a configuration of log4rs that loggers write to.
    pub fn log4rs_appenders(&self, file: FileId) -> Vec<ConfiguredLog> {
        let name = file_name(self.path(file));
        let Artefact::Document(document) = self.artefact(file) else { return Vec::new() };
        let Some(root) = document.roots().next().filter(|_| name.starts_with("log4rs")) else {
            return Vec::new();
        };
        let loggers = root.get("loggers").into_iter().flat_map(|l| l.entries()).map(|e| e.value);
        let references: Vec<_> = root
            .get("root")
            .into_iter()
            .chain(loggers)
            .filter(|l| l.get("level").and_then(|v| v.as_str()).is_none_or(|level| level != "off"))
            .filter_map(|logger| logger.get("appenders"))
            .flat_map(|list| list.items())
            .collect();
        let mut found = Vec::new();
        for entry in root.get("appenders").into_iter().flat_map(|a| a.entries()) {
            let Some(kind) = entry.value.get("kind") else { continue };
            let used = references.iter().find(|r| r.as_str() == Some(entry.key));
            let path = entry.value.get("path").and_then(|p| p.as_str());
            let files = matches!(kind.as_str(), Some("file" | "rolling_file"));
            if let Some(used) = used.filter(|_| files && !path.is_some_and(|p| p.starts_with("/dev/"))) {
                found.push(ConfiguredLog {
                    span: Span::new(file, kind.range()),
                    name: entry.key.to_owned(),
                    path: path.map(str::to_owned),
                    used: Some(Span::new(file, used.range())),
                });
            }
        }
        found
    }

    /// The nearest service at or below whose workspace `path` lies, that is kept running and depends on `library`.
    pub fn rust_service_with(&self, path: &str, library: &str) -> Option<ServiceId> {
        let home = |at: usize| {
            let service = self.services.get(at)?;
            let depends = service
                .packages
                .iter()
                .filter_map(|p| self.packages.get(p.0))
                .any(|p| p.manifest.dependencies.iter().any(|d| d.package_name() == library));
            let package = service.package.and_then(|p| self.packages.get(p.0))?;
            let folder = [service.folder.as_str(), package.workspace_folder.as_str()]
                .into_iter()
                .find(|folder| is_below(path, folder))?;
            (depends && service.kind.is_long_running()).then_some((folder.len(), ServiceId(at)))
        };
        (0..self.services.len())
            .filter_map(home)
            .max_by_key(|(depth, id)| (*depth, std::cmp::Reverse(*id)))
            .map(|(_, id)| id)
    }
}
