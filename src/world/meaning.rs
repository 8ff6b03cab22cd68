//! What a value means across files: literals through constants, environment reads through helpers, parameters
//! through the only caller. What is not certain is unknown, and unknown never accuses.

use crate::facts::code::Call;
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;
use crate::source::Span;

use super::code::helpers::HelperDefault;
use super::code::{CodeWorld, FunctionRef};

/// What a value means.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// Where the text that decides stands (the literal itself for a literal).
    pub span: Span,
    /// What it means.
    pub kind: MeaningKind,
}

/// The kinds of meaning.
#[derive(Clone, Debug, PartialEq)]
pub enum MeaningKind {
    /// Not certain.
    Unknown,
    /// A literal text.
    Text(String),
    /// A literal number.
    Integer(i64),
    /// A literal truth value.
    Boolean(bool),
    /// An environment variable.
    Environment(Box<EnvironmentRead>),
    /// The first of these that is there.
    Either(Vec<Meaning>),
    /// Text put together.
    Join(Vec<Meaning>),
    /// An array or tuple.
    List(Vec<Meaning>),
    /// One value repeated.
    Repeat(Box<Meaning>),
    /// A struct or mapping.
    Record(Vec<(String, Meaning)>),
    /// The result of a call: its canonical name and arguments.
    Call(String, Vec<Meaning>),
    /// A constant or function of another crate, by its name.
    Constant(String),
}

/// A read of an environment variable.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentRead {
    /// The variable, when it is a literal.
    pub key: Option<String>,
    /// Where the name stands, when it is a literal or the name of a constant's value.
    pub key_at: Option<Span>,
    /// What is used when it is unset.
    pub default: Option<Meaning>,
    /// The program fails when it is unset.
    pub required: bool,
    /// The read itself.
    pub read_at: Span,
}

impl Meaning {
    /// The text, when the meaning is one literal.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            MeaningKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// True when any part of it comes from the environment or is not known.
    pub fn is_configurable_or_unknown(&self) -> bool {
        match &self.kind {
            MeaningKind::Unknown | MeaningKind::Environment(_) | MeaningKind::Constant(_) => true,
            MeaningKind::Text(_) | MeaningKind::Integer(_) | MeaningKind::Boolean(_) => false,
            MeaningKind::Either(parts)
            | MeaningKind::Join(parts)
            | MeaningKind::List(parts)
            | MeaningKind::Call(_, parts) => parts.iter().any(Meaning::is_configurable_or_unknown),
            MeaningKind::Repeat(inner) => inner.is_configurable_or_unknown(),
            MeaningKind::Record(parts) => parts.iter().any(|(_, part)| part.is_configurable_or_unknown()),
        }
    }

    /// Every environment read in it, outermost first.
    pub fn environment_reads(&self) -> Vec<&EnvironmentRead> {
        let mut reads = Vec::new();
        self.visit(&mut |meaning| {
            if let MeaningKind::Environment(read) = &meaning.kind {
                reads.push(read.as_ref());
            }
        });
        reads
    }

    /// Calls `see` on this meaning and all its parts, defaults of environment reads included.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Meaning)) {
        see(self);
        match &self.kind {
            MeaningKind::Either(parts)
            | MeaningKind::Join(parts)
            | MeaningKind::List(parts)
            | MeaningKind::Call(_, parts) => {
                parts.iter().for_each(|part| part.visit(see));
            }
            MeaningKind::Repeat(inner) => inner.visit(see),
            MeaningKind::Record(parts) => parts.iter().for_each(|(_, part)| part.visit(see)),
            MeaningKind::Environment(read) => {
                if let Some(default) = &read.default {
                    default.visit(see);
                }
            }
            MeaningKind::Unknown
            | MeaningKind::Text(_)
            | MeaningKind::Integer(_)
            | MeaningKind::Constant(_)
            | MeaningKind::Boolean(_) => {}
        }
    }
}

const DEPTH: usize = 12;

