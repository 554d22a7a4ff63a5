//! Which file needs which, and whether that goes round in a circle.

use super::names::Place;
use super::resolve::Target;
use super::source::{Crate, ModulePath};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Arrows from what needs to what is needed, with the names that make them.
#[derive(Default, Clone)]
pub(super) struct Graph {
    pub(super) arrows: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Crate {
    /// An arrow from each file to those that define what it names.
    ///
    /// A re-export of what lies below the module itself is none: a parent may show its children.
    /// Calls of methods are not seen, for they name no path: an `impl` block may have a file of its
    /// own below that of its type.
    pub(super) fn needs(&self) -> Graph {
        let mut graph = Graph::default();
        self.for_each_need(|from, to, name| {
            let file = |module: &ModulePath| self.modules[module].file.as_str();
            graph.add(file(from), file(to), name);
        });
        graph
    }

    /// The arrows between the modules next to each other below one parent, and that parent's own
    /// file. Everything in a folder counts as the folder: `proxy/`.
    pub(super) fn needs_of_folders(&self) -> Graph {
        let mut graph = Graph::default();
        self.for_each_need(|from, to, name| {
            let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
            let node = |module: &ModulePath| self.node(module, shared);
            graph.add(&node(from), &node(to), name);
        });
        graph
    }

    fn for_each_need(&self, mut need: impl FnMut(&ModulePath, &ModulePath, &str)) {
        for (from, module) in &self.modules {
            for name in &module.names {
                for target in self.resolve(from, &name.path).targets {
                    let Target::Item {
                        module: to,
                        name: item,
                    } = target
                    else {
                        continue;
                    };
                    let shows_a_child = name.place == Place::Reexport && to.starts_with(from);
                    if !shows_a_child && self.modules[&to].file != module.file {
                        need(from, &to, &item);
                    }
                }
            }
        }
    }

    /// How a module is called among the children of its ancestor at `depth`.
    fn node(&self, module: &ModulePath, depth: usize) -> String {
        if module.len() == depth {
            return self.modules[module].file.clone();
        }
        let child = module[..=depth].to_vec();
        if self.is_folder(&child) {
            format!("{}/", child.join("/"))
        } else {
            self.modules[&child].file.clone()
        }
    }

    /// Whether other files are below a module.
    fn is_folder(&self, module: &ModulePath) -> bool {
        let file = &self.modules[module].file;
        let mut below = self.modules.iter();
        below.any(|(path, other)| path.starts_with(module) && other.file != *file)
    }
}

impl Graph {
    pub(super) fn add(&mut self, from: &str, to: &str, name: &str) {
        if from != to {
            let arrows = self.arrows.entry(from.to_owned()).or_default();
            let names = arrows.entry(to.to_owned()).or_default();
            names.insert(name.to_owned());
        }
    }

    pub(super) fn remove(&mut self, from: &str, to: &str) {
        if let Some(arrows) = self.arrows.get_mut(from) {
            arrows.remove(to);
        }
    }

    pub(super) fn has(&self, from: &str, to: &str) -> bool {
        self.names(from, to).is_some()
    }

    /// Whether arrows lead from one node to the other.
    pub(super) fn leads(&self, from: &str, to: &str) -> bool {
        self.way(from, to).is_some()
    }

    /// For each set of nodes that need each other, one of the shortest circles through a node of
    /// the `wanted`; none if it has no such node.
    pub(super) fn circles(&self, wanted: fn(&str) -> bool) -> Vec<Vec<&str>> {
        let shortest = |members: BTreeSet<&str>| {
            let starts = members.iter().filter(|member| wanted(member));
            let circles = starts.filter_map(|member| self.circle(member));
            circles.min_by_key(Vec::len)
        };
        self.components().into_iter().filter_map(shortest).collect()
    }

    /// `a.rs → b.rs (X, Y) → a.rs (Z)`: after each arrow the names that make it.
    pub(super) fn describe(&self, circle: &[&str]) -> String {
        let mut line = circle.first().copied().unwrap_or_default().to_owned();
        for (from, to) in circle.iter().zip(circle.iter().cycle().skip(1)) {
            let names = self.names(from, to).into_iter().flatten();
            let names: Vec<_> = names.map(String::as_str).collect();
            line.push_str(&format!(" → {to} ({})", names.join(", ")));
        }
        line
    }

    fn names(&self, from: &str, to: &str) -> Option<&BTreeSet<String>> {
        self.arrows.get(from)?.get(to)
    }

    /// The sets of nodes that need each other: the strongly connected components, without those of
    /// one node.
    fn components(&self) -> BTreeSet<BTreeSet<&str>> {
        let nodes = self.arrows.keys().map(String::as_str);
        let reach: BTreeMap<&str, _> = nodes.map(|node| (node, self.reach(node))).collect();
        let need = |a: &str, b: &str| reach.get(a).is_some_and(|reached| reached.contains(b));
        let component = |node: &str| {
            let others = reach.keys().copied();
            others
                .filter(|other| need(node, other) && need(other, node))
                .collect()
        };
        let in_circles = reach.keys().filter(|node| need(node, node));
        in_circles.map(|node| component(node)).collect()
    }

    /// What is needed by `node`, by that in turn, and so on.
    fn reach(&self, node: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            for next in self.arrows.get(node).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(next.as_str()) {
                    waiting.push(next);
                }
            }
        }
        reached
    }

    /// A shortest circle through `node`, which it begins with.
    fn circle(&self, node: &str) -> Option<Vec<&str>> {
        let starts = self.arrows.get(node)?.keys();
        let mut ways = starts
            .filter_map(|next| self.way(next, node))
            .collect::<Vec<_>>();
        ways.sort_by_key(Vec::len);
        let mut way = ways.into_iter().next()?;
        way.rotate_right(1);
        Some(way)
    }

    /// The nodes of a shortest way, both ends included.
    fn way(&self, from: &str, to: &str) -> Option<Vec<&str>> {
        let (from, _) = self.arrows.get_key_value(from)?;
        let mut before: BTreeMap<&str, &str> = BTreeMap::new();
        let mut waiting = VecDeque::from([from.as_str()]);
        while let Some(node) = waiting.pop_front() {
            if node == to {
                return Some(backwards(&before, from, node));
            }
            for next in self.arrows.get(node).into_iter().flat_map(BTreeMap::keys) {
                if next != from && !before.contains_key(next.as_str()) {
                    before.insert(next, node);
                    waiting.push_back(next);
                }
            }
        }
        None
    }
}

fn backwards<'g>(before: &BTreeMap<&'g str, &'g str>, from: &str, to: &'g str) -> Vec<&'g str> {
    let mut way = vec![to];
    while let Some(node) = way.last().copied().filter(|node| *node != from) {
        way.push(before[node]);
    }
    way.reverse();
    way
}
