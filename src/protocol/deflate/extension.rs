//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).
//!
//! A value that does not match it fails the connection. It is `1#extension` in the notation of
//! RFC 2616 §2.1: a list with at least one element, in which empty elements do not count. So
//! `a, , b` is valid and an empty value is not. The rule applies to each field, even if there are
//! several. Parameters are not such a list: a parameter must follow each `;`.

use crate::http1::{excerpt, is_token, members, parts};
use std::borrow::Cow;

/// One extension with its parameters, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Vec<(&'a str, Option<Cow<'a, str>>)>,
}

/// The name of the extension of RFC 7692.
pub(super) const NAME: &str = "permessage-deflate";

/// Why the `Sec-WebSocket-Extensions` of a server's response is invalid, which fails the handshake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// A field has no element (RFC 6455 §9.1).
    #[error("the server's Sec-WebSocket-Extensions is not a list of extensions: it is empty")]
    Empty,
    /// A parameter is missing after a `;` (RFC 6455 §9.1). The value is the element of the list.
    #[error("the server's Sec-WebSocket-Extensions is not a list of extensions: {:?} has no parameter after a ';'", excerpt(.0))]
    NoParameter(String),
    /// A name, parameter or value is not a token (RFC 6455 §9.1).
    #[error("the server's Sec-WebSocket-Extensions is not a list of extensions: {:?} is no name, parameter or value", excerpt(.0))]
    NotAToken(String),
    /// An extension that was not offered (RFC 6455 §4.1).
    #[error("the server uses the extension {:?}, which was not offered", excerpt(.0))]
    NotOffered(String),
    /// permessage-deflate more than once.
    #[error("the server answers the offer of {NAME} more than once")]
    Repeated,
    /// A parameter that RFC 7692 does not define (§7.1).
    #[error("the server's {NAME} has the unknown parameter {:?}", excerpt(.0))]
    UnknownParameter(String),
    /// A parameter more than once (RFC 7692 §7.1).
    #[error("the server's {NAME} has the parameter {0} more than once")]
    RepeatedParameter(&'static str),
    /// An invalid value of a parameter (RFC 7692 §7.1).
    #[error("the server's {NAME} has {name}{}, {}", shown(.value.as_ref()), expected(name))]
    Value {
        /// The parameter.
        name: &'static str,
        /// Its value; `None` if it has none.
        value: Option<String>,
    },
    /// A limit of the client's window, which the offer did not allow (RFC 7692 §7.1.2.2).
    #[error("the server limits client_max_window_bits, which was not offered")]
    LimitNotOffered,
    /// A window that is larger than offered (RFC 7692 §7.1.2).
    #[error("the server answers {name}={answered}, but at most {offered} was offered")]
    WindowTooLarge {
        /// The parameter.
        name: &'static str,
        /// The bits of the server's response.
        answered: u8,
        /// The bits of the offer.
        offered: u8,
    },
    /// The response lacks a parameter that the offer demands (RFC 7692 §7.1.1.1, §7.1.2.1).
    #[error("the server accepts {NAME} without {0}, which was asked for")]
    Missing(&'static str),
}

fn shown(value: Option<&String>) -> String {
    value.map_or_else(String::new, |value| format!("={:?}", excerpt(value)))
}

fn expected(name: &str) -> &'static str {
    if name.ends_with("_max_window_bits") {
        "which has to be a number from 8 to 15"
    } else {
        "which has no value"
    }
}

/// Parses the value of one field.
pub(super) fn parse(field: &str) -> Result<Vec<Extension<'_>>, ExtensionError> {
    let extensions: Vec<_> = members(field, b',')
        .map(parse_one)
        .collect::<Result<_, _>>()?;
    if extensions.is_empty() {
        return Err(ExtensionError::Empty);
    }
    Ok(extensions)
}

fn parse_one(member: &str) -> Result<Extension<'_>, ExtensionError> {
    let mut parts = parts(member, b';');
    let name = parts.next().unwrap_or_default();
    if !is_token(name) {
        return Err(ExtensionError::NotAToken(name.to_owned()));
    }
    let parameter = |part| match part {
        "" => Err(ExtensionError::NoParameter(member.to_owned())),
        part => parse_parameter(part),
    };
    let parameters = parts.map(parameter).collect::<Result<_, _>>()?;
    Ok(Extension { name, parameters })
}

fn parse_parameter(part: &str) -> Result<(&str, Option<Cow<'_, str>>), ExtensionError> {
    let malformed = || ExtensionError::NotAToken(part.to_owned());
    let (name, value) = match part.split_once('=') {
        Some((name, value)) => (name.trim_end(), Some(unquote(value.trim_start()))),
        None => (part, None),
    };
    // A value has to be a token, even if it is quoted.
    if !is_token(name) || value.as_deref().is_some_and(|value| !is_token(value)) {
        return Err(malformed());
    }
    Ok((name, value))
}

/// The value of a quoted string (RFC 9110 §5.6.4); anything else unchanged.
fn unquote(value: &str) -> Cow<'_, str> {
    let Some(inner) = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return Cow::Borrowed(value);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut escaped = false;
    let plain = inner.chars().filter(|c| {
        escaped = *c == '\\' && !escaped;
        !escaped
    });
    Cow::Owned(plain.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_and_parameters_keep_their_order() {
        let parsed = parse(r#"a, b; x; y=1;z = "2" ,c; q="\3""#).expect("legal");
        let value = |text| Some(Cow::Borrowed(text));
        let names: Vec<_> = parsed.iter().map(|extension| extension.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(
            parsed[1].parameters,
            [("x", None), ("y", value("1")), ("z", value("2"))]
        );
        assert_eq!(parsed[2].parameters, [("q", value("3"))]);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for field in [
            "a b",
            "a; b c",
            "a; =1",
            "a; b=",
            r#"a; b="1 2""#,
            r#"a; b="1"#,
        ] {
            assert!(parse(field).is_err(), "{field:?}");
        }
    }

    #[test]
    fn a_list_has_an_element_and_empty_ones_do_not_count() {
        for field in ["a, ", ", a", "a, , b", ",,a"] {
            assert!(parse(field).is_ok(), "{field:?}");
        }
        for field in ["", " ", ",", " , "] {
            assert_eq!(parse(field), Err(ExtensionError::Empty), "{field:?}");
        }
    }

    #[test]
    fn a_parameter_follows_each_semicolon() {
        for field in ["a;", "a; ", "a; ;b", "a;b;", "c, a;"] {
            let error = parse(field).expect_err(field);
            assert!(matches!(error, ExtensionError::NoParameter(_)), "{field:?}");
        }
        assert_eq!(parse(";b"), Err(ExtensionError::NotAToken(String::new())));
    }
}
