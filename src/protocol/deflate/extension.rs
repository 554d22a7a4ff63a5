//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).
//!
//! A value that does not conform to it fails the connection. It is `1#extension` in the notation of
//! RFC 2616 §2.1: a list whose empty elements do not count and that has one other element at least.
//! So `a, , b` conforms, and an empty value does not. That goes for each field by itself, also when
//! there are several. Parameters are no such list: after each `;` there has to be one.

use crate::http1::{excerpt, is_token, members, parts};
use std::borrow::Cow;

/// One extension with its parameters, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Vec<(&'a str, Option<Cow<'a, str>>)>,
}

/// What breaks the grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The list has no element.
    #[error("it is empty")]
    Empty,
    /// There is no parameter where a `;` announces one.
    #[error("{:?} has no parameter after a ';'", excerpt(.0))]
    NoParameter(String),
    /// This is none of the parts that an extension has.
    #[error("{:?} is no name, parameter or value", excerpt(.0))]
    Part(String),
}

/// Reads the value of one field.
pub(super) fn parse(field: &str) -> Result<Vec<Extension<'_>>, Malformed> {
    let extensions: Vec<_> = members(field, b',')
        .map(parse_one)
        .collect::<Result<_, _>>()?;
    if extensions.is_empty() {
        return Err(Malformed::Empty);
    }
    Ok(extensions)
}

fn parse_one(member: &str) -> Result<Extension<'_>, Malformed> {
    let mut parts = parts(member, b';');
    let name = parts.next().unwrap_or_default();
    if !is_token(name) {
        return Err(Malformed::Part(name.to_owned()));
    }
    let parameter = |part| match part {
        "" => Err(Malformed::NoParameter(member.to_owned())),
        part => parse_parameter(part),
    };
    let parameters = parts.map(parameter).collect::<Result<_, _>>()?;
    Ok(Extension { name, parameters })
}

fn parse_parameter(part: &str) -> Result<(&str, Option<Cow<'_, str>>), Malformed> {
    let malformed = || Malformed::Part(part.to_owned());
    let (name, value) = match part.split_once('=') {
        Some((name, value)) => (name.trim_end(), Some(unquote(value.trim_start()))),
        None => (part, None),
    };
    // Quoted or not, a value has to be a token.
    if !is_token(name) || value.as_deref().is_some_and(|value| !is_token(value)) {
        return Err(malformed());
    }
    Ok((name, value))
}

/// What a quoted string says (RFC 9110 §5.6.4); anything else as it stands.
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
            assert_eq!(parse(field), Err(Malformed::Empty), "{field:?}");
        }
    }

    #[test]
    fn a_parameter_follows_each_semicolon() {
        for field in ["a;", "a; ", "a; ;b", "a;b;", "c, a;"] {
            let error = parse(field).expect_err(field);
            assert!(matches!(error, Malformed::NoParameter(_)), "{field:?}");
        }
        assert_eq!(parse(";b"), Err(Malformed::Part(String::new())));
    }
}
