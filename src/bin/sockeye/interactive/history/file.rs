//! The file: one entry a line, newest last, newlines and backslashes escaped.
//!
//! Sessions append, each entry in one write and under a lock, so that none loses another's. Now
//! and then a session tidies: the file is replaced by one without duplicates and old entries.

use super::{LINES, LONGEST};
use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// What is read of a file, from its end.
const READ: u64 = 4 << 20;

/// Beyond so many entries a file is tidied.
const UNTIDY: usize = 2 * LINES;

/// How long another session may keep the file for itself.
const LOCKED: Duration = Duration::from_millis(200);

/// The entries, oldest first, each once. A file that does not exist has none.
pub(super) fn load(path: &Path) -> io::Result<Vec<String>> {
    check_kind(path)?;
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let (count, entries) = read(&mut file)?;
    if count > UNTIDY || file.metadata()?.len() > READ {
        tidy(path)?;
    }
    Ok(entries)
}

/// Adds an entry; makes the file, and its folder if need be, for this user alone.
pub(super) fn append(path: &Path, line: &str) -> io::Result<()> {
    check_kind(path)?;
    if let Some(folder) = path.parent().filter(|folder| is_ours(folder)) {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let mut entry = escaped(line);
    entry.push('\n');
    locked(path)?.write_all(entry.as_bytes())
}

/// Only the standard folder is made on the way: a name that somebody typed may be a mistake.
fn is_ours(folder: &Path) -> bool {
    folder.ends_with("sockeye/history")
}

/// Opening a named pipe would wait for its other end.
fn check_kind(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::other(
            "it is not a file; --no-history keeps none",
        )),
        _ => Ok(()),
    }
}

/// The file, for this session alone until it is dropped. Who tidies replaces it, so it may have
/// become another one while this session waited.
fn locked(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new()
            .append(true)
            .read(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        lock(&file)?;
        let is_same =
            |there: fs::Metadata| -> io::Result<bool> { Ok(there.ino() == file.metadata()?.ino()) };
        if fs::metadata(path).is_ok_and(|there| is_same(there).unwrap_or(false)) {
            return Ok(file);
        }
    }
}

fn lock(file: &File) -> io::Result<()> {
    let deadline = Instant::now() + LOCKED;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another session keeps it locked"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
}

/// Replaces the file by one that has each entry once and no more than there may be.
fn tidy(path: &Path) -> io::Result<()> {
    let mut file = locked(path)?;
    let (_, entries) = read(&mut file)?;
    let mut text = String::new();
    for entry in entries {
        text.push_str(&escaped(&entry));
        text.push('\n');
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut new = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    new.write_all(text.as_bytes())?;
    fs::rename(&beside, path)
}

/// How many entries there are, and those that count.
fn read(file: &mut File) -> io::Result<(usize, Vec<String>)> {
    let length = file.metadata()?.len();
    let skipped = length.saturating_sub(READ);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first may have lost its beginning.
    let lines: Vec<&str> = text.lines().skip(usize::from(skipped > 0)).collect();
    let mut seen = HashSet::new();
    let mut entries: Vec<String> = (lines.iter().rev())
        .filter(|line| line.len() <= 2 * LONGEST && seen.insert(**line))
        .map(|line| unescaped(line))
        .filter(|entry| !entry.is_empty())
        .take(LINES)
        .collect();
    entries.reverse();
    Ok((lines.len(), entries))
}

fn escaped(line: &str) -> String {
    line.replace('\\', r"\\")
        .replace('\n', r"\n")
        .replace('\r', r"\r")
}

/// What no escape is stays: somebody may have written the file by hand.
fn unescaped(entry: &str) -> String {
    let mut line = String::with_capacity(entry.len());
    let mut rest = entry.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            line.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => line.push('\n'),
            Some('r') => line.push('\r'),
            Some('\\') | None => line.push('\\'),
            Some(other) => line.extend(['\\', other]),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    }

    #[test]
    fn every_line_survives_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("h");
        let lines = [
            "a",
            "{\n  \"a\": \"\\n\\\\\"\n}",
            "tab\tż 漢",
            "\\",
            "a\r\nb",
        ];
        for line in lines {
            append(&path, line).expect("written");
        }
        assert_eq!(load(&path).expect("read"), lines);
    }

    #[test]
    fn folder_and_file_are_for_this_user_alone() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("state/sockeye/history");
        append(&folder.join("h_1"), "a").expect("written");
        assert_eq!((mode(&folder), mode(&folder.join("h_1"))), (0o700, 0o600));
    }

    #[test]
    fn two_sessions_at_once_keep_each_others_lines_while_one_tidies() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("h");
        thread::scope(|scope| {
            for session in ["a", "b"] {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..200 {
                        append(path, &format!("{session}{number}")).expect("written");
                        if number % 10 == 0 {
                            tidy(path).expect("tidied");
                        }
                    }
                });
            }
        });
        let lines = load(&path).expect("read");
        for session in ["a", "b"] {
            let of_session = lines.iter().filter(|line| line.starts_with(session));
            let expected = (0..200).map(|number| format!("{session}{number}"));
            assert!(of_session.cloned().eq(expected), "{lines:?}");
        }
    }

    #[test]
    fn a_file_that_has_grown_is_tidied_and_keeps_the_newest() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("h");
        let mut text: String = (0..=UNTIDY).map(|number| format!("{number}\n")).collect();
        text.push_str(&format!("7\n{UNTIDY}\n"));
        fs::write(&path, text).expect("written");
        let lines = load(&path).expect("read");
        assert_eq!(lines.len(), LINES);
        let newest = [UNTIDY - 1, 7, UNTIDY].map(|number| number.to_string());
        assert_eq!(lines[LINES - 3..], newest, "each once, at its newest place");
        assert_eq!(
            fs::read_to_string(&path).expect("text").lines().count(),
            LINES
        );
        assert_eq!(load(&path).expect("read"), lines);
    }

    #[test]
    fn a_file_written_by_hand_is_read_as_far_as_it_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("h");
        fs::write(&path, b"good\n\n\xff\nC:\\data\nend").expect("written");
        let lines = load(&path).expect("read");
        assert_eq!(lines, ["good", "\u{fffd}", "C:\\data", "end"]);
    }

    #[test]
    fn what_is_no_file_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in [folder.path(), Path::new("/dev/null")] {
            assert!(load(path).is_err() && append(path, "a").is_err());
        }
        assert!(append(Path::new("/nowhere/h"), "a").is_err());
        assert_eq!(load(Path::new("/nowhere/h")).expect("none"), [""; 0]);
    }
}
