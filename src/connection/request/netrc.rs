//! `.netrc`: names and passwords by host, as ftp(1) and curl read them.

use super::Authorization;
use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

/// The entries of a `.netrc`. `Debug` shows how many there are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Netrc {
    entries: Vec<Entry>,
}

/// What is wrong with a `.netrc`. No content is told: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetrcError {
    /// Another word stands where an entry or a part of one should begin.
    #[error("line {0}: this should be machine, default, login, password, account or macdef")]
    Word(usize),
    /// A part of an entry comes before any entry.
    #[error("line {0}: machine or default has to come first")]
    Homeless(usize),
    /// The file ends, or a quoted word does not, where a value is due.
    #[error("line {0}: a value is missing")]
    Value(usize),
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Entry {
    /// The host; none for `default`.
    machine: Option<String>,
    login: Option<String>,
    password: Option<String>,
}

impl Netrc {
    /// Reads the text of a `.netrc`: entries that begin with `machine NAME` or `default`, each with
    /// `login`, `password` and `account`. Words may stand in double quotes, with `\` before what is
    /// meant literally; `#` begins a comment; a `macdef` lasts until an empty line and is skipped.
    ///
    /// # Errors
    /// For the first line that is none of this.
    pub fn parse(text: &str) -> Result<Self, NetrcError> {
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
                    let entry = entry.ok_or(NetrcError::Homeless(words.line))?;
                    let value = words.value()?;
                    match part {
                        "login" => entry.login = Some(value),
                        "password" => entry.password = Some(value),
                        _ => {}
                    }
                }
                _ => return Err(NetrcError::Word(words.line)),
            }
        }
        Ok(Self { entries })
    }

    /// The entries that name their host.
    #[must_use]
    pub fn of_hosts(&self) -> Self {
        let mut entries = self.entries.clone();
        entries.retain(|entry| entry.machine.is_some());
        Self { entries }
    }

    /// The first entry for this host, else `default`. With a name, the entry has to have that name
    /// or none.
    #[must_use]
    pub fn find(&self, host: &str, user: Option<&[u8]>) -> Option<Authorization> {
        let is_fit = |entry: &&Entry| {
            let same_host = |name: &String| name.eq_ignore_ascii_case(host);
            let same_user = |name: &String| user.is_none_or(|user| user == name.as_bytes());
            entry.machine.as_ref().is_none_or(same_host)
                && entry.login.as_ref().is_none_or(same_user)
        };
        let of_host = |entry: &&Entry| entry.machine.is_some() && is_fit(entry);
        let by_default = |entry: &&Entry| entry.machine.is_none() && is_fit(entry);
        let mut entries = self.entries.iter();
        let found = entries.clone().find(of_host);
        let entry = found.or_else(|| entries.find(by_default))?;
        let login = entry.login.as_deref().unwrap_or_default().as_bytes();
        Some(Authorization::basic(
            user.unwrap_or(login),
            entry.password.as_deref().unwrap_or_default(),
        ))
    }
}

impl fmt::Debug for Netrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Netrc({} entries)", self.entries.len())
    }
}

/// The words of the file, and where they are.
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

    /// The next word; none at the end.
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

    /// The word that has to follow. It may begin with `#`.
    fn value(&mut self) -> Result<String, NetrcError> {
        while self.chars.peek().is_some_and(|c| c.is_whitespace()) {
            self.char();
        }
        match self.chars.peek() {
            None => Err(NetrcError::Value(self.line)),
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
                None => return Err(NetrcError::Value(begin)),
                Some('"') => return Ok(word),
                Some('\\') => match self.char() {
                    None => return Err(NetrcError::Value(begin)),
                    Some('n') => word.push('\n'),
                    Some('r') => word.push('\r'),
                    Some('t') => word.push('\t'),
                    Some(literal) => word.push(literal),
                },
                Some(c) => word.push(c),
            }
        }
    }

    /// Goes on after the next empty line.
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
        netrc.find(host, user.map(str::as_bytes))
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
    fn the_first_entry_of_the_host_counts_and_default_for_all_others() {
        assert_eq!(found(FILE, "A.example", None), basic("me", "one"));
        assert_eq!(found(FILE, "b.example", None), basic("you", "two"));
        assert_eq!(found(FILE, "late.example", None), basic("late", "five"));
        assert_eq!(found(FILE, "c.example", None), basic("anyone", "four"));
        assert_eq!(found("machine a login b password c", "d", None), None);
        assert_eq!(found("", "a", None), None);
    }

    #[test]
    fn a_given_name_chooses_among_the_entries_of_a_host() {
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
    fn what_is_wrong_is_told_with_its_line_and_without_content() {
        for (file, error) in [
            ("machine a\n\nlogn s3cret", NetrcError::Word(3)),
            ("\nlogin s3cret", NetrcError::Homeless(2)),
            ("machine a password\n", NetrcError::Value(2)),
            ("machine a\npassword \"s3cret\n", NetrcError::Value(2)),
            ("machine", NetrcError::Value(1)),
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
