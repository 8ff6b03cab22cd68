//! Types as the source writes them, with their outermost paths resolved.

use std::fmt;

use syn::Type;

use super::names::{Names, segments_of};

/// Deeper generic arguments are written `_`.
const MAX_TYPE_DEPTH: usize = 32;

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

impl Names {
    /// The written type, resolved.
    pub fn type_ref(&self, written: &Type, frame: usize, self_type: Option<&TypeRef>) -> TypeRef {
        self.type_at(written, frame, self_type, 0)
    }

    fn type_at(&self, written: &Type, frame: usize, self_type: Option<&TypeRef>, depth: usize) -> TypeRef {
        if depth > MAX_TYPE_DEPTH {
            return TypeRef::plain("_");
        }
        let inner = |written: &Type| self.type_at(written, frame, self_type, depth + 1);
        match written {
            Type::Reference(reference) => inner(&reference.elem),
            Type::Ptr(pointer) => inner(&pointer.elem),
            Type::Paren(paren) => inner(&paren.elem),
            Type::Group(group) => inner(&group.elem),
            Type::Slice(slice) => TypeRef { name: "[]".into(), arguments: vec![inner(&slice.elem)] },
            Type::Array(array) => TypeRef { name: "[]".into(), arguments: vec![inner(&array.elem)] },
            Type::Tuple(tuple) => {
                TypeRef { name: "()".into(), arguments: tuple.elems.iter().map(inner).collect() }
            }
            Type::Never(_) => TypeRef::plain("!"),
            Type::FnPtr(_) => TypeRef::plain("fn"),
            Type::ImplTrait(bounds) => self.bound(&bounds.bounds, "impl ", frame, self_type, depth),
            Type::TraitObject(bounds) => self.bound(&bounds.bounds, "dyn ", frame, self_type, depth),
            Type::Path(path) => self.path_type(&path.path, frame, self_type, depth),
            _ => TypeRef::plain("_"),
        }
    }

    fn bound(
        &self,
        bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>,
        word: &str,
        frame: usize,
        self_type: Option<&TypeRef>,
        depth: usize,
    ) -> TypeRef {
        let found = bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => Some(&bound.path),
            _ => None,
        });
        let Some(path) = found else { return TypeRef::plain("_") };
        let mut bound = self.path_type(path, frame, self_type, depth + 1);
        bound.name.insert_str(0, word);
        bound
    }

    fn path_type(
        &self,
        path: &syn::Path,
        frame: usize,
        self_type: Option<&TypeRef>,
        depth: usize,
    ) -> TypeRef {
        let segments = segments_of(path);
        if let (Some(own), Some("Self"), 1) =
            (self_type, segments.first().map(String::as_str), segments.len())
        {
            return own.clone();
        }
        let mut arguments = Vec::new();
        if let Some(last) = path.segments.last()
            && let syn::PathArguments::AngleBracketed(generic) = &last.arguments
        {
            for argument in &generic.args {
                if let syn::GenericArgument::Type(written) = argument {
                    arguments.push(self.type_at(written, frame, self_type, depth + 1));
                }
            }
        }
        let (resolved, _) = self.resolve(&segments, frame);
        TypeRef { name: resolved.join("::"), arguments }
    }
}
