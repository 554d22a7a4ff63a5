//! The laws of the library.

use super::exceptions::{self, hold, hold_without_circles};
use super::resolve::Target;
use super::source::{Crate, ModulePath, files, library_files};
use std::collections::BTreeSet;

const LEAVES: [&str; 7] = [
    "url",
    "close_code",
    "http1",
    "deadline",
    "evidence",
    "io_error",
    "secret_names",
];

/// Which modules of the library each may name. `None`: not in the picture.
fn may_name(module: &str) -> Option<Vec<&'static str>> {
    let beside_leaves: &[&str] = match module {
        "close_code" | "deadline" | "evidence" | "io_error" | "secret_names" => {
            return Some(Vec::new());
        }
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

/// The first module of each pair names nothing of the second.
const INDEPENDENT: [(&str, &str); 8] = [
    ("transport::resolve", "transport::proxy"),
    ("transport::resolve", "transport::tls"),
    ("transport::tcp", "transport::proxy"),
    ("transport::tcp", "transport::tls"),
    ("transport::unix", "transport::proxy"),
    ("transport::unix", "transport::tls"),
    ("transport::tls", "transport::proxy"),
    ("transport::proxy", "transport::tls"),
];

/// Which modules may name a crate; a crate that is not here may be named by all.
const LAYERS_OF_CRATES: [(&str, &[&str]); 6] = [
    ("mio", &["transport", "connection", "websocket"]),
    ("rustls", &["transport"]),
    ("webpki", &["transport"]),
    ("socket2", &["transport"]),
    ("tungstenite", &["protocol"]),
    ("flate2", &["protocol"]),
];

/// What the protocol may not reach: the network, threads, clocks, randomness, the event loop.
const NOT_IN_THE_PROTOCOL: [&str; 15] = [
    "std::net",
    "std::thread",
    "std::fs",
    "std::env",
    "std::process",
    "std::time::Instant::now",
    "std::time::SystemTime",
    "rand",
    "getrandom",
    "mio",
    "socket2",
    "rustls",
    "rustix",
    "dns_lookup",
    "libc",
];

/// The method of `Instant` that reads the clock.
const READS_THE_CLOCK: &str = "elapsed";

/// Names that say nothing about what is in a module.
const NAMELESS: [&str; 6] = ["util", "utils", "common", "helpers", "types", "misc"];

/// Former names in this library. The standards, curl and the standard library have terms for each.
const WORDS: [&str; 25] = [
    "Arrival",
    "Arrivals",
    "Deliveries",
    "Detour",
    "Distrust",
    "Hops",
    "Homeless",
    "Journey",
    "Lifeline",
    "NothingYet",
    "Nowhere",
    "Rehearsal",
    "Unfit",
    "begun",
    "dig",
    "distrust",
    "go_deaf",
    "handed",
    "Handed",
    "hear_out",
    "looks_like",
    "stranger",
    "told",
    "travel",
    "witness",
];

#[test]
fn library_modules_name_only_what_lies_below_them() {
    let library = Crate::library();
    let mut wrong = Vec::new();
    for (path, module) in library.modules.iter().filter(|(path, _)| !path.is_empty()) {
        let (top, file) = (&path[0], &module.file);
        let Some(allowed) = may_name(top) else {
            wrong.push(format!("{top} is not in the picture"));
            continue;
        };
        for named in library
            .modules_named_in(path)
            .iter()
            .filter_map(|m| m.first())
        {
            if named != top && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{file} names {named}"));
            }
        }
    }
    hold("arrows point down", wrong, exceptions::IMPORTS);
}

#[test]
fn independent_neighbors_do_not_name_each_other() {
    let library = Crate::library();
    let mut wrong = Vec::new();
    for (one, other) in INDEPENDENT {
        let below = |path: &ModulePath, module: &str| {
            format!("{}::", path.join("::")).starts_with(&format!("{module}::"))
        };
        for (path, module) in library.modules.iter().filter(|(path, _)| below(path, one)) {
            let names = library.modules_named_in(path);
            if names.iter().any(|named| below(named, other)) {
                wrong.push(format!("{} names {other}", module.file));
            }
        }
    }
    hold("these do not know each other", wrong, &[]);
}

#[test]
fn no_files_of_the_library_need_each_other_in_a_circle() {
    let needs = Crate::library().needs();
    let known = exceptions::CIRCLES_OF_FILES;
    hold_without_circles("a circle of files", &needs, |_| true, known);
}

#[test]
fn no_folders_of_the_library_need_each_other_in_a_circle() {
    let needs = Crate::library().needs_of_folders();
    let known = exceptions::CIRCLES_OF_FOLDERS;
    let is_folder = |node: &str| node.ends_with('/');
    hold_without_circles("a circle with a folder", &needs, is_folder, known);
}

#[test]
fn no_lower_layer_names_the_error_of_the_crate() {
    let library = Crate::library();
    let error = library.resolve(&Vec::new(), &["Error".to_owned()]).targets;
    assert!(
        matches!(error[..], [Target::Item { .. }]),
        "the crate has one Error: {error:?}"
    );
    let mut wrong = Vec::new();
    for (path, module) in &library.modules {
        let above = ["connection", "websocket"];
        if path.first().is_none_or(|top| above.contains(&top.as_str())) {
            continue;
        }
        let resolved = module
            .names
            .iter()
            .map(|name| library.resolve(path, &name.path));
        if resolved.into_iter().any(|found| found.targets == error) {
            wrong.push(format!("{} names the crate's Error", module.file));
        }
    }
    hold("each layer has its own error", wrong, &[]);
}

