//! `/filter`: which of the messages that come are shown.

use crate::matcher::Matcher;
use serde_json::Value;

/// What a shown message has to match.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// As it was typed.
    typed: String,
    matcher: Matcher,
    /// What matches is hidden, the rest is shown.
    inverted: bool,
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed
    }
}

impl Eq for Filter {}

impl Filter {
    /// `REGEX` or `/pointer=value`, either after a `!` to hide what matches. A value that is no
    /// JSON is a string.
    pub(super) fn parse(typed: &str) -> Result<Self, String> {
        let (inverted, rest) = match typed.strip_prefix('!') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, typed),
        };
        if rest.is_empty() {
            return Err("a filter is REGEX, /pointer=value, or ! and one of them".to_owned());
        }
        let matcher = if rest.starts_with('/') {
            member(rest)?
        } else {
            Matcher::regex(rest)?
        };
        Ok(Self {
            typed: typed.to_owned(),
            matcher,
            inverted,
        })
    }

    /// As it was typed.
    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    /// Whether a message with this payload is shown.
    pub(super) fn shows(&self, payload: &[u8]) -> bool {
        self.matcher.matches(payload) != self.inverted
    }
}

fn member(typed: &str) -> Result<Matcher, String> {
    let Some((pointer, value)) = typed.split_once('=') else {
        return Err(format!(
            "'{typed}' lacks a value: /status=ok shows JSON with that member, \
             and a regular expression begins with \\/ to match a slash"
        ));
    };
    Matcher::json(typed).or_else(|_| Matcher::at(pointer, Value::from(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(typed: &str) -> Filter {
        Filter::parse(typed).expect(typed)
    }

    #[test]
    fn a_regular_expression_is_looked_for_anywhere() {
        let filter = filter("tick[0-9]");
        assert!(filter.shows(b"a tick7") && !filter.shows(b"tick"));
        assert!(
            super::Filter::parse(r"\/api")
                .expect("a slash")
                .shows(b"GET /api")
        );
    }

    #[test]
    fn a_pointer_and_a_value_look_into_json() {
        for typed in ["/status=\"ok\"", "/status=ok"] {
            let filter = filter(typed);
            assert!(filter.shows(br#"{"status":"ok"}"#), "{typed}");
            assert!(!filter.shows(br#"{"status":"no"}"#) && !filter.shows(b"ok"));
        }
        assert!(filter("/items/0/id=7").shows(br#"{"items":[{"id":7.0}]}"#));
        assert!(filter("/text=a=b").shows(br#"{"text":"a=b"}"#));
    }

    #[test]
    fn an_exclamation_mark_hides_what_matches() {
        let filter = filter("! heartbeat");
        assert!(filter.shows(b"news") && !filter.shows(b"heartbeat"));
        assert_eq!(filter.typed(), "! heartbeat");
    }

    #[test]
    fn what_is_no_filter_says_what_would_be_in_one_line() {
        for (typed, right) in [
            ("(", "regular expression"),
            ("/status", "\\/"),
            ("/a~2=1", "~0"),
            ("!", "REGEX"),
        ] {
            let error = Filter::parse(typed).expect_err(typed);
            assert!(error.contains(right) && !error.contains('\n'), "{error}");
        }
    }
}
