//! Hex dumps: offset, sixteen bytes, and the same bytes as text.

use std::fmt::{self, Write};

const COLUMNS: usize = 16;

/// A dump of the first `limit` bytes, one line for each sixteen, and a line that counts the rest.
pub(crate) fn dump(bytes: &[u8], limit: usize, out: &mut impl Write) -> fmt::Result {
    let shown = &bytes[..bytes.len().min(limit)];
    for (index, row) in shown.chunks(COLUMNS).enumerate() {
        line(index * COLUMNS, row, out)?;
    }
    match bytes.len() - shown.len() {
        0 => Ok(()),
        rest => writeln!(out, "  … {rest} more bytes"),
    }
}

fn line(offset: usize, row: &[u8], out: &mut impl Write) -> fmt::Result {
    write!(out, "  {offset:08x} ")?;
    for column in 0..COLUMNS {
        if column % 8 == 0 {
            out.write_char(' ')?;
        }
        match row.get(column) {
            Some(byte) => write!(out, "{byte:02x} ")?,
            None => out.write_str("   ")?,
        }
    }
    out.write_str(" ")?;
    for byte in row {
        let shown = matches!(byte, b' '..=b'~');
        out.write_char(if shown { char::from(*byte) } else { '.' })?;
    }
    out.write_char('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dumped(bytes: &[u8], limit: usize) -> String {
        let mut out = String::new();
        dump(bytes, limit, &mut out).expect("a String takes everything");
        out
    }

    #[test]
    fn a_line_has_offset_bytes_and_text() {
        let bytes: Vec<u8> = (b'0'..=b'?').chain([0, 0x7f, 0xff]).collect();
        assert_eq!(
            dumped(&bytes, 100),
            concat!(
                "  00000000  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?\n",
                "  00000010  00 7f ff                                          ...\n",
            )
        );
    }

    #[test]
    fn what_is_left_out_is_counted() {
        assert!(dumped(&[0; 100], 32).ends_with("  … 68 more bytes\n"));
        assert!(!dumped(&[0; 32], 32).contains('…'));
    }
}
