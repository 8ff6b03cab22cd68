//! Schema migrations on the way to a server start: which code runs them, on what, and under which conditions.

use crate::facts::code::Call;
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;
use crate::source::Span;

use super::code::{CodeFile, FunctionRef};
use super::reach::chain;
use super::switches::Switch;
use super::view::{EventRef, Reach, View};

/// A migration that runs when a service serves.
#[derive(Clone, Debug)]
pub struct BootMigration<'w> {
    /// The call that runs it.
    pub span: Span,
    /// The library; none for a function of the program's own.
    pub library: Option<&'w str>,
    /// Whether the library takes a lock first.
    pub locks: bool,
    /// The program takes a lock of its own around it.
    pub own_lock: bool,
    /// The calls that lead there from `main`.
    pub calls: Vec<Span>,
    /// What the conditions around these calls say.
    pub switch: Switch,
    /// The name of the program's own function.
    pub function: String,
}

/// What programs call a migration that they wrote themselves.
pub const OWN_MIGRATIONS: &[&str] =
    &["run_migrations", "run_migration", "migrate", "migrate_up", "apply_migrations"];

/// Calls and attributes that make a function the handler of a route.
const ROUTING: &[&str] = &[
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "any",
    "on",
    "route",
    "route_service",
    "service",
    "handler",
    "get_service",
    "post_service",
    "resource",
    "api_route",
];

/// What is in the names of subcommands for one-off tasks.
const TASKS: &[&str] = &["migrat", "reset", "seed", "fresh", "setup", "init", "admin", "schema", "db"];

