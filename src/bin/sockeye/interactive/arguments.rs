//! Arguments of commands: each is right, or one line says what would be.

use data_encoding::{BASE64, BASE64_NOPAD};
use sockeye::CloseCode;
use std::num::NonZeroUsize;

/// The most bytes a control frame carries (RFC 6455 §5.5).
const MAX_CONTROL: usize = 125;

/// Arguments of `/close`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Close {
    /// Any code that a peer may send.
    pub(super) force: bool,
    /// The code, if there is to be one.
    pub(super) code: Option<u16>,
    /// The reason.
    pub(super) reason: String,
}

impl Close {
    /// 1000, which says that all is done (RFC 6455 §7.4.1).
    pub(super) fn normal() -> Self {
        Self {
            force: false,
            code: Some(1000),
            reason: String::new(),
        }
    }
}

/// `[--force] [code] [reason …]`
pub(super) fn close(typed: &str) -> Result<Close, String> {
    let (force, rest) = match first_word(typed) {
        ("--force", rest) => (true, rest),
        _ => (false, typed),
    };
    let (code, reason) = first_word(rest);
    if code.is_empty() {
        return Ok(Close {
            force,
            code: None,
            reason: String::new(),
        });
    }
    if reason.len() > CloseCode::MAX_REASON {
        return Err(format!(
            "SyntaxError: the reason has {} bytes, {} is the most",
            reason.len(),
            CloseCode::MAX_REASON
        ));
    }
    Ok(Close {
        force,
        code: Some(close_code_of(code, force)?),
        reason: reason.to_owned(),
    })
}

fn close_code_of(typed: &str, force: bool) -> Result<u16, String> {
    let right = if force {
        "a code that may be sent is 1000–1003, 1007–1014 or 3000–4999"
    } else {
        "a close code is 1000 or 3000–4999"
    };
    let code: u16 = typed
        .parse()
        .map_err(|_| format!("'{typed}' is no close code: {right}"))?;
    let allowed = if force {
        CloseCode(code).may_be_sent()
    } else {
        CloseCode(code).is_valid_for_close()
    };
    match allowed {
        true => Ok(code),
        false if CloseCode(code).may_be_sent() => Err(format!(
            "InvalidAccessError: {code} is for servers: {right}; --force sends it"
        )),
        false => Err(format!("InvalidAccessError: {code} is never sent: {right}")),
    }
}

/// The payload of a ping or pong.
pub(super) fn control(typed: &str) -> Result<Vec<u8>, String> {
    if typed.len() > MAX_CONTROL {
        return Err(format!(
            "SyntaxError: a control frame carries at most {MAX_CONTROL} bytes, these are {}",
            typed.len()
        ));
    }
    Ok(typed.as_bytes().to_vec())
}

/// `on` or `off`.
pub(super) fn switch(typed: &str) -> Result<bool, String> {
    match typed {
        "on" => Ok(true),
        "off" => Ok(false),
        "" => Err("on or off is missing".to_owned()),
        _ => Err(format!("'{typed}' is neither on nor off")),
    }
}

/// `SIZE TEXT`
pub(super) fn fragment(typed: &str) -> Result<(NonZeroUsize, String), String> {
    let typed = typed.trim_start();
    let (size, text) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    match size.parse() {
        Ok(size) => Ok((size, text.to_owned())),
        Err(_) => Err(format!(
            "'{size}' is no size: a fragment has 1 byte or more, like /fragment 2 hello"
        )),
    }
}

/// What a binary message is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Binary {
    /// These bytes.
    Data(Vec<u8>),
    /// What is in this file.
    File(String),
}

/// `hex:…`, `base64:…`, `text:…` or `@FILE`
pub(super) fn binary(typed: &str) -> Result<Binary, String> {
    if let Some(path) = typed.strip_prefix('@') {
        return file(path).map(Binary::File);
    }
    data(typed).map(Binary::Data)
}

fn data(typed: &str) -> Result<Vec<u8>, String> {
    let (form, value) = typed.split_once(':').unwrap_or((typed, ""));
    match (form, typed.contains(':')) {
        ("hex", true) => hex(value),
        ("base64", true) => base64(value),
        ("text", true) => Ok(value.as_bytes().to_vec()),
        _ => Err("binary data is hex:… or base64:… or text:… or @FILE".to_owned()),
    }
}

/// `@FILE` with text in it.
pub(super) fn text_file(typed: &str) -> Result<String, String> {
    let path = typed.strip_prefix('@');
    file(path.ok_or("a file is @FILE; /send TEXT sends a text")?)
}

