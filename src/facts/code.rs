//! Facts of source code, the same for every language.

use serde::{Deserialize, Serialize};

use crate::source::{ByteRange, Spanned};

use super::name::QName;
use super::value::Value;

/// A programming language with a front-end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Rust, edition 2015 to 2024.
    Rust,
    /// Python 3.
    Python,
}

impl Language {
    /// The language with this slug.
    pub fn from_slug(slug: &str) -> Option<Language> {
        [Language::Rust, Language::Python].into_iter().find(|language| language.slug() == slug)
    }

    /// The name used in tables, folders and outputs.
    pub fn slug(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::Python => "python",
        }
    }
}

/// What one source file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeFacts {
    /// The language.
    pub language: Language,
    /// Names this file brings into scope.
    pub imports: Vec<Import>,
    /// Functions, methods and closures bound to a name, in source order.
    pub functions: Vec<Function>,
    /// Calls, macro invocations and attributes, in source order of their names (the links of a chain from left to
    /// right); a [`Value`] refers to them by position.
    pub calls: Vec<Call>,
    /// Constants, statics and immutable module-level bindings.
    pub constants: Vec<Constant>,
    /// Struct and class declarations with their fields.
    pub types: Vec<TypeDeclaration>,
    /// Child modules declared in this file (`mod x;`), with the scope they are declared in.
    pub modules: Vec<ModuleDeclaration>,
    /// String literals that contain `://`, wherever they stand.
    pub url_literals: Vec<UrlLiteral>,
    /// Values with a fallback (`unwrap_or`, `||`, `or`), wherever they stand; the outermost of nested ones.
    pub fallbacks: Vec<Fallback>,
    /// Parts of call results that nothing keeps.
    #[serde(default)]
    pub discards: Vec<Discard>,
    /// The whole file belongs to tests (`#![cfg(test)]`).
    pub file_scope: Scope,
}

/// Where a piece of code stands, as far as it changes what it means in production.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Compiled or run for tests or benches only (`#[cfg(test)]`, `#[test]`, `mod tests`, `test_*` functions).
    pub test: bool,
    /// Only in builds for debugging (`#[cfg(debug_assertions)]`, `if cfg!(debug_assertions)`).
    pub debug_only: bool,
    /// Only on other systems than Unix (`#[cfg(windows)]`, `#[cfg(not(unix))]`, wasm targets).
    pub not_unix: bool,
    /// Behind a Cargo feature or another build condition.
    pub conditional: bool,
    /// Inside the text of a log, error, assertion, documentation attribute or help message.
    pub message: bool,
    /// Inside a comparison or a pattern (`==`, `starts_with`, `contains`, `matches!`, a match pattern, a regular expression).
    pub comparison: bool,
    /// Read from the tokens of a macro whose grammar is unknown.
    pub in_macro: bool,
}

/// A name brought into scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The local name; `*` for a glob import.
    pub local: String,
    /// The full path it stands for. Rust: names of this file start with `self::`, names above it with `super::`,
    /// because a file does not know its own module path; linking makes `crate::…` of both.
    pub path: QName,
    /// True for a re-export (`pub use`).
    pub exported: bool,
    /// The bytes of the imported path segment.
    pub range: ByteRange,
    /// Where the import stands.
    pub scope: Scope,
}

/// A function or method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: Spanned<String>,
    /// Modules inside the file, and the type or function it belongs to: `app::Server` for
    /// `mod app { impl Server { fn run() } }`; empty at the top.
    pub container: String,
    /// The whole item, attributes included.
    pub range: ByteRange,
    /// Parameters, `self` not counted.
    pub parameters: Vec<Parameter>,
    /// Attributes and decorators, resolved as far as imports tell (`actix_web::get`, `tokio::main`).
    pub attributes: Vec<QName>,
    /// What the last expression or single return gives.
    pub result: Option<Value>,
    /// Where it stands.
    pub scope: Scope,
    /// True for a method with a `self` receiver.
    pub is_method: bool,
    /// The trait whose implementation or declaration holds it, resolved as far as imports tell.
    #[serde(default)]
    pub of_trait: Option<QName>,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The bound name; the innermost one of a destructuring pattern with one name, else empty.
    pub name: String,
    /// The type, paths resolved, generic arguments kept as `Path<Arg, Arg>`, references left out; empty when unwritten.
    pub type_name: String,
}

