//! The picture in docs/design.md, held against the sources.
//!
//! The sources are read as a row of names and punctuation, with comments, strings and the tests
//! under the code left out. From it come the paths that a file names: `use` trees, `crate::…`,
//! `super::…`, `std::…`.

mod reader;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const LEAVES: [&str; 6] = [
    "url",
    "close_code",
    "deadline",
    "evidence",
    "http1",
    "secret_names",
];

/// Which modules of the library each may name. `None`: not in the picture.
fn may_name(module: &str) -> Option<Vec<&'static str>> {
    let beside_leaves: &[&str] = match module {
        "close_code" | "deadline" | "evidence" | "secret_names" => return Some(Vec::new()),
        // What they show hides what is secret.
        "url" => return Some(vec!["secret_names"]),
        "http1" => return Some(vec!["evidence", "secret_names"]),
        "protocol" | "transport" => &[],
        "connection" => &["protocol", "transport"],
        "websocket" => &["connection", "protocol", "transport"],
        _ => return None,
    };
    Some([&LEAVES, beside_leaves].concat())
}

/// What the protocol may not reach: the network, threads, clocks, randomness, the event loop.
const NOT_IN_THE_PROTOCOL: [&str; 12] = [
    "std::net",
    "std::thread",
    "std::fs",
    "std::process",
    "Instant::now",
    "SystemTime::now",
    "rand",
    "getrandom",
    "mio",
    "socket2",
    "rustls",
    "rustix",
];

/// Each answers to `main` alone.
const FRONT_ENDS: [&str; 4] = ["repl", "pipe", "once", "machine"];

#[test]
fn library_modules_name_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in library() {
        let Some(module) = source.module.first().cloned() else {
            continue;
        };
        let Some(allowed) = may_name(&module) else {
            wrong.push(format!("{}: no such module in the picture", source.file));
            continue;
        };
        for name in source.own_modules() {
            if name != module && !allowed.contains(&&*name) {
                wrong.push(format!("{}: {module} names crate::{name}", source.file));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "docs/design.md does not allow this");
}

#[test]
fn the_protocol_does_no_input_or_output_and_knows_no_clock() {
    let mut wrong = Vec::new();
    for source in library() {
        if source
            .module
            .first()
            .is_none_or(|module| module != "protocol")
        {
            continue;
        }
        for path in source.paths() {
            let reaches = NOT_IN_THE_PROTOCOL
                .iter()
                .find(|banned| reaches(&path, banned));
            wrong.extend(reaches.map(|banned| format!("{}: {banned}", source.file)));
        }
    }
    assert_eq!(
        wrong, [""; 0],
        "time is an argument, the rest is another layer's"
    );
}

#[test]
fn front_ends_do_not_name_each_other() {
    let mut wrong = Vec::new();
    for source in program() {
        let Some(front_end) = source
            .module
            .first()
            .filter(|m| FRONT_ENDS.contains(&&***m))
        else {
            continue;
        };
        for name in source.own_modules() {
            if name != *front_end && FRONT_ENDS.contains(&&*name) {
                wrong.push(format!("{}: {front_end} names crate::{name}", source.file));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn only_the_command_line_knows_clap() {
    let knows = |source: &Source| {
        source
            .paths()
            .iter()
            .any(|path| path[0].starts_with("clap"))
    };
    let outside = |source: &&Source| source.module.first().is_none_or(|module| module != "cli");
    let sources: Vec<_> = program().into_iter().chain(library()).collect();
    let wrong: Vec<_> = sources
        .iter()
        .filter(outside)
        .filter(|s| knows(s))
        .collect();
    assert!(wrong.is_empty(), "{:?}", files(&wrong));
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let long = |source: &&Source| source.lines > 500;
    let sources: Vec<_> = library().into_iter().chain(program()).collect();
    let wrong: Vec<_> = sources.iter().filter(long).collect();
    assert!(wrong.is_empty(), "{:?}", files(&wrong));
}

#[test]
fn no_module_knows_everyone() {
    let sources: Vec<_> = library().into_iter().chain(program()).collect();
    let everyone = ["util", "utils", "common", "helpers", "types", "misc"];
    let knows = |source: &&Source| source.module.iter().any(|m| everyone.contains(&&**m));
    let wrong: Vec<_> = sources.iter().filter(knows).collect();
    assert!(wrong.is_empty(), "{:?}", files(&wrong));
}

/// A wait without a bound turns a failing test into one that hangs. The harness has bounded ones:
/// `channel`, `Task`, `wait_or_kill`, `output_of`.
#[test]
fn no_test_waits_without_a_bound() {
    let unbounded = [
        ("mpsc::channel", ".recv()"),
        ("thread::spawn", ".join()"),
        ("Command", "child.wait()"),
        ("Command", ".output()"),
    ];
    let mut wrong = Vec::new();
    for source in read_folder("tests/integration") {
        if source.file.contains("/harness/") || source.file.ends_with("architecture.rs") {
            continue;
        }
        let text = fs::read_to_string(&source.file).expect("a source");
        let stands = |part: &str| text.contains(part);
        let found = unbounded
            .iter()
            .filter(|(made_by, wait)| stands(made_by) && stands(wait));
        wrong.extend(found.map(|(_, wait)| format!("{}: {wait}", source.file)));
    }
    assert_eq!(wrong, [""; 0], "use the harness's waits");
}

fn files<'s>(sources: &[&'s Source]) -> Vec<&'s str> {
    sources.iter().map(|source| &*source.file).collect()
}

fn library() -> Vec<Source> {
    let all = read_folder("src");
    let sources: Vec<_> = all
        .into_iter()
        .filter(|s| !s.file.starts_with("src/bin/"))
        .collect();
    assert!(
        sources.len() > 10,
        "the library's sources are not where they were"
    );
    sources
}

fn program() -> Vec<Source> {
    let sources = read_folder("src/bin/sockeye");
    assert!(
        !sources.is_empty(),
        "the program's sources are not where they were"
    );
    sources
}

fn read_folder(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let base = root.join(folder);
    let mut found = Vec::new();
    let mut folders = vec![base.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    let source = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a source");
        let file = path
            .strip_prefix(root)
            .expect("inside")
            .display()
            .to_string();
        Source::new(
            file,
            module_of(path.strip_prefix(&base).expect("inside")),
            &text,
        )
    };
    found.iter().map(source).collect()
}

/// `protocol/upgrade/mod.rs` is `[protocol, upgrade]`; the crate's root is `[]`.
fn module_of(path: &Path) -> Vec<String> {
    let stem = path.with_extension("");
    let parts = stem.iter().map(|part| part.to_string_lossy().into_owned());
    let mut module: Vec<String> = parts.collect();
    if module
        .last()
        .is_some_and(|last| ["mod", "lib", "main"].contains(&&**last))
    {
        module.pop();
    }
    module
}

/// One file: where it is and what it names outside its tests.
struct Source {
    file: String,
    module: Vec<String>,
    lines: usize,
    tokens: Vec<String>,
}

impl Source {
    fn new(file: String, module: Vec<String>, text: &str) -> Self {
        let is_test = module.iter().any(|part| part == "tests");
        let tokens = if is_test {
            Vec::new()
        } else {
            without_tests(tokens(text))
        };
        Self {
            file,
            module,
            lines: text.lines().count(),
            tokens,
        }
    }

    /// Every path in it of two parts or more, `use` trees written out.
    fn paths(&self) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let follows_path = at > 0 && self.tokens[at - 1] == "::";
            if is_name(&self.tokens[at]) && !follows_path {
                at = read_path(&self.tokens, at, &[], &mut paths);
            } else {
                at += 1;
            }
        }
        paths.retain(|path| path.len() > 1);
        paths
    }

    /// The crate's own top modules that it names, through `crate::` or `super::`.
    fn own_modules(&self) -> BTreeSet<String> {
        let resolve = |path: Vec<String>| {
            let supers = path.iter().take_while(|part| *part == "super").count();
            if path[0] == "crate" {
                path.get(1).cloned()
            } else if supers > 0 && supers == self.module.len() {
                path.get(supers).cloned()
            } else {
                None
            }
        };
        let names = self.paths().into_iter().filter_map(resolve);
        names.filter(|name| name != "*").collect()
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads the path that begins at `at`; returns where it ends.
fn read_path(tokens: &[String], at: usize, before: &[String], out: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    path.push(tokens[at].clone());
    let mut at = at + 1;
    if tokens.get(at).is_some_and(|token| token == "::") {
        at += 1;
        match tokens.get(at).map(String::as_str) {
            Some("{") => return read_group(tokens, at + 1, &path, out),
            Some(token) if is_name(token) => return read_path(tokens, at, &path, out),
            Some("*") => {
                path.push("*".to_owned());
                at += 1;
            }
            _ => {}
        }
    }
    out.push(path);
    at
}

/// Reads `{a, b::c}` of a `use` tree after its brace; returns where it ends.
fn read_group(
    tokens: &[String],
    mut at: usize,
    before: &[String],
    out: &mut Vec<Vec<String>>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "}" => return at + 1,
            "as" => at += 2,
            token if is_name(token) => at = read_path(tokens, at, before, out),
            _ => at += 1,
        }
    }
    at
}

