//! Bars and small plots of characters.

use std::env;

/// What bars and plots are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocks {
    /// Eighths of a block (Unicode's block elements).
    Unicode,
    /// Where only ASCII is sure to be shown.
    Ascii,
}

impl Blocks {
    /// What this terminal and its locale show.
    pub(super) fn here() -> Self {
        let variable = |name: &&str| env::var(name).ok().filter(|value| !value.is_empty());
        // The first that is set decides (POSIX, XBD section 8.2).
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(variable);
        Self::of(
            &variable(&"TERM").unwrap_or_default(),
            &locale.unwrap_or_default(),
        )
    }

    fn of(terminal: &str, locale: &str) -> Self {
        let locale = locale.to_ascii_lowercase();
        let shows_all = locale.contains("utf-8") || locale.contains("utf8");
        if shows_all && terminal != "dumb" {
            Self::Unicode
        } else {
            Self::Ascii
        }
    }

    /// One character for each value, as high as its share of the highest: nothing is a flat line,
    /// and whatever is not nothing rises above it.
    pub(super) fn plot(self, values: &[f64]) -> String {
        let steps: &[char] = match self {
            Self::Unicode => &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Self::Ascii => &['_', '.', ':', '-', '=', '+', '*', '#'],
        };
        let most = values.iter().copied().fold(0.0, f64::max);
        let step = |value: &f64| match *value > 0.0 {
            // A share of 1 is the last step.
            true => steps[(value / most * (steps.len() - 1) as f64).ceil() as usize],
            false => steps[0],
        };
        values.iter().map(step).collect()
    }

    /// A bar over `width` columns from one share of the whole to another, at least a sign of it.
    pub(super) fn bar(self, from: f64, to: f64, width: usize) -> String {
        let (full, thin) = match self {
            Self::Unicode => ("█", "▏"),
            Self::Ascii => ("#", "|"),
        };
        let column = |share: f64| ((share * width as f64).round() as usize).min(width);
        let length = column(to).saturating_sub(column(from));
        let start = column(from).min(width.saturating_sub(1));
        let bar = if length == 0 {
            thin.to_owned()
        } else {
            full.repeat(length)
        };
        format!("{:start$}{bar}", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_a_character_for_each_value_and_shows_the_smallest() {
        let values = [0.0, 0.001, 4.0, 8.0];
        assert_eq!(Blocks::Unicode.plot(&values), "▁▂▅█");
        assert_eq!(Blocks::Ascii.plot(&values), "_.=#");
        assert_eq!(Blocks::Ascii.plot(&[0.0; 3]), "___");
        assert_eq!(Blocks::Ascii.plot(&[]), "");
    }

    #[test]
    fn bars_lie_where_their_phase_was() {
        let bar = |from, to| Blocks::Ascii.bar(from, to, 10);
        assert_eq!(bar(0.0, 1.0), "##########");
        assert_eq!(bar(0.2, 0.5), "  ###");
        assert_eq!(bar(0.5, 0.5), "     |");
        assert_eq!(bar(1.0, 1.0), "         |");
    }

    #[test]
    fn blocks_need_a_locale_and_a_terminal_that_have_them() {
        assert_eq!(Blocks::of("xterm", "en_GB.UTF-8"), Blocks::Unicode);
        assert_eq!(Blocks::of("xterm", "C.utf8"), Blocks::Unicode);
        assert_eq!(Blocks::of("xterm", "C"), Blocks::Ascii);
        assert_eq!(Blocks::of("dumb", "C.utf8"), Blocks::Ascii);
    }
}
