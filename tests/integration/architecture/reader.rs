//! The reader of sources itself: what it must see, and what it must not.

use super::{Source, reaches};

fn source(module: &str, text: &str) -> Source {
    let module = module.split("::").map(str::to_owned).collect();
    Source::new("x.rs".to_owned(), module, text)
}

fn names(module: &str, text: &str) -> Vec<String> {
    source(module, text).own_modules().into_iter().collect()
}

#[test]
fn imports_are_seen_in_every_form() {
    let text = "use crate::{protocol::{self, Batch as B}, echo}; fn f(_: crate::transport::X) {}";
    assert_eq!(names("websocket", text), ["echo", "protocol", "transport"]);
    assert_eq!(
        names("protocol::batch", "use super::super::transport::Tcp;"),
        ["transport"]
    );
    assert_eq!(
        names("echo", "pub(crate) use super::connection;"),
        ["connection"]
    );
}

#[test]
fn neighbours_and_the_crate_itself_are_no_imports() {
    let text = "use super::{Frame, Kind}; pub(crate) fn f() {} use self::x::Y; mod inner;";
    assert!(names("protocol::batch", text).is_empty());
}

#[test]
fn comments_strings_and_tests_name_nothing() {
    let text = "// crate::echo\n/* crate::echo */ const A: &str = \"\\\"crate::echo\";\n\
                const B: &str = r#\"\"crate::echo\"#; const C: char = '\"'; fn f<'a>(_: &'a u8) {}\n\
                #[cfg(test)] mod tests { use crate::echo; mod x { } }";
    assert!(names("protocol", text).is_empty());
    assert_eq!(
        names("protocol", &format!("{text} use crate::mine::X;")),
        ["mine"]
    );
}

#[test]
fn clocks_and_threads_are_seen_in_every_form() {
    let hits = |text: &str, banned: &str| {
        let paths = source("protocol", text).paths();
        paths.iter().any(|path| reaches(path, banned))
    };
    assert!(hits("use std::{io, net::TcpStream};", "std::net"));
    assert!(hits("let now = std::time::Instant::now();", "Instant::now"));
    assert!(hits("use std::thread;", "std::thread"));
    assert!(hits("use rand::Rng;", "rand"));
    assert!(!hits(
        "fn f(now: std::time::Instant) { self.rand::<u8>() }",
        "Instant::now"
    ));
    assert!(!hits("use crate::rand::X;", "rand"));
}
