//! One line of input as a command, or why it is none.

use data_encoding::BASE64;
use serde_json::value::RawValue;
use serde_json::{Value, error::Category};
use sockeye::Exception;
use std::borrow::Cow;
use std::collections::HashMap;

/// What a program may ask for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
    /// `send()` with text.
    SendText(String),
    /// `send()` with bytes.
    SendBinary(Vec<u8>),
    /// `close()`.
    Close { code: Option<u16>, reason: String },
    /// A ping frame.
    Ping(Vec<u8>),
    /// A pong frame.
    Pong(Vec<u8>),
    /// Every member of the interface, please.
    State,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The standard's name for it.
    pub(super) name: Cow<'static, str>,
    /// What was wrong and what would be right.
    pub(super) message: String,
}

impl Refused {
    pub(super) fn syntax(message: impl Into<String>) -> Self {
        Self {
            name: "SyntaxError".into(),
            message: message.into(),
        }
    }
}

impl From<Exception> for Refused {
    fn from(exception: Exception) -> Self {
        Self {
            name: exception.name().to_string().into(),
            message: exception.message().to_owned(),
        }
    }
}

/// A line read: the JSON of its `id`, which the answer carries, and what it asks for.
#[derive(Debug, PartialEq)]
pub(super) struct Asked<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) command: Result<Command, Refused>,
}

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Asked<'_> {
    match members(line).and_then(|members| Ok((members.id()?, members))) {
        Ok((id, members)) => Asked {
            id,
            command: members.command(),
        },
        Err(refused) => Asked {
            id: None,
            command: Err(refused),
        },
    }
}

/// The members of an object, each as it was written: numbers keep their digits.
struct Members<'a>(HashMap<String, &'a RawValue>);

fn members(line: &[u8]) -> Result<Members<'_>, Refused> {
    let text = std::str::from_utf8(line).map_err(|error| {
        Refused::syntax(format!(
            "the line is not valid UTF-8 at byte {}",
            error.valid_up_to()
        ))
    })?;
    serde_json::from_str(text).map(Members).map_err(|error| {
        Refused::syntax(match error.classify() {
            Category::Data => {
                "a command is a JSON object, like {\"type\":\"send\",\"data\":\"text\"}".to_owned()
            }
            _ => format!("the line is not JSON: {}", without_line(&error)),
        })
    })
}

/// Where in its one line the fault is.
fn without_line(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let what = told.split(" at line ").next().unwrap_or_default();
    format!("{what} at byte {}", error.column())
}

impl<'a> Members<'a> {
    fn id(&self) -> Result<Option<&'a str>, Refused> {
        let Some(id) = self.0.get("id").map(|id| id.get()) else {
            return Ok(None);
        };
        // Passed on unread, but for an escaped half of a character, which means nothing.
        if id.contains("\\u") && serde_json::from_str::<Value>(id).is_err() {
            return Err(Refused::syntax("the member 'id' has a lone surrogate"));
        }
        Ok(Some(id))
    }

    fn command(&self) -> Result<Command, Refused> {
        let kind = self.required_text("type")?;
        Ok(match kind.as_str() {
            "send" => match self.is_base64()? {
                true => Command::SendBinary(decoded(&self.required_text("data")?)?),
                false => Command::SendText(self.required_text("data")?),
            },
            "close" => Command::Close {
                code: self.code()?,
                reason: self.text("reason")?.unwrap_or_default(),
            },
            "ping" => Command::Ping(self.control_data()?),
            "pong" => Command::Pong(self.control_data()?),
            "state" => Command::State,
            _ => {
                return Err(Refused::syntax(format!(
                    "the member 'type' is send, close, ping, pong or state, not {}",
                    excerpt(&kind)
                )));
            }
        })
    }

    fn control_data(&self) -> Result<Vec<u8>, Refused> {
        let data = self.text("data")?.unwrap_or_default();
        if self.is_base64()? {
            decoded(&data)
        } else {
            Ok(data.into_bytes())
        }
    }

    fn is_base64(&self) -> Result<bool, Refused> {
        match self.text("encoding")?.as_deref() {
            None => Ok(false),
            Some("base64") => Ok(true),
            Some(other) => Err(Refused::syntax(format!(
                "the member 'encoding' is base64 or left out, not {}",
                excerpt(other)
            ))),
        }
    }

    /// A whole number. One that no close code can be is refused as `close()` refuses it.
    fn code(&self) -> Result<Option<u16>, Refused> {
        let Some(value) = self.value("code")? else {
            return Ok(None);
        };
        let wrong = || must_be("code", "a whole number", &value);
        let Value::Number(number) = &value else {
            return Err(wrong());
        };
        let exact = number.as_f64().filter(|number| number.fract() == 0.0);
        match exact.ok_or_else(wrong)? {
            code if (0.0..=f64::from(u16::MAX)).contains(&code) => Ok(Some(code as u16)),
            _ => Err(Refused {
                name: "InvalidAccessError".into(),
                message: format!("the close code is 1000 or from 3000 to 4999, not {number}"),
            }),
        }
    }

    fn required_text(&self, name: &str) -> Result<String, Refused> {
        self.text(name)?
            .ok_or_else(|| Refused::syntax(format!("the member '{name}' is missing")))
    }

    fn text(&self, name: &str) -> Result<Option<String>, Refused> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(must_be(name, "a string", &other)),
        }
    }

    fn value(&self, name: &str) -> Result<Option<Value>, Refused> {
        let Some(raw) = self.0.get(name) else {
            return Ok(None);
        };
        // What is left to go wrong in a value: half a character, a number beyond all bounds.
        serde_json::from_str(raw.get()).map(Some).map_err(|error| {
            Refused::syntax(format!("the member '{name}': {}", without_line(&error)))
        })
    }
}

