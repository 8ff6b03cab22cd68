//! Name resolution inside one file: imports, renames, inline modules, items of blocks.
//!
//! The path of the file's own module is unknown here. Names of this file start with `self::`, names above it with
//! `super::`; who knows the module path replaces both.

use std::collections::{BTreeMap, BTreeSet};

use syn::ext::IdentExt;
use syn::{Item, UseTree};

use super::types::TypeRef;

const MAX_HOPS: usize = 8;

/// An import before it is resolved.
pub struct RawImport {
    /// The local name, `*` for a glob.
    pub local: String,
    /// The written path.
    pub path: Vec<String>,
    /// The last segment, for its place.
    pub ident: Option<proc_macro2::Span>,
}

/// Names of one module or block.
#[derive(Default)]
pub struct Frame {
    /// Looked up when a name is not found here; a module has none.
    pub parent: Option<usize>,
    /// `self`, `self::m`, `self::main` for the items of a function's block.
    pub prefix: String,
    imports: BTreeMap<String, Vec<String>>,
    items: BTreeSet<String>,
    macros: BTreeSet<String>,
}

/// All names of a file.
#[derive(Default)]
pub struct Names {
    frames: Vec<Frame>,
    modules: BTreeMap<String, usize>,
    fields: BTreeMap<String, BTreeMap<String, TypeRef>>,
    macros: BTreeSet<String>,
    /// Tuples that functions give, alone or in a `Result` or `Option`.
    tuples: BTreeMap<String, TypeRef>,
}

/// How the start of a path was found.
#[derive(PartialEq)]
pub enum Found {
    /// Through an import, an item or a path keyword.
    Yes,
    /// As written: a crate, the prelude, or nothing known.
    AsWritten,
}

impl Names {
    /// Declares the items of the file and of its inline modules; returns the frame of the file.
    pub fn declare_file(&mut self, items: &[Item]) -> usize {
        let root = self.declare_module(items, "self");
        self.declare_fields(items, root);
        root
    }

    fn declare_module(&mut self, items: &[Item], prefix: &str) -> usize {
        let frame = self.add_frame(items.iter(), prefix, None);
        self.modules.insert(prefix.to_owned(), frame);
        for item in items {
            if let Item::Mod(module) = item
                && let Some((_, items)) = &module.content
            {
                self.declare_module(items, &format!("{prefix}::{}", module.ident.unraw()));
            }
        }
        frame
    }

    fn declare_fields(&mut self, items: &[Item], frame: usize) {
        for item in items {
            self.declare_item_fields(item, frame);
        }
    }

    fn declare_item_fields(&mut self, item: &Item, frame: usize) {
        let prefix = self.prefix(frame).to_owned();
        match item {
            Item::Struct(declaration) => {
                let mut types = BTreeMap::new();
                for (position, field) in declaration.fields.iter().enumerate() {
                    let name =
                        field.ident.as_ref().map_or_else(|| position.to_string(), |i| i.unraw().to_string());
                    types.insert(name, self.type_ref(&field.ty, frame, None));
                }
                self.fields.insert(format!("{prefix}::{}", declaration.ident.unraw()), types);
            }
            Item::Fn(function) => {
                if let syn::ReturnType::Type(_, written) = &function.sig.output {
                    let given = self.type_ref(written, frame, None).opened();
                    if given.name == "()" && !given.arguments.is_empty() {
                        self.tuples.insert(format!("{prefix}::{}", function.sig.ident.unraw()), given);
                    }
                }
            }
            Item::Mod(module) => {
                if let Some((_, items)) = &module.content
                    && let Some(inner) = self.module(&format!("{prefix}::{}", module.ident.unraw()))
                {
                    self.declare_fields(items, inner);
                }
            }
            _ => {}
        }
    }

    /// The tuple that the function of this file called `name` gives.
    pub fn tuple_of(&self, name: &str) -> Option<&TypeRef> {
        self.tuples.get(name)
    }

    /// The frame of an inline module.
    pub fn module(&self, prefix: &str) -> Option<usize> {
        self.modules.get(prefix).copied()
    }

