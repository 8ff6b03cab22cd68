//! Types as the source writes them, with their outermost paths resolved.

use std::fmt;

/// A written type; references, lifetimes and pointers are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeRef {
    /// Resolved path, `dyn path`, `impl path`, `[]`, `()` or empty when not written.
    pub name: String,
    /// Generic arguments, or the parts of a tuple or slice.
    pub arguments: Vec<TypeRef>,
}

impl TypeRef {
    /// A type without arguments.
    pub fn plain(name: impl Into<String>) -> Self {
        Self { name: name.into(), arguments: Vec::new() }
    }

    fn last_segment(&self) -> &str {
        self.name.rsplit("::").next().unwrap_or("")
    }

    /// The type whose methods are called through smart pointers.
    pub fn behind_pointers(&self) -> &TypeRef {
        let mut current = self;
        // Bounded by the nesting of the written type.
        while let ("Arc" | "Rc" | "Box" | "Pin" | "Cow", Some(inner)) =
            (current.last_segment(), current.arguments.last())
        {
            current = inner;
        }
        current
    }

    /// The type that remains when an `Option` or `Result` is opened.
    pub fn opened(self) -> TypeRef {
        match self.last_segment() {
            "Option" | "Result" if !self.arguments.is_empty() => {
                self.arguments.into_iter().next().unwrap_or_default()
            }
            _ => self,
        }
    }

    /// The path used in front of a method name; empty when there is none.
    pub fn method_path(&self) -> &str {
        let name = self.behind_pointers().name.as_str();
        let name = name.strip_prefix("dyn ").or_else(|| name.strip_prefix("impl ")).unwrap_or(name);
        match name {
            "[]" => "slice",
            "()" | "_" | "!" | "fn" => "",
            _ => name,
        }
    }
}

impl fmt::Display for TypeRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = match self.name.as_str() {
            "[]" => ("[", "]"),
            "()" => ("(", ")"),
            name => {
                formatter.write_str(name)?;
                if self.arguments.is_empty() {
                    return Ok(());
                }
                ("<", ">")
            }
        };
        formatter.write_str(open)?;
        for (position, argument) in self.arguments.iter().enumerate() {
            if position > 0 {
                formatter.write_str(", ")?;
            }
            argument.fmt(formatter)?;
        }
        formatter.write_str(close)
    }
}
