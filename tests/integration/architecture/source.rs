//! A crate as the compiler finds it: from its root along the `mod` declarations.

use super::names::{Meaning, Module, is_test};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use syn::ext::IdentExt;

/// The names from the root to a module; `[]` is the root.
pub(super) type ModulePath = Vec<String>;

/// The modules of a crate, without its tests.
#[derive(Default)]
pub(super) struct Crate {
    pub(super) modules: BTreeMap<ModulePath, Module>,
}

impl Crate {
    pub(super) fn library() -> &'static Self {
        static LIBRARY: LazyLock<Crate> = LazyLock::new(|| Crate::in_folder("src", "lib.rs"));
        &LIBRARY
    }

    pub(super) fn program() -> &'static Self {
        static PROGRAM: LazyLock<Crate> =
            LazyLock::new(|| Crate::in_folder("src/bin/sockeye", "main.rs"));
        &PROGRAM
    }

    fn in_folder(folder: &str, root: &str) -> Self {
        let folder = root_of_the_package().join(folder);
        let read = |file: &str| fs::read_to_string(folder.join(file)).ok();
        Self::read(root, &read)
    }

    /// Reads the file `root` and those it declares; `text` has what is in a file.
    pub(super) fn read(root: &str, text: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut read = Self::default();
        read.add_file(Vec::new(), root, text);
        read
    }

    fn add_file(&mut self, path: ModulePath, file: &str, text: &dyn Fn(&str) -> Option<String>) {
        let source = text(file).unwrap_or_else(|| panic!("{file} is missing"));
        let parsed = syn::parse_file(&source).unwrap_or_else(|error| panic!("{file}: {error}"));
        self.add_module(path, file, parsed.items, text);
    }

    fn add_module(
        &mut self,
        path: ModulePath,
        file: &str,
        items: Vec<syn::Item>,
        text: &dyn Fn(&str) -> Option<String>,
    ) {
        let mut module = Module::in_file(file);
        for item in items {
            match item {
                syn::Item::Mod(item) if is_test(&item.attrs) => {}
                syn::Item::Mod(item) => {
                    let name = item.ident.unraw().to_string();
                    module.bind(name.clone(), &item.vis, Meaning::Module);
                    let path: ModulePath = path.iter().cloned().chain([name]).collect();
                    match item.content {
                        Some((_, items)) => self.add_module(path, file, items, text),
                        None => self.add_file(path.clone(), &file_of(&path, text), text),
                    }
                }
                item => module.add(&item),
            }
        }
        // With `cfg`, a module can be declared twice.
        match self.modules.entry(path) {
            Entry::Vacant(entry) => _ = entry.insert(module),
            Entry::Occupied(mut entry) => entry.get_mut().merge(module),
        }
    }
}

/// `a::b` is in `a/b.rs` or `a/b/mod.rs`.
fn file_of(path: &[String], text: &dyn Fn(&str) -> Option<String>) -> String {
    let stem = path.join("/");
    let files = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
    let found = files.into_iter().find(|file| text(file).is_some());
    found.unwrap_or_else(|| panic!("no file for the module {}", path.join("::")))
}

/// A file of the package, as text.
pub(super) struct File {
    /// From the root of the package.
    pub(super) path: String,
    pub(super) text: String,
}

/// Every Rust file in a folder of the package, tests included.
pub(super) fn files(folder: &str) -> Vec<File> {
    let root = root_of_the_package();
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(read_file(root, &path));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The files of the library, tests included.
pub(super) fn library_files() -> Vec<File> {
    let mut found = files("src");
    found.retain(|file| !file.path.starts_with("src/bin/"));
    found
}

fn read_file(root: &Path, path: &Path) -> File {
    let below = path.strip_prefix(root).expect("inside the package");
    File {
        path: below.to_string_lossy().replace('\\', "/"),
        text: fs::read_to_string(path).expect("a source"),
    }
}

fn root_of_the_package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
