//! Bytes from a terminal, in whole keys and whole pastes.
//!
//! The line editor waits without end inside an escape sequence, and takes the end of one for text
//! when it does not know the beginning. So it gets whole keys that it knows. What a terminal says
//! by itself (answers to questions, the mouse) is left out. A paste is passed on as it is, whatever
//! is in it.

use sockeye::deadline::Deadline;
use std::time::{Duration, Instant};

const ESCAPE: u8 = 0x1b;
const CTRL_C: u8 = 0x03;

const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// A terminal sends a sequence at once, but a network may come between its bytes.
const SEQUENCE: Duration = Duration::from_millis(500);
/// A paste that does not go on for so long can be ended with Ctrl-C.
const STALLED: Duration = Duration::from_millis(200);
/// A sequence that is longer is none.
const LONGEST: usize = 256;

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Keys, as the editor reads them.
    Keys(Vec<u8>),
    /// Ctrl-C.
    Interrupt,
    /// A bracketed paste, without its brackets.
    Paste(Vec<u8>),
    /// Bytes that are not UTF-8.
    Invalid(Vec<u8>),
}

/// Collects the bytes.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    /// An incomplete key, or the paste so far.
    pending: Vec<u8>,
    in_paste: bool,
    /// How much of the paste has been searched for its end.
    searched: usize,
    /// When the last byte came.
    last: Option<Instant>,
    typed: Vec<Input>,
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A key that the editor knows, of this length.
    Key(usize),
    /// Something to be left out, of this length.
    Ignored(usize),
    PasteBegins,
    /// More bytes decide.
    Incomplete,
}

impl Keyboard {
    /// Takes bytes that have come, and gives what they complete.
    pub(super) fn take(&mut self, bytes: &[u8], now: Instant) -> Vec<Input> {
        let stalled = self.last.is_some_and(|last| now >= last + STALLED);
        self.last = Some(now);
        if self.in_paste && stalled && bytes == [CTRL_C] {
            // Its end has been lost.
            self.end_paste(self.pending.len(), 0);
            return std::mem::take(&mut self.typed);
        }
        self.pending.extend(bytes);
        self.read();
        std::mem::take(&mut self.typed)
    }

    /// When an incomplete key is no longer waited for.
    pub(super) fn deadline(&self) -> Deadline {
        match self.last {
            Some(last) if !self.in_paste && !self.pending.is_empty() => {
                Deadline::after(last, SEQUENCE)
            }
            _ => Deadline::NEVER,
        }
    }

    /// Gives what an incomplete key is that was waited for in vain.
    pub(super) fn give_up(&mut self) -> Vec<Input> {
        match *self.pending {
            [] => {}
            [ESCAPE] => self.push_keys(1),
            // Alt and a key with which sequences begin.
            [ESCAPE, 0x20..=0x7e] if self.pending[1] != b'[' && self.pending[1] != b'O' => {
                self.push_keys(2);
            }
            [ESCAPE, ..] => self.pending.clear(),
            _ => self.push_invalid(self.pending.len()),
        }
        self.read();
        std::mem::take(&mut self.typed)
    }

    fn read(&mut self) {
        loop {
            if self.in_paste {
                let from = self.searched.saturating_sub(PASTE_ENDS.len() - 1);
                let end = memchr::memmem::find(&self.pending[from..], PASTE_ENDS);
                let Some(end) = end else {
                    self.searched = self.pending.len();
                    return;
                };
                self.end_paste(from + end, PASTE_ENDS.len());
                continue;
            }
            match self.pending.first() {
                None => return,
                Some(&CTRL_C) => {
                    self.pending.remove(0);
                    self.typed.push(Input::Interrupt);
                }
                Some(&ESCAPE) => match sequence(&self.pending) {
                    Token::Key(length) => self.push_keys(length),
                    Token::Ignored(length) => _ = self.pending.drain(..length),
                    Token::PasteBegins => {
                        self.pending.drain(..PASTE_BEGINS.len());
                        (self.in_paste, self.searched) = (true, 0);
                    }
                    Token::Incomplete => return,
                },
                Some(_) => {
                    if !self.read_text() {
                        return;
                    }
                }
            }
        }
    }

    /// Up to the next key of another kind. Tells whether there was any.
    fn read_text(&mut self) -> bool {
        let other = memchr::memchr2(ESCAPE, CTRL_C, &self.pending);
        let text = &self.pending[..other.unwrap_or(self.pending.len())];
        let error = match std::str::from_utf8(text) {
            Ok(text) => {
                self.push_keys(text.len());
                return true;
            }
            Err(error) => error,
        };
        let valid = error.valid_up_to();
        if valid > 0 {
            self.push_keys(valid);
            return true;
        }
        match (error.error_len(), other) {
            (Some(length), _) => self.push_invalid(length),
            (None, Some(end)) => self.push_invalid(end),
            (None, None) => return false,
        }
        true
    }

    fn push_keys(&mut self, length: usize) {
        let keys = self.pending.drain(..length);
        match self.typed.last_mut() {
            Some(Input::Keys(before)) => before.extend(keys),
            _ => self.typed.push(Input::Keys(keys.collect())),
        }
    }

