//! Completions and the manual page, made from the definition of the options.

use super::args::{ABOUT, Args, NAME};
use crate::failure::Failure;
use clap::CommandFactory;
use clap_complete::Shell;

/// The completion script for a shell.
pub(super) fn completions(shell: Shell) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "sockeye", &mut out);
    out
}

/// The manual page in roff.
pub(super) fn manual() -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    clap_mangen::Man::new(Args::command().about(NAME).long_about(ABOUT))
        .render(&mut out)
        .map_err(|error| Failure::Usage(format!("cannot make the manual page: {error}")))?;
    Ok(out)
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
}
