//! The members of a command's object, each as it was written: numbers keep their digits.

use super::Refused;
use data_encoding::{BASE64, DecodeError, DecodeKind};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use std::fmt;

/// Every member that a command may have.
const NAMES: [&str; 6] = ["type", "id", "data", "encoding", "code", "reason"];

/// The place of `id` among them.
const ID: usize = 1;

/// The values of the members in [`NAMES`], and what else there was.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    values: [Option<&'a RawValue>; NAMES.len()],
    /// A member that stands twice.
    duplicate: Option<&'static str>,
    /// A member that no command has.
    unknown: Option<String>,
}

impl<'a> Members<'a> {
    /// Reads an object, and as much of it as there is before a mistake.
    pub(super) fn read(text: &'a str) -> (Self, Result<(), Refused>) {
        let mut members = Self::default();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let read = Reader(&mut members).deserialize(&mut deserializer);
        let read = read.and_then(|()| deserializer.end());
        let id = &mut members.values[ID];
        if read.is_err() && id.is_some_and(|id| text.ends_with(id.get())) {
            // A value at the very end of what is broken off may go on: `12` of `123`.
            *id = None;
        }
        (members, read.map_err(|error| not_an_object(text, &error)))
    }

    /// The JSON of the member `id`.
    pub(super) fn id(&self) -> Result<Option<&'a str>, Refused> {
        let Some(id) = self.values[ID].map(RawValue::get) else {
            return Ok(None);
        };
        // It is passed on as it is. Half a character would make the answer unreadable for some.
        check_surrogates("id", id)?;
        Ok(Some(id))
    }

    /// A member that stands twice has no one meaning.
    pub(super) fn check_duplicate(&self) -> Result<(), Refused> {
        self.duplicate.map_or(Ok(()), |name| {
            Err(Refused::syntax(format!(
                "the member '{name}' stands there twice"
            )))
        })
    }

    /// Whether a command of this type has all these members; each has `type` and `id`.
    pub(super) fn check_names(&self, kind: &str, allowed: &[&str]) -> Result<(), Refused> {
        let is_allowed = |name: &str| matches!(name, "type" | "id") || allowed.contains(&name);
        let others = NAMES.into_iter().zip(self.values);
        let mut others = others.filter(|(name, value)| value.is_some() && !is_allowed(name));
        let wrong = self.unknown.as_deref();
        let Some(name) = wrong.or_else(|| others.next().map(|(name, _)| name)) else {
            return Ok(());
        };
        let known = [&["type"], allowed, &["id"]].concat().join(", ");
        Err(Refused::syntax(format!(
            "a {kind} has no member {}, only {known}",
            excerpt(name)
        )))
    }

    /// A string that has to be there.
    pub(super) fn required_text(&self, name: &str) -> Result<String, Refused> {
        self.text(name)?
            .ok_or_else(|| Refused::syntax(format!("the member '{name}' is missing")))
    }

    /// A string.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Refused> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        if !raw.starts_with('"') {
            return Err(must_be(name, "a string", raw));
        }
        check_surrogates(name, raw)?;
        let text = serde_json::from_str(raw);
        text.map(Some)
            .map_err(|error| Refused::syntax(format!("the member '{name}': {}", told(&error))))
    }

    /// Whether `data` is bytes.
    pub(super) fn is_base64(&self) -> Result<bool, Refused> {
        match self.text("encoding")?.as_deref() {
            None => Ok(false),
            Some("base64") => Ok(true),
            Some(other) => Err(Refused::syntax(format!(
                "the member 'encoding' is base64 or left out, not {}",
                excerpt(other)
            ))),
        }
    }

    /// The bytes that `data` has in base64.
    pub(super) fn required_bytes(&self) -> Result<Vec<u8>, Refused> {
        decoded(&self.required_text("data")?)
    }

    /// What a control frame is to carry.
    pub(super) fn control_data(&self) -> Result<Vec<u8>, Refused> {
        let data = self.text("data")?.unwrap_or_default();
        if self.is_base64()? {
            decoded(&data)
        } else {
            Ok(data.into_bytes())
        }
    }

    /// A whole number. One that no close code can be is refused as `close()` refuses it.
    pub(super) fn code(&self) -> Result<Option<u16>, Refused> {
        let Some(raw) = self.raw("code") else {
            return Ok(None);
        };
        let number = serde_json::from_str::<f64>(raw).ok();
        let Some(code) = number.filter(|number| number.fract() == 0.0) else {
            return Err(must_be("code", "a whole number", raw));
        };
        if (0.0..=f64::from(u16::MAX)).contains(&code) {
            return Ok(Some(code as u16));
        }
        Err(Refused {
            name: "InvalidAccessError".into(),
            message: format!(
                "the close code is 1000 or from 3000 to 4999, not {}",
                excerpt(raw)
            ),
        })
    }

    fn raw(&self, name: &str) -> Option<&'a str> {
        let place = NAMES.iter().position(|known| *known == name)?;
        self.values[place].map(RawValue::get)
    }
}

