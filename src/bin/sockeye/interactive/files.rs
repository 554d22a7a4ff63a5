//! Files that commands name. Everything here may block: a pipe waits for its writer, a file system
//! for its server.

use super::pending::Abandoned;
use crate::output::size::Bytes;
use nix::unistd::User;
use rustix::fs::OFlags;
use sockeye::io_reason;
use std::env;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The most bytes of a file that are sent as one message.
const MAX_FILE: u64 = 1 << 30;

/// What is read at once: between two blocks the reader looks whether it is still wanted.
const BLOCK: u64 = 1 << 20;

/// The file that was typed, with `~` and `~user` at its beginning replaced by a home directory.
pub(super) fn path(typed: &str) -> Result<PathBuf, String> {
    let Some(after) = typed.strip_prefix('~') else {
        return Ok(typed.into());
    };
    let (user, rest) = after.split_once('/').unwrap_or((after, ""));
    let home = match user {
        "" => env::home_dir().filter(|home| !home.as_os_str().is_empty()),
        user => home_of(user),
    };
    let home = home.ok_or_else(|| match user {
        "" => format!("'{typed}': HOME is not set"),
        user => format!("'{typed}': there is no user {user}; ./{typed} is a file of that name"),
    })?;
    Ok(home.join(rest.trim_start_matches('/')))
}

fn home_of(user: &str) -> Option<PathBuf> {
    User::from_name(user).ok()?.map(|user| user.dir)
}

/// The text of a file, as one message.
pub(super) fn read_text(typed: &str, abandoned: &Abandoned) -> Result<String, String> {
    String::from_utf8(read(typed, abandoned)?).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        format!("'{typed}' is not valid UTF-8 at byte {offset}; /binary @{typed} sends any bytes")
    })
}

/// The bytes of a file or a pipe, as one message.
pub(super) fn read(typed: &str, abandoned: &Abandoned) -> Result<Vec<u8>, String> {
    let path = path(typed)?;
    let wrong = |problem: String| format!("cannot read '{typed}': {problem}");
    let refused = |error: io::Error| wrong(io_reason(&error));
    let found = path.metadata().map_err(refused)?;
    check(&found, found.is_file() || found.file_type().is_fifo()).map_err(wrong)?;
    let bytes = read_blocks(&path, found.len(), abandoned).map_err(refused)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(wrong(
            "it has more than 1 GiB, the most for one message".to_owned(),
        ));
    }
    Ok(bytes)
}

/// Whether a message can be read from it: a device may never end, and a terminal is in use.
fn check(found: &Metadata, is_right: bool) -> Result<(), String> {
    if !is_right {
        return Err(format!("it is a {}, not a file", kind(found.file_type())));
    }
    if found.len() > MAX_FILE {
        let (size, most) = (Bytes(found.len()), Bytes(MAX_FILE));
        return Err(format!("it has {size}, {most} is the most for one message"));
    }
    Ok(())
}

/// What it is that is no file.
pub(super) fn kind(found: FileType) -> &'static str {
    if found.is_dir() {
        "folder"
    } else if found.is_fifo() {
        "pipe"
    } else if found.is_socket() {
        "socket"
    } else {
        "device"
    }
}

/// At most one byte more than a message may have.
fn read_blocks(path: &Path, length: u64, abandoned: &Abandoned) -> io::Result<Vec<u8>> {
    let mut file = open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(MAX_FILE)).unwrap_or(0));
    while bytes.len() as u64 <= MAX_FILE && !abandoned.is_set() {
        let left = MAX_FILE + 1 - bytes.len() as u64;
        if file
            .by_ref()
            .take(BLOCK.min(left))
            .read_to_end(&mut bytes)?
            == 0
        {
            break;
        }
    }
    Ok(bytes)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NOCTTY.bits().cast_signed())
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Result<Vec<u8>, String> {
        super::read(typed, &Abandoned::default())
    }

    #[test]
    fn a_tilde_is_a_home_directory_and_nothing_else_is() {
        let home = env::home_dir().expect("a home");
        assert_eq!(path("~"), Ok(home.clone()));
        assert_eq!(path("~/a b"), Ok(home.join("a b")));
        assert_eq!(
            path("~root/x"),
            Ok(home_of("root").expect("root").join("x"))
        );
        for plain in ["a~", "./~", "/x/~/y", "", "a/~root"] {
            assert_eq!(path(plain), Ok(PathBuf::from(plain)));
        }
        let error = path("~no-such-user/x").expect_err("nobody");
        assert!(error.contains("no user no-such-user"), "{error}");
    }

    #[test]
    fn what_is_no_file_is_named() {
        for (typed, right) in [
            ("/", "cannot read '/': it is a folder, not a file"),
            ("/dev/zero", "it is a device, not a file"),
            (
                "/nowhere/x",
                "cannot read '/nowhere/x': no such file or directory",
            ),
            ("/dev/null/x", "cannot read '/dev/null/x': "),
        ] {
            let error = read(typed).expect_err(typed);
            assert!(error.contains(right) && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_file_larger_than_a_message_may_be_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large");
        let file = File::create(&path).expect("a file");
        file.set_len(MAX_FILE + 1).expect("a sparse file");
        let error = read(path.to_str().expect("text")).expect_err("too large");
        assert!(error.contains("1.0 GiB is the most"), "{error}");
    }

    #[test]
    fn who_gave_up_reads_no_more() {
        let abandoned = Abandoned::default();
        abandoned.set();
        assert_eq!(
            read_blocks(Path::new("/dev/zero"), 0, &abandoned).ok(),
            Some(Vec::new())
        );
    }
}
