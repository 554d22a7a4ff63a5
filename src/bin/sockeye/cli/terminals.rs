//! What is a terminal, and what the environment says about colour. Asked once.

use crate::advice::InUse;
use crate::output::report::Reporting;
use crate::output::style::Style;
use clap::ValueEnum;
use std::env;
use std::io::{self, IsTerminal};

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless the environment says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terminals {
    pub(super) input: bool,
    pub(super) output: bool,
    pub(super) errors: bool,
    /// `TERM=dumb`: no cursor to move, no colours.
    pub(super) dumb: bool,
    /// `NO_COLOR` (no-color.org): set and not empty.
    pub(super) no_color: bool,
    /// `CLICOLOR_FORCE` (bixense.com/clicolors): set and not `0`.
    pub(super) force_color: bool,
}

impl Terminals {
    /// Looks at the standard streams and the environment.
    pub(super) fn look() -> Self {
        let says = |name: &str, no: &str| {
            env::var_os(name).is_some_and(|value| !value.is_empty() && value != no)
        };
        Self {
            input: io::stdin().is_terminal(),
            output: io::stdout().is_terminal(),
            errors: io::stderr().is_terminal(),
            dumb: env::var_os("TERM").is_some_and(|term| term == "dumb"),
            no_color: says("NO_COLOR", ""),
            force_color: says("CLICOLOR_FORCE", "0"),
        }
    }

    /// Whether to colour a stream that is a terminal or not.
    pub(super) fn style(&self, choice: ColorChoice, is_terminal: bool) -> Style {
        let colored = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.no_color => false,
            ColorChoice::Auto => self.force_color || (is_terminal && !self.dumb),
        };
        Style { colored }
    }

    /// How to report before the options are understood.
    pub(super) fn reporting(&self) -> Reporting {
        Reporting {
            style: self.style(ColorChoice::Auto, self.errors),
            quiet: false,
            head_shown: false,
            in_use: InUse::NONE,
        }
    }
}

#[cfg(test)]
impl Terminals {
    /// Every stream is a usual terminal, and the environment says nothing.
    pub(super) const PLAIN: Self = Self {
        input: true,
        output: true,
        errors: true,
        dumb: false,
        no_color: false,
        force_color: false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colored(terminals: Terminals, choice: ColorChoice, is_terminal: bool) -> bool {
        terminals.style(choice, is_terminal).colored
    }

    #[test]
    fn a_terminal_is_coloured_and_a_pipe_is_not() {
        assert!(colored(Terminals::PLAIN, ColorChoice::Auto, true));
        assert!(!colored(Terminals::PLAIN, ColorChoice::Auto, false));
    }

    #[test]
    fn no_color_wins_over_force_and_an_option_wins_over_both() {
        let both = Terminals {
            no_color: true,
            force_color: true,
            ..Terminals::PLAIN
        };
        assert!(!colored(both, ColorChoice::Auto, true));
        assert!(colored(both, ColorChoice::Always, false));
        let force = Terminals {
            force_color: true,
            ..Terminals::PLAIN
        };
        assert!(colored(force, ColorChoice::Auto, false));
        assert!(!colored(force, ColorChoice::Never, true));
    }

    #[test]
    fn a_dumb_terminal_has_no_colours() {
        let dumb = Terminals {
            dumb: true,
            ..Terminals::PLAIN
        };
        assert!(!colored(dumb, ColorChoice::Auto, true));
    }
}
