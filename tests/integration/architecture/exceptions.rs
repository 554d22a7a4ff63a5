//! Where the library does not obey the laws yet.
//!
//! No line is ever added. A line whose violation is mended fails the test until it is deleted.

use super::circles::Graph;
use std::collections::BTreeSet;

/// Known circles of files, to be emptied. Each line is an arrow, from the file that names something
/// to the file that defines it; without these arrows there is no circle.
pub(super) const CIRCLES_OF_FILES: &[(&str, &str)] = &[];

/// Known circles of folders, to be emptied, in the same form.
pub(super) const CIRCLES_OF_FOLDERS: &[(&str, &str)] = &[];

/// Modules that name what does not lie below them.
pub(super) const IMPORTS: &[&str] = &[];

/// Files that name a crate of another layer.
pub(super) const FOREIGN_CRATES: &[&str] = &[];

/// Files that lie too deep.
pub(super) const DEEP_FILES: &[&str] = &[];

/// Public types that share a name.
pub(super) const PUBLIC_NAMES: &[&str] = &[];

/// Identifiers that are no standard terms.
pub(super) const WORDS: &[&str] = &[];

/// Compares what breaks a law with what is known to break it.
pub(super) fn hold(law: &str, found: impl IntoIterator<Item = String>, known: &[&str]) {
    let found: BTreeSet<String> = found.into_iter().collect();
    let new = found.iter().filter(|one| !known.contains(&one.as_str()));
    let new: Vec<_> = new.map(String::as_str).collect();
    assert!(new.is_empty(), "{law}:\n  {}\n", new.join("\n  "));
    let stale = known.iter().filter(|one| !found.contains(**one));
    assert_not_stale(stale.map(|one| format!("{one:?}")));
}

/// The same for circles: `known` has one arrow of each.
pub(super) fn hold_without_circles(
    law: &str,
    graph: &Graph,
    through: fn(&str) -> bool,
    known: &[(&str, &str)],
) {
    let mut rest = graph.clone();
    for (from, to) in known {
        rest.remove(from, to);
    }
    let circles = rest.circles(through);
    let circles: Vec<_> = circles.iter().map(|circle| rest.describe(circle)).collect();
    assert!(circles.is_empty(), "{law}:\n  {}\n", circles.join("\n  "));
    let is_needed = |from, to| graph.has(from, to) && rest.leads(to, from);
    let stale = known.iter().filter(|(from, to)| !is_needed(from, to));
    assert_not_stale(stale.map(|arrow| format!("{arrow:?}")));
}

fn assert_not_stale(stale: impl Iterator<Item = String>) {
    let stale: Vec<_> = stale.collect();
    assert!(
        stale.is_empty(),
        "these are mended; delete their lines in architecture/exceptions.rs:\n  {}\n",
        stale.join("\n  ")
    );
}