impl CodeWorld {
    /// What `value`, written in file `at` inside function `function`, means.
    pub fn meaning(&self, at: usize, function: Option<u32>, value: &Value) -> Meaning {
        self.meaning_at(at, function, value, DEPTH)
    }

    pub(super) fn meaning_at(
        &self,
        at: usize,
        function: Option<u32>,
        value: &Value,
        depth: usize,
    ) -> Meaning {
        let span = self.span(at, value).unwrap_or(Span::whole(crate::source::FileId(0)));
        let Some(depth) = depth.checked_sub(1) else { return Meaning { span, kind: MeaningKind::Unknown } };
        let inner = |v: &Value| self.meaning_at(at, function, v, depth);
        let kind = match &value.kind {
            ValueKind::Unknown => MeaningKind::Unknown,
            ValueKind::Field(owner, name) => {
                return self
                    .meaning_of_field(at, function, owner, name, depth)
                    .unwrap_or(Meaning { span, kind: MeaningKind::Unknown });
            }
            ValueKind::Text(text) => MeaningKind::Text(text.clone()),
            ValueKind::Integer(number) => MeaningKind::Integer(*number),
            ValueKind::Boolean(truth) => MeaningKind::Boolean(*truth),
            ValueKind::Call(call) => return self.meaning_of_call(at, *call, span, depth),
            ValueKind::Required(value) => {
                let mut meaning = inner(value);
                if let MeaningKind::Environment(read) = &mut meaning.kind {
                    read.required = read.default.is_none();
                }
                return meaning;
            }
            ValueKind::Either(parts) => return either(span, parts.iter().map(inner).collect()),
            ValueKind::Join(parts) => MeaningKind::Join(parts.iter().map(inner).collect()),
            ValueKind::List(parts) => MeaningKind::List(parts.iter().map(inner).collect()),
            ValueKind::Repeat(value) => MeaningKind::Repeat(Box::new(inner(value))),
            ValueKind::Record(_, parts) => {
                MeaningKind::Record(parts.iter().map(|(n, v)| (n.clone(), inner(v))).collect())
            }
            ValueKind::Closure(result) => return inner(result),
            ValueKind::Name(name) => match self.constant(at, name.as_str()) {
                Some((file, constant)) => return self.meaning_at(file, None, &constant.value, depth),
                None if name.as_str().contains("::") => MeaningKind::Constant(name.as_str().to_owned()),
                None => MeaningKind::Unknown,
            },
            ValueKind::Parameter(position) => {
                return self
                    .meaning_of_parameter(at, function, *position, depth)
                    .unwrap_or(Meaning { span, kind: MeaningKind::Unknown });
            }
        };
        Meaning { span, kind }
    }

    fn meaning_of_call(&self, at: usize, call: u32, span: Span, depth: usize) -> Meaning {
        if let Some(read) = self.environment_read(at, call, depth) {
            return Meaning { span, kind: MeaningKind::Environment(Box::new(read)) };
        }
        let Some(fact) = self.call(at, call) else { return Meaning { span, kind: MeaningKind::Unknown } };
        if let [target] = self.functions_named(at, fact.callee.as_str()).as_slice() {
            // The result of a function of our own says more than its name, one hop deep.
            let result = self.function(*target).and_then(|f| f.result.as_ref());
            if let (Some(result), true) = (result, depth > DEPTH / 2) {
                let meaning = self.meaning_at(target.file, Some(target.function), result, depth / 2);
                if meaning.kind != MeaningKind::Unknown {
                    return meaning;
                }
            }
            return Meaning { span, kind: MeaningKind::Unknown };
        }
        let name = self.canonical(&self.absolute(at, fact.callee.as_str()));
        let arguments =
            fact.arguments.iter().map(|a| self.meaning_at(at, fact.function, &a.value, depth)).collect();
        Meaning { span, kind: MeaningKind::Call(name, arguments) }
    }

