//! What a user of the library can name.

use super::exceptions::{self, hold};
use super::names::{Kind, Meaning};
use super::resolve::Target;
use super::source::{Crate, ModulePath};
use std::collections::{BTreeMap, BTreeSet};

/// So many public items there are, at most. The aim is 90.
const MOST_PUBLIC_ITEMS: usize = 102;

#[test]
fn the_public_surface_does_not_grow() {
    let surface = Crate::library().surface();
    let names: Vec<_> = surface
        .keys()
        .map(|(module, name)| format!("{}::{name}", module.join("::")))
        .collect();
    assert!(
        names.len() <= MOST_PUBLIC_ITEMS,
        "{} public items, {MOST_PUBLIC_ITEMS} at most:\n  {}\n",
        names.len(),
        names.join("\n  ")
    );
}

#[test]
fn no_two_public_types_have_the_same_name() {
    let mut modules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((module, name), kind) in Crate::library().surface() {
        if kind == Kind::Type {
            modules.entry(name).or_default().push(module.join("::"));
        }
    }
    let twice = modules.into_iter().filter(|(_, modules)| modules.len() > 1);
    let twice = twice.map(|(name, modules)| format!("{name}: {}", modules.join(", ")));
    let law = "one name, one public type";
    hold(law, twice, exceptions::PUBLIC_NAMES);
}

impl Crate {
    /// The items that can be named from outside, by the module that defines them.
    pub(super) fn surface(&self) -> BTreeMap<(ModulePath, String), Kind> {
        let mut surface = Surface {
            library: self,
            items: BTreeMap::new(),
            seen: BTreeSet::new(),
        };
        surface.enter(Vec::new());
        surface.items
    }

    fn kind(&self, module: &ModulePath, name: &str) -> Option<Kind> {
        let bindings = self.modules[module].scope.get(name)?;
        bindings.iter().find_map(|binding| match binding.meaning {
            Meaning::Item(kind) => Some(kind),
            _ => None,
        })
    }
}

struct Surface<'c> {
    library: &'c Crate,
    items: BTreeMap<(ModulePath, String), Kind>,
    seen: BTreeSet<ModulePath>,
}

impl Surface<'_> {
    /// Adds what a public module shows.
    fn enter(&mut self, path: ModulePath) {
        if !self.seen.insert(path.clone()) {
            return;
        }
        let library = self.library;
        let module = &library.modules[&path];
        for (name, bindings) in &module.scope {
            if bindings.iter().any(|binding| binding.public) {
                self.add(&path, std::slice::from_ref(name));
            }
        }
        for glob in module.globs.iter().filter(|glob| glob.public) {
            self.add(&path, &glob.path);
        }
    }

    fn add(&mut self, from: &ModulePath, path: &[String]) {
        for target in self.library.resolve(from, path).targets {
            match target {
                Target::Module(module) => self.enter(module),
                // It takes the place of others if a feature is off.
                Target::Item { module, .. }
                    if module.last().is_some_and(|last| last.ends_with("disabled")) => {}
                Target::Item { module, name } => {
                    let kind = self.library.kind(&module, &name);
                    self.items.extend(kind.map(|kind| ((module, name), kind)));
                }
                // Another crate's.
                Target::Outside(_) => {}
            }
        }
    }
}
