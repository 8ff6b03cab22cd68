//! Evidence: what keeps a factor, where a factor does not apply, and what had to be seen to judge it. Collected by pure
//! functions of the [`View`] of one service, like findings by rules; words live in the factor's page.

use std::collections::BTreeMap;

use super::Factor;
use crate::source::Span;
use crate::world::View;
use crate::world::view::Need;

/// How a factor collects its evidence.
#[derive(Debug)]
pub struct Collector {
    /// What it must see. A part of these that could not be read makes a pass unknown.
    pub needs: &'static [Need],
    /// Says what it sees about one service.
    pub collect: fn(&View<'_>, &mut EvidenceSink<'_>),
}

/// Something that keeps a factor.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The factor.
    pub factor: Factor,
    /// Key of its template in the factor's page.
    pub kind: &'static str,
    /// Where it is.
    pub span: Span,
    /// What fills the holes of the template.
    pub arguments: BTreeMap<&'static str, String>,
    /// It helps, and is not enough for a pass by itself.
    pub supporting: bool,
}

impl Evidence {
    /// Fills the hole `{name}`.
    pub fn argument(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.arguments.insert(name, value.into());
        self
    }
}

/// A reason with what fills its holes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// Key of its template in the factor's page.
    pub key: &'static str,
    /// What fills the holes of the template.
    pub arguments: BTreeMap<&'static str, String>,
}

/// What a collector said about one factor of one service.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// What keeps the factor, in the order it was found.
    pub evidence: Vec<Evidence>,
    /// Why the factor does not apply.
    pub not_applicable: Option<Reason>,
    /// What is missing for a judgement, when no evidence decides.
    pub unknown: Option<Reason>,
}

/// The only thing a collector can write to.
pub struct EvidenceSink<'a> {
    factor: Factor,
    collected: &'a mut Collected,
}

impl<'a> EvidenceSink<'a> {
    /// A sink for the evidence of `factor`.
    pub fn new(factor: Factor, collected: &'a mut Collected) -> Self {
        Self { factor, collected }
    }

    /// Something that keeps the factor.
    pub fn keeps(&mut self, kind: &'static str, span: Span) -> &mut Evidence {
        self.add(kind, span, false)
    }

    /// Something that helps to keep the factor, and is not enough for a pass by itself.
    pub fn supports(&mut self, kind: &'static str, span: Span) -> &mut Evidence {
        self.add(kind, span, true)
    }

    /// The factor does not apply to the service. The first reason stands.
    pub fn not_applicable(&mut self, key: &'static str) {
        self.collected.not_applicable.get_or_insert(Reason { key, ..Reason::default() });
    }

    /// What is missing for a judgement when no evidence decides. The first reason stands.
    pub fn unknown(&mut self, key: &'static str) -> &mut Reason {
        self.collected.unknown.get_or_insert(Reason { key, ..Reason::default() })
    }

    /// True when something was found that is enough for a pass.
    pub fn is_decided(&self) -> bool {
        self.collected.evidence.iter().any(|e| !e.supporting)
    }

    /// True when something of this kind was found.
    pub fn has(&self, kind: &str) -> bool {
        self.collected.evidence.iter().any(|e| e.kind == kind)
    }

    fn add(&mut self, kind: &'static str, span: Span, supporting: bool) -> &mut Evidence {
        let evidence = &mut self.collected.evidence;
        evidence.retain(|e| e.kind != kind || e.span != span);
        let arguments = BTreeMap::new();
        evidence.push_mut(Evidence { factor: self.factor, kind, span, arguments, supporting })
    }
}

impl Reason {
    /// Fills the hole `{name}`.
    pub fn argument(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.arguments.insert(name, value.into());
        self
    }
}
