//! How a server stops: what it does by itself, what it was told to wait for, and which signals are handled at all.

use crate::facts::manifest::DependencyKind;
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;

use super::code::FunctionRef;
use super::environment::contains_call;
use super::reach::chain;
use super::view::{EventRef, Reach, View};

/// What a server does when the platform stops it.
#[derive(Clone, Copy, Debug)]
pub enum Drain<'w> {
    /// The framework drains by itself.
    Framework,
    /// It drains when this call's signal comes.
    Asked(EventRef<'w>),
    /// Handled in a way that was not followed: a loop of its own beside a handler of SIGTERM.
    Own,
    /// The program reacts to SIGTERM, and drops the server instead of draining it.
    Aborted(EventRef<'w>),
    /// Nothing.
    Nothing,
}

/// A server start of a service.
#[derive(Clone, Copy, Debug)]
pub struct ServerStart<'w> {
    /// The call.
    pub event: EventRef<'w>,
    /// What it does on stop.
    pub drain: Drain<'w>,
}

/// The signals that a handler waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// Ctrl-C and its kin.
    pub interrupt: bool,
    /// What platforms send.
    pub terminate: bool,
}

impl<'w> View<'w> {
    /// The server starts of a service that serves; of a chain of calls the last one.
    pub fn server_starts(&self) -> Vec<ServerStart<'w>> {
        let all = self.events(Concept::ServerStart);
        let starts: Vec<EventRef<'w>> = all
            .into_iter()
            .filter(|e| {
                self.reach(*e) == Reach::Serving && !e.event.scope.not_unix && !e.event.scope.debug_only
            })
            .collect();
        let inner = |event: &EventRef<'w>| {
            starts.iter().any(|outer| {
                outer.at == event.at
                    && outer.event.call != event.event.call
                    && outer
                        .event
                        .call
                        .zip(event.event.call)
                        .is_some_and(|(o, e)| self.is_chained(outer.at, o, e))
            })
        };
        starts
            .iter()
            .filter(|e| !inner(e))
            .map(|e| ServerStart { event: *e, drain: self.drain(*e) })
            .collect()
    }

    /// True when call `outer` of file `at` is a method on what call `inner` gives, other methods in between.
    fn is_chained(&self, at: usize, outer: u32, inner: u32) -> bool {
        let mut current = outer;
        for _ in 0..64 {
            let Some(receiver) = self.world.code.call(at, current).and_then(|c| c.receiver.as_ref()) else {
                return false;
            };
            if contains_call(receiver, inner) {
                return true;
            }
            match first_call(receiver) {
                Some(next) if next != current => current = next,
                _ => return false,
            }
        }
        false
    }

    fn drain(&self, start: EventRef<'w>) -> Drain<'w> {
        let Some(own) = start.event.call else { return Drain::Framework };
        let graceful = self.events(Concept::GracefulShutdown);
        let chained = graceful.iter().find(|g| {
            g.at == start.at
                && g.event.call.is_some_and(|c| {
                    c == own || self.is_chained(g.at, c, own) || self.is_chained(g.at, own, c)
                })
        });
        let framework = start.event.attribute("framework");
        match start.event.attribute("drains") {
            Some("no") => {}
            _ => return chained.map_or(Drain::Framework, |g| Drain::Asked(*g)),
        }
        if let Some(asked) = chained {
            return Drain::Asked(*asked);
        }
        let same = |g: &&EventRef<'w>| g.event.attribute("framework") == framework;
        let by_handle =
            matches!(start.event.attribute("graceful"), Some("graceful_shutdown" | "stop_graceful"));
        let near =
            |g: &&EventRef<'w>| by_handle || (g.at == start.at && g.event.function == start.event.function);
        if let Some(asked) = graceful.iter().filter(same).find(near) {
            return Drain::Asked(*asked);
        }
        let is_loop = start.event.attribute("shape") == Some("accept-loop");
        let handlers: Vec<EventRef<'w>> =
            self.signal_handlers().into_iter().filter(|(_, s)| s.terminate).map(|(e, _)| e).collect();
        if is_loop && !handlers.is_empty() || self.drains_elsewhere(start, own) {
            return Drain::Own;
        }
        // A handler that no way from `main` leads to ends nothing.
        let live = handlers.into_iter().find(|e| self.reach(*e) == Reach::Serving);
        live.map_or(Drain::Nothing, Drain::Aborted)
    }

    /// True when the start is handed on by its function, and some caller adds the call that makes it drain.
    fn drains_elsewhere(&self, start: EventRef<'_>, own: u32) -> bool {
        let Some(wanted) = start.event.attribute("graceful") else { return false };
        let result =
            start.function().and_then(|f| self.world.code.function(f)).and_then(|f| f.result.as_ref());
        if !result.is_some_and(|r| leads_to(r, own)) || start.call().is_some_and(|c| c.awaited) {
            return false;
        }
        self.code_files()
            .any(|(_, f)| f.facts.calls.iter().any(|c| c.callee.last() == wanted && !c.scope.test))
    }

    /// The handlers of stop signals in a service, each with its signals. Those of other subcommands and of other
    /// systems than Unix are left out.
    pub fn signal_handlers(&self) -> Vec<(EventRef<'w>, Signals)> {
        self.events(Concept::SignalHandler)
            .into_iter()
            .filter(|e| self.reach(*e) != Reach::OtherCommand && !e.event.scope.not_unix)
            .map(|e| (e, self.signals(e)))
            .collect()
    }

    /// Which signals a handler waits for. What is not certain counts as both.
    fn signals(&self, event: EventRef<'_>) -> Signals {
        let both = Signals { interrupt: true, terminate: true };
        let interrupt = Signals { interrupt: true, terminate: false };
        let terminate = Signals { interrupt: false, terminate: true };
        if let (Some(feature), Some(library)) =
            (event.event.attribute("feature"), event.event.attribute("library"))
            && self.has_feature(library, feature)
        {
            return both;
        }
        match event.event.attribute("signal") {
            Some("SIGINT") => return interrupt,
            Some("SIGTERM") => return terminate,
            Some(_) => return both,
            None => {}
        }
        let Some(value) = event.event.role("signal") else { return both };
        let mut names = Vec::new();
        collect_names(value, &mut names);
        if names.is_empty() {
            return both;
        }
        let mut found = Signals::default();
        for name in names {
            match name.as_str() {
                "SIGINT" | "SIGQUIT" | "2" | "3" | "Int" | "Quit" => found.interrupt = true,
                "SIGTERM" | "15" | "Term" => found.terminate = true,
                "SIGHUP" | "SIGUSR1" | "SIGUSR2" | "SIGCHLD" | "SIGWINCH" | "SIGPIPE" | "SIGTSTP"
                | "SIGCONT" => {}
                _ => return both,
            }
        }
        found
    }

    /// True when a package of the service depends on `library` with `feature`, or with features of the workspace
    /// that name it.
    fn has_feature(&self, library: &str, feature: &str) -> bool {
        let Some((_, service)) = self.service() else { return true };
        let world = self.world;
        let workspaces: Vec<&str> = service
            .packages
            .iter()
            .filter_map(|p| world.packages.get(p.0))
            .map(|p| p.workspace_folder.as_str())
            .collect();
        let own = world.packages.iter().enumerate().filter(|(at, p)| {
            service.packages.contains(&super::PackageId(*at)) || workspaces.contains(&p.folder.as_str())
        });
        let in_packages = own.flat_map(|(_, p)| &p.manifest.dependencies).any(|d| {
            d.package_name() == library
                && d.kind != DependencyKind::Development
                && d.features.iter().any(|f| f == feature)
        });
        in_packages || self.workspace_declares(&workspaces, library, feature)
    }

    /// The same for `[workspace.dependencies]` of virtual manifests.
    fn workspace_declares(&self, folders: &[&str], library: &str, feature: &str) -> bool {
        folders.iter().any(|folder| {
            let path = super::packages::join(folder, "Cargo.toml");
            let manifest = self.world.file_at(&path).map(|f| self.world.artefact(f));
            let Some(crate::facts::artefact::Artefact::CargoManifest(manifest)) = manifest else {
                return false;
            };
            manifest.dependencies.iter().any(|d| {
                d.kind == DependencyKind::Workspace
                    && d.package_name() == library
                    && d.features.iter().any(|f| f == feature)
            })
        })
    }

    /// The functions that lead from `main` to `function` when the service serves, itself included.
    pub fn functions_on_the_way(&self, function: FunctionRef) -> Vec<FunctionRef> {
        let Some((_, service)) = self.service() else { return vec![function] };
        let mut all: Vec<FunctionRef> =
            chain(&service.serving, function).into_iter().map(|(f, _)| f).collect();
        all.push(function);
        all
    }
}

/// The call that a value is made of in the end.
fn first_call(value: &Value) -> Option<u32> {
    match &value.kind {
        ValueKind::Call(call) => Some(*call),
        _ => value.parts().into_iter().find_map(first_call),
    }
}

fn leads_to(value: &Value, call: u32) -> bool {
    contains_call(value, call)
}

/// Last segments of the names and numbers in a value; one that says nothing for what is not certain.
fn collect_names(value: &Value, into: &mut Vec<String>) {
    match &value.kind {
        ValueKind::Name(name) => into.push(name.last().trim_start_matches('?').to_owned()),
        ValueKind::Integer(number) => into.push(number.to_string()),
        ValueKind::Unknown | ValueKind::Call(_) | ValueKind::Parameter(_) => into.push(String::new()),
        _ => value.parts().into_iter().for_each(|part| collect_names(part, into)),
    }
}
