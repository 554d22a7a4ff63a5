//! The secrets of a session, for Wireshark and its like, where `SSLKEYLOGFILE` says.

use super::Error;
use super::error::reason;
use rustls::{KeyLog, KeyLogFile};
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

/// What writes the secrets to the file that the environment names (the format of NSS); none when
/// it names none.
pub(super) fn from_environment() -> Result<Option<Arc<dyn KeyLog>>, Error> {
    let path = std::env::var_os("SSLKEYLOGFILE").filter(|path| !path.is_empty());
    let Some(path) = path else {
        return Ok(None);
    };
    prepare(Path::new(&path))?;
    Ok(Some(Arc::new(KeyLogFile::new())))
}

/// Makes the file, for nobody else to read: rustls would not say that it cannot.
fn prepare(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |error| {
        let (path, reason) = (path.display(), reason(&error));
        Error::Options(format!("SSLKEYLOGFILE: {path}: {reason}"))
    };
    options.open(path).map(drop).map_err(failed)
}
