//! Questions about what a container is started for.

use super::Start;
use super::commands::command_table;
use super::view::View;

impl View<'_> {
    /// True when something says that what `words` run is kept running: the image announces ports, a compose file
    /// runs it, or the program is known to serve. Other images may hold a tool for a person.
    pub fn is_known_service(&self, start: &Start<'_>, words: &[&str]) -> bool {
        let announces = start.built().is_some_and(|b| !b.expose.is_empty());
        let known = command_table().matches(words).iter().any(|m| m.row.class.is_long_running());
        let own = start.service.and_then(|id| self.world.services.get(id.0));
        let serves = own.is_some_and(|s| s.binary.is_some() && s.kind.is_long_running());
        start.is_workload() || announces || known || serves
    }
}
