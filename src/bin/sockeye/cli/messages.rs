//! What is sent: the messages of `-x` and `-f`, read before anything else happens, and what standard
//! input is.

use super::secret::describe;
use super::{order, values};
use crate::failure::Failure;
use clap::parser::ArgMatches;
use sockeye::protocol::Batch;
use std::fs;
use std::path::PathBuf;

/// The options, each as it was typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Messages to send")]
pub(super) struct MessageArgs {
    /// Send TEXT as a message; repeatable
    #[arg(short = 'x', long, value_name = "TEXT", allow_hyphen_values = true)]
    execute: Vec<String>,

    /// Send the content of FILE as a message; repeatable
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
            Outgoing::File(path) => {
                let name = path.display();
                let data = fs::read(&path)
                    .map_err(|error| Failure::Input(format!("-f: {name}: {}", describe(&error))))?;
                if binary {
                    return Ok(Batch::one_binary(data));
                }
                let text = String::from_utf8(data).map_err(|error| {
                    let offset = error.utf8_error().valid_up_to();
                    Failure::Input(format!(
                        "SyntaxError: {name} is not valid UTF-8 at byte {offset}; \
                         --binary sends any bytes"
                    ))
                })?;
                Ok(Batch::one_text(text))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    #[test]
    fn a_missing_file_is_named() {
        let missing = Outgoing::File(PathBuf::from("/nowhere/at/all"));
        let error = load(vec![missing], false).expect_err("it is missing");
        let expected = "-f: /nowhere/at/all: there is no such file";
        assert_eq!(error.to_string(), expected);
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
