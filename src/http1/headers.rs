//! Header fields in their order and spelling (RFC 9110 §5).

use crate::secret_names::{self, HIDDEN, plain_subprotocols, shown_subprotocols};
use std::borrow::Cow;
use std::fmt;

/// Header fields in their original order and spelling, repeated names included.
///
/// Names are compared without regard to ASCII case. A value is text: bytes from the network that are
/// valid UTF-8 are read as such, other bytes as ISO 8859-1 (RFC 9110 §5.5), so that no byte is lost.
/// A field never contains a line break.
///
/// `Debug` hides the values of fields that contain secrets ([`is_secret`](Self::is_secret)).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    fields: Vec<(String, String)>,
}

/// A field that a head cannot contain. The value is left out, since it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The name is not a token (RFC 9110 §5.1).
    #[error("{0:?} is not a header name: letters, digits and !#$%&'*+-.^_`|~ may stand in one")]
    Name(String),
    /// The value contains a control character other than tab (RFC 9110 §5.5).
    #[error(
        "the value of the header {name} has the control character {character:?} at byte {offset}"
    )]
    Value {
        /// The name of the field.
        name: String,
        /// The control character.
        character: char,
        /// Its position in bytes from the start of the value.
        offset: usize,
    },
}

impl Headers {
    /// No fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a field. Spaces and tabs around the value are removed (RFC 9110 §5.5).
    ///
    /// # Errors
    /// When the name is not a token or the value contains a control character other than tab.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), HeaderError> {
        if !is_token(name) {
            return Err(HeaderError::Name(name.to_owned()));
        }
        let forbidden = |c: &char| c.is_ascii_control() && *c != '\t';
        if let Some((offset, character)) = value.char_indices().find(|(_, c)| forbidden(c)) {
            return Err(HeaderError::Value {
                name: name.to_owned(),
                character,
                offset,
            });
        }
        let value = value.trim_matches([' ', '\t']);
        self.fields.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The values of all fields of this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The elements of the comma-separated list that all fields of this name form together
    /// (RFC 9110 §5.6.1). A comma inside a quoted string does not separate; empty elements are
    /// skipped.
    pub fn tokens<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.get_all(name).flat_map(|value| members(value, b','))
    }

    /// Whether there is a field of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Removes all fields of this name. Returns whether there were any.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.len();
        self.retain(|other| !other.eq_ignore_ascii_case(name));
        self.len() < before
    }

    /// Keeps only the fields whose names `keeps` returns true for.
    pub fn retain(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        self.fields.retain(|(name, _)| keeps(name));
    }

    /// The names and values of all fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All fields in order, with the values of secret fields and subprotocols that may be secrets
    /// hidden, so that they can be shown.
    pub fn redacted(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.iter().map(|(name, value)| (name, shown(name, value)))
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether the value of a field of this name is likely to be a secret: credentials, a cookie, a
    /// token, a key, a signature. The same names are those of secrets in queries and in
    /// JSON.
    ///
    /// ```
    /// use sockeye::http1::Headers;
    /// assert!(Headers::is_secret("X-Api-Key") && Headers::is_secret("sessionId"));
    /// assert!(!Headers::is_secret("X-Request-Id") && !Headers::is_secret("Sec-WebSocket-Key"));
    /// ```
    #[must_use]
    pub fn is_secret(name: &str) -> bool {
        secret_names::is_secret(name)
    }

    /// A head with these fields (RFC 9112 §2.1).
    pub(crate) fn head(&self, first_line: &str) -> Vec<u8> {
        let mut head = format!("{first_line}\r\n");
        for (name, value) in self.iter() {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// Appends a field whose name and value have been checked.
    pub(super) fn push_parsed(&mut self, name: &str, value: &[u8]) {
        self.fields.push((name.to_owned(), decode(value)));
    }

    /// Appends a space and `more` to the value of the last field. Returns false if there is none.
    pub(super) fn fold_parsed(&mut self, more: &[u8]) -> bool {
        let Some((_, value)) = self.fields.last_mut() else {
            return false;
        };
        if !value.is_empty() && !more.is_empty() {
            value.push(' ');
        }
        value.push_str(&decode(more));
        true
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.redacted()).finish()
    }
}

fn shown<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    if Headers::is_secret(name) {
        return Cow::Borrowed(HIDDEN);
    }
    if name.eq_ignore_ascii_case("Sec-WebSocket-Protocol") {
        let protocols: Vec<&str> = members(value, b',').collect();
        if plain_subprotocols(&protocols).contains(&false) {
            return Cow::Owned(shown_subprotocols(&protocols).join(", "));
        }
    }
    Cow::Borrowed(value)
}

