//! What a binary message is, where its bytes leave no doubt.

use infer::{MatcherType, Type};

/// These are told by two bytes or one, which many other things begin with.
const DOUBTFUL: [&str; 13] = [
    "Z", "aac", "bc", "bmp", "cpio", "der", "dll", "exe", "jxl", "mp3", "obj", "ps", "sh",
];
/// RFC 8949 §3.4.6: the tag by which CBOR describes itself.
const CBOR: &[u8] = &[0xd9, 0xd9, 0xf7];
/// Every magic number is found in as many bytes.
const BEGINNING: usize = 8 << 10;

/// `PNG image`, `gzip`, `PDF`, `text`, …; nothing where a guess would be needed.
pub(crate) fn kind(bytes: &[u8]) -> Option<String> {
    if is_text(bytes) {
        return Some("text".to_owned());
    }
    if bytes.starts_with(CBOR) {
        return Some("CBOR".to_owned());
    }
    let kind = infer::get(&bytes[..bytes.len().min(BEGINNING)])?;
    (!DOUBTFUL.contains(&kind.extension())).then(|| name(&kind))
}

/// UTF-8 of at least a character, without controls but tab and line ends.
fn is_text(bytes: &[u8]) -> bool {
    let controls = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    !bytes.is_empty() && !bytes.iter().any(controls) && std::str::from_utf8(bytes).is_ok()
}

fn name(kind: &Type) -> String {
    let extension = match kind.extension() {
        "gz" => "gzip".to_owned(),
        "bz2" => "bzip2".to_owned(),
        "zst" => "zstd".to_owned(),
        "jpg" => "JPEG".to_owned(),
        "tif" => "TIFF".to_owned(),
        "class" => "Java class".to_owned(),
        "sqlite" => "SQLite".to_owned(),
        other => other.to_uppercase(),
    };
    match kind.matcher_type() {
        MatcherType::Image => extension + " image",
        MatcherType::Video => extension + " video",
        MatcherType::Audio => extension + " audio",
        MatcherType::Font => extension + " font",
        _ => extension,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_beginnings_are_named() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], "PNG image"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG image"),
            (b"\x1f\x8b\x08\0\0\0\0\0", "gzip"),
            (b"%PDF-1.7\n\x80\x81", "PDF"),
            (b"PK\x03\x04\x14\0\0\0", "ZIP"),
            (b"\x28\xb5\x2f\xfd\0", "zstd"),
            (b"\0asm\x01\0\0\0", "WASM"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", "MP4 video"),
            (b"\xd9\xd9\xf7\xa0", "CBOR"),
            (b"OggS\0\x02", "OGG audio"),
        ] {
            assert_eq!(kind(bytes).as_deref(), Some(expected), "{bytes:?}");
        }
    }

    #[test]
    fn text_is_text_whatever_it_begins_with() {
        for text in ["a", "{\"a\": 1}\n", "BM", "#!/bin/sh\r\n", "漢字"] {
            assert_eq!(kind(text.as_bytes()).as_deref(), Some("text"), "{text}");
        }
        for other in [&b""[..], b"a\0", b"\xff\xfe", b"a\x1b"] {
            assert_eq!(kind(other), None, "{other:?}");
        }
    }

    #[test]
    fn no_two_bytes_alone_decide() {
        for first in 0..=u16::MAX {
            let mut bytes = [0xb7; 24];
            bytes[..2].copy_from_slice(&first.to_be_bytes());
            assert_eq!(kind(&bytes), None, "{first:04x}");
        }
    }
}
