//! `.netrc` files: user names and passwords by host, in the format of ftp(1) and curl.

use sockeye::Authorization;
use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

/// The entries of a `.netrc` file. `Debug` shows their number.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Netrc {
    entries: Vec<Entry>,
}

/// What is wrong with a `.netrc` file. The content is not shown: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NetrcError {
    /// An unknown keyword.
    #[error("line {0}: this should be machine, default, login, password, account or macdef")]
    UnknownKeyword(usize),
    /// `login`, `password` or `account` before the first entry.
    #[error("line {0}: an entry begins with machine or default, which is missing")]
    OutsideEntry(usize),
    /// The file ends before a value, or within a quoted one.
    #[error("line {0}: a value is missing")]
    MissingValue(usize),
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Entry {
    /// The host, or `None` for `default`.
    machine: Option<String>,
    login: Option<String>,
    password: Option<String>,
}

impl Netrc {
    /// Parses the text of a `.netrc` file: entries that begin with `machine NAME` or `default`, each
    /// with `login`, `password` and `account`. Words may be quoted with double quotes, in which `\`
    /// escapes a character. `#` begins a comment. A `macdef` ends at an empty line and is skipped.
    ///
    /// # Errors
    /// The first line that is not valid.
    pub(crate) fn parse(text: &str) -> Result<Self, NetrcError> {
        let mut words = Words::new(text);
        let mut entries = Vec::<Entry>::new();
        while let Some(word) = words.next()? {
            match word.as_str() {
                "machine" => entries.push(Entry {
                    machine: Some(words.value()?),
                    ..Entry::default()
                }),
                "default" => entries.push(Entry::default()),
                "macdef" => words.skip_macro(),
                part @ ("login" | "password" | "account") => {
                    let entry = entries.last_mut();
                    let entry = entry.ok_or(NetrcError::OutsideEntry(words.line))?;
                    let value = words.value()?;
                    match part {
                        "login" => entry.login = Some(value),
                        "password" => entry.password = Some(value),
                        _ => {}
                    }
                }
                _ => return Err(NetrcError::UnknownKeyword(words.line)),
            }
        }
        Ok(Self { entries })
    }

    /// The credentials of the first entry for this host. If there is a user, the entry must be for
    /// that user or for any.
    pub(crate) fn find(&self, host: &str, user: Option<&[u8]>) -> Option<Authorization> {
        self.first(user, |machine| {
            machine.is_some_and(|name| name.eq_ignore_ascii_case(host))
        })
    }

    /// As [`Netrc::find`], else the credentials of the `default` entry.
    pub(crate) fn find_or_default(&self, host: &str, user: Option<&[u8]>) -> Option<Authorization> {
        let default = || self.first(user, |machine| machine.is_none());
        self.find(host, user).or_else(default)
    }

    fn first(
        &self,
        user: Option<&[u8]>,
        is_right: impl Fn(Option<&str>) -> bool,
    ) -> Option<Authorization> {
        let mut entries = self.entries.iter();
        let entry =
            entries.find(|entry| is_right(entry.machine.as_deref()) && entry.is_for_user(user))?;
        let login = entry.login.as_deref().unwrap_or_default().as_bytes();
        let password = entry.password.as_deref().unwrap_or_default();
        Some(Authorization::basic(user.unwrap_or(login), password))
    }
}

impl Entry {
    fn is_for_user(&self, user: Option<&[u8]>) -> bool {
        match (user, &self.login) {
            (Some(user), Some(login)) => user == login.as_bytes(),
            _ => true,
        }
    }
}

impl fmt::Debug for Netrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Netrc({} entries)", self.entries.len())
    }
}

