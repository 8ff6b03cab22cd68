//! Items: functions, impls, modules, constants, types, imports.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, FnArg, ImplItem, Item, Pat, Signature, TraitItem, Visibility};

use crate::facts::code::{Constant, Function, Import, ModuleDeclaration, Parameter, Scope, TypeDeclaration};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};
use crate::source::{ByteRange, Spanned};

use super::changed::{Changed, changed_names};
use super::names::flatten;
use super::scopes;
use super::types::TypeRef;
use super::walker::{Seen, Walker};

impl Walker {
    pub fn item(&mut self, item: &Item) {
        self.node_region(item);
        if !self.descend(ByteRange::at(self.offset)) {
            return;
        }
        match item {
            Item::Fn(item) => {
                let start = self.start_of(&item.attrs, &item.vis, &item.sig);
                self.function_item(start, &item.attrs, &item.sig, Some(&item.block));
            }
            Item::Mod(item) => self.module(item),
            Item::Use(item) => self.import(item),
            Item::ExternCrate(item) => {
                let name = item.ident.unraw().to_string();
                let local = item.rename.as_ref().map_or_else(|| name.clone(), |(_, i)| i.unraw().to_string());
                let range = self.range(item.ident.span());
                let exported = !matches!(item.vis, Visibility::Inherited);
                let scope = scopes::with_attributes(self.scope, &item.attrs);
                self.facts.imports.push(Import { local, path: QName::new(name), exported, range, scope });
            }
            Item::Const(item) => {
                self.under(&item.attrs, |w| w.constant(&item.ident, Some(&item.ty), &item.expr));
            }
            Item::Static(item) => {
                self.under(&item.attrs, |w| w.constant(&item.ident, Some(&item.ty), &item.expr));
            }
            Item::Struct(item) => {
                let fields =
                    item.fields.iter().enumerate().map(|(n, field)| self.field_name(n, field)).collect();
                let types = item
                    .fields
                    .iter()
                    .map(|field| self.names.type_ref(&field.ty, self.frame, None).to_string())
                    .collect();
                self.type_item(&item.ident, &item.attrs, fields, types);
                self.under(&item.attrs, |w| w.fields(&item.fields, &item.ident.unraw().to_string()));
            }
            Item::Union(item) => {
                let fields = item
                    .fields
                    .named
                    .iter()
                    .enumerate()
                    .map(|(n, field)| self.field_name(n, field))
                    .collect();
                self.type_item(&item.ident, &item.attrs, fields, Vec::new());
            }
            Item::Type(item) => {
                let named = self.names.type_ref(&item.ty, self.frame, None).to_string();
                self.type_item(&item.ident, &item.attrs, Vec::new(), vec![named]);
            }
            Item::Enum(item) => self.enumeration(item),
            Item::Impl(item) => self.implementation(item),
            Item::Trait(item) => {
                let own =
                    TypeRef::plain(format!("{}::{}", self.names.prefix(self.frame), item.ident.unraw()));
                let name = item.ident.unraw().to_string();
                let outer = self.of_trait.replace(QName::new(own.name.clone()));
                self.under(&item.attrs, |w| w.in_type(name, own, |w| w.trait_items(&item.items)));
                self.of_trait = outer;
            }
            Item::Macro(item) => self.under(&item.attrs, |w| w.item_macro(item)),
            Item::Verbatim(tokens) => self.scan(tokens.clone()),
            _ => {}
        }
        self.ascend();
    }

    fn start_of(
        &self,
        attributes: &[Attribute],
        visibility: &Visibility,
        signature: &Signature,
    ) -> ByteRange {
        let mut start = self.range(signature.fn_token.span);
        let tokens: [Option<Span>; 5] = [
            signature.constness.as_ref().map(|token| token.span),
            signature.asyncness.as_ref().map(|token| token.span),
            signature.abi.as_ref().map(|abi| abi.extern_token.span),
            match visibility {
                Visibility::Public(token) => Some(token.span),
                Visibility::Restricted(restricted) => Some(restricted.pub_token.span),
                Visibility::Inherited => None,
            },
            attributes.first().map(|attribute| attribute.pound_token.span),
        ];
        for span in tokens.into_iter().flatten() {
            start = start.to(self.range(span));
        }
        start
    }