/// Whether a path names this, itself or something in it, whatever stands before it.
fn reaches(path: &[String], banned: &str) -> bool {
    let banned: Vec<_> = banned.split("::").collect();
    let from_the_start = banned.len() == 1 || banned[0] == "std";
    let places = if from_the_start { 1 } else { path.len() };
    (0..places).any(|from| path[from..].starts_with_names(&banned))
}

trait StartsWithNames {
    fn starts_with_names(&self, names: &[&str]) -> bool;
}

impl StartsWithNames for [String] {
    fn starts_with_names(&self, names: &[&str]) -> bool {
        self.len() >= names.len() && self.iter().zip(names).all(|(a, b)| a == b)
    }
}

/// Names and punctuation, without comments, strings, characters and lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => string_length(rest),
            '\'' => quote_length(rest),
            _ if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            _ if rest.starts_with("::") => {
                tokens.push("::".to_owned());
                2
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let part = |c: char| c.is_alphanumeric() || c == '_';
                let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
                tokens.push(rest[..length].to_owned());
                length
            }
            _ => {
                if !first.is_whitespace() {
                    tokens.push(first.to_string());
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, and the same after a `b`.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('b').unwrap_or(text).strip_prefix('r')?;
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let before = text.len() - body.len();
    Some(
        body.find(&end)
            .map_or(text.len(), |at| before + at + end.len()),
    )
}

/// A character, or the quote of a lifetime alone.
fn quote_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => text[3..].find('\'').map_or(text.len(), |at| at + 4),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// Leaves out every `mod tests { … }`.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if token == "mod" && tokens.peek().is_some_and(|name| name == "tests") {
            skip_block(&mut tokens);
        } else {
            kept.push(token);
        }
    }
    kept
}

fn skip_block(tokens: &mut impl Iterator<Item = String>) {
    let mut depth = 0;
    for token in tokens {
        match &*token {
            "{" => depth += 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return,
            _ => continue,
        }
        if depth == 0 {
            return;
        }
    }
}