    /// The environment read that call number `call` of file `at` is: by a table row, or through a helper function
    /// whose parameter flows into one.
    pub fn environment_read(&self, at: usize, call: u32, depth: usize) -> Option<EnvironmentRead> {
        let depth = depth.checked_sub(1)?;
        let fact = self.call(at, call)?;
        let read_at = Span::new(self.files.get(at)?.file, fact.range);
        if let Some(event) = self.event_of_call(at, call, Concept::EnvRead) {
            let key = event.role("key").map(|v| self.meaning_at(at, fact.function, v, depth));
            let default = event.role("default").map(|v| self.meaning_at(at, fact.function, v, depth));
            // An option of a command line fails without a value only where its field cannot do without.
            let field_type = argument_text(fact, "type");
            let optional = field_type.is_some_and(|t| OPTIONAL_TYPES.iter().any(|o| t.contains(o)));
            let fails = event.attribute("missing") == Some("fails") || fact.required;
            let required = default.is_none() && fails && !optional;
            let key_at = event.role("key").and_then(|v| self.span(at, v));
            // A bare `env` flag on a field means the variable of the field's name.
            let flagged = matches!(key.as_ref().map(|k| &k.kind), Some(MeaningKind::Boolean(true)));
            let field = event.role("field").filter(|_| flagged).and_then(Value::as_text);
            return Some(EnvironmentRead {
                key: match field {
                    Some(field) => Some(field.to_ascii_uppercase()),
                    None => key.and_then(|k| k.text().map(str::to_owned)),
                },
                key_at,
                default,
                required,
                read_at,
            });
        }
        let targets = self.functions_named(at, fact.callee.as_str());
        let [target] = targets.as_slice() else { return None };
        let helper = self.helpers.get(target)?;
        let argument = |n: u32| {
            fact.arguments.get(n as usize).map(|a| self.meaning_at(at, fact.function, &a.value, depth))
        };
        let key_at = fact.arguments.get(helper.key as usize).and_then(|a| self.span(at, &a.value));
        let key = argument(helper.key)?.text().map(str::to_owned);
        let default = match helper.default {
            Some(HelperDefault::Parameter(n)) => argument(n),
            Some(HelperDefault::Literal) => {
                let result = self.function(*target)?.result.as_ref()?;
                match self.meaning_at(target.file, Some(target.function), result, depth.min(4)).kind {
                    MeaningKind::Environment(read) => read.default,
                    _ => None,
                }
            }
            None => None,
        };
        let fails = helper.required || (helper.direct && fact.required);
        Some(EnvironmentRead { key, key_at, required: fails && default.is_none(), default, read_at })
    }

    fn meaning_of_parameter(
        &self,
        at: usize,
        function: Option<u32>,
        position: u32,
        depth: usize,
    ) -> Option<Meaning> {
        if depth < DEPTH / 2 {
            return None;
        }
        let target = FunctionRef { file: at, function: function? };
        let calls = self.calls_of(target);
        let [(file, call)] = calls.as_slice() else { return None };
        let fact = self.call(*file, *call)?;
        let argument = fact.arguments.get(position as usize)?;
        Some(self.meaning_at(*file, fact.function, &argument.value, depth / 2))
    }
}

/// Types of settings that may be left out.
const OPTIONAL_TYPES: &[&str] = &["Option<", "Vec<", "bool"];

/// The text of the argument `name`.
fn argument_text<'f>(call: &'f Call, name: &str) -> Option<&'f str> {
    call.arguments.iter().find(|a| a.name.as_deref() == Some(name)).and_then(|a| a.value.as_text())
}

/// The first part that is there, with the rest as default of an environment read in front.
fn either(span: Span, mut parts: Vec<Meaning>) -> Meaning {
    let takes_default = parts.len() == 2
        && matches!(&parts.first().map(|p| &p.kind), Some(MeaningKind::Environment(read)) if read.default.is_none());
    if takes_default && let (Some(default), Some(mut first)) = (parts.pop(), parts.pop()) {
        if let MeaningKind::Environment(read) = &mut first.kind {
            read.default = Some(default);
            read.required = false;
        }
        return first;
    }
    Meaning { span, kind: MeaningKind::Either(parts) }
}