impl<'w> View<'w> {
    /// The migrations that run when the service serves; those of embedded databases are left out.
    pub fn boot_migrations(&self) -> Vec<BootMigration<'w>> {
        let mut found: Vec<BootMigration<'w>> = Vec::new();
        let mut seen: Vec<FunctionRef> = Vec::new();
        let mut on_the_way: Vec<FunctionRef> = Vec::new();
        for event in self.events(Concept::SchemaMigration) {
            let Some(function) = event.function() else { continue };
            let way = self.functions_on_the_way(function);
            on_the_way.extend(way.iter().copied());
            if self.reach(event) != Reach::Serving || self.is_embedded(event) {
                continue;
            }
            let mut sites = vec![(function, event.name_span(), event.call())];
            // A helper that applies what it is given: its callers are the runs.
            if event.event.role("source").is_some_and(has_parameter) {
                sites = self.callers_in_service(function);
                on_the_way.extend(sites.iter().flat_map(|(caller, ..)| self.functions_on_the_way(*caller)));
            }
            for (at, span, call) in sites {
                let debug = event.event.scope.debug_only;
                if debug
                    || self.is_for_development(at, call)
                    || self.runs_on_demand(at, call)
                    || self.functions_on_the_way(at).iter().any(|f| seen.contains(f))
                {
                    continue;
                }
                seen.push(at);
                let (calls, switch) = self.way_to(at, call);
                found.push(BootMigration {
                    span,
                    library: event.event.attribute("library"),
                    locks: event.event.attribute("locks") == Some("yes"),
                    own_lock: self.takes_lock(at),
                    calls,
                    switch,
                    function: String::new(),
                });
            }
        }
        self.own_migrations(&on_the_way, &mut found);
        found
    }

    /// True when `function`, or the one that calls it, takes a lock: by a call of that name or a statement.
    fn takes_lock(&self, function: FunctionRef) -> bool {
        let way = self.functions_on_the_way(function);
        way.iter().rev().take(2).any(|reference| {
            let file = self.world.code.files.get(reference.file);
            let calls = file.into_iter().flat_map(|f| &f.facts.calls);
            calls.filter(|c| c.function == Some(reference.function)).any(|call| {
                let name = call.callee.last().to_ascii_lowercase();
                let named =
                    name == "lock" || name == "try_lock" || name.ends_with("_lock") && name != "unlock";
                let on_database = call.awaited && named;
                let says = call.arguments.iter().filter_map(|a| a.value.as_text()).any(|text| {
                    let text = text.to_ascii_lowercase();
                    text.contains("advisory_lock")
                        || text.contains("lock table")
                        || text.contains("get_lock(")
                });
                on_database || says || call.callee.as_str().contains("AdvisoryLock")
            })
        })
    }

    /// True when `function`, or its call `last`, runs for a request or for a subcommand that is told by a text
    /// (`match arguments.nth(1) { Some("migrate") => … }`), and not when the service starts.
    pub fn runs_on_demand(&self, function: FunctionRef, last: Option<&Call>) -> bool {
        let Some((_, service)) = self.service() else { return false };
        let steps = chain(&service.serving, function);
        let files = &self.world.code.files;
        let calls: Vec<&Call> =
            steps.iter().filter_map(|(f, c)| files.get(f.file)?.facts.calls.get(*c as usize)).collect();
        let routes = calls.iter().any(|call| ROUTING.contains(&call.callee.last()));
        let handler = self.functions_on_the_way(function).into_iter().any(|f| {
            let attributes = self.world.code.function(f).map_or(&[][..], |f| f.attributes.as_slice());
            attributes.iter().any(|a| ROUTING.contains(&a.last()))
        });
        let told = calls.into_iter().chain(last).any(|call| {
            let text = |arm: &String| arm.starts_with(char::is_lowercase);
            call.arms.iter().filter(|arm| text(arm)).any(|arm| TASKS.iter().any(|task| arm.contains(task)))
        });
        routes || handler || told
    }

    /// The calls of `function` in code that the service reaches when it serves.
    fn callers_in_service(&self, function: FunctionRef) -> Vec<(FunctionRef, Span, Option<&'w Call>)> {
        let Some((_, service)) = self.service() else { return Vec::new() };
        let world = self.world;
        let mut sites = Vec::new();
        for (at, call) in world.code.calls_of(function) {
            let Some(file) = world.code.files.get(at) else { continue };
            let Some(fact) = file.facts.calls.get(call as usize) else { continue };
            let caller = fact.function.map(|f| FunctionRef { file: at, function: f });
            if let Some(caller) = caller.filter(|c| service.serving.contains_key(c)) {
                sites.push((caller, Span::new(file.file, fact.name_range), Some(fact)));
            }
        }
        sites
    }

    /// True when `function`, or its call `last`, only runs in builds for debugging or in an environment for development.
    pub fn is_for_development(&self, function: FunctionRef, last: Option<&Call>) -> bool {
        let Some((_, service)) = self.service() else { return false };
        let files = &self.world.code.files;
        let steps = chain(&service.serving, function);
        let calls = steps.iter().filter_map(|(f, c)| files.get(f.file)?.facts.calls.get(*c as usize));
        let debug_function =
            |f: FunctionRef| self.world.code.function(f).is_some_and(|function| function.scope.debug_only);
        calls.chain(last).any(|call| call.scope.debug_only || super::switches::is_for_development(call))
            || self.functions_on_the_way(function).into_iter().any(debug_function)
    }

    /// The calls that lead to `function`, and the strongest condition around them and around `last`.
    fn way_to(&self, function: FunctionRef, last: Option<&Call>) -> (Vec<Span>, Switch) {
        let Some((_, service)) = self.service() else { return (Vec::new(), Switch::Always) };
        let mut spans = Vec::new();
        let mut switch = last.map_or(Switch::Always, |call| self.switch(call, "migrat"));
        for (from, call) in chain(&service.serving, function) {
            let Some(file) = self.world.code.files.get(from.file) else { continue };
            let Some(call) = file.facts.calls.get(call as usize) else { continue };
            spans.push(Span::new(file.file, call.name_range));
            switch = switch.max(self.switch(call, "migrat"));
        }
        (spans, switch)
    }

    /// Functions of the program's own that are named after migrations and hold statements that change a schema, or
    /// read a folder of migrations.
    fn own_migrations(&self, known: &[FunctionRef], found: &mut Vec<BootMigration<'w>>) {
        let Some((_, service)) = self.service() else { return };
        let mut seen: Vec<FunctionRef> = Vec::new();
        for reference in service.serving.keys() {
            let Some(file) = self.world.code.files.get(reference.file) else { continue };
            let Some(function) = self.world.code.function(*reference) else { continue };
            let named = OWN_MIGRATIONS.contains(&function.name.value.as_str());
            if !named || known.contains(reference) || function.scope.test || file.test {
                continue;
            }
            let steps = chain(&service.serving, *reference);
            let below_another = steps.iter().any(|(f, _)| seen.contains(f));
            if below_another
                || self.is_for_development(*reference, None)
                || self.runs_on_demand(*reference, None)
                || !self.changes_schema(reference.file, file, reference.function)
                || is_sqlite_file(file)
            {
                continue;
            }
            let Some((from, call)) = steps.last() else { continue };
            let Some(caller) = self.world.code.files.get(from.file) else { continue };
            let Some(call) = caller.facts.calls.get(*call as usize) else { continue };
            seen.push(*reference);
            let (mut calls, switch) = self.way_to(*reference, None);
            calls.pop();
            found.push(BootMigration {
                span: Span::new(caller.file, call.name_range),
                library: None,
                locks: false,
                own_lock: self.takes_lock(*reference),
                calls,
                switch,
                function: function.name.value.clone(),
            });
        }
    }

    /// True when a function hands text that changes a schema to some call, directly or through a constant, or names a
    /// folder of migrations.
    fn changes_schema(&self, at: usize, file: &CodeFile, function: u32) -> bool {
        file.facts.calls.iter().filter(|c| c.function == Some(function) && !c.scope.message).any(|call| {
            let values = call.arguments.iter().map(|a| &a.value).chain(&call.receiver);
            values.into_iter().any(|value| self.is_schema_text(at, value, 4))
        })
    }

    fn is_schema_text(&self, at: usize, value: &Value, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match &value.kind {
            ValueKind::Text(text) => is_ddl(text) || is_migrations_path(text),
            ValueKind::Name(name) => match self.world.code.constant(at, name.as_str()) {
                Some((file, constant)) => {
                    self.is_schema_text(file, &constant.value, depth)
                        || is_migrations_name(&constant.name.value)
                }
                None => is_migrations_name(name.last()),
            },
            _ => value.parts().into_iter().any(|part| self.is_schema_text(at, part, depth)),
        }
    }

    /// True when the database that `event` migrates is embedded in the process: SQLite.
    pub fn is_embedded(&self, event: EventRef<'_>) -> bool {
        if event.event.attribute("engine") == Some("sqlite") {
            return true;
        }
        let mut words: Vec<String> = Vec::new();
        if let Some(call) = event.call() {
            words.push(call.callee.as_str().to_owned());
            for value in call.arguments.iter().map(|a| &a.value).chain(&call.receiver) {
                self.collect_words(event, value, &mut words, 0);
            }
        }
        let function = event.function().and_then(|f| self.world.code.function(f));
        if let Some(function) = function {
            words.push(function.container.clone());
            words.extend(function.parameters.iter().map(|p| p.type_name.clone()));
        }
        let names = |wanted: &[&str]| {
            let has = |w: &String| wanted.iter().any(|word| w.to_ascii_lowercase().contains(word));
            words.iter().any(has)
        };
        let other = &["postgres", "pgpool", "pgconnection", "mysql", "mssql", "pg_"];
        if names(&["sqlite"]) {
            return !names(other);
        }
        !names(other) && is_sqlite_file(event.file) || self.is_sqlite_package(event.file)
    }

    fn collect_words(&self, event: EventRef<'_>, value: &Value, into: &mut Vec<String>, depth: usize) {
        if depth > 6 {
            return;
        }
        match &value.kind {
            ValueKind::Text(text) => into.push(text.clone()),
            ValueKind::Name(name) => into.push(name.as_str().to_owned()),
            ValueKind::Call(call) => {
                if let Some(call) = event.file.facts.calls.get(*call as usize) {
                    into.push(call.callee.as_str().to_owned());
                    into.extend(call.type_arguments.iter().cloned());
                    for inner in call.arguments.iter().map(|a| &a.value).chain(&call.receiver) {
                        self.collect_words(event, inner, into, depth + 1);
                    }
                }
            }
            _ => value.parts().into_iter().for_each(|part| self.collect_words(event, part, into, depth + 1)),
        }
    }

    /// True when the package of `file` can only open SQLite: by its dependencies' features.
    fn is_sqlite_package(&self, file: &CodeFile) -> bool {
        let Some(package) = file.package.and_then(|p| self.world.packages.get(p.0)) else { return false };
        let mut sqlite = false;
        let mut other = false;
        for dependency in &package.manifest.dependencies {
            let all = dependency.features.iter().map(String::as_str).chain([dependency.package_name()]);
            for word in all {
                sqlite |= word.contains("sqlite");
                other |= word.contains("postgres") || word.contains("mysql") || word.contains("mssql");
            }
        }
        sqlite && !other
    }
}

