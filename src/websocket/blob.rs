//! The browser's `Blob`.

/// A binary message as the value that `binaryType` "blob" delivers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Blob<'a> {
    bytes: &'a [u8],
}

impl std::fmt::Debug for Blob<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.bytes.len())
    }
}

impl<'a> Blob<'a> {
    /// A blob of these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes, as `Blob.bytes()` gives them.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}
