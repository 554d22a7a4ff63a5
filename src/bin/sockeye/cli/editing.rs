//! How lines are typed at a terminal.

use super::terminals::Terminals;
use crate::interactive::{self, HistoryPlace};
use std::path::PathBuf;

const HEADING: &str = "Typing";

/// The options, each as it was typed.
#[derive(Debug, clap::Args)]
pub(super) struct Editing {
    /// Edit lines with the keys of vi instead of those of emacs
    #[arg(long, conflicts_with_all = ["json", "plain"], help_heading = HEADING)]
    vi: bool,

    /// Move no cursor and paint nothing twice: for screen readers
    #[arg(long, conflicts_with = "json", help_heading = HEADING)]
    plain: bool,

    /// Keep no lines for the next session
    #[arg(long, conflicts_with_all = ["json", "history_file"], help_heading = HEADING)]
    no_history: bool,

    /// Keep lines in FILE instead of one file for each host and port
    #[arg(long, value_name = "FILE", conflicts_with = "json", help_heading = HEADING)]
    history_file: Option<PathBuf>,
}

impl Editing {
    /// The terminals as they are to be used: `--plain` makes any of them dumb.
    pub(super) fn terminals(&self, terminals: &Terminals) -> Terminals {
        Terminals {
            dumb: terminals.dumb || self.plain,
            ..*terminals
        }
    }

    /// What the interactive client obeys.
    pub(super) fn meant(&self, terminals: &Terminals) -> interactive::Editing {
        let history = match &self.history_file {
            _ if self.no_history => HistoryPlace::Nowhere,
            Some(file) => HistoryPlace::File(file.clone()),
            None => HistoryPlace::EachHost,
        };
        interactive::Editing {
            vi: self.vi,
            plain: self.terminals(terminals).dumb,
            history,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    fn meant(options: &[&str], terminals: &Terminals) -> Option<interactive::Editing> {
        let line = ["sockeye", "u"].iter().chain(options).map(Into::into);
        let typed = args::parse(line).ok()?;
        Some(typed.args.editing.meant(terminals))
    }

    #[test]
    fn each_option_is_obeyed() {
        let usual = interactive::Editing {
            history: HistoryPlace::EachHost,
            ..interactive::Editing::default()
        };
        assert_eq!(meant(&[], &Terminals::PLAIN), Some(usual.clone()));
        let vi = interactive::Editing { vi: true, ..usual };
        assert_eq!(meant(&["--vi"], &Terminals::PLAIN), Some(vi));
        let history = |options: &[&str]| meant(options, &Terminals::PLAIN).expect("right").history;
        assert_eq!(history(&["--no-history"]), HistoryPlace::Nowhere);
        assert_eq!(
            history(&["--history-file", "h"]),
            HistoryPlace::File("h".into())
        );
    }

    #[test]
    fn a_dumb_terminal_is_plain_without_being_asked() {
        let dumb = Terminals {
            dumb: true,
            ..Terminals::PLAIN
        };
        for (options, terminals) in [(&["--plain"][..], &Terminals::PLAIN), (&[], &dumb)] {
            assert!(meant(options, terminals).expect("right").plain);
        }
    }

    #[test]
    fn what_cannot_go_together_is_refused() {
        for options in [
            &["--vi", "--plain"][..],
            &["--no-history", "--history-file", "h"],
            &["--json", "--vi"],
            &["--json", "--plain"],
            &["--json", "--no-history"],
            &["--json", "--history-file=h"],
        ] {
            assert_eq!(meant(options, &Terminals::PLAIN), None, "{options:?}");
        }
    }
}
