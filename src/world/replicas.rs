//! How many processes of a service a file of the tree asks for.

use crate::source::Span;

use super::view::View;

impl View<'_> {
    /// The largest declared number of replicas of the service under judgement, when it is more than one.
    pub fn replicas(&self) -> Option<(i64, Span)> {
        let deployments = self.deployments();
        let declared = deployments.iter().flat_map(|d| &d.workloads).filter_map(|w| w.replicas.as_ref());
        declared.filter(|r| r.value > 1).map(|r| (r.value, r.span)).max_by_key(|(count, _)| *count)
    }
}