    /// Adds the frame of a block whose statements hold items.
    pub fn declare_block<'i>(
        &mut self,
        items: impl Iterator<Item = &'i Item> + Clone,
        prefix: &str,
        parent: usize,
    ) -> usize {
        let frame = self.add_frame(items.clone(), prefix, Some(parent));
        for item in items {
            self.declare_item_fields(item, frame);
        }
        frame
    }

    fn add_frame<'i>(
        &mut self,
        items: impl Iterator<Item = &'i Item>,
        prefix: &str,
        parent: Option<usize>,
    ) -> usize {
        let mut frame = Frame { parent, prefix: prefix.to_owned(), ..Frame::default() };
        for item in items {
            let ident = match item {
                Item::Const(item) => &item.ident,
                Item::Enum(item) => &item.ident,
                Item::Fn(item) => &item.sig.ident,
                Item::Mod(item) => &item.ident,
                Item::Static(item) => &item.ident,
                Item::Struct(item) => &item.ident,
                Item::Trait(item) => &item.ident,
                Item::TraitAlias(item) => &item.ident,
                Item::Type(item) => &item.ident,
                Item::Union(item) => &item.ident,
                Item::Macro(item) => {
                    if let Some(ident) = &item.ident {
                        frame.macros.insert(ident.unraw().to_string());
                        self.macros.insert(ident.unraw().to_string());
                    }
                    continue;
                }
                Item::Use(item) => {
                    for import in flatten(&item.tree, item.leading_colon.is_some()) {
                        if import.local != "*" {
                            frame.imports.insert(import.local, import.path);
                        }
                    }
                    continue;
                }
                Item::ExternCrate(item) => {
                    let name = item.ident.unraw().to_string();
                    let local =
                        item.rename.as_ref().map_or_else(|| name.clone(), |(_, i)| i.unraw().to_string());
                    frame.imports.insert(local, vec![String::new(), name]);
                    continue;
                }
                _ => continue,
            };
            frame.items.insert(ident.unraw().to_string());
        }
        self.frames.push(frame);
        self.frames.len() - 1
    }

    /// The prefix of a frame's items.
    pub fn prefix(&self, frame: usize) -> &str {
        self.frames.get(frame).map_or("self", |frame| frame.prefix.as_str())
    }

    /// The type of a field of a struct in this file.
    pub fn field_type(&self, type_name: &str, field: &str) -> Option<&TypeRef> {
        self.fields.get(type_name)?.get(field)
    }

    /// The nearest module's prefix.
    fn module_prefix(&self, frame: usize) -> &str {
        let mut at = frame;
        while let Some(parent) = self.frames.get(at).and_then(|frame| frame.parent) {
            at = parent;
        }
        self.prefix(at)
    }

    /// Resolves a path; `segments` starts with an empty one for a leading `::`.
    pub fn resolve(&self, segments: &[String], frame: usize) -> (Vec<String>, Found) {
        self.resolve_hop(segments, frame, 0)
    }

    fn resolve_hop(&self, segments: &[String], frame: usize, hop: usize) -> (Vec<String>, Found) {
        let Some((first, rest)) = segments.split_first() else { return (Vec::new(), Found::AsWritten) };
        match first.as_str() {
            "" => return (rest.to_vec(), Found::Yes),
            "crate" | "$crate" => return (with_head(&["crate"], rest), Found::Yes),
            "self" => return (with_head(&[self.module_prefix(frame)], rest), Found::Yes),
            "super" => return (self.above(frame, rest), Found::Yes),
            _ => {}
        }
        let mut at = Some(frame);
        while let Some((index, current)) = at.and_then(|at| Some((at, self.frames.get(at)?))) {
            if let Some(path) = current.imports.get(first) {
                if path.first() != Some(first) {
                    let (mut all, _) = if hop < MAX_HOPS {
                        self.resolve_hop(path, index, hop + 1)
                    } else {
                        (path.clone(), Found::AsWritten)
                    };
                    all.extend_from_slice(rest);
                    return (all, Found::Yes);
                }
                // `use anyhow::anyhow;`: the path goes through the crate or module of that name, and so does
                // `anyhow::bail`, because what is imported is a macro or function and no module.
                let is_module = current.items.contains(first);
                let through = if rest.is_empty() { path.get(1..).unwrap_or(&[]) } else { rest };
                let head =
                    if is_module { vec![current.prefix.as_str(), first] } else { vec![first.as_str()] };
                return (with_head(&head, through), Found::Yes);
            }
            if current.items.contains(first) {
                let mut all = vec![current.prefix.clone(), first.clone()];
                all.extend_from_slice(rest);
                return (all, Found::Yes);
            }
            at = current.parent;
        }
        (segments.to_vec(), Found::AsWritten)
    }

    /// `super::…` seen from `frame`: inline modules are left, the file's own parent stays `super`.
    fn above(&self, frame: usize, rest: &[String]) -> Vec<String> {
        let mut prefix = self.module_prefix(frame).to_owned();
        let mut ups = 1;
        let mut rest = rest;
        while let Some((first, tail)) = rest.split_first()
            && first == "super"
        {
            ups += 1;
            rest = tail;
        }
        let mut out = Vec::new();
        for _ in 0..ups {
            match prefix.rfind("::") {
                Some(cut) => prefix.truncate(cut),
                None => out.push("super".to_owned()),
            }
        }
        if out.is_empty() {
            out.push(prefix);
        }
        out.extend_from_slice(rest);
        out
    }

    /// The name of a path as a [`crate::facts::name::QName`] writes it.
    pub fn path_name(&self, segments: &[String], frame: usize) -> String {
        let (resolved, found) = self.resolve(segments, frame);
        let name = resolved.join("::");
        if found == Found::Yes || is_known(&resolved) {
            return name;
        }
        let first = resolved.first().map_or("", String::as_str);
        let looks_like_crate =
            resolved.len() > 1 && first.starts_with(|c: char| c.is_lowercase() || c == '_');
        if looks_like_crate { name } else { format!("?{name}") }
    }

    /// The name of a macro, without the `!`.
    pub fn macro_name(&self, segments: &[String], frame: usize) -> String {
        let (resolved, found) = self.resolve(segments, frame);
        let name = resolved.join("::");
        if found == Found::Yes || resolved.len() > 1 {
            return name;
        }
        if self.macros.contains(&name) {
            format!("self::{name}")
        } else if listed(&STD_MACROS, &name) {
            name
        } else {
            format!("?{name}")
        }
    }
}

