//! What the reading of sources must see, and what it must not.

use super::circles::Graph;
use super::exceptions::{hold, hold_without_circles};
use super::names::Kind;
use super::source::Crate;

/// A crate of these files.
fn read(files: &[(&str, &str)]) -> Crate {
    let text = |name: &str| {
        let mut files = files.iter();
        let found = files.find(|(file, _)| *file == name);
        found.map(|(_, text)| (*text).to_owned())
    };
    Crate::read("lib.rs", &text)
}

/// The arrows of a graph: `a.rs → b.rs (X, Y)`.
fn arrows(graph: &Graph) -> Vec<String> {
    let mut arrows = Vec::new();
    for (from, targets) in &graph.arrows {
        for (to, names) in targets {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            arrows.push(format!("{from} → {to} ({})", names.join(", ")));
        }
    }
    arrows
}

fn needs(files: &[(&str, &str)]) -> Vec<String> {
    arrows(&read(files).needs())
}

/// `a.rs` has this text, in a crate with `b.rs` and `c.rs`.
fn needs_of_a(text: &str) -> Vec<String> {
    let mut needs = needs(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", text),
        (
            "b.rs",
            "pub struct X; pub enum Kind { One } pub fn f() {} pub const MAX: u8 = 1;",
        ),
        ("c.rs", "pub trait T {} pub struct Y;"),
    ]);
    needs.retain(|arrow| arrow.starts_with("a.rs"));
    needs
}

/// The names outside the crate that `a.rs` with this text names.
fn outside(text: &str) -> Vec<String> {
    let code = read(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", text),
        ("b.rs", "pub use std::net::TcpStream;"),
    ]);
    let names = code.outside_names(&vec!["a".to_owned()]);
    names.iter().map(|path| path.join("::")).collect()
}

#[test]
fn imports_are_followed_in_every_form() {
    let both = ["a.rs → b.rs (X, f)", "a.rs → c.rs (Y)"];
    assert_eq!(needs_of_a("use crate::{b::{X, f}, c::Y};"), both);
    assert_eq!(
        needs_of_a("use super::{b::{self, X as Z}, c::Y}; fn g() { b::f() }"),
        both
    );
    assert_eq!(
        needs_of_a("use super::b as d; use d::X; use crate::c::*; fn g(_: Y) { d::f() }"),
        both
    );
    assert_eq!(
        needs_of_a("mod inner { use super::super::{b::X, c::Y}; use crate::b::f as _; }"),
        both
    );
}

#[test]
fn qualified_paths_in_code_are_followed() {
    let x = ["a.rs → b.rs (X)"];
    assert_eq!(needs_of_a("fn f(_: &[Option<crate::b::X>]) {}"), x);
    assert_eq!(needs_of_a("impl From<super::b::X> for u8 {}"), x);
    assert_eq!(needs_of_a("fn f() { use crate::b; drop(b::X) }"), x);
    assert_eq!(
        needs_of_a("fn f() { assert!(!matches!(x, crate::b::X { .. }), \"{}\", y.f) }"),
        x
    );
    assert_eq!(
        needs_of_a("fn f() { vec![crate::b::f(), self::g::<crate::c::Y>()] }").len(),
        2
    );
}

#[test]
fn variants_and_associated_items_belong_to_their_type() {
    let kind = ["a.rs → b.rs (Kind)"];
    assert_eq!(needs_of_a("fn f() { crate::b::Kind::One }"), kind);
    assert_eq!(needs_of_a("use crate::b::Kind::{self, One};"), kind);
    assert_eq!(needs_of_a("use crate::b::Kind::*; fn f() { One }"), kind);
    assert_eq!(needs_of_a("fn f() { <u8 as crate::b::Kind>::MAX }"), kind);
}

#[test]
fn modules_local_names_and_other_crates_are_no_dependencies() {
    assert!(
        needs_of_a("use crate::b; use super::c; fn f(b: u8, c: u8) -> u8 { b + c }").is_empty()
    );
    assert!(needs_of_a("use b::X; use ::c::Y; fn f() { x.f(); Self::MAX }").is_empty());
    assert!(needs_of_a("use std::fmt; pub(in crate::b) struct X; fn f<T>() -> T {}").is_empty());
}

