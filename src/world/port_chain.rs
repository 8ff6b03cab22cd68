//! The port that a service binds, and what manifests make of it.

use crate::source::Span;

use super::compose::ComposeService;
use super::deployed::Deployment;
use super::kubernetes::{Container, Setting, VariableValue};
use super::listen::Part;
use super::services::ServiceKind;
use super::view::View;

/// The one port that the code of a service binds when it serves.
#[derive(Clone, Debug)]
pub struct BoundPort {
    /// The port, or what stands in when nothing configures it.
    pub port: String,
    /// Nothing outside of the code can change it.
    pub fixed: bool,
    /// The variable that sets it, where it is known.
    pub variable: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// The port of a service with one main socket; none where several stand, or one is not known.
pub fn bound_port(view: &View<'_>) -> Option<BoundPort> {
    let (_, service) = view.service()?;
    if service.kind != ServiceKind::Web {
        return None;
    }
    let endpoints = view.endpoints();
    let mut mains = endpoints.iter().filter(|e| !e.helper && !e.is_inward(&endpoints));
    let main = mains.next()?;
    // A second socket may be the one that the manifest means.
    if endpoints.len() > 1 || mains.next().is_some() {
        return None;
    }
    match &main.port {
        Part::Literal(port, span) if is_port(port) => {
            Some(BoundPort { port: port.clone(), fixed: true, variable: None, span: *span })
        }
        Part::Configured(Some(name), Some((port, span)))
            if is_port(port) && !view.may_be_set_elsewhere(name) =>
        {
            Some(BoundPort { port: port.clone(), fixed: false, variable: Some(name.clone()), span: *span })
        }
        _ => None,
    }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port != 0)
}

impl BoundPort {
    /// The port in a container of Kubernetes; none when its manifest may say another one in a way that is not known.
    pub fn port_in(&self, container: &Container) -> Option<String> {
        let Some(name) = self.variable.as_deref() else { return Some(self.port.clone()) };
        match container.variable(name).map(|v| &v.value) {
            Some(VariableValue::Literal(text)) => text.known().filter(|t| is_port(t)).map(str::to_owned),
            Some(_) => None,
            None => {
                let plain = matches!(container.command, Setting::Absent)
                    && matches!(container.arguments, Setting::Absent);
                (plain && !container.environment_open).then(|| self.port.clone())
            }
        }
    }

    /// The port in a service of a Compose file.
    pub fn port_in_compose(&self, service: &ComposeService, deployment: &Deployment<'_>) -> Option<String> {
        let Some(name) = self.variable.as_deref() else { return Some(self.port.clone()) };
        if let Some(entry) = service.variable(name) {
            return entry.value.clone().filter(|v| is_port(v));
        }
        if let Some((_, value)) = deployment.built.env.iter().find(|(n, _)| n == name) {
            return value.value.clone().filter(|v| is_port(v));
        }
        let plain =
            service.command.is_none() && service.entrypoint.is_none() && service.environment_complete();
        plain.then(|| self.port.clone())
    }
}
