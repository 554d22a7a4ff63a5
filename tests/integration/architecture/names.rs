//! What a module declares and what it names.

use std::collections::{BTreeMap, BTreeSet};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::visit::{self, Visit};

/// The first segment of a path that begins with `::`: its second is a crate.
pub(super) const EXTERN: &str = "::";

/// One module without its tests.
#[derive(Default)]
pub(super) struct Module {
    /// The file it is written in, below `src/`.
    pub(super) file: String,
    /// What its names stand for. A type and a function may share one.
    pub(super) scope: BTreeMap<String, Vec<Binding>>,
    pub(super) globs: Vec<Glob>,
    /// Every path in it, `use` trees written out.
    pub(super) names: Vec<Name>,
    pub(super) identifiers: BTreeSet<String>,
}

pub(super) struct Binding {
    pub(super) public: bool,
    pub(super) meaning: Meaning,
}

pub(super) enum Meaning {
    Item(Kind),
    Module,
    Import(Vec<String>),
}

/// What kind of item a name belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A struct, an enum, a union, a trait or an alias.
    Type,
    /// A function, a constant or a static.
    Value,
}

pub(super) struct Glob {
    pub(super) public: bool,
    pub(super) path: Vec<String>,
}

pub(super) struct Name {
    pub(super) path: Vec<String>,
    pub(super) place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A `use` with a visibility of its own.
    Reexport,
    /// Any other `use`, or code.
    Code,
}

impl Module {
    pub(super) fn in_file(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            ..Self::default()
        }
    }

    /// Adds an item of the module: what it declares and what it names.
    pub(super) fn add(&mut self, item: &syn::Item) {
        if let Some((name, visibility, kind)) = declaration(item) {
            self.bind(name.to_string(), visibility, Meaning::Item(kind));
        }
        self.visit_item(item);
    }

    /// Adds what another declaration of the same module has.
    pub(super) fn merge(&mut self, other: Self) {
        for (name, bindings) in other.scope {
            self.scope.entry(name).or_default().extend(bindings);
        }
        self.globs.extend(other.globs);
        self.names.extend(other.names);
        self.identifiers.extend(other.identifiers);
    }

    pub(super) fn bind(&mut self, name: String, visibility: &syn::Visibility, meaning: Meaning) {
        let binding = Binding {
            public: is_public(visibility),
            meaning,
        };
        self.scope.entry(name).or_default().push(binding);
    }

    fn import(&mut self, tree: &syn::UseTree, before: &[String], visibility: &syn::Visibility) {
        match tree {
            syn::UseTree::Path(path) => {
                self.import(&path.tree, &joined(before, &path.ident), visibility);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before, visibility);
                }
            }
            syn::UseTree::Glob(_) => {
                let public = is_public(visibility);
                let path = before.to_vec();
                self.globs.push(Glob { public, path });
                self.name(before.to_vec(), visibility);
            }
            syn::UseTree::Name(name) => {
                self.import_one(joined(before, &name.ident), None, visibility);
            }
            syn::UseTree::Rename(rename) => {
                let path = joined(before, &rename.ident);
                self.import_one(path, Some(rename.rename.to_string()), visibility);
            }
        }
    }

    fn import_one(
        &mut self,
        mut path: Vec<String>,
        renamed: Option<String>,
        visibility: &syn::Visibility,
    ) {
        // `use a::{self}` names `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let last = path.last().cloned().unwrap_or_default();
        self.identifiers.insert(last.clone());
        let bound = renamed.unwrap_or(last);
        self.bind(bound, visibility, Meaning::Import(path.clone()));
        self.name(path, visibility);
    }

    fn name(&mut self, path: Vec<String>, visibility: &syn::Visibility) {
        let place = match visibility {
            syn::Visibility::Inherited => Place::Code,
            _ => Place::Reexport,
        };
        self.names.push(Name { path, place });
    }

    /// The paths among the tokens of a macro's arguments.
    fn read_tokens(&mut self, found: Tokens) {
        self.identifiers.extend(found.identifiers);
        let place = Place::Code;
        let names = found.paths.into_iter().map(|path| Name { path, place });
        self.names.extend(names);
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(item_attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let before: &[String] = match item.leading_colon {
            Some(_) => &[EXTERN.to_owned()],
            None => &[],
        };
        self.import(&item.tree, before, &item.vis);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let extern_crate = path.leading_colon.map(|_| EXTERN.to_owned());
        let segments = path.segments.iter();
        let segments = segments.map(|segment| segment.ident.unraw().to_string());
        self.names.push(Name {
            path: extern_crate.into_iter().chain(segments).collect(),
            place: Place::Code,
        });
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        if let Ok(found) = syn::parse2::<Tokens>(call.tokens.clone()) {
            self.read_tokens(found);
        }
    }

    /// Of the attributes, only what is derived.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("derive")
            && let Ok(found) = attribute.parse_args::<Tokens>()
        {
            self.read_tokens(found);
        }
    }

    fn visit_ident(&mut self, identifier: &'ast syn::Ident) {
        self.identifiers.insert(identifier.unraw().to_string());
    }

    /// `pub(super)` names nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// Paths among tokens that need not parse as anything.
