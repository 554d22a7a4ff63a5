//! The answer that refused us: its head, and its body, JSON as JSON and a page as its text.

use super::pretty::{self, Page};
use super::style::{Role, Style};
use super::{fields, sanitize};
use sockeye::Refusal;
use std::fmt::Write;

/// A page is read so far: its text is a few lines, and what reads it slows down with its length.
const MARKUP: usize = 32 << 10;

/// Adds the head: status line and header fields, secrets hidden.
pub(crate) fn push_head(refusal: &Refusal, style: Style, out: &mut String) {
    let status = format!("HTTP {} {}", refusal.status, refusal.phrase);
    // Writing to a String cannot fail.
    _ = writeln!(
        out,
        "{}",
        style.paint(Role::Strong, sanitize::line(status.trim_end()))
    );
    for (name, value) in fields::shown(&refusal.headers) {
        _ = writeln!(out, "{}: {value}", style.paint(Role::Faint, name));
    }
}

/// Adds an empty line and the body for a window of this width, if there is a body.
pub(crate) fn push_body(refusal: &Refusal, style: Style, width: usize, out: &mut String) {
    let body = String::from_utf8_lossy(&refusal.body);
    if body.trim().is_empty() {
        return;
    }
    out.push('\n');
    if let Some(json) = pretty::container(&body) {
        let page = Page {
            width,
            start: 0,
            margin: 0,
            rows: None,
            style,
        };
        pretty::push(json, &page, out);
    } else if is_markup(refusal, &body) {
        let page = &body[..body.floor_char_boundary(MARKUP)];
        push_text(&nanohtml2text::html2text(page), out);
    } else {
        push_text(&body, out);
    }
    out.push('\n');
}

fn is_markup(refusal: &Refusal, body: &str) -> bool {
    let says_so = (refusal.headers.get("content-type"))
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let begins = |tag: &str| {
        let start = body.trim_start().get(..tag.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    says_so || begins("<!doctype html") || begins("<html")
}

/// The text without blank lines at its ends or two in a row, sanitized.
fn push_text(text: &str, out: &mut String) {
    let text = text.replace("\r\n", "\n");
    let mut was_blank = false;
    let lines = text.trim().lines().filter(|line| {
        let is_blank = line.trim().is_empty();
        !(std::mem::replace(&mut was_blank, is_blank) && is_blank)
    });
    for (index, line) in lines.enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&sanitize::text(line.trim_end()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockeye::http1::Headers;

    fn shown(content_type: &str, body: &[u8]) -> String {
        let mut headers = Headers::new();
        headers.push("Content-Type", content_type).expect("legal");
        let refusal = Refusal {
            status: 502,
            phrase: String::new(),
            headers,
            body: body.to_vec(),
        };
        let mut out = String::new();
        push_body(&refusal, Style { colored: false }, 30, &mut out);
        out
    }

    #[test]
    fn json_is_laid_out_whatever_it_is_called() {
        let body = br#"{"error":{"code":"denied","message":"no such room"}}"#;
        let expected = concat!(
            "\n{\n  \"error\": {\n    \"code\": \"denied\",\n",
            "    \"message\": \"no such room\"\n  }\n}\n"
        );
        assert_eq!(shown("text/plain", body), expected);
    }

    #[test]
    fn a_page_is_shown_as_its_text() {
        let body = b"<html>\r\n<head><title>502 Bad Gateway</title><style>h1 { x: y }</style></head>\
            <body><h1>502 Bad Gateway</h1><hr><p>nginx &amp; co<script>alert(1)</script></body></html>";
        let out = shown("text/html; charset=utf-8", body);
        assert_eq!(out, "\n502 Bad Gateway\n\nnginx & co\n");
        assert_eq!(out, shown("", body), "by its first tag");
    }

    #[test]
    fn other_text_is_as_it_came_less_what_steers() {
        assert_eq!(
            shown("text/plain", b"a < b\r\n\x1b[2J\n\n\n\nend\n"),
            "\na < b\n\\x1b[2J\n\nend\n"
        );
        assert_eq!(
            shown("text/html", b"&#x9b;2J&#27;\xc2\x9b2J")
                .matches(char::is_control)
                .count(),
            2
        );
        assert_eq!(shown("text/plain", b" \n"), "");
    }
}
