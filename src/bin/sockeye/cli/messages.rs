//! What is sent: the messages of `-x` and `-f`, read before anything else happens, and what standard
//! input is.

use super::order;
use super::values::{self, LARGEST_MESSAGE};
use crate::failure::Failure;
use crate::output::size::Bytes;
use clap::parser::ArgMatches;
use sockeye::io_reason;
use sockeye::protocol::Batch;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The options, each as it was typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Messages to send")]
pub(super) struct MessageArgs {
    /// Send TEXT as a message; repeatable
    #[arg(short = 'x', long, value_name = "TEXT", allow_hyphen_values = true)]
    execute: Vec<String>,

    /// Send the content of FILE as a message, '-' for standard input; repeatable
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,

    /// Go on interactively, or with standard input, after -x and -f
    #[arg(short, long)]
    pub(super) interactive: bool,

    /// Send files and standard input as binary messages
    #[arg(long)]
    pub(super) binary: bool,

    /// Send binary input in messages of SIZE bytes, the last one shorter; without this 64KiB, or
    /// what has come when no more is there
    #[arg(long, value_name = "SIZE", value_parser = values::chunk, requires = "binary")]
    pub(super) chunk: Option<usize>,

    /// Send all of standard input as one message
    #[arg(long, conflicts_with_all = ["null", "chunk"])]
    pub(super) whole: bool,
}

impl MessageArgs {
    /// Whether there is one of `-x` and `-f`.
    pub(super) fn are_given(&self) -> bool {
        !self.execute.is_empty() || !self.file.is_empty()
    }

    /// The texts of `-x`.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.execute.iter().map(String::as_str)
    }

    /// The names of the files of `-f` that are text.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.file.iter().filter_map(|file| file.to_str())
    }

    /// Standard input is there once: for one `-f -`, or for what `-i` goes on with.
    pub(super) fn check_standard_input(&self) -> Result<(), Failure> {
        let uses = self.file.iter().filter(|file| is_standard_input(file));
        let what = match uses.count() {
            0 => return Ok(()),
            1 if !self.interactive => return Ok(()),
            1 => "-i cannot go on with it: leave out -i",
            _ => "it can be given once only",
        };
        Err(Failure::Usage(format!(
            "-f - takes all of standard input; {what}"
        )))
    }

    /// `-x` and `-f` in the order they were given in.
    pub(super) fn outgoing(&self, matches: &ArgMatches) -> Vec<Outgoing> {
        let texts = self.execute.iter().cloned().map(Outgoing::Text);
        let files = self.file.iter().cloned().map(Outgoing::File);
        order::as_given(matches, ("execute", texts), ("file", files))
    }
}

/// One of `-x` and `-f`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outgoing {
    /// `-x`
    Text(String),
    /// `-f`
    File(PathBuf),
}

/// Each message on its own, in order; files are binary messages if `binary`.
pub(super) fn load(outgoing: Vec<Outgoing>, binary: bool) -> Result<Vec<Batch>, Failure> {
    outgoing
        .into_iter()
        .map(|one| match one {
            Outgoing::Text(text) => Ok(Batch::one_text(text)),
            Outgoing::File(path) => from_file(&path, binary),
        })
        .collect()
}

fn from_file(path: &Path, binary: bool) -> Result<Batch, Failure> {
    let (name, read) = if is_standard_input(path) {
        (
            "standard input".to_owned(),
            read_all(io::stdin().lock(), LARGEST_MESSAGE),
        )
    } else {
        let read = File::open(path).and_then(|file| read_all(file, LARGEST_MESSAGE));
        (path.display().to_string(), read)
    };
    let data =
        read.map_err(|error| Failure::Input(format!("-f: {name}: {}", io_reason(&error))))?;
    if binary {
        return Ok(Batch::one_binary(data));
    }
    let text = String::from_utf8(data).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Failure::Input(format!(
            "SyntaxError: {name} is not valid UTF-8 at byte {offset}; --binary sends any bytes"
        ))
    })?;
    Ok(Batch::one_text(text))
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read_all(source: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    source.take(most as u64 + 1).read_to_end(&mut data)?;
    if data.len() > most {
        let most = Bytes(most as u64);
        return Err(io::Error::other(format!(
            "it is longer than {most}, the most that fits into a message"
        )));
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    #[test]
    fn a_missing_file_is_named() {
        let missing = Outgoing::File(PathBuf::from("/nowhere/at/all"));
        let error = load(vec![missing], false).expect_err("it is missing");
        let expected = "-f: /nowhere/at/all: no such file or directory";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_does_not_end_is_refused() {
        let error = read_all(io::repeat(b'x'), 2048).expect_err("too long");
        assert!(error.to_string().contains("longer than 2.0 KiB"), "{error}");
        assert_eq!(read_all(&b"abc"[..], 3).expect("short enough"), b"abc");
    }

    #[test]
    fn an_argument_is_one_text_message_as_it_stands() {
        let loaded = load(vec![Outgoing::Text("a\nb".to_owned())], true).expect("text");
        assert_eq!(loaded, [Batch::one_text("a\nb".to_owned())]);
    }

    #[test]
    fn messages_keep_their_order_across_options() {
        let line = ["sockeye", "-x", "a", "-f", "b", "--execute=-c", "u"].map(Into::into);
        let typed = args::parse(line.into_iter()).expect("right");
        let text = |text: &str| Outgoing::Text(text.to_owned());
        let expected = [text("a"), Outgoing::File("b".into()), text("-c")];
        assert_eq!(typed.outgoing, expected);
    }
}