#[derive(Default)]
struct Tokens {
    paths: Vec<Vec<String>>,
    identifiers: Vec<String>,
}

impl Parse for Tokens {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut found = Self::default();
        input.step(|cursor| {
            found.read(*cursor);
            let mut rest = *cursor;
            while let Some((_, after)) = rest.token_tree() {
                rest = after;
            }
            Ok(((), rest))
        })?;
        Ok(found)
    }
}

impl Tokens {
    fn read(&mut self, mut cursor: syn::buffer::Cursor<'_>) {
        let mut path: Vec<String> = Vec::new();
        let mut punctuation = String::new();
        while !cursor.eof() {
            if let Some((_, after)) = cursor.lifetime() {
                cursor = after;
            } else if let Some((identifier, after)) = cursor.ident() {
                let identifier = identifier.unraw().to_string();
                self.identifiers.push(identifier.clone());
                if punctuation != "::" {
                    self.end(&mut path);
                }
                // A field or a method is no path.
                if punctuation != "." {
                    path.push(identifier);
                }
                punctuation.clear();
                cursor = after;
            } else if let Some((mark, after)) = cursor.punct() {
                punctuation.push(mark.as_char());
                if !"::".starts_with(&punctuation) {
                    self.end(&mut path);
                }
                cursor = after;
            } else if let Some((inside, _, _, after)) = cursor.any_group() {
                self.end(&mut path);
                punctuation.clear();
                self.read(inside);
                cursor = after;
            } else if let Some((_, after)) = cursor.token_tree() {
                self.end(&mut path);
                punctuation.clear();
                cursor = after;
            }
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.paths.push(std::mem::take(path));
        }
    }
}

fn joined(before: &[String], identifier: &syn::Ident) -> Vec<String> {
    let mut path = before.to_vec();
    path.push(identifier.unraw().to_string());
    path
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

fn declaration(item: &syn::Item) -> Option<(&syn::Ident, &syn::Visibility, Kind)> {
    use syn::Item;
    Some(match item {
        Item::Struct(item) => (&item.ident, &item.vis, Kind::Type),
        Item::Enum(item) => (&item.ident, &item.vis, Kind::Type),
        Item::Union(item) => (&item.ident, &item.vis, Kind::Type),
        Item::Trait(item) => (&item.ident, &item.vis, Kind::Type),
        Item::TraitAlias(item) => (&item.ident, &item.vis, Kind::Type),
        Item::Type(item) => (&item.ident, &item.vis, Kind::Type),
        Item::Fn(item) => (&item.sig.ident, &item.vis, Kind::Value),
        Item::Const(item) => (&item.ident, &item.vis, Kind::Value),
        Item::Static(item) => (&item.ident, &item.vis, Kind::Value),
        _ => return None,
    })
}

fn item_attributes(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item;
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether this is compiled for tests only.
pub(super) fn is_test(attributes: &[syn::Attribute]) -> bool {
    let is_cfg = |attribute: &&syn::Attribute| attribute.path().is_ident("cfg");
    let conditions = attributes.iter().filter(is_cfg);
    let mut conditions = conditions.filter_map(|cfg| cfg.parse_args::<syn::Meta>().ok());
    conditions.any(|condition| wants_test(&condition))
}

fn wants_test(condition: &syn::Meta) -> bool {
    let syn::Meta::List(list) = condition else {
        return condition.path().is_ident("test");
    };
    let parts = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
    let parts = list.parse_args_with(parts).unwrap_or_default();
    if list.path.is_ident("all") {
        parts.iter().any(wants_test)
    } else {
        list.path.is_ident("any") && parts.iter().all(wants_test)
    }
}