#[test]
fn comments_strings_and_tests_name_nothing() {
    let silent = "/// [`crate::b::X`]\nfn f<'a>() { g(\"crate::b::X\", r#\"crate::b::f\"#, 'b') }
        #[cfg(test)] mod tests { use crate::b::X; }
        #[cfg(all(test, unix))] use crate::b::MAX;
        #[cfg(any(test))] fn h() { crate::b::f() }
        struct S; impl S { #[cfg(test)] fn h() { crate::c::Y } }";
    assert!(needs_of_a(silent).is_empty());
    let compiled = "#[cfg(not(test))] use crate::b::X; #[cfg(any(test, unix))] use crate::c::Y;";
    assert_eq!(needs_of_a(compiled).len(), 2);
}

#[test]
fn all_of_what_is_declared_for_one_platform_or_another_counts() {
    let both = ["a.rs → b.rs (X)", "a.rs → c.rs (Y)"];
    let modules =
        "#[cfg(unix)] mod m { use crate::b::X; } #[cfg(not(unix))] mod m { use crate::c::Y; }";
    assert_eq!(needs_of_a(modules), both);
    let items =
        "#[cfg(unix)] use crate::b::X as Z; #[cfg(not(unix))] use crate::c::Y as Z; fn f(_: Z) {}";
    assert_eq!(needs_of_a(items), both);
}

#[test]
#[should_panic(expected = "a new violation:\n  b\n")]
fn a_violation_that_is_not_listed_fails() {
    hold("a new violation", ["a".to_owned(), "b".to_owned()], &["a"]);
}

#[test]
#[should_panic(expected = "delete their lines in architecture/exceptions.rs:\n  \"b\"\n")]
fn an_exception_that_is_not_needed_fails() {
    hold("a law", ["a".to_owned()], &["a", "b"]);
}

#[test]
#[should_panic(expected = "exceptions.rs:\n  (\"b\", \"c\")\n")]
fn an_arrow_that_makes_no_circle_is_no_exception() {
    let mut graph = Graph::default();
    for (from, to) in [("a", "b"), ("b", "a"), ("b", "c")] {
        graph.add(from, to, "X");
    }
    hold_without_circles("a law", &graph, |_| true, &[("b", "a"), ("b", "c")]);
}

#[test]
fn what_a_parent_re_exports_is_defined_by_the_child() {
    let parent = "mod x; mod y; pub(crate) use x::*; pub use y::{Y as Shown};";
    let files = [
        ("lib.rs", "mod p; mod user; pub use p::Shown;"),
        ("p/mod.rs", parent),
        ("p/x.rs", "use super::Shown; pub struct X;"),
        ("p/y.rs", "pub struct Y;"),
        ("user.rs", "use crate::p::X; fn f(_: crate::Shown) {}"),
    ];
    let expected = [
        "p/x.rs → p/y.rs (Y)",
        "user.rs → p/x.rs (X)",
        "user.rs → p/y.rs (Y)",
    ];
    assert_eq!(needs(&files), expected);
}

#[test]
fn a_parent_needs_the_children_that_its_code_uses() {
    let child = "pub(super) struct X; fn f() { super::g() }";
    let uses = |parent| needs(&[("lib.rs", "mod p;"), ("p.rs", parent), ("p/x.rs", child)]);
    let both = ["p.rs → p/x.rs (X)", "p/x.rs → p.rs (g)"];
    assert_eq!(uses("mod x; pub use x::X; fn g() {}"), both[1..]);
    assert_eq!(uses("mod x; pub use x::X; fn g() -> X {}"), both);
    assert_eq!(uses("mod x; fn g() { drop(x::X) }"), both);
    assert_eq!(uses("mod x; use x::X; fn g() {}"), both);
}

#[test]
fn a_re_export_of_another_layer_is_a_dependency() {
    assert_eq!(needs_of_a("pub use crate::b::X;"), ["a.rs → b.rs (X)"]);
}

#[test]
fn imports_that_lead_to_each_other_end() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub use crate::b::X;"),
        ("b.rs", "pub use crate::a::X;"),
    ];
    let code = read(&files);
    let path = ["crate", "a", "X"].map(str::to_owned);
    assert!(code.resolve(&Vec::new(), &path).targets.is_empty());
}