/// How a call is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// `path(…)`.
    Function,
    /// `receiver.method(…)`.
    Method,
    /// `name!(…)`.
    Macro,
    /// An attribute on a function, field or type; named arguments are its `key = value` entries, a bare flag is `key = true`.
    /// Fields add the arguments `field` (name) and, on types, `container`.
    Attribute,
    /// `target = value` or a `key=value` declaration where the target is a member (`app.secret_key = "…"`): one argument.
    Assignment,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Resolved name of what is called; see [`QName`]. Attributes are written `#[name]`, macros `name!`.
    pub callee: QName,
    /// How it is written.
    pub kind: CallKind,
    /// The bytes of the last name segment.
    pub name_range: ByteRange,
    /// The whole call expression, receiver included.
    pub range: ByteRange,
    /// The receiver of a method.
    pub receiver: Option<Value>,
    /// Arguments in order.
    pub arguments: Vec<Argument>,
    /// Type arguments written at the call, resolved (`envy::from_env::<Config>()`); when there are none, the type
    /// of the binding that the call initialises (`let config: Config = …`).
    pub type_arguments: Vec<String>,
    /// Position in [`CodeFacts::functions`] of the innermost enclosing named function.
    pub function: Option<u32>,
    /// Patterns of the enclosing `match` arms and `if let`s, innermost first, as last-segment names (`Command::Migrate { .. }` → `Migrate`);
    /// within one pattern from the outside in (`Some(Command::Serve)` → `Some`, `Serve`). `_` stands for an arm without names.
    pub arms: Vec<String>,
    /// Enclosing conditions (`if` tests), innermost first: resolved names and literals read in them, separated by
    /// blanks. Each part of an `and` is a condition of its own; `not ` stands in front of one that must not hold:
    /// code in an `else`, `!x`, `a != b`.
    pub conditions: Vec<String>,
    /// Where it stands.
    pub scope: Scope,
    /// The result is awaited.
    pub awaited: bool,
    /// The result is bound to a name that nothing mentions again.
    #[serde(default)]
    pub unused: bool,
    /// The program or function fails where the result is absent or an error (`unwrap`, `expect`, `?`).
    #[serde(default)]
    pub required: bool,
    /// It stands inside a closure or async block (which may run later, or in another task).
    pub in_closure: bool,
    /// It stands in a `select!`-like macro beside other branches.
    pub in_select: bool,
}

/// The contrary of a condition of [`Call::conditions`].
pub fn inverted(condition: &str) -> String {
    condition.strip_prefix("not ").map_or_else(|| format!("not {condition}"), str::to_owned)
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// The keyword, where the language has keywords.
    pub name: Option<String>,
    /// The value.
    pub value: Value,
}

/// A constant, static, or module-level binding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    /// Its name.
    pub name: Spanned<String>,
    /// Modules inside the file and the type it belongs to; empty at the top.
    pub container: String,
    /// The declared type; empty when unwritten.
    pub type_name: String,
    /// Its value.
    pub value: Value,
    /// Where it stands.
    pub scope: Scope,
}

/// A struct, enum, class or alias of a type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypeDeclaration {
    /// Its name.
    pub name: Spanned<String>,
    /// Derives, decorators and bases, resolved as far as imports tell.
    pub attributes: Vec<QName>,
    /// Fields, or the variants of an enum; none for an alias.
    pub fields: Vec<Spanned<String>>,
    /// Types of the fields of a struct, in their order, as those of parameters; for an alias the one that it names.
    #[serde(default)]
    pub field_types: Vec<String>,
    /// Where it stands.
    pub scope: Scope,
}

/// A child module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModuleDeclaration {
    /// Its name.
    pub name: String,
    /// `#[path = "…"]`, relative to this file.
    pub path: Option<String>,
    /// Modules inside the file it is declared in; empty at the top.
    pub container: String,
    /// The scope of the whole child (`#[cfg(test)] mod helpers;`).
    pub scope: Scope,
}

/// A string literal with a scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UrlLiteral {
    /// The decoded text and the literal's bytes, quotes included.
    pub text: Spanned<String>,
    /// True when it is a format template with holes.
    pub template: bool,
    /// Position of the enclosing function.
    pub function: Option<u32>,
    /// Where it stands.
    pub scope: Scope,
}

/// A part of what a call returns that nothing keeps: `let (writer, _) = call();`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Discard {
    /// Position of the call in [`CodeFacts::calls`].
    pub call: u32,
    /// Position in the tuple, from 0.
    pub part: u32,
    /// The pattern.
    pub range: ByteRange,
    /// It has a name, so it lives to the end of its block, but nothing there mentions it again.
    pub named: bool,
}

/// A value and what stands in for it when it is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fallback {
    /// A [`super::value::ValueKind::Either`], at the range of the whole expression.
    pub value: Value,
    /// Position of the enclosing function.
    pub function: Option<u32>,
    /// Where it stands.
    pub scope: Scope,
}
