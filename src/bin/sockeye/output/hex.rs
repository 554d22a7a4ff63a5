//! Hex dumps: offset, bytes, and the same bytes as text.

use super::size::plural;
use super::style::{Role, Style};

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// Bytes in a row, and the columns that such a row takes.
const ROWS: [(usize, usize); 3] = [(16, 78), (8, 45), (4, 29)];

/// How much is dumped, and for what window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dump {
    /// So many bytes are shown, the rest is counted.
    pub(crate) limit: usize,
    /// The columns of the window: sixteen bytes in a row where they fit, else eight or four.
    pub(crate) width: usize,
    /// Colours.
    pub(crate) style: Style,
}

impl Dump {
    /// Adds the lines.
    pub(crate) fn push(&self, bytes: &[u8], out: &mut String) {
        let shown = &bytes[..bytes.len().min(self.limit)];
        let fitting = ROWS.iter().find(|(_, columns)| *columns <= self.width);
        let count = fitting.map_or(ROWS[2].0, |(bytes, _)| *bytes);
        for (index, row) in shown.chunks(count).enumerate() {
            self.line(index * count, row, count, out);
        }
        let rest = bytes.len() - shown.len();
        if rest > 0 {
            let more = format!("  … {rest} more {}", plural(rest as u64, "byte"));
            self.style.push(Role::Faint, &more, out);
            out.push('\n');
        }
    }

    fn line(&self, offset: usize, row: &[u8], count: usize, out: &mut String) {
        let offset = format!("  {offset:08x} ");
        self.style.push(Role::Faint, &offset, out);
        for column in 0..count {
            if column % 8 == 0 {
                out.push(' ');
            }
            match row.get(column) {
                Some(byte) => push_hex(*byte, out),
                None => out.push_str("  "),
            }
            out.push(' ');
        }
        out.push(' ');
        out.extend(row.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        }));
        out.push('\n');
    }
}

/// Two digits.
pub(crate) fn push_hex(byte: u8, out: &mut String) {
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Dump = Dump {
        limit: usize::MAX,
        width: 80,
        style: Style { colored: false },
    };

    fn dumped(bytes: &[u8], dump: &Dump) -> String {
        let mut out = String::new();
        dump.push(bytes, &mut out);
        out
    }

    #[test]
    fn a_line_has_offset_bytes_and_text() {
        let bytes: Vec<u8> = (b'0'..=b'?').chain([0, 0x7f, 0xff]).collect();
        assert_eq!(
            dumped(&bytes, &ALL),
            concat!(
                "  00000000  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?\n",
                "  00000010  00 7f ff                                          ...\n",
            )
        );
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let limit = |limit| Dump { limit, ..ALL };
        assert!(dumped(&[0; 100], &limit(32)).ends_with("  … 68 more bytes\n"));
        assert!(dumped(&[0; 33], &limit(32)).ends_with("  … 1 more byte\n"));
        assert!(!dumped(&[0; 32], &limit(32)).contains('…'));
    }

    #[test]
    fn a_narrow_window_has_fewer_bytes_in_a_row_and_none_is_wrapped() {
        for (width, count) in [(200, 16), (78, 16), (77, 8), (45, 8), (44, 4), (29, 4)] {
            let out = dumped(&[b'x'; 64], &Dump { width, ..ALL });
            assert_eq!(out.lines().count(), 64 / count, "{width}");
            assert!(out.lines().all(|line| line.len() <= width), "{width}");
        }
        assert_eq!(
            dumped(b"12345", &Dump { width: 1, ..ALL }).lines().count(),
            2
        );
    }

    #[test]
    fn a_byte_is_two_digits() {
        let mut out = String::new();
        for byte in [0, 0x0f, 0xa5] {
            push_hex(byte, &mut out);
        }
        assert_eq!(out, "000fa5");
    }
}
