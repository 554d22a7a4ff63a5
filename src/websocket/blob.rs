//! The browser's `Blob`: received from memory.

use std::borrow::Cow;
use std::fmt;

/// A binary message as the value that `binaryType` "blob" delivers.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob<'a> {
    bytes: Cow<'a, [u8]>,
}

impl fmt::Debug for Blob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.bytes.len())
    }
}

impl<'a> Blob<'a> {
    /// A blob of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let bytes = bytes.into();
        Self { bytes }
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes, as `Blob.bytes()` gives them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_owned(self) -> Blob<'static> {
        Blob::new(self.bytes.into_owned())
    }
}