    fn module(&mut self, item: &syn::ItemMod) {
        let name = item.ident.unraw().to_string();
        let mut scope = scopes::with_attributes(self.scope, &item.attrs);
        scope.test |= scopes::is_test_module(&name);
        let Some((_, items)) = &item.content else {
            let path = item.attrs.iter().find_map(|attribute| match &attribute.meta {
                syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                    Expr::Lit(literal) => match &literal.lit {
                        syn::Lit::Str(text) => Some(text.value()),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            });
            let container = self.container_text();
            self.facts.modules.push(ModuleDeclaration { name, path, container, scope });
            return;
        };
        let prefix = format!("{}::{name}", self.names.prefix(self.frame));
        let frame = self.names.module(&prefix).unwrap_or(self.frame);
        let outer_frame = std::mem::replace(&mut self.frame, frame);
        self.container.push(name);
        self.scoped(scope, |w| {
            for item in items {
                w.item(item);
            }
        });
        self.container.pop();
        self.frame = outer_frame;
    }

    fn import(&mut self, item: &syn::ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        let scope = scopes::with_attributes(self.scope, &item.attrs);
        for import in flatten(&item.tree, item.leading_colon.is_some()) {
            // The import itself is known to its frame under its local name; its path is what that stands for.
            let path = if import.local == "*" || import.local == "_" {
                self.names.resolve(&import.path, self.frame).0
            } else {
                self.names.resolve(std::slice::from_ref(&import.local), self.frame).0
            };
            let range = import.ident.map_or(ByteRange::at(self.offset), |span| self.range(span));
            let path = QName::new(path.join("::"));
            self.facts.imports.push(Import { local: import.local, path, exported, range, scope });
        }
    }

    /// A constant, a static or a member of `thread_local!` and `lazy_static!`.
    pub fn constant(&mut self, ident: &syn::Ident, written: Option<&syn::Type>, expression: &Expr) {
        let type_name = written
            .map(|ty| self.names.type_ref(ty, self.frame, self.self_type.as_ref()).to_string())
            .unwrap_or_default();
        let locals_base = std::mem::replace(&mut self.locals_base, self.locals.len());
        let seen = self.expression(expression);
        self.locals_base = locals_base;
        let name = Spanned::new(ident.unraw().to_string(), self.range(ident.span()));
        let container = self.container_text();
        let scope = self.scope;
        self.facts.constants.push(Constant { name, container, type_name, value: seen.value, scope });
    }

    fn field_name(&self, position: usize, field: &syn::Field) -> Spanned<String> {
        match &field.ident {
            Some(ident) => Spanned::new(ident.unraw().to_string(), self.range(ident.span())),
            None => Spanned::new(position.to_string(), ByteRange::at(self.offset)),
        }
    }

    fn type_item(
        &mut self,
        ident: &syn::Ident,
        attributes: &[Attribute],
        fields: Vec<Spanned<String>>,
        field_types: Vec<String>,
    ) {
        let scope = scopes::with_attributes(self.scope, attributes);
        let names = self.attribute_names(attributes);
        let name = ident.unraw().to_string();
        self.facts.types.push(TypeDeclaration {
            name: Spanned::new(name.clone(), self.range(ident.span())),
            attributes: names,
            fields,
            field_types,
            scope,
        });
        self.scoped(scope, |w| w.attributes(attributes, &[("container", name)]));
    }

    fn fields(&mut self, fields: &syn::Fields, container: &str) {
        for (position, field) in fields.iter().enumerate() {
            self.node_region(field);
            if field.attrs.is_empty() {
                continue;
            }
            let name = self.field_name(position, field).value;
            let written = self.names.type_ref(&field.ty, self.frame, None).to_string();
            self.under(&field.attrs, |w| {
                let extra = [("field", name), ("type", written), ("container", container.to_owned())];
                w.attributes(&field.attrs, &extra);
            });
        }
    }

    fn enumeration(&mut self, item: &syn::ItemEnum) {
        let variants = item
            .variants
            .iter()
            .map(|variant| Spanned::new(variant.ident.unraw().to_string(), self.range(variant.ident.span())))
            .collect();
        self.type_item(&item.ident, &item.attrs, variants, Vec::new());
        let name = item.ident.unraw().to_string();
        self.under(&item.attrs, |w| {
            for variant in &item.variants {
                w.node_region(variant);
                let own = variant.ident.unraw().to_string();
                w.under(&variant.attrs, |w| {
                    w.attributes(&variant.attrs, &[("field", own.clone()), ("container", name.clone())]);
                    w.fields(&variant.fields, &format!("{name}::{own}"));
                });
            }
        });
    }

    fn implementation(&mut self, item: &syn::ItemImpl) {
        let own = self.names.type_ref(&item.self_ty, self.frame, None);
        let last = own.method_path().rsplit("::").next().unwrap_or("").to_owned();
        let of_trait = item.trait_.as_ref().map(|(path, _)| QName::new(self.qualified(path, None)));
        let outer = std::mem::replace(&mut self.of_trait, of_trait);
        self.under(&item.attrs, |w| {
            w.in_type(last, own, |w| {
                for part in &item.items {
                    w.node_region(part);
                    match part {
                        ImplItem::Fn(part) => {
                            let start = w.start_of(&part.attrs, &part.vis, &part.sig);
                            w.function_item(start, &part.attrs, &part.sig, Some(&part.block));
                        }
                        ImplItem::Const(part) => {
                            w.under(&part.attrs, |w| w.constant(&part.ident, Some(&part.ty), &part.expr));
                        }
                        ImplItem::Macro(part) => {
                            w.macro_call(&part.mac);
                        }
                        ImplItem::Verbatim(tokens) => w.scan(tokens.clone()),
                        _ => {}
                    }
                }
            });
        });
        self.of_trait = outer;
    }

    fn trait_items(&mut self, items: &[TraitItem]) {
        for part in items {
            self.node_region(part);
            match part {
                TraitItem::Fn(part) => {
                    let start = self.start_of(&part.attrs, &Visibility::Inherited, &part.sig);
                    self.function_item(start, &part.attrs, &part.sig, part.default.as_ref());
                }
                TraitItem::Const(part) => {
                    if let Some((_, expression)) = &part.default {
                        self.under(&part.attrs, |w| w.constant(&part.ident, Some(&part.ty), expression));
                    }
                }
                TraitItem::Macro(part) => {
                    self.macro_call(&part.mac);
                }
                TraitItem::Verbatim(tokens) => self.scan(tokens.clone()),
                _ => {}
            }
        }
    }

    fn in_type(&mut self, name: String, own: TypeRef, walk: impl FnOnce(&mut Self)) {
        let before = self.self_type.replace(own);
        self.container.push(name);
        walk(self);
        self.container.pop();
        self.self_type = before;
    }

    fn function_item(
        &mut self,
        start: ByteRange,
        attributes: &[Attribute],
        signature: &Signature,
        block: Option<&syn::Block>,
    ) {
        let scope = scopes::with_attributes(self.scope, attributes);
        let scope = Scope { message: false, comparison: false, ..scope };
        let parameters: Vec<(Parameter, TypeRef)> =
            signature.inputs.iter().filter_map(|input| self.parameter(input)).collect();
        let end = match block {
            Some(block) => self.range(block.brace_token.span.close()),
            None => self.range(signature.paren_token.span.close()),
        };
        let name = signature.ident.unraw().to_string();
        let position = self.add_function(Function {
            name: Spanned::new(name.clone(), self.range(signature.ident.span())),
            container: self.container_text(),
            range: start.to(end),
            parameters: parameters.iter().map(|(parameter, _)| parameter.clone()).collect(),
            attributes: self.attribute_names(attributes),
            result: None,
            scope,
            is_method: matches!(signature.inputs.first(), Some(FnArg::Receiver(_))),
            of_trait: self.of_trait.clone(),
        });

        // A function item sees nothing of the function around it.
        let outer = Outer::leave(self, position, scope, name);
        self.attributes(attributes, &[]);
        if let Some(block) = block {
            self.changed = changed_names(block);
            let patterns = signature.inputs.iter().filter_map(|input| match input {
                FnArg::Typed(typed) => Some(&*typed.pat),
                FnArg::Receiver(_) => None,
            });
            for (n, (pattern, (_, written))) in patterns.zip(parameters).enumerate() {
                self.bind_parameter(n, pattern, Some(written));
            }
            let seen = self.block(block);
            let result = (!seen.is_unknown()).then_some(seen.value);
            if let Some(function) = self.facts.functions.get_mut(position as usize) {
                function.result = result;
            }
        }
        outer.come_back(self);
    }

    pub fn add_function(&mut self, function: Function) -> u32 {
        let position = u32::try_from(self.facts.functions.len()).unwrap_or(u32::MAX);
        self.facts.functions.push(function);
        position
    }

    pub fn bind_parameter(&mut self, n: usize, pattern: &Pat, written: Option<TypeRef>) {
        let range = self.pattern_range(pattern);
        let kind = ValueKind::Parameter(u32::try_from(n).unwrap_or(u32::MAX));
        let mut seen = Seen { value: Value::new(range, kind), range, written, ..Seen::default() };
        // `State(state): State<App>`: the name inside holds the argument of the written type.
        if let (Pat::TupleStruct(_), Some(written)) = (pattern, &seen.written)
            && let [inner] = written.arguments.as_slice()
        {
            seen.written = Some(inner.clone());
        }
        self.bind_pattern(pattern, &seen);
    }

    fn parameter(&self, input: &FnArg) -> Option<(Parameter, TypeRef)> {
        let FnArg::Typed(typed) = input else { return None };
        let written = self.names.type_ref(&typed.ty, self.frame, self.self_type.as_ref());
        let parameter = Parameter { name: parameter_name(&typed.pat), type_name: written.to_string() };
        Some((parameter, written))
    }
}

/// The bound name of a pattern: its own, or that of its only part, through nested patterns.
pub fn parameter_name(pattern: &Pat) -> String {
    let mut pattern = pattern;
    loop {
        pattern = match pattern {
            Pat::Ident(ident) => return ident.ident.unraw().to_string(),
            Pat::Type(typed) => &typed.pat,
            Pat::Reference(reference) => &reference.pat,
            Pat::Paren(paren) => &paren.pat,
            Pat::TupleStruct(parts) if parts.elems.len() == 1 => match parts.elems.first() {
                Some(first) => first,
                None => return String::new(),
            },
            _ => return String::new(),
        };
    }
}

/// What a walk puts aside while it is inside a function.
pub struct Outer {
    function: Option<u32>,
    scope: Scope,
    locals: usize,
    locals_base: usize,
    changed: Changed,
    arms: Vec<String>,
    conditions: Vec<String>,
    in_closure: bool,
    in_select: bool,
    reads: Option<Vec<String>>,
}

impl Outer {
    pub fn leave(w: &mut Walker, function: u32, scope: Scope, name: String) -> Self {
        w.container.push(name);
        let locals = w.locals.len();
        Self {
            function: w.function.replace(function),
            scope: std::mem::replace(&mut w.scope, scope),
            locals,
            locals_base: std::mem::replace(&mut w.locals_base, locals),
            changed: std::mem::take(&mut w.changed),
            arms: std::mem::take(&mut w.arms),
            conditions: std::mem::take(&mut w.conditions),
            in_closure: std::mem::take(&mut w.in_closure),
            in_select: std::mem::take(&mut w.in_select),
            reads: w.reads.take(),
        }
    }

    pub fn come_back(self, w: &mut Walker) {
        w.container.pop();
        w.function = self.function;
        w.scope = self.scope;
        w.locals.truncate(self.locals);
        w.locals_base = self.locals_base;
        w.changed = self.changed;
        w.arms = self.arms;
        w.conditions = self.conditions;
        w.in_closure = self.in_closure;
        w.in_select = self.in_select;
        w.reads = self.reads;
    }
}