fn must_be(name: &str, right: &str, found: &Value) -> Refused {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    Refused::syntax(format!("the member '{name}' must be {right}, not {found}"))
}

fn decoded(data: &str) -> Result<Vec<u8>, Refused> {
    BASE64.decode(data.as_bytes()).map_err(|error| {
        Refused::syntax(format!(
            "the member 'data' is not base64 (RFC 4648 section 4, padded with '='): {error}"
        ))
    })
}

/// The beginning of what may be long.
fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("'{}…'", &text[..end]),
        None => format!("'{text}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Command {
        read(line.as_bytes()).command.expect(line)
    }

    fn refused(line: &str) -> Refused {
        read(line.as_bytes()).command.expect_err(line)
    }

    #[test]
    fn each_command_of_the_manual_is_read() {
        let close = |code, reason: &str| Command::Close {
            code,
            reason: reason.to_owned(),
        };
        let table = [
            (
                r#"{"type":"send","data":"text"}"#,
                Command::SendText("text".to_owned()),
            ),
            (
                r#"{"type":"send","data":"AAEC","encoding":"base64"}"#,
                Command::SendBinary(vec![0, 1, 2]),
            ),
            (r#"{"type":"close"}"#, close(None, "")),
            (
                r#" {"code":3e3, "reason":"bye", "type":"close"} "#,
                close(Some(3000), "bye"),
            ),
            (
                r#"{"type":"ping","data":"x"}"#,
                Command::Ping(b"x".to_vec()),
            ),
            (r#"{"type":"pong"}"#, Command::Pong(Vec::new())),
            (r#"{"type":"state","more":[{}]}"#, Command::State),
            (
                r#"{"type":"send","data":"\ud834\udd1e"}"#,
                Command::SendText("𝄞".to_owned()),
            ),
        ];
        for (line, expected) in table {
            assert_eq!(command(line), expected, "{line}");
        }
    }

    #[test]
    fn an_id_is_kept_as_it_was_written() {
        let big = "[1.0, 12345678901234567890123, 1e999, {\"a\": null}, \"\\u00e9\"]";
        for id in ["7", "\"x\"", "null", "1e999", "[]"] {
            let line = format!("{{\"type\":\"state\",\"id\":{id}}}");
            assert_eq!(read(line.as_bytes()).id, Some(id));
        }
        let line = format!("{{\"id\":{}}}", big.replace("1e999, ", ""));
        assert_eq!(read(line.as_bytes()).id, Some(&*big.replace("1e999, ", "")));
    }

    #[test]
    fn what_is_wrong_with_a_member_names_it() {
        for (line, name) in [
            (r#"{}"#, "type"),
            (r#"{"type":1}"#, "type"),
            (r#"{"type":"bend"}"#, "type"),
            (r#"{"type":"send"}"#, "data"),
            (r#"{"type":"send","data":1}"#, "data"),
            (r#"{"type":"send","data":null}"#, "data"),
            (
                r#"{"type":"send","data":"AAE","encoding":"base64"}"#,
                "data",
            ),
            (r#"{"type":"send","data":"\ud800"}"#, "data"),
            (
                r#"{"type":"send","data":"AA==","encoding":"hex"}"#,
                "encoding",
            ),
            (r#"{"type":"close","code":"1000"}"#, "code"),
            (r#"{"type":"close","code":1000.5}"#, "code"),
            (r#"{"type":"close","code":1e999}"#, "code"),
            (r#"{"type":"close","code":1000,"reason":[]}"#, "reason"),
            (
                r#"{"type":"close","code":1000,"reason":"\udc00"}"#,
                "reason",
            ),
            (r#"{"type":"ping","data":{}}"#, "data"),
            (r#"{"type":"state","id":"\ud800"}"#, "id"),
        ] {
            let refused = refused(line);
            assert_eq!(refused.name, "SyntaxError", "{line}");
            let named = format!("'{name}'");
            assert!(refused.message.contains(&named), "{line}: {refused:?}");
        }
    }

    #[test]
    fn a_code_that_none_can_be_is_refused_as_close_does() {
        for line in [
            r#"{"type":"close","code":70000}"#,
            r#"{"type":"close","code":-1}"#,
        ] {
            assert_eq!(refused(line).name, "InvalidAccessError", "{line}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_in_words() {
        for line in [
            "",
            "hello",
            "[1]",
            "\"x\"",
            "{\"type\":\"state\"",
            "null",
            "{} {}",
        ] {
            let refused = refused(line);
            assert_eq!(refused.name, "SyntaxError", "{line}");
            assert!(!refused.message.contains("line 1"), "{refused:?}");
        }
        let bad = read(b"{\"type\":\"\xff\"}").command.expect_err("not UTF-8");
        assert!(bad.message.contains("byte 9"), "{bad:?}");
    }

    #[test]
    fn a_refused_command_keeps_its_id() {
        let asked = read(br#"{"type":"send","id":7}"#);
        assert_eq!(asked.id, Some("7"));
        assert!(asked.command.is_err());
    }
}
