//! `blob`: a binary message as an opaque value, and the folder such values are kept in.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A binary message as an opaque value: its size is known, its bytes are for [`BlobDir::keep`].
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

/// A folder that keeps blobs, each in a file of its own that only its owner may read.
#[derive(Debug)]
pub struct BlobDir {
    path: PathBuf,
    made: bool,
    count: u64,
}

impl BlobDir {
    /// Keeps blobs in `path`; the folder is made when the first one comes.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            made: false,
            count: 0,
        }
    }

    /// Keeps blobs in a private folder of this process under the temporary directory.
    #[must_use]
    pub fn private() -> Self {
        let name = format!("sockeye-{}-{:08x}", std::process::id(), random());
        Self::at(std::env::temp_dir().join(name))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the blob to a new file and tells where. No file is ever overwritten.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn keep(&mut self, blob: Blob<'_>) -> io::Result<PathBuf> {
        self.make_folder()?;
        loop {
            self.count += 1;
            let path = self.path.join(format!("{:06}.bin", self.count));
            match private_file().open(&path) {
                Ok(mut file) => {
                    file.write_all(blob.bytes)?;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn make_folder(&mut self) -> io::Result<()> {
        if !self.made {
            let mut builder = DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&self.path)?;
            self.made = true;
        }
        Ok(())
    }
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A number that another process cannot guess; the process id alone would do without it.
fn random() -> u32 {
    getrandom::u32().unwrap_or_default()
}