#[test]
fn the_modules_that_a_path_goes_through_are_known() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "fn f(_: crate::b::X) {}"),
        ("b.rs", "pub use crate::c::X;"),
        ("c.rs", "pub struct X;"),
    ];
    let named = read(&files).modules_named_in(&vec!["a".to_owned()]);
    let named: Vec<_> = named.iter().map(|module| module.join("::")).collect();
    assert_eq!(named, ["", "b", "c"]);
}

#[test]
fn clocks_and_sockets_are_seen_in_every_form() {
    let names = |text: &str, path: &str| outside(text).contains(&path.to_owned());
    assert!(names(
        "use std::{io, net::TcpStream};",
        "std::net::TcpStream"
    ));
    assert!(names("use crate::b::TcpStream;", "std::net::TcpStream"));
    let now = "std::time::Instant::now";
    assert!(names("fn f() { std::time::Instant::now() }", now));
    assert!(names(
        "use std::time as t; fn f() { t::Instant::now() }",
        now
    ));
    assert!(names(
        "use std::time::Instant as I; fn f() { assert!(x(I::now)) }",
        now
    ));
    assert!(names("use mio;", "mio"));
    assert!(!names("fn f(now: std::time::Instant) { self.now() }", now));
}

#[test]
fn a_circle_is_printed_with_the_names_that_make_it() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::{X, f}; pub struct A;"),
        ("b.rs", "use crate::c::Y; pub struct X; pub fn f() {}"),
        ("c.rs", "use crate::a::A; pub struct Y;"),
    ];
    let needs = read(&files).needs();
    let circles = needs.circles(|_| true);
    let lines: Vec<_> = circles
        .iter()
        .map(|circle| needs.describe(circle))
        .collect();
    assert_eq!(lines, ["a.rs → b.rs (X, f) → c.rs (Y) → a.rs (A)"]);
}

#[test]
fn folders_make_a_circle_where_their_files_make_none() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "pub mod low; pub mod high;"),
        ("a/low.rs", "pub struct Low;"),
        ("a/high.rs", "use crate::b::B;"),
        ("b.rs", "use crate::a::low::Low; pub struct B;"),
    ];
    let code = read(&files);
    assert!(code.needs().circles(|_| true).is_empty());
    let needs = code.needs_of_folders();
    let circles = needs.circles(|node| node.ends_with('/'));
    let lines: Vec<_> = circles
        .iter()
        .map(|circle| needs.describe(circle))
        .collect();
    assert_eq!(lines, ["a/ → b.rs (B) → a/ (Low)"]);
}

#[test]
fn the_surface_is_what_can_be_named_from_outside() {
    let files = [
        (
            "lib.rs",
            "pub mod a; mod b; pub use b::{X, f}; pub use std::io; pub(crate) use b::Hidden;",
        ),
        (
            "a.rs",
            "pub struct A; pub(crate) struct P; struct Q; pub use crate::b::*;",
        ),
        (
            "b.rs",
            "pub struct X; pub fn f() {} pub struct Hidden; pub trait T {} mod c; pub use c::C;",
        ),
        ("b/c.rs", "pub enum C {} pub enum D {}"),
    ];
    let surface = read(&files).surface();
    let names: Vec<_> = surface.keys().map(|(_, name)| name.as_str()).collect();
    // The glob shows everything of `b`.
    assert_eq!(names, ["A", "Hidden", "T", "X", "f", "C"]);
    assert!(surface[&(vec!["b".to_owned()], "f".to_owned())] == Kind::Value);
}