/// True when a file brings in SQLite types and none of another database.
fn is_sqlite_file(file: &CodeFile) -> bool {
    let names = |words: &[&str]| {
        // A module of the tree's own may be named after one database of several.
        file.facts.imports.iter().filter(|i| !matches!(i.path.first(), "crate" | "self" | "super")).any(|i| {
            let path = i.path.as_str().to_ascii_lowercase();
            words.iter().any(|w| path.contains(w))
        })
    };
    names(&["sqlite"]) && !names(&["postgres", "pgpool", "pgconnection", "mysql"])
}

fn has_parameter(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Parameter(_)) || value.parts().into_iter().any(has_parameter)
}

fn is_ddl(text: &str) -> bool {
    let upper = text.trim_start().to_ascii_uppercase();
    [
        "CREATE TABLE",
        "ALTER TABLE",
        "CREATE INDEX",
        "CREATE UNIQUE INDEX",
        "DROP TABLE",
        "CREATE TYPE",
        "CREATE SCHEMA",
    ]
    .iter()
    .any(|word| upper.contains(word))
}

/// True for the name of a list of migrations or of what runs them.
fn is_migrations_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("migrations") || name.ends_with("migrator")
}

fn is_migrations_path(text: &str) -> bool {
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    matches!(last, "migrations" | "migration")
}
