//! What a message can be or not be: for those who wait for one, and those who look for some.

use regex::bytes::Regex;
use serde_json::Value;

/// One thing that a message can match.
#[derive(Debug, Clone)]
pub(crate) enum Matcher {
    /// Its bytes match.
    Regex(Regex),
    /// It is JSON with this value at this place (RFC 6901).
    Json {
        /// The place.
        pointer: String,
        /// The value.
        value: Value,
    },
}

impl Matcher {
    /// A message that matches a regular expression somewhere.
    ///
    /// # Errors
    /// One line that says what is wrong with the expression.
    pub(crate) fn regex(typed: &str) -> Result<Self, String> {
        Regex::new(typed).map(Self::Regex).map_err(|error| {
            let error = error.to_string();
            // The lines before point into the expression.
            let last = error.lines().last().unwrap_or_default();
            let wrong = last.strip_prefix("error: ").unwrap_or(last);
            let wrong = wrong.trim_end_matches('.');
            format!("{wrong}; a regular expression is like '^ok' or 'id=[0-9]+', \\( is a bracket")
        })
    }

    /// A JSON message with a value at a place: `/status="ok"`.
    ///
    /// # Errors
    /// One line that says what would be right.
    pub(crate) fn json(typed: &str) -> Result<Self, String> {
        // Both sides may have an equals sign: the first with JSON after it is meant.
        let split = typed.match_indices('=').find_map(|(place, _)| {
            let value = serde_json::from_str(&typed[place + 1..]).ok()?;
            Some((&typed[..place], value))
        });
        let Some((pointer, value)) = split else {
            return Err(
                "it is a pointer, '=' and a JSON value, like '/status=\"ok\"' or '/items/0/id=7'"
                    .to_owned(),
            );
        };
        Self::at(pointer, value)
    }

    /// A JSON message with this value at this place.
    ///
    /// # Errors
    /// One line that says what a pointer is.
    pub(crate) fn at(pointer: &str, value: Value) -> Result<Self, String> {
        if !is_pointer(pointer) {
            return Err(format!(
                "'{pointer}' is no JSON pointer: each name in it follows a '/', \
                 with ~0 for '~' and ~1 for '/', like '/items/0/a~1b'"
            ));
        }
        Ok(Self::Json {
            pointer: pointer.to_owned(),
            value,
        })
    }

    /// Whether the message is that.
    pub(crate) fn matches(&self, message: &[u8]) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(message),
            Self::Json { pointer, value } => serde_json::from_slice::<Value>(message)
                .is_ok_and(|found| found.pointer(pointer).is_some_and(|at| is_same(at, value))),
        }
    }
}

/// RFC 6901 §3.
fn is_pointer(text: &str) -> bool {
    let escapes_end = |part: &str| part.starts_with(['0', '1']);
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(escapes_end)
}

/// Equal as JSON: `1.0` is `1`, and the order of members does not matter.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let has = |(name, a)| b.get(name).is_some_and(|b| is_same(a, b));
            a.len() == b.len() && a.iter().all(has)
        }
        _ => a == b,
    }
}
