//! `binaryType` (WHATWG WebSockets §3.1).

use std::fmt;

/// How a binary message is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum BinaryType {
    /// As an opaque value of a known size.
    #[default]
    Blob,
    /// As bytes.
    ArrayBuffer,
}

impl BinaryType {
    /// The standard's name: `blob` or `arraybuffer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::ArrayBuffer => "arraybuffer",
        }
    }
}

impl fmt::Display for BinaryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