    fn push_invalid(&mut self, length: usize) {
        let bytes = self.pending.drain(..length);
        match self.typed.last_mut() {
            Some(Input::Invalid(before)) => before.extend(bytes),
            _ => self.typed.push(Input::Invalid(bytes.collect())),
        }
    }

    fn end_paste(&mut self, length: usize, bracket: usize) {
        let rest = self.pending.split_off(length + bracket);
        let mut pasted = std::mem::replace(&mut self.pending, rest);
        pasted.truncate(length);
        self.typed.push(Input::Paste(pasted));
        self.in_paste = false;
    }
}

/// The escape sequence that stands here.
fn sequence(bytes: &[u8]) -> Token {
    match bytes {
        [ESCAPE] => Token::Incomplete,
        [ESCAPE, b'[', rest @ ..] => control_sequence(rest),
        [ESCAPE, b'O', rest @ ..] => match rest {
            [] => Token::Incomplete,
            [0x20..=0x7e, ..] => Token::Key(3),
            _ => Token::Ignored(2),
        },
        // An operating system command or a device control string: the answer to a question.
        [ESCAPE, b']' | b'P', rest @ ..] => match rest {
            [] => Token::Incomplete,
            [b'0'..=b'9' | b'>' | b'!' | b'+', ..] => control_string(bytes),
            _ => Token::Key(2),
        },
        // Alt and a key that sends a sequence.
        [ESCAPE, ESCAPE, ..] => match sequence(&bytes[1..]) {
            Token::Key(length) => Token::Key(1 + length),
            Token::Ignored(length) => Token::Ignored(1 + length),
            Token::PasteBegins => Token::Ignored(1),
            Token::Incomplete => Token::Incomplete,
        },
        [ESCAPE, CTRL_C, ..] => Token::Ignored(1),
        [ESCAPE, rest @ ..] => {
            let end = rest.len().min(4);
            let length = (1..=end).find(|length| std::str::from_utf8(&rest[..*length]).is_ok());
            match length {
                Some(length) => Token::Key(1 + length),
                None if end < 4 && std::str::from_utf8(rest).is_err_and(is_cut) => {
                    Token::Incomplete
                }
                None => Token::Ignored(1),
            }
        }
        _ => Token::Ignored(1),
    }
}

fn is_cut(error: std::str::Utf8Error) -> bool {
    error.error_len().is_none()
}

/// What stands behind `ESC [` (ECMA-48 §5.4).
fn control_sequence(rest: &[u8]) -> Token {
    // The function keys of Linux' console.
    if let [b'[', more @ ..] = rest {
        return match more {
            [] => Token::Incomplete,
            [0x20..=0x7e, ..] => Token::Key(4),
            _ => Token::Ignored(3),
        };
    }
    // rxvt ends some with a byte that ends none elsewhere.
    if let [b'0'..=b'9', b'$', ..] = rest {
        return Token::Key(4);
    }
    let parameters = rest
        .iter()
        .position(|byte| !matches!(byte, 0x20..=0x3f))
        .unwrap_or(rest.len());
    if parameters > LONGEST {
        return Token::Ignored(2 + parameters);
    }
    match rest.get(parameters) {
        None => Token::Incomplete,
        // Where the mouse was clicked: three bytes more.
        Some(b'M') if parameters == 0 && rest.len() < 4 => Token::Incomplete,
        Some(b'M') if parameters == 0 => Token::Ignored(6),
        Some(0x40..=0x7e) => {
            let sequence = &rest[..=parameters];
            match sequence {
                b"200~" => Token::PasteBegins,
                _ if is_key(sequence) => Token::Key(2 + sequence.len()),
                _ => Token::Ignored(2 + sequence.len()),
            }
        }
        // It was broken off.
        Some(_) => Token::Ignored(2 + parameters),
    }
}

/// Whether the editor reads this to its end: it knows numbers of at most two digits, and at most
/// one of one digit after them.
fn is_key(sequence: &[u8]) -> bool {
    matches!(
        sequence,
        [b'A'..=b'Z' | b'a'..=b'z']
            | [b'1'..=b'8', b'~' | b'^' | b'@' | b'A'..=b'D']
            | [b'1'..=b'8', b'0'..=b'9', b'~']
            | [b'1'..=b'8', b';', b'1'..=b'9', b'A'..=b'Z' | b'~']
            | [b'1'..=b'8', b'0'..=b'9', b';', b'1'..=b'9', b'~']
    )
}