fn file(path: &str) -> Result<String, String> {
    match path {
        "" => Err("the name of a file is missing after the @".to_owned()),
        path => Ok(path.to_owned()),
    }
}

fn hex(typed: &str) -> Result<Vec<u8>, String> {
    let digits: String = typed.split_whitespace().collect();
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .map_err(|_| "hex is pairs of 0–9 and a–f, like hex:00 ff 0a".to_owned())
}

fn base64(typed: &str) -> Result<Vec<u8>, String> {
    let digits: String = typed.split_whitespace().collect();
    let encoding = if digits.ends_with('=') {
        BASE64
    } else {
        BASE64_NOPAD
    };
    encoding
        .decode(digits.as_bytes())
        .map_err(|_| "base64 is A–Z, a–z, 0–9, + and /, like base64:AAEC".to_owned())
}

/// The first word and what follows it.
pub(super) fn first_word(typed: &str) -> (&str, &str) {
    let typed = typed.trim_start();
    match typed.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (typed, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_takes_a_code_and_the_rest_as_reason() {
        let asked = close("3000 see you  soon").expect("right");
        assert_eq!(
            (asked.code, asked.reason.as_str()),
            (Some(3000), "see you  soon")
        );
        assert_eq!(close("").expect("right").code, None);
        let forced = close(" --force 1011 x").expect("right");
        assert_eq!((forced.force, forced.code), (true, Some(1011)));
        assert_eq!(close("--force").expect("right").code, None);
    }

    #[test]
    fn a_wrong_close_code_says_which_would_be_right() {
        for typed in ["abc", "1005", "999", "70000", "-1", "1000x", "1001"] {
            let error = close(typed).expect_err(typed);
            assert!(
                error.contains("1000 or 3000–4999") && !error.contains('\n'),
                "{error}"
            );
        }
        assert!(close("1011").expect_err("a server's").contains("--force"));
        assert!(
            close("--force 1005")
                .expect_err("never sent")
                .contains("1007")
        );
    }

    #[test]
    fn a_reason_has_at_most_123_bytes() {
        assert!(close(&format!("1000 {}", "x".repeat(123))).is_ok());
        assert!(close(&format!("1000 {}", "x".repeat(124))).is_err());
        assert!(close(&format!("1000 {}", "é".repeat(62))).is_err());
    }

    #[test]
    fn a_ping_has_at_most_125_bytes() {
        assert!(control(&"x".repeat(125)).is_ok());
        assert!(control(&"x".repeat(126)).is_err());
    }

    #[test]
    fn binary_data_has_four_forms() {
        let binary = |typed| data(typed);
        assert_eq!(binary("hex:00 fF 0a"), Ok(vec![0, 255, 10]));
        assert_eq!(binary("base64:AAEC"), Ok(vec![0, 1, 2]));
        assert_eq!(binary("base64:AA=="), Ok(vec![0]));
        assert_eq!(binary("base64:AA"), Ok(vec![0]));
        assert_eq!(binary("text:a:b"), Ok(b"a:b".to_vec()));
        assert_eq!(binary("hex:"), Ok(vec![]));
        for wrong in ["", "hex", "hex:0", "hex:zz", "base64:A", "bits:01"] {
            assert!(binary(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fragment_has_at_least_one_byte_and_the_text_keeps_its_spaces() {
        let size = |size| NonZeroUsize::new(size).expect("not zero");
        assert_eq!(fragment("2  a b "), Ok((size(2), " a b ".to_owned())));
        assert_eq!(fragment("7"), Ok((size(7), String::new())));
        for wrong in ["", "0 a", "-1 a", "a b", "1.5 a"] {
            let error = fragment(wrong).expect_err(wrong);
            assert!(error.contains("/fragment 2 hello"), "{error}");
        }
    }

    #[test]
    fn a_switch_is_on_or_off() {
        assert_eq!((switch("on"), switch("off")), (Ok(true), Ok(false)));
        assert!(switch("").is_err() && switch("yes").expect_err("wrong").contains("on"));
    }

    #[test]
    fn a_file_has_an_at_sign_before_its_name() {
        assert_eq!(text_file("@a b"), Ok("a b".to_owned()));
        assert_eq!(binary("@a"), Ok(Binary::File("a".to_owned())));
        assert!(text_file("x").is_err() && text_file("@").is_err());
    }
}
