//! Where a history lies.

use sockeye::url::WebSocketUrl;
use std::env;
use std::path::PathBuf;

/// Which file keeps the lines for the next session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// None.
    #[default]
    Nowhere,
    /// This one.
    File(PathBuf),
    /// One for each host and port, under `$XDG_STATE_HOME` or `~/.local/state`.
    EachHost,
}

impl Place {
    /// The file for connections to this URL.
    pub(super) fn path(&self, url: &str) -> Option<PathBuf> {
        match self {
            Self::Nowhere => None,
            Self::File(path) => Some(path.clone()),
            Self::EachHost => Some(folder()?.join(name(url)?)),
        }
    }
}

/// The longest name of a file (Linux: `NAME_MAX`).
const LONGEST: usize = 255;

/// The XDG Base Directory Specification: a path that is not absolute is ignored.
fn folder() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from);
    let state = variable("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let home = || variable("HOME").map(|home| home.join(".local/state"));
    Some(state.or_else(home)?.join("sockeye/history"))
}

/// `example.org_443`, `unix_%2Frun%2Fapp.sock`: letters, digits, dots and hyphens stand for
/// themselves. What is too long for the name of a file has none.
fn name(url: &str) -> Option<String> {
    let address = WebSocketUrl::from_typed(url).ok()?;
    let name = match address.unix_socket() {
        Some(socket) => format!("unix_{}", escaped(&socket.to_string())),
        None => format!(
            "{}_{}",
            escaped(&address.host().to_string()),
            address.port()
        ),
    };
    (name.len() <= LONGEST).then_some(name)
}

fn escaped(name: &str) -> String {
    let safe = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => c.to_string(),
        c => format!("%{:02X}", u32::from(c)),
    };
    name.chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_host_and_port_and_nothing_that_leads_elsewhere() {
        let named = |url| name(url).expect("a URL");
        assert_eq!(named("wss://u:p@example.org/a?token=b"), "example.org_443");
        assert_eq!(named(":8080"), "localhost_8080");
        assert_eq!(named("ws://[::1]:9/"), "%5B%3A%3A1%5D_9");
        assert_eq!(named("ws+unix:/run/a.sock:/x"), "unix_%2Frun%2Fa.sock");
        assert_eq!(name("ftp://h/"), None);
    }

    #[test]
    fn a_path_too_long_for_the_name_of_a_file_has_no_history() {
        let url = format!("ws+unix:/{}:/", "d/".repeat(50));
        assert!(name(&url).is_some());
        assert_eq!(name(&format!("ws+unix:/{}:/", "d/".repeat(70))), None);
    }
}