/// Fills the members, so that those before a mistake stay.
struct Reader<'m, 'a>(&'m mut Members<'a>);

impl<'a> DeserializeSeed<'a> for Reader<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Reader<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a command")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let Some(place) = NAMES.iter().position(|known| *known == name) else {
                map.next_value::<IgnoredAny>()?;
                self.0.unknown.get_or_insert(name);
                continue;
            };
            let value = map.next_value()?;
            match &mut self.0.values[place] {
                Some(_) => self.0.duplicate = Some(NAMES[place]),
                first => *first = Some(value),
            }
        }
        Ok(())
    }
}

fn not_an_object(text: &str, error: &serde_json::Error) -> Refused {
    const RIGHT: &str = "a command is a JSON object, like {\"type\":\"send\",\"data\":\"text\"}";
    Refused::syntax(match error.classify() {
        _ if text.trim().is_empty() => format!("the line is empty; {RIGHT}"),
        Category::Data => RIGHT.to_owned(),
        _ => format!("the line is not JSON: {}; {RIGHT}", told(error)),
    })
}

/// What is wrong, and where in its one line.
fn told(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let what = told.split(" at line ").next().unwrap_or_default();
    format!("{what} at byte {}", error.column())
}

/// Each `\u` escape of a surrogate is one half of a pair (RFC 8259 §7).
fn check_surrogates(name: &str, json: &str) -> Result<(), Refused> {
    let Some((at, escape)) = lone_surrogate(json) else {
        return Ok(());
    };
    Err(Refused::syntax(format!(
        "the member '{name}' has the lone surrogate {escape} at byte {at} of its value; \
         a character beyond U+FFFF is a pair, like \\ud83d\\ude00"
    )))
}

/// The first half of a character that stands alone, and where, in JSON that is otherwise right.
fn lone_surrogate(json: &str) -> Option<(usize, &str)> {
    let mut from = 0;
    while let Some(at) = json[from..].find('\\').map(|found| from + found) {
        // An escape is ASCII and whole, and has two or six characters.
        from = at + 2;
        match unit(json, at) {
            Some(0xd800..=0xdbff) if matches!(unit(json, at + 6), Some(0xdc00..=0xdfff)) => {
                from = at + 12;
            }
            Some(0xd800..=0xdfff) => return Some((at, &json[at..at + 6])),
            _ => {}
        }
    }
    None
}

/// The number in the escape `\uXXXX` that begins here, if one does.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

fn must_be(name: &str, right: &str, found: &str) -> Refused {
    let found = match found.as_bytes().first() {
        Some(b'"') => "a string".to_owned(),
        Some(b'[') => "an array".to_owned(),
        Some(b'{') => "an object".to_owned(),
        // A number, `true`, `false` or `null`.
        _ => excerpt(found),
    };
    Refused::syntax(format!("the member '{name}' must be {right}, not {found}"))
}

fn decoded(data: &str) -> Result<Vec<u8>, Refused> {
    BASE64.decode(data.as_bytes()).map_err(|error| {
        Refused::syntax(format!(
            "the member 'data' is not base64 (RFC 4648 section 4): {}",
            not_base64(data, error)
        ))
    })
}

fn not_base64(data: &str, DecodeError { position, kind }: DecodeError) -> String {
    match kind {
        DecodeKind::Length => format!(
            "its {} characters are no multiple of 4; '=' fills up the last four",
            data.len()
        ),
        DecodeKind::Symbol => {
            let begins = (0..=position).rev().find(|at| data.is_char_boundary(*at));
            let rest = &data[begins.unwrap_or_default()..];
            let found = rest.chars().next().unwrap_or_default();
            format!("{found:?} at byte {position} is not one of A-Z, a-z, 0-9, + and /")
        }
        DecodeKind::Padding => format!("the '=' at byte {position} stand where none may"),
        DecodeKind::Trailing => {
            format!("the character at byte {position} has bits beyond the last byte")
        }
    }
}

/// The beginning of what may be long.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("'{}…'", &text[..end]),
        None => format!("'{text}'"),
    }
}
