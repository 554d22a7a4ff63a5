//! Documents are what the program does.
//!
//! In the README and in docs/scripting.md a `console` block is run: `$ ` begins a command for
//! `sh`, lines after it that begin with `> ` go on with it, the lines up to the next command are
//! what it must print. The block after the comment `sockeye --help` is the help.
//! `SOCKEYE_WRITE_DOCUMENTS=1 cargo test --test integration documents` brings the help, the
//! completions and the man page up to date.

use super::harness::{Terminal, output_of, program, sockeye};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const HELP_MARK: &str = "<!-- What `sockeye --help` prints; a test compares. -->\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    document("README.md")
}

fn document(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect("a document")
}

/// What the program prints, and nothing on standard error.
fn printed(arguments: &[&str]) -> String {
    let run = sockeye(arguments).run();
    run.ends_with_status(0);
    assert_eq!(run.stderr, "", "{run}");
    String::from_utf8(run.stdout).expect("text")
}

/// The file's text must be this one; on demand it is made so.
fn is_up_to_date(file: &str, right: &str) {
    let path = root().join(file);
    if env::var_os("SOCKEYE_WRITE_DOCUMENTS").is_some() {
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("making the folder");
        fs::write(&path, right).expect("writing the file");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let first = right
        .lines()
        .zip(found.lines())
        .find(|(right, found)| right != found);
    assert!(
        found == right,
        "{file} is not what the program makes; the first difference: {first:?}\n\
         SOCKEYE_WRITE_DOCUMENTS=1 cargo test --test integration documents"
    );
}

#[test]
fn the_help_in_the_readme_is_the_real_help() {
    let readme = readme();
    let (before, after) = readme.split_once(HELP_MARK).expect("the help's comment");
    let (_, rest) = after.split_once("```text\n").expect("the help's block");
    let (_, rest) = rest
        .split_once("```\n")
        .expect("the end of the help's block");
    let help = printed(&["--help"]);
    let help = help.trim_end();
    is_up_to_date(
        "README.md",
        &format!("{before}{HELP_MARK}```text\n{help}\n```\n{rest}"),
    );
}

#[test]
fn the_completions_are_what_the_program_makes() {
    for (shell, file) in [
        ("bash", "completions/sockeye.bash"),
        ("zsh", "completions/_sockeye"),
        ("fish", "completions/sockeye.fish"),
    ] {
        is_up_to_date(file, &printed(&["--completions", shell]));
    }
}

#[test]
fn the_man_page_is_what_the_program_makes() {
    is_up_to_date("man/sockeye.1", &printed(&["--man"]));
}

#[test]
fn the_examples_in_the_readme_print_what_it_says() {
    print_what_is_said("README.md", 3);
}

#[test]
fn the_jobs_in_the_scripting_guide_print_what_it_says() {
    print_what_is_said("docs/scripting.md", 15);
}

/// Runs the examples of a document, of which there are at least so many, in one folder.
#[track_caller]
fn print_what_is_said(file: &str, at_least: usize) {
    let examples = examples(&document(file));
    assert!(examples.len() >= at_least, "{examples:?}");
    let path = path_with_the_program();
    for (command, expected) in examples {
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).env("PATH", path.value());
        shell.current_dir(path.folder.path());
        let output = output_of(&mut shell).expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            expected,
            "$ {command}\n{said}"
        );
    }
}

/// The commands of every `console` block, each with what it prints.
fn examples(document: &str) -> Vec<(String, String)> {
    let mut examples: Vec<(String, String)> = Vec::new();
    let blocks = document.split("```console\n").skip(1);
    for line in blocks
        .flat_map(|block| block.split("```").next())
        .flat_map(str::lines)
    {
        match (line.strip_prefix("$ "), examples.last_mut()) {
            (Some(command), _) => examples.push((command.to_owned(), String::new())),
            (None, Some((command, output))) if output.is_empty() && line.starts_with('>') => {
                command.push('\n');
                command.push_str(line[1..].strip_prefix(' ').unwrap_or_default());
            }
            (None, Some((_, output))) => {
                output.push_str(line);
                output.push('\n');
            }
            (None, None) => panic!("a block begins with output: {line}"),
        }
    }
    examples
}

/// A folder with `sockeye` in it, before all others.
struct SearchPath {
    folder: tempfile::TempDir,
}

fn path_with_the_program() -> SearchPath {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::os::unix::fs::symlink(program(), folder.path().join("sockeye")).expect("a link");
    SearchPath { folder }
}

impl SearchPath {
    fn value(&self) -> std::ffi::OsString {
        let rest = env::var_os("PATH").unwrap_or_default();
        let folders =
            std::iter::once(PathBuf::from(self.folder.path())).chain(env::split_paths(&rest));
        env::join_paths(folders).expect("a path")
    }
}

#[test]
fn the_readme_names_the_two_commands() {
    let readme = readme();
    for command in ["cargo run --release -- --echo", "tests/run"] {
        assert!(readme.contains(command), "{command}");
    }
    // The first as far as it can go without cargo: the arguments work at a terminal.
    let mut terminal = Terminal::start(&["--echo"]);
    terminal.shows("OPEN").enters("/quit").ends_with_status(0);
}
