//! `binaryType` (WHATWG WebSockets §3.1).

use std::fmt;

/// As what a binary message is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum BinaryType {
    /// As [`Data::Blob`](crate::Data::Blob): the standard's default.
    #[default]
    Blob,
    /// As [`Data::ArrayBuffer`](crate::Data::ArrayBuffer).
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
