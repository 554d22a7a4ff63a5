//! Text from a peer for a terminal: what would steer it is shown escaped instead.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes C0 but newline and tab, DEL, C1 and every character that turns the direction of
/// writing. Text without any is passed on as it is.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    escape(text, |c| steers(c) && c != '\n' && c != '\t', push_escaped)
}

/// [`text`] for what must stay one line: newline and tab are escaped as well.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escape(text, steers, push_escaped)
}

/// What is inside a JSON text, escaped as JSON has it: `\u202e`.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    escape(text, steers, push_json)
}

fn escape(
    text: &str,
    is_hostile: impl Fn(char) -> bool,
    push: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    // Each hostile character begins with one of these bytes, and little else does.
    let may_steer = |byte: &u8| matches!(byte, 0..=0x1f | 0x7f | 0xc2 | 0xd8 | 0xe2);
    let Some(first) = text.as_bytes().iter().position(may_steer) else {
        return Cow::Borrowed(text);
    };
    // The byte is a whole character or begins one, so the cut is on a boundary.
    let Some(hostile) = text[first..].find(&is_hostile) else {
        return Cow::Borrowed(text);
    };
    let (clean, rest) = text.split_at(first + hostile);
    let mut escaped = String::with_capacity(text.len() + 16);
    escaped.push_str(clean);
    for c in rest.chars() {
        if is_hostile(c) {
            push(&mut escaped, c);
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Whether a terminal would do something else than show it.
pub(crate) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // Writing to a String cannot fail.
        c if u32::from(c) < 0x100 => _ = write!(out, "\\x{:02x}", u32::from(c)),
        c => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
    }
}

fn push_json(out: &mut String, c: char) {
    // No character that steers needs more than four digits; writing to a String cannot fail.
    _ = write!(out, "\\u{:04x}", u32::from(c));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_is_not_copied() {
        for clean in [
            "",
            "plain",
            "tab\tand\nnewline",
            "żółw © “quoted” 漢字 😀 سلام",
        ] {
            assert!(
                matches!(text(clean), Cow::Borrowed(same) if same == clean),
                "{clean}"
            );
        }
    }

    #[test]
    fn escape_sequences_are_shown() {
        assert_eq!(text("a\u{1b}[2Jb"), "a\\x1b[2Jb");
        assert_eq!(text("\u{9b}2J"), "\\x9b2J");
        assert_eq!(text("\r\u{8}\u{7f}\0"), "\\r\\x08\\x7f\\x00");
    }

    #[test]
    fn every_control_and_every_bidi_character_is_escaped() {
        let controls = (0..0x20u8).chain(0x7f..=0x9f).map(char::from);
        let bidi = ['\u{61c}', '\u{200e}', '\u{200f}'].into_iter();
        let overrides = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        for c in controls.chain(bidi).chain(overrides) {
            let shown = line(&format!("é{c}z")).into_owned();
            assert!(!shown.contains(c) && shown.contains('\\'), "{c:?}: {shown}");
        }
    }

    #[test]
    fn inside_json_escapes_are_those_of_json() {
        assert_eq!(json("\u{9b}x\u{202e}"), "\\u009bx\\u202e");
    }

    #[test]
    fn one_line_stays_one_line() {
        assert_eq!(line("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(text("a\nb\tc"), "a\nb\tc");
    }
}