/// The words of the file, with the number of the current line.
struct Words<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            chars: text.trim_start_matches('\u{feff}').chars().peekable(),
            line: 1,
        }
    }

    fn char(&mut self) -> Option<char> {
        let next = self.chars.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    /// The next word, or `None` at the end of the file.
    fn next(&mut self) -> Result<Option<String>, NetrcError> {
        loop {
            match self.chars.peek() {
                None => return Ok(None),
                Some('#') => while self.char().is_some_and(|c| c != '\n') {},
                Some(c) if c.is_whitespace() => _ = self.char(),
                Some(_) => return self.value().map(Some),
            }
        }
    }

    /// The next word as a value, which must be there. It may begin with `#`.
    fn value(&mut self) -> Result<String, NetrcError> {
        while self.chars.peek().is_some_and(|c| c.is_whitespace()) {
            self.char();
        }
        match self.chars.peek() {
            None => Err(NetrcError::MissingValue(self.line)),
            Some('"') => self.quoted(),
            Some(_) => {
                let mut word = String::new();
                while let Some(c) = self.chars.next_if(|c| !c.is_whitespace()) {
                    word.push(c);
                }
                Ok(word)
            }
        }
    }

    fn quoted(&mut self) -> Result<String, NetrcError> {
        let begin = self.line;
        self.char();
        let mut word = String::new();
        loop {
            match self.char() {
                None => return Err(NetrcError::MissingValue(begin)),
                Some('"') => return Ok(word),
                Some('\\') => match self.char() {
                    None => return Err(NetrcError::MissingValue(begin)),
                    Some('n') => word.push('\n'),
                    Some('r') => word.push('\r'),
                    Some('t') => word.push('\t'),
                    Some(literal) => word.push(literal),
                },
                Some(c) => word.push(c),
            }
        }
    }

    /// Skips up to the next empty line and that line.
    fn skip_macro(&mut self) {
        let mut is_empty = false;
        while let Some(c) = self.char() {
            match c {
                '\n' if is_empty => return,
                '\n' => is_empty = true,
                '\r' => {}
                _ => is_empty = false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, host: &str, user: Option<&str>) -> Option<Authorization> {
        let netrc = Netrc::parse(file).expect(file);
        netrc.find_or_default(host, user.map(str::as_bytes))
    }

    fn basic(user: &str, password: &str) -> Option<Authorization> {
        Some(Authorization::basic(user, password))
    }

    const FILE: &str = "\
# machine a login commented password out
machine a.example login me password one
machine b.example
  password two account x
  login\tyou # more
macdef init
machine a.example login macro password macro

machine a.example login other password three
default login anyone password four
machine late.example login late password five
";

    #[test]
    fn the_first_entry_of_the_host_wins_and_default_is_for_all_others() {
        assert_eq!(found(FILE, "A.example", None), basic("me", "one"));
        assert_eq!(found(FILE, "b.example", None), basic("you", "two"));
        assert_eq!(found(FILE, "late.example", None), basic("late", "five"));
        assert_eq!(found(FILE, "c.example", None), basic("anyone", "four"));
        assert_eq!(found("machine a login b password c", "d", None), None);
        assert_eq!(found("", "a", None), None);
    }

    #[test]
    fn only_an_entry_that_names_the_host_is_found_without_the_default() {
        let netrc = Netrc::parse(FILE).expect("right");
        assert_eq!(netrc.find("a.example", None), basic("me", "one"));
        assert_eq!(netrc.find("c.example", None), None);
    }

    #[test]
    fn a_user_name_chooses_among_the_entries_of_a_host() {
        let other = found(FILE, "a.example", Some("other"));
        assert_eq!(other, basic("other", "three"));
        assert_eq!(found(FILE, "a.example", Some("nobody")), None);
        let any = found("machine a password b", "a", Some("me"));
        assert_eq!(any, basic("me", "b"));
    }

    #[test]
    fn quoted_words_have_spaces_and_escapes() {
        let file = r#"machine a login "o n\"e" password "t\\w\to""#;
        assert_eq!(found(file, "a", None), basic("o n\"e", "t\\w\to"));
        let hash = found("machine a login b password #c\"", "a", None);
        assert_eq!(hash, basic("b", "#c\""));
    }

    #[test]
    fn an_error_names_the_line_and_not_its_content() {
        for (file, error) in [
            ("machine a\n\nlogn s3cret", NetrcError::UnknownKeyword(3)),
            ("\nlogin s3cret", NetrcError::OutsideEntry(2)),
            ("machine a password\n", NetrcError::MissingValue(2)),
            (
                "machine a\npassword \"s3cret\n",
                NetrcError::MissingValue(2),
            ),
            ("machine", NetrcError::MissingValue(1)),
        ] {
            assert_eq!(Netrc::parse(file), Err(error.clone()), "{file:?}");
            assert!(!error.to_string().contains("s3cret"));
        }
        let netrc = Netrc::parse(FILE).expect("right");
        assert_eq!(format!("{netrc:?}"), "Netrc(5 entries)");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_quoted_comes_back(login in ".*", password in ".*") {
            let quoted = |word: &str| word.replace('\\', r"\\").replace('"', r#"\""#);
            let file = format!("machine h login \"{}\" password \"{}\"", quoted(&login), quoted(&password));
            proptest::prop_assert_eq!(found(&file, "h", None), basic(&login, &password));
        }

        #[test]
        fn no_text_makes_it_panic(text in "((machine|login|password|macdef|default|[\"#\\\\]|.)[ \n]?)*") {
            _ = Netrc::parse(&text);
        }
    }
}
