//! Completions and the manual page, made from the definition of the options.

use super::args::{ABOUT, Args, NAME};
use super::epilogue;
use crate::failure::Failure;
use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use sockeye::io_reason;
use std::io;

/// The completion script for a shell.
pub(super) fn completions(shell: Shell) -> Vec<u8> {
    let all = Args::command();
    // Nobody types by choice the options of curl that change nothing.
    let is_chosen = |arg: &&Arg| !arg.is_hide_set() || arg.is_exclusive_set();
    let chosen = all.get_arguments().filter(is_chosen).cloned();
    let mut command = Command::new("sockeye").version("-").args(chosen);
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command, "sockeye", &mut out);
    out
}

/// The manual page in roff.
pub(super) fn manual() -> Result<Vec<u8>, Failure> {
    let command = Args::command().about(NAME).long_about(ABOUT);
    let mut out = Vec::new();
    render(&Man::new(command.mut_args(with_aliases)), &mut out).map_err(|error| {
        Failure::Usage(format!(
            "cannot make the manual page: {}",
            io_reason(&error)
        ))
    })?;
    Ok(out)
}

fn render(page: &Man, out: &mut Vec<u8>) -> io::Result<()> {
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    let mut sections = Roff::new();
    for (title, text) in epilogue::SECTIONS {
        sections.control("SH", [title.to_uppercase().as_str()]);
        // As it stands, without filling lines.
        sections.control("nf", []);
        sections.text([roman(text)]);
        sections.control("fi", []);
    }
    sections.to_writer(out)?;
    page.render_version_section(out)
}

/// The help of an option with its other names, which a manual page leaves out otherwise.
fn with_aliases(arg: Arg) -> Arg {
    let short = arg.get_visible_short_aliases().unwrap_or_default();
    let long = arg.get_visible_aliases().unwrap_or_default();
    let names: Vec<String> = short
        .iter()
        .map(|letter| format!("-{letter}"))
        .chain(long.iter().map(|name| format!("--{name}")))
        .collect();
    if names.is_empty() {
        return arg;
    }
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.help(format!("{help} [also {}]", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_its_completions() {
        for shell in [
            Shell::Bash,
            Shell::Zsh,
            Shell::Fish,
            Shell::Elvish,
            Shell::PowerShell,
        ] {
            let script = String::from_utf8(completions(shell)).expect("text");
            assert!(script.contains("max-message"), "{shell}");
        }
    }

    #[test]
    fn the_manual_page_has_the_options_and_hides_the_hidden() {
        let page = String::from_utf8(manual().expect("made")).expect("text");
        assert!(page.contains("subprotocol") && !page.contains("completions"));
    }

    #[test]
    fn the_manual_page_has_each_name_of_an_option_and_each_section() {
        let page = String::from_utf8(manual().expect("made")).expect("text");
        for words in [
            r"[also \-k, \-\-insecure]",
            r"[also \-\-auth]",
            r"[also \-\-cacert]",
            ".SH EXAMPLES",
            ".SH ENVIRONMENT",
            ".SH \"EXIT STATUS\"",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
}
