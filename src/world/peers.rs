//! The programs of this tree that answer to a name on the network.

use crate::discover::role::Role;
use crate::source::Span;

use super::World;
use super::compose::ServiceRole;

impl World {
    /// Where a file of the tree declares the application that is reached as `host`, backing services left out.
    /// Names within a cluster count by their first part.
    pub fn peer(&self, host: &str) -> Option<Span> {
        let name = match host.split_once('.') {
            Some((name, rest))
                if rest.contains("svc") || rest.ends_with("local") || rest.ends_with("internal") =>
            {
                name
            }
            Some(_) => return None,
            None => host,
        };
        let environments = self.projects.iter().flat_map(|p| &p.environments);
        let declared =
            environments.filter(|e| matches!(e.role, Role::Production | Role::Dev)).flat_map(|e| &e.services);
        let mut peers = declared.filter(|s| matches!(s.role, ServiceRole::App | ServiceRole::ThirdParty));
        peers.find(|s| s.name.value == name).map(|s| s.name.span)
    }
}
