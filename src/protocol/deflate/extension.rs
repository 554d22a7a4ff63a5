//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).
//!
//! A value that does not match it fails the connection. It is `1#extension` in the notation of
//! RFC 2616 §2.1: a list with at least one element, in which empty elements do not count. So
//! `a, , b` is valid and an empty value is not. The rule applies to each field, even if there are
//! several. Parameters are not such a list: a parameter must follow each `;`.

use crate::http1::{is_token, members, parts};
use crate::protocol::upgrade_error::UpgradeError;
use std::borrow::Cow;

/// One extension with its parameters, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Vec<(&'a str, Option<Cow<'a, str>>)>,
}

/// Parses the value of one field.
pub(super) fn parse(field: &str) -> Result<Vec<Extension<'_>>, UpgradeError> {
    let extensions: Vec<_> = members(field, b',')
        .map(parse_one)
        .collect::<Result<_, _>>()?;
    if extensions.is_empty() {
        return Err(UpgradeError::NoExtension);
    }
    Ok(extensions)
}

fn parse_one(member: &str) -> Result<Extension<'_>, UpgradeError> {
    let mut parts = parts(member, b';');
    let name = parts.next().unwrap_or_default();
    if !is_token(name) {
        return Err(UpgradeError::ExtensionSyntax(name.to_owned()));
    }
    let parameter = |part| match part {
        "" => Err(UpgradeError::NoExtensionParameter(member.to_owned())),
        part => parse_parameter(part),
    };
    let parameters = parts.map(parameter).collect::<Result<_, _>>()?;
    Ok(Extension { name, parameters })
}

fn parse_parameter(part: &str) -> Result<(&str, Option<Cow<'_, str>>), UpgradeError> {
    let malformed = || UpgradeError::ExtensionSyntax(part.to_owned());
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
            assert_eq!(parse(field), Err(UpgradeError::NoExtension), "{field:?}");
        }
    }

    #[test]
    fn a_parameter_follows_each_semicolon() {
        for field in ["a;", "a; ", "a; ;b", "a;b;", "c, a;"] {
            let error = parse(field).expect_err(field);
            assert!(
                matches!(error, UpgradeError::NoExtensionParameter(_)),
                "{field:?}"
            );
        }
        assert_eq!(
            parse(";b"),
            Err(UpgradeError::ExtensionSyntax(String::new()))
        );
    }
}