fn with_head(head: &[&str], rest: &[String]) -> Vec<String> {
    head.iter().map(|part| (*part).to_owned()).chain(rest.iter().cloned()).collect()
}

/// The segments of a path, the first one empty for a leading `::`.
pub fn segments_of(path: &syn::Path) -> Vec<String> {
    let mut segments = Vec::with_capacity(path.segments.len() + 1);
    if path.leading_colon.is_some() {
        segments.push(String::new());
    }
    segments.extend(path.segments.iter().map(|segment| segment.ident.unraw().to_string()));
    segments
}

/// The imports of a `use` tree, without recursion.
pub fn flatten(tree: &UseTree, leading_colon: bool) -> Vec<RawImport> {
    let start = if leading_colon { vec![String::new()] } else { Vec::new() };
    let mut open = vec![(start, tree)];
    let mut imports = Vec::new();
    while let Some((mut path, tree)) = open.pop() {
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.unraw().to_string());
                open.push((path, &part.tree));
            }
            UseTree::Group(group) => {
                for part in group.items.iter().rev() {
                    open.push((path.clone(), part));
                }
            }
            UseTree::Glob(glob) => {
                let span = glob.star_token.spans.first().copied();
                imports.push(RawImport { local: "*".into(), path, ident: span });
            }
            UseTree::Name(name) => push_name(&mut imports, path, &name.ident, &name.ident),
            UseTree::Rename(rename) => push_name(&mut imports, path, &rename.ident, &rename.rename),
        }
    }
    imports
}

fn push_name(
    imports: &mut Vec<RawImport>,
    mut path: Vec<String>,
    ident: &proc_macro2::Ident,
    rename: &proc_macro2::Ident,
) {
    let span = Some(ident.span());
    let name = ident.unraw().to_string();
    let mut local = rename.unraw().to_string();
    // `use a::b::{self}` brings in `b`.
    if name == "self" {
        if local == "self" {
            local = path.last().cloned().unwrap_or_default();
        }
    } else {
        path.push(name);
    }
    imports.push(RawImport { local, path, ident: span });
}

/// Names every file has without an import.
fn is_known(segments: &[String]) -> bool {
    let Some(first) = segments.first() else { return true };
    listed(&PRELUDE, first)
}

const PRELUDE: [&str; 46] = [
    "AsMut",
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "Drop",
    "Err",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Result",
    "Send",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Vec",
    "bool",
    "char",
    "drop",
    "f32",
    "f64",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
];

const STD_MACROS: [&str; 42] = [
    "addr_of",
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "concat_idents",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "global_asm",
    "include",
    "include_bytes",
    "include_str",
    "is_x86_feature_detected",
    "line",
    "macro_rules",
    "matches",
    "module_path",
    "offset_of",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "thread_local",
    "todo",
    "try",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// True when a sorted list of names holds `name`.
pub fn listed(sorted: &[&str], name: &str) -> bool {
    debug_assert!(sorted.is_sorted());
    sorted.binary_search(&name).is_ok()
}