/// Up to BEL or ST.
fn control_string(bytes: &[u8]) -> Token {
    let end = bytes[2..].iter().position(|byte| *byte < 0x20);
    match end.map(|end| &bytes[2 + end..]) {
        None if bytes.len() > LONGEST => Token::Ignored(bytes.len()),
        None | Some([ESCAPE]) => Token::Incomplete,
        Some(rest) => {
            let terminator = match rest {
                [0x07, ..] => 1,
                [ESCAPE, b'\\', ..] => 2,
                _ => 0,
            };
            Token::Ignored(bytes.len() - rest.len() + terminator)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Input {
        Input::Keys(bytes.to_vec())
    }

    fn typed(bytes: &[u8]) -> Vec<Input> {
        Keyboard::default().take(bytes, Instant::now())
    }

    /// One byte after the other, and then nothing for long.
    fn typed_slowly(bytes: &[u8]) -> Vec<Input> {
        let mut keyboard = Keyboard::default();
        let now = Instant::now();
        let mut all: Vec<Input> = bytes
            .iter()
            .flat_map(|byte| keyboard.take(&[*byte], now))
            .collect();
        all.extend(keyboard.give_up());
        let mut joined = Vec::new();
        for input in all {
            match (joined.last_mut(), input) {
                (Some(Input::Keys(before)), Input::Keys(more)) => before.extend(more),
                (_, input) => joined.push(input),
            }
        }
        joined
    }

    #[test]
    fn keys_that_the_editor_knows_are_passed_on() {
        for known in [
            &b"a\r\tz\x7f"[..],
            "żółw 漢字".as_bytes(),
            b"\x1b[A\x1bOB\x1b[1;5C\x1b[3~\x1b[15~\x1b[15;2~\x1b[[A\x1b[3$\x1b[3^",
            b"\x1bb\x1b\r\x1b\x7f\x1b\x1b[D",
            "\x1bż".as_bytes(),
        ] {
            assert_eq!(typed(known), [keys(known)], "{}", known.escape_ascii());
            assert_eq!(typed_slowly(known), [keys(known)]);
        }
    }

    #[test]
    fn what_the_terminal_says_by_itself_is_left_out() {
        for said in [
            &b"\x1b[24;80R"[..],
            b"\x1b[?62;22c",
            b"\x1b[<0;10;10M",
            b"\x1b[0;10;10M",
            b"\x1b[M !!",
            b"\x1b]11;rgb:0000/0000/0000\x1b\\",
            b"\x1b]11;rgb:0000/0000/0000\x07",
            b"\x1bP>|xterm\x1b\\",
            b"\x1b[97;133u",
        ] {
            let between = [b"a", said, b"b"].concat();
            assert_eq!(typed(&between), [keys(b"ab")], "{}", said.escape_ascii());
            assert_eq!(typed_slowly(&between), [keys(b"ab")]);
        }
    }

    #[test]
    fn half_a_sequence_is_waited_for_and_then_no_longer() {
        let mut keyboard = Keyboard::default();
        let now = Instant::now();
        for (half, key) in [
            (&b"\x1b"[..], Some("\x1b")),
            (b"\x1b[", None),
            (b"\x1b[2", None),
        ] {
            assert_eq!(keyboard.take(half, now), []);
            assert_eq!(keyboard.deadline(), Deadline::after(now, SEQUENCE));
            let given = keyboard.give_up();
            let key = key.map(|key| keys(key.as_bytes()));
            assert_eq!(given, Vec::from_iter(key), "{}", half.escape_ascii());
            assert_eq!(keyboard.deadline(), Deadline::NEVER);
        }
        assert_eq!(typed_slowly(b"\x1b]"), [keys(b"\x1b]")]);
    }

    #[test]
    fn ctrl_c_is_seen_inside_a_sequence() {
        for half in [
            &b""[..],
            b"\x1b",
            b"\x1b[",
            b"\x1b[1;",
            b"\x1bO",
            b"\xc5",
            b"\x1b]1",
        ] {
            let inputs = typed(&[half, b"\x03"].concat());
            assert_eq!(inputs.last(), Some(&Input::Interrupt), "{half:?}");
        }
    }

    #[test]
    fn a_paste_keeps_every_byte() {
        let text = b"a\tb\x1b[31mc\x07\x03\x1b[2\xff";
        let bytes = [b"x", PASTE_BEGINS, text, PASTE_ENDS, b"y\x03"].concat();
        let expected = [
            keys(b"x"),
            Input::Paste(text.to_vec()),
            keys(b"y"),
            Input::Interrupt,
        ];
        assert_eq!(typed(&bytes), expected);
        assert_eq!(typed_slowly(&bytes), expected);
    }

    #[test]
    fn a_paste_without_an_end_is_ended_with_ctrl_c() {
        let mut keyboard = Keyboard::default();
        let now = Instant::now();
        assert_eq!(keyboard.take(b"\x1b[200~abc", now), []);
        assert_eq!(keyboard.take(&[CTRL_C], now), []);
        let later = now + STALLED;
        assert_eq!(
            keyboard.take(&[CTRL_C], later),
            [Input::Paste(b"abc\x03".to_vec())]
        );
        assert_eq!(keyboard.take(b"d", later), [keys(b"d")]);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_told_apart() {
        let expected = [keys(b"a"), Input::Invalid(b"\xff\xc0".to_vec()), keys(b"b")];
        assert_eq!(typed(b"a\xff\xc0b"), expected);
        let cut = [keys(b"a"), Input::Invalid(b"\xe6\xbc".to_vec())];
        assert_eq!(typed_slowly(b"a\xe6\xbc"), cut);
        assert_eq!(typed(b"\xe6\xbc\x03")[1], Input::Interrupt);
    }
}
