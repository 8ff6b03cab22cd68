//! Code that runs while a service serves, asked file by file.

use super::World;
use super::services::{Service, ServiceId};
use super::view::EventRef;

impl World {
    /// The long-running services that reach the code of `event` when they serve.
    pub fn serving_services(&self, event: EventRef<'_>) -> Vec<(ServiceId, &Service)> {
        let Some(function) = event.function() else { return Vec::new() };
        let all = self.services.iter().enumerate().map(|(at, service)| (ServiceId(at), service));
        all.filter(|(_, s)| s.kind.is_long_running() && s.serving.contains_key(&function)).collect()
    }
}