#[test]
fn a_crate_is_named_by_the_layer_that_uses_it() {
    let library = Crate::library();
    let mut wrong = Vec::new();
    for (path, module) in &library.modules {
        for outside in library.outside_names(path) {
            let kept = LAYERS_OF_CRATES
                .iter()
                .find(|(name, _)| outside[0] == *name);
            let Some((name, layers)) = kept else { continue };
            if !path
                .first()
                .is_some_and(|top| layers.contains(&top.as_str()))
            {
                wrong.push(format!("{} names {name}", module.file));
            }
        }
    }
    let law = "only the layer that uses a crate knows it";
    hold(law, wrong, exceptions::FOREIGN_CRATES);
}

#[test]
fn the_protocol_does_no_input_or_output_and_knows_no_clock() {
    let library = Crate::library();
    let mut wrong = Vec::new();
    let in_protocol = |path: &ModulePath| path.first().is_some_and(|top| top == "protocol");
    for (path, module) in library.modules.iter().filter(|(path, _)| in_protocol(path)) {
        let outside = library.outside_names(path);
        let reached = |banned: &&&str| outside.iter().any(|path| reaches(path, banned));
        let banned = NOT_IN_THE_PROTOCOL.iter().filter(reached);
        wrong.extend(banned.map(|what| format!("{}: {what}", module.file)));
        if module.identifiers.contains(READS_THE_CLOCK) {
            wrong.push(format!("{}: {READS_THE_CLOCK}", module.file));
        }
    }
    let law = "time is an argument, the rest is another layer's";
    hold(law, wrong, &[]);
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let long = files("src")
        .into_iter()
        .filter(|file| file.text.lines().count() > 500);
    hold(
        "files of at most 500 lines",
        long.map(|file| file.path),
        &[],
    );
}

#[test]
fn no_module_knows_everyone() {
    let nameless = |path: &str| {
        let mut parts = path.split(['/', '.']);
        parts.any(|part| NAMELESS.contains(&part))
    };
    let wrong = files("src").into_iter().filter(|file| nameless(&file.path));
    let law = "a file is named by the type or the verb in it";
    hold(law, wrong.map(|file| file.path), &[]);
}

/// A path that leads nowhere would hide an arrow.
#[test]
fn every_path_within_the_crate_is_resolved() {
    let mut wrong = Vec::new();
    for code in [Crate::library(), Crate::program()] {
        for (path, module) in &code.modules {
            let within = |first: &String| ["crate", "self", "super"].contains(&first.as_str());
            let names = module.names.iter().map(|name| &name.path);
            let names = names.filter(|name| name.len() > 1 && name.first().is_some_and(within));
            let lost = names.filter(|name| code.resolve(path, name).targets.is_empty());
            wrong.extend(lost.map(|name| format!("{}: {}", module.file, name.join("::"))));
        }
    }
    hold("the test does not know where this leads", wrong, &[]);
}

#[test]
fn every_file_of_the_library_is_a_module() {
    let modules = Crate::library().modules.values();
    let modules: BTreeSet<_> = modules.map(|m| format!("src/{}", m.file)).collect();
    let files = library_files().into_iter().map(|file| file.path);
    let wrong = files.filter(|path| !is_test(path) && !modules.contains(path));
    hold("a file that no `mod` declares", wrong, &[]);
}

#[test]
fn folders_of_the_library_are_two_levels_deep() {
    let deep = |path: &str| path.matches('/').count() > 3;
    let files = library_files().into_iter().map(|file| file.path);
    let wrong = files.filter(|path| deep(path) && !is_test(path));
    hold("src/a/b/c.rs is the deepest", wrong, exceptions::DEEP_FILES);
}

#[test]
fn the_library_uses_the_words_of_its_standards() {
    let library = Crate::library();
    let mut wrong = Vec::new();
    for module in library.modules.values() {
        let words = WORDS
            .iter()
            .filter(|word| module.identifiers.contains(**word));
        wrong.extend(words.map(|word| format!("{}: {word}", module.file)));
    }
    let law = "say it in the words of RFC 6455, of curl or of the standard library";
    hold(law, wrong, exceptions::WORDS);
}

impl Crate {
    /// The modules of the crate that the paths in a module go through or lead to.
    pub(super) fn modules_named_in(&self, path: &ModulePath) -> BTreeSet<ModulePath> {
        let mut named = BTreeSet::new();
        for name in &self.modules[path].names {
            let resolved = self.resolve(path, &name.path);
            named.extend(resolved.through);
            named.extend(
                resolved
                    .targets
                    .into_iter()
                    .filter_map(|target| match target {
                        Target::Item { module, .. } => Some(module),
                        _ => None,
                    }),
            );
        }
        named
    }

    /// The paths in a module that lead out of the crate.
    pub(super) fn outside_names(&self, path: &ModulePath) -> BTreeSet<Vec<String>> {
        let names = self.modules[path].names.iter();
        let targets = names.flat_map(|name| self.resolve(path, &name.path).targets);
        let outside = targets.filter_map(|target| match target {
            Target::Outside(path) if !path.is_empty() => Some(path),
            _ => None,
        });
        outside.collect()
    }
}

fn is_test(file: &str) -> bool {
    file.ends_with("/tests.rs") || file.contains("/tests/")
}

/// Whether a path names this or something in it.
fn reaches(path: &[String], banned: &str) -> bool {
    format!("{}::", path.join("::")).starts_with(&format!("{banned}::"))
}
