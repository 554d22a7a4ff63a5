//! The browser's `Blob` (W3C File API): a message in memory, or a file to be sent.

use crate::connection::PayloadSource;
use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A binary message as an opaque value of a known size.
///
/// A received one ([`BinaryType::Blob`](crate::BinaryType::Blob)) is in memory. One to be sent may
/// be a file, which is read piece by piece while it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob<'a> {
    content: Content<'a>,
}

#[derive(Clone, PartialEq, Eq)]
enum Content<'a> {
    Memory(Cow<'a, [u8]>),
    File { path: PathBuf, size: u64 },
}

impl<'a> Blob<'a> {
    /// A blob of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let content = Content::Memory(bytes.into());
        Self { content }
    }

    /// The size, in bytes; that of a file is the one that [`Blob::from_file`] has found.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.content {
            Content::Memory(bytes) => bytes.len() as u64,
            Content::File { size, .. } => *size,
        }
    }

    /// The bytes, as `Blob.bytes()` gives them. A file is read whole.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn bytes(&self) -> io::Result<Cow<'_, [u8]>> {
        match &self.content {
            Content::Memory(bytes) => Ok(Cow::Borrowed(bytes)),
            Content::File { path, .. } => std::fs::read(path).map(Cow::Owned),
        }
    }

    /// What is in memory: all of a received blob.
    pub(super) fn in_memory(&self) -> &[u8] {
        match &self.content {
            Content::Memory(bytes) => bytes,
            Content::File { .. } => &[],
        }
    }

    pub(super) fn into_owned(self) -> Blob<'static> {
        let content = match self.content {
            Content::Memory(bytes) => Content::Memory(Cow::Owned(bytes.into_owned())),
            Content::File { path, size } => Content::File { path, size },
        };
        Blob { content }
    }

    /// What `send()` does with it: bytes are copied, a file is opened, and its size is fixed.
    pub(super) fn open(self) -> io::Result<OpenBlob> {
        match self.content {
            Content::Memory(bytes) => Ok(OpenBlob::Bytes(bytes.into_owned())),
            Content::File { path, .. } => {
                let (file, size) = open(&path)?;
                let source = PayloadSource::new(path.display().to_string(), size, file);
                Ok(OpenBlob::File(source))
            }
        }
    }
}

impl Blob<'static> {
    /// A blob that is a file. [`WebSocket::send`](crate::WebSocket::send) opens it again, fixes
    /// its size, and sends it as one binary message, reading it piece by piece: uncompressed as
    /// one frame up to 1 MiB and in fragments above, so that it is never in memory as a whole. If
    /// the file turns out shorter, the connection fails with an error that names it.
    ///
    /// # Errors
    /// When the file cannot be opened, or is not a regular file and so has no size.
    pub fn from_file(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let (_, size) = open(&path)?;
        let content = Content::File { path, size };
        Ok(Self { content })
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    // A FIFO would block until somebody writes to it.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        let kind = io::ErrorKind::InvalidInput;
        return Err(io::Error::new(
            kind,
            "not a regular file, so its size is unknown",
        ));
    }
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

/// A blob that is ready to be sent.
pub(super) enum OpenBlob {
    Bytes(Vec<u8>),
    File(PayloadSource),
}

impl fmt::Debug for Blob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Memory(bytes) => write!(f, "Blob({} bytes)", bytes.len()),
            Content::File { path, size } => write!(f, "Blob({path:?}, {size} bytes)"),
        }
    }
}
