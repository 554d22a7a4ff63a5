//! From a path in a module to what it names.

use super::names::{EXTERN, Meaning};
use super::source::{Crate, ModulePath};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// An item of the crate, in the module that defines it.
    Item {
        module: ModulePath,
        name: String,
    },
    Module(ModulePath),
    /// Another crate's, a local variable, a generic parameter.
    Outside(Vec<String>),
}

/// Where a path leads, and by which modules its own segments go there.
pub(super) struct Resolved {
    pub(super) targets: Vec<Target>,
    pub(super) through: Vec<ModulePath>,
}

impl Crate {
    /// Follows a path that stands in the module `from`.
    pub(super) fn resolve(&self, from: &ModulePath, path: &[String]) -> Resolved {
        Resolver {
            modules: self,
            under_way: Vec::new(),
        }
        .resolve(from, path)
    }
}

struct Resolver<'c> {
    modules: &'c Crate,
    /// The names being looked up: `use url::X` in a module that has no other `url` ends here.
    under_way: Vec<(ModulePath, String)>,
}

impl Resolver<'_> {
    fn resolve(&mut self, from: &ModulePath, path: &[String]) -> Resolved {
        let (start, rest) = self.start(from, path);
        let mut resolved = Resolved {
            targets: start,
            through: Vec::new(),
        };
        for segment in rest {
            resolved.note_modules();
            let targets = std::mem::take(&mut resolved.targets);
            let next = targets
                .into_iter()
                .flat_map(|target| self.step(target, segment));
            resolved.targets = next.collect();
        }
        resolved.note_modules();
        resolved
    }

    /// What the first segments lead to, and the segments after them.
    fn start<'p>(&mut self, from: &ModulePath, path: &'p [String]) -> (Vec<Target>, &'p [String]) {
        let Some((first, rest)) = path.split_first() else {
            return (Vec::new(), path);
        };
        match first.as_str() {
            EXTERN => (vec![Target::Outside(rest.to_vec())], &[]),
            "crate" => (vec![Target::Module(Vec::new())], rest),
            "Self" => (Vec::new(), &[]),
            "self" => (vec![Target::Module(from.clone())], rest),
            "super" => {
                let supers = path.iter().take_while(|part| *part == "super").count();
                let depth = from.len().saturating_sub(supers);
                (
                    vec![Target::Module(from[..depth].to_vec())],
                    &path[supers..],
                )
            }
            _ => match self.look_up(from, first) {
                found if found.is_empty() => (vec![Target::Outside(path.to_vec())], &[]),
                found => (found, rest),
            },
        }
    }

    fn step(&mut self, target: Target, segment: &str) -> Vec<Target> {
        match target {
            Target::Module(module) => self.look_up(&module, segment),
            // A variant or an associated item.
            Target::Item { .. } => vec![target],
            Target::Outside(mut path) => {
                path.push(segment.to_owned());
                vec![Target::Outside(path)]
            }
        }
    }

    fn look_up(&mut self, module: &ModulePath, name: &str) -> Vec<Target> {
        let key = (module.clone(), name.to_owned());
        if self.under_way.contains(&key) {
            return Vec::new();
        }
        self.under_way.push(key);
        let mut found = self.declared(module, name);
        if found.is_empty() {
            found = self.by_glob(module, name);
        }
        self.under_way.pop();
        found.sort();
        found.dedup();
        found
    }

    fn declared(&mut self, module: &ModulePath, name: &str) -> Vec<Target> {
        let Some(scope) = self.modules.modules.get(module).map(|m| &m.scope) else {
            return Vec::new();
        };
        let bindings = scope.get(name).into_iter().flatten();
        let targets = bindings.flat_map(|binding| match &binding.meaning {
            Meaning::Item(_) => vec![Target::Item {
                module: module.clone(),
                name: name.to_owned(),
            }],
            Meaning::Module => {
                let path = module.iter().cloned().chain([name.to_owned()]);
                vec![Target::Module(path.collect())]
            }
            Meaning::Import(path) => self.resolve(module, path).targets,
        });
        targets.collect()
    }

    /// What a name stands for by way of `use …::*`. An enum's variants are not known here: they
    /// depend on the enum by the glob itself.
    fn by_glob(&mut self, module: &ModulePath, name: &str) -> Vec<Target> {
        let Some(globs) = self.modules.modules.get(module).map(|m| &m.globs) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for glob in globs {
            for target in self.resolve(module, &glob.path).targets {
                if let Target::Module(source) = target {
                    found.extend(self.look_up(&source, name));
                }
            }
        }
        found
    }
}

impl Resolved {
    fn note_modules(&mut self) {
        let modules = self.targets.iter().filter_map(|target| match target {
            Target::Module(module) => Some(module.clone()),
            _ => None,
        });
        self.through.extend(modules);
    }
}
