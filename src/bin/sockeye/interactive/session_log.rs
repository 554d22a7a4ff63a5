//! `/save`: what was seen and sent, as lines of JSON in a file.

use super::files;
use super::log::{MessageLog, Retained};
use super::printer::TerminalPrinter;
use crate::output::sanitize;
use crate::output::size::counted;
use crate::output::style::{Role, Style};
use sockeye::io_reason;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// How long leaving waits for the rest to be written.
const FINISHING: Duration = Duration::from_secs(2);

/// A file that everything is written to, on a thread of its own: what the log holds, and
/// then what comes. Dropping it ends it.
#[derive(Debug)]
pub(super) struct SessionLog {
    path: PathBuf,
    log: MessageLog,
    is_over: Arc<AtomicBool>,
    finished: Receiver<()>,
}

/// The thread's side.
struct Writer {
    file: File,
    path: PathBuf,
    log: MessageLog,
    is_over: Arc<AtomicBool>,
    printer: TerminalPrinter,
    style: Style,
}

impl SessionLog {
    /// Begins to write to this file.
    pub(super) fn begin(
        (file, path): (File, &Path),
        log: &MessageLog,
        printer: &TerminalPrinter,
        style: Style,
    ) -> Result<(Self, Retained), String> {
        if log.is_recorded() {
            return Err("the recording before is still being written".to_owned());
        }
        Ok(Self::start(file, path, log, printer, style))
    }

    fn start(
        file: File,
        path: &Path,
        log: &MessageLog,
        printer: &TerminalPrinter,
        style: Style,
    ) -> (Self, Retained) {
        let held = log.begin_recording();
        let is_over = Arc::<AtomicBool>::default();
        let writer = Writer {
            file,
            path: path.to_owned(),
            log: log.clone(),
            is_over: Arc::clone(&is_over),
            printer: printer.clone(),
            style,
        };
        let (finish, finished) = mpsc::channel::<()>();
        thread::spawn(move || {
            writer.write_all();
            drop(finish);
        });
        let recording = Self {
            path: path.to_owned(),
            log: log.clone(),
            is_over,
            finished,
        };
        (recording, held)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it goes on; it ends by itself when the file cannot be written.
    pub(super) fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Acquire)
    }

    /// Ends it and waits until all is written, but no longer than is bearable.
    pub(super) fn finish(self) {
        self.end();
        // The thread has said how it went; a disk that hangs has not.
        _ = self.finished.recv_timeout(FINISHING);
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.log.wake();
    }
}

impl Drop for SessionLog {
    fn drop(&mut self) {
        self.end();
    }
}

impl Writer {
    /// Writes until it is over, and says how many events there are in the file.
    fn write_all(mut self) {
        let mut lines = String::new();
        let mut written = 0;
        let ended = loop {
            let is_last = self.is_over.load(Ordering::Acquire);
            let count = self
                .log
                .push_recorded(|| self.is_over.load(Ordering::Acquire), &mut lines);
            if let Err(error) = self.file.write_all(lines.as_bytes()) {
                break Err(error);
            }
            written += count;
            lines.clear();
            if is_last && count == 0 {
                break Ok(());
            }
        };
        self.log.end_recording();
        self.is_over.store(true, Ordering::Release);
        self.tell(written, ended);
    }

    fn tell(&self, written: u64, ended: io::Result<()>) {
        let path = self.path.display();
        match ended {
            Ok(()) => {
                let line = format!("{} in {path}", events(written));
                let line = self.style.paint(Role::Faint, sanitize::line(&line));
                self.printer.print(format!("{line}\n"));
            }
            Err(error) => {
                let problem = format!(
                    "cannot write {path}: {}; the recording has ended after {}",
                    io_reason(&error),
                    events(written)
                );
                self.printer.complain(self.style, &problem);
            }
        }
    }
}

/// `1 event`, `4,812 events`.
pub(super) fn events(count: u64) -> String {
    counted(count, "event")
}

/// A new file for its owner only, or an existing one made empty if `force`. May block.
pub(super) fn create(path: &Path, force: bool) -> Result<File, String> {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            let kind = files::kind(found.file_type());
            return Err(format!(
                "cannot write '{shown}': it is a {kind}, not a file"
            ));
        }
        Ok(_) if !force => {
            return Err(format!(
                "'{shown}' exists; /save --force {shown} replaces what is in it"
            ));
        }
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| format!("cannot write '{shown}': {}", io_reason(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interactive::log::EntryKind;
    use crate::output::human::Looks;
    use std::time::SystemTime;

    const PLAIN: Style = Style { colored: false };

    fn message_log(messages: usize) -> MessageLog {
        let log = MessageLog::new(Looks::default());
        for _ in 0..messages {
            log.received(
                EntryKind::sent_text(&"x".repeat(1000)),
                SystemTime::UNIX_EPOCH,
            );
        }
        log
    }

    #[test]
    fn finishing_waits_for_everything_that_is_held() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("all");
        let log = message_log(10_000);
        let printer = TerminalPrinter::start();
        let file = create(&path, false).expect("a new file");
        let begun = SessionLog::begin((file, &path), &log, &printer, PLAIN);
        let (recording, held) = begun.expect("a new file");
        assert_eq!((held.count, held.let_go), (10_000, 0));
        recording.finish();
        let written = fs::read_to_string(&path).expect("lines");
        assert_eq!(written.lines().count(), 10_000);
        assert!(!log.is_recorded());
    }

    #[test]
    fn there_is_one_recording_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = message_log(1);
        let printer = TerminalPrinter::start();
        let begin = |name| {
            let path = folder.path().join(name);
            let file = create(&path, false).expect("a new file");
            SessionLog::begin((file, &path), &log, &printer, PLAIN)
        };
        let _first = begin("first").expect("nothing is recorded");
        let error = begin("second").expect_err("the first goes on");
        assert!(error.contains("still being written"), "{error}");
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("there");
        fs::write(&there, "").expect("written");
        for (path, right) in [
            (there.as_path(), "exists; /save --force"),
            (folder.path(), "it is a folder, not a file"),
            (Path::new("/dev/null"), "it is a device, not a file"),
            (
                Path::new("/nowhere/x"),
                "'/nowhere/x': no such file or directory",
            ),
        ] {
            let error = create(path, false).expect_err("it cannot be written");
            assert!(error.contains(right) && !error.contains('\n'), "{error}");
        }
        assert!(create(&there, true).is_ok());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_ends_it_and_holds_up_nothing() {
        let path = Path::new("/dev/full");
        let full = OpenOptions::new().write(true).open(path);
        let log = message_log(10);
        let printer = TerminalPrinter::start();
        let (recording, _) =
            SessionLog::start(full.expect("a device"), path, &log, &printer, PLAIN);
        let told = recording.finished.recv_timeout(Duration::from_secs(10));
        assert_eq!(told, Err(mpsc::RecvTimeoutError::Disconnected));
        assert!(!recording.goes_on() && !log.is_recorded());
    }
}
