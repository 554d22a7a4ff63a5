//! The secrets of a session, for Wireshark and its like, where `SSLKEYLOGFILE` says.

use rustls::{KeyLog, KeyLogFile};
use sockeye::io_reason;
use sockeye::transport::Source;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

/// What writes the secrets to the file that the environment names (the format of NSS); none if it
/// names none. The file is opened for the first TLS connection.
pub(crate) fn from_environment() -> Option<Source<Arc<dyn KeyLog>>> {
    let path = std::env::var_os("SSLKEYLOGFILE").filter(|path| !path.is_empty())?;
    Some(Source::new(move || {
        create(Path::new(&path))?;
        let log: Arc<dyn KeyLog> = Arc::new(KeyLogFile::new());
        Ok(log)
    }))
}

/// Creates the file with access for its owner alone: rustls would not report that it cannot.
fn create(path: &Path) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |error| {
        let (path, reason) = (path.display(), io_reason(&error));
        format!("SSLKEYLOGFILE: {path}: {reason}")
    };
    options.open(path).map(drop).map_err(failed)
}