/// Whether the text is a token (RFC 9110 §5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Whether a token may contain the byte.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The parts of a field's value between separators outside of quoted strings, without the white
/// space around them (RFC 9110 §5.6). Empty parts are skipped.
pub(crate) fn members(value: &str, separator: u8) -> impl Iterator<Item = &str> {
    parts(value, separator).filter(|member| !member.is_empty())
}

/// As [`members`], including the empty parts.
pub(crate) fn parts(value: &str, separator: u8) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(move |c: char| {
            let at_separator = !quoted && c == char::from(separator);
            (quoted, escaped) = match c {
                _ if escaped => (quoted, false),
                '\\' => (quoted, quoted),
                '"' => (!quoted, false),
                _ => (quoted, false),
            };
            at_separator
        })
        .map(|member| member.trim_matches([' ', '\t']))
}

/// The first 100 characters of a value, for an error message of one line.
pub(crate) fn excerpt(value: &str) -> String {
    const MOST: usize = 100;
    let end = value.char_indices().nth(MOST).map(|(end, _)| end);
    end.map_or_else(|| value.to_owned(), |end| format!("{}…", &value[..end]))
}

fn decode(value: &[u8]) -> String {
    std::str::from_utf8(value).map_or_else(
        |_| value.iter().copied().map(char::from).collect(),
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(name, value).expect("a legal field");
        }
        headers
    }

    #[test]
    fn order_spelling_and_repeated_names_are_kept() {
        let headers = headers(&[("X-b", "1"), ("x-A", "2"), ("X-B", "3")]);
        let seen: Vec<_> = headers.iter().collect();
        assert_eq!(seen, [("X-b", "1"), ("x-A", "2"), ("X-B", "3")]);
        assert_eq!(headers.get("x-b"), Some("1"));
        assert_eq!(headers.get_all("x-b").collect::<Vec<_>>(), ["1", "3"]);
    }

    #[test]
    fn removing_a_name_takes_all_its_fields() {
        let mut headers = headers(&[("A", "1"), ("B", "2"), ("a", "3")]);
        assert!(headers.remove("A"));
        assert!(!headers.remove("A"));
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("B", "2")]);
    }

    #[test]
    fn a_line_break_cannot_be_smuggled_into_a_field() {
        let mut headers = Headers::new();
        for (value, character, offset) in
            [("a\r\nB: c", '\r', 1), ("a\n", '\n', 1), ("\0", '\0', 0)]
        {
            let name = "X".to_owned();
            let refused = HeaderError::Value {
                name,
                character,
                offset,
            };
            assert_eq!(headers.push("X", value), Err(refused));
        }
        for name in ["", "a b", "a:", "a\r\n", "é"] {
            let refused = HeaderError::Name(name.to_owned());
            assert_eq!(headers.push(name, "x"), Err(refused));
        }
        assert!(headers.is_empty());
    }

    #[test]
    fn white_space_around_a_value_is_not_part_of_it() {
        assert_eq!(headers(&[("X", " \ta b\t ")]).get("x"), Some("a b"));
    }

    #[test]
    fn a_list_spans_fields_and_ignores_commas_in_quotes() {
        let headers = headers(&[
            ("L", "a , b,,"),
            ("Other", "x"),
            ("l", r#"c; p="1,\",2", d"#),
        ]);
        let tokens: Vec<_> = headers.tokens("L").collect();
        assert_eq!(tokens, ["a", "b", r#"c; p="1,\",2""#, "d"]);
    }

    #[test]
    fn debug_hides_what_is_secret_and_nothing_else() {
        let secret = [
            "Authorization",
            "proxy-authorization",
            "Cookie",
            "Set-Cookie",
            "X-Auth-Token",
            "X-API-Key",
            "X_API_KEY",
            "apikey",
            "Client-Secret",
            "X-Auth",
        ];
        for name in secret {
            let shown = format!("{:?}", headers(&[(name, "hunter2")]));
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains(name), "{shown}");
        }
        for name in ["Sec-WebSocket-Key", "Host", "WWW-Authenticate", "Origin"] {
            assert!(format!("{:?}", headers(&[(name, "shown")])).contains("shown"));
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_read_as_latin_1() {
        let mut headers = Headers::new();
        headers.push_parsed("A", b"caf\xe9");
        headers.push_parsed("B", "café".as_bytes());
        assert_eq!(headers.get("a"), Some("café"));
        assert_eq!(headers.get("b"), Some("café"));
    }
}
