//! Binary messages into files.
//!
//! A thread of its own writes them: a file system may not answer, and what comes has to be shown
//! all the same.

use super::blob_dir::BlobDir;
use crate::output::human;
use crate::output::style::Style;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A message is shown with the name of its file if that comes within this time.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many messages may wait for a slow file system.
const MOST: usize = 1000;
/// So many bytes may wait, beside the message that waits alone.
const MOST_BYTES: usize = 32 << 20;

/// Writes a message to a new file, and tells where.
type Write = Box<dyn FnMut(&[u8]) -> io::Result<PathBuf> + Send>;
/// Shows a line that belongs to no event.
type Announce = Box<dyn Fn(String) + Send>;

/// Where binary messages go.
pub(super) struct Blobs {
    folder: Arc<Path>,
    style: Style,
    patience: Duration,
    waiting: Arc<Mutex<Waiting>>,
    writer: Sender<Job>,
}

/// What has been handed to the writer and is not written.
#[derive(Debug, Default)]
struct Waiting {
    messages: usize,
    bytes: usize,
}

struct Job {
    bytes: Arc<[u8]>,
    /// Takes the answer only while somebody waits for it.
    answer: SyncSender<io::Result<PathBuf>>,
}

impl Blobs {
    /// Keeps messages in this folder. Lines about those that took long go to `announce`.
    pub(super) fn at(folder: &Path, style: Style, announce: Announce) -> Self {
        let mut files = BlobDir::new(folder);
        let write = Box::new(move |bytes: &[u8]| files.write(bytes));
        Self::with(folder, style, PATIENCE, write, announce)
    }

    fn with(
        folder: &Path,
        style: Style,
        patience: Duration,
        write: Write,
        announce: Announce,
    ) -> Self {
        let folder: Arc<Path> = folder.into();
        let (writer, jobs) = mpsc::channel();
        let waiting = Arc::default();
        let thread = Writer {
            folder: Arc::clone(&folder),
            style,
            waiting: Arc::clone(&waiting),
            write,
            announce,
        };
        thread::spawn(move || thread.run(&jobs));
        Self {
            folder,
            style,
            patience,
            waiting,
            writer,
        }
    }

    /// Keeps a message, and gives the rest of its line.
    pub(super) fn keep(&self, bytes: &Arc<[u8]>) -> String {
        let Some(is_first) = self.reserve(bytes.len()) else {
            let slow = io::Error::other("those before are still being written");
            return human::kept(bytes, &self.folder, &Err(slow), self.style);
        };
        let (answer, answered) = mpsc::sync_channel(0);
        let job = Job {
            bytes: Arc::clone(bytes),
            answer,
        };
        // Without its thread there is no answer.
        _ = self.writer.send(job);
        // Where one has waited in vain, those that follow do not.
        let patience = if is_first {
            self.patience
        } else {
            Duration::ZERO
        };
        match answered.recv_timeout(patience) {
            Ok(kept) => human::kept(bytes, &self.folder, &kept, self.style),
            Err(RecvTimeoutError::Timeout) => human::being_kept(bytes, &self.folder),
            Err(RecvTimeoutError::Disconnected) => {
                let failed = Err(io::Error::other("internal error"));
                human::kept(bytes, &self.folder, &failed, self.style)
            }
        }
    }

    /// Whether nothing waits before a message of this size; none when too much does.
    fn reserve(&self, size: usize) -> Option<bool> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = waiting.messages == 0;
        let fits = waiting.messages < MOST && waiting.bytes + size <= MOST_BYTES;
        (is_first || fits).then(|| {
            waiting.messages += 1;
            waiting.bytes += size;
            is_first
        })
    }
}

/// The thread that may wait for the file system.
struct Writer {
    folder: Arc<Path>,
    style: Style,
    waiting: Arc<Mutex<Waiting>>,
    write: Write,
    announce: Announce,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Job>) {
        for Job { bytes, answer } in jobs {
            let kept = (self.write)(&bytes);
            self.release(bytes.len());
            // The message has been shown without the name of its file.
            if let Err(mpsc::SendError(kept)) = answer.send(kept) {
                (self.announce)(human::kept(&bytes, &self.folder, &kept, self.style));
            }
        }
    }

    fn release(&self, size: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.messages -= 1;
        waiting.bytes -= size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    /// A file system that answers once for each time that it is released, and what is announced.
    fn slow() -> (Blobs, Sender<()>, Receiver<String>) {
        let (release, released) = mpsc::channel();
        let (announced, announcements) = mpsc::channel();
        let mut count = 0;
        let write = move |_: &[u8]| {
            count += 1;
            released.recv_timeout(LIMIT).map_err(io::Error::other)?;
            Ok(PathBuf::from(format!("/slow/{count}.bin")))
        };
        let announce = move |line| announced.send(line).expect("the test waits");
        let blobs = Blobs::with(
            Path::new("/slow"),
            Style { colored: false },
            Duration::ZERO,
            Box::new(write),
            Box::new(announce),
        );
        (blobs, release, announcements)
    }

    fn message(size: usize) -> Arc<[u8]> {
        vec![0; size].into()
    }

    #[test]
    fn a_file_system_that_does_not_answer_holds_up_no_message() {
        let (blobs, release, announcements) = slow();
        for size in [3, 4] {
            let line = blobs.keep(&message(size));
            let expected = format!("binary, {size} B, still being written to /slow\n");
            assert_eq!(line, expected);
        }
        for (size, number) in [(3, 1), (4, 2)] {
            release.send(()).expect("it waits");
            let line = announcements.recv_timeout(LIMIT).expect("a line");
            assert_eq!(line, format!("binary, {size} B: /slow/{number}.bin\n"));
        }
    }

    #[test]
    fn what_waits_is_bounded_and_the_rest_is_not_kept() {
        let not_kept = "not kept, /slow: those before are still being written\n";
        for (size, fit) in [(0, MOST), (MOST_BYTES / 2, 2), (MOST_BYTES + 1, 1)] {
            let (blobs, _release, _announcements) = slow();
            for _ in 0..fit {
                let line = blobs.keep(&message(size));
                assert!(line.contains("still being written"), "{line}");
            }
            let line = blobs.keep(&message(size));
            assert!(line.ends_with(not_kept), "{line}");
        }
    }
}
