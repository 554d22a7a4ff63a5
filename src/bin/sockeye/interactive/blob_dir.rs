//! The files that binary messages are written to.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder that has a new file for each binary message.
#[derive(Debug)]
pub(super) struct BlobDir {
    path: PathBuf,
    exists: bool,
    count: u64,
}

/// A private folder of this process in the temporary directory. Its name cannot be guessed.
pub(crate) fn private_blob_dir() -> PathBuf {
    let random = getrandom::u32().unwrap_or_default();
    let name = format!("sockeye-{}-{random:08x}", std::process::id());
    std::env::temp_dir().join(name)
}

impl BlobDir {
    /// Writes files into `path`. The first message creates the folder.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            exists: false,
            count: 0,
        }
    }

    /// Writes the bytes to a new file that only the user may read, and returns its path. It never
    /// overwrites a file.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<PathBuf> {
        self.create()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        loop {
            self.count += 1;
            let path = self.path.join(format!("{:06}.bin", self.count));
            match options.open(&path) {
                Ok(mut file) => return file.write_all(bytes).map(|()| path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn create(&mut self) -> io::Result<()> {
        if !self.exists {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700).create(&self.path)?;
            self.exists = true;
        }
        Ok(())
    }
}
