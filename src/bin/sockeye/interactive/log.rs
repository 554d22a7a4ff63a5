//! What was received and sent, and what of it is shown.

mod entry;

pub(super) use entry::{Direction, Entry, EntryKind};

use super::filter::Filter;
use crate::output::human::{Human, Looks};
use entry::EntryBuffer;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// How many bytes a session log takes at a time.
const BLOCK: usize = 64 << 10;

/// Clones are the same log.
#[derive(Debug, Clone)]
pub(super) struct MessageLog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pages: Mutex<Pages>,
    changed: Condvar,
    /// How many messages the filter has hidden since it was set.
    hidden: AtomicU64,
}

#[derive(Debug)]
struct Pages {
    entries: EntryBuffer,
    looks: Looks,
    filter: Option<Filter>,
    /// The number of the next entry that a recording takes.
    recorded: Option<u64>,
}

/// What became of something that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    /// It has this number, and is to be shown.
    Shown(u64),
    /// The filter hides it.
    Hidden,
}

/// What there is of what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Retained {
    /// So many are there.
    pub(super) count: u64,
    /// So many older events are no longer held.
    pub(super) let_go: u64,
}

impl MessageLog {
    pub(super) fn new(looks: Looks) -> Self {
        Self(Arc::new(Shared {
            pages: Mutex::new(Pages {
                entries: EntryBuffer::default(),
                looks,
                filter: None,
                recorded: None,
            }),
            changed: Condvar::new(),
            hidden: AtomicU64::default(),
        }))
    }

    /// Notes what was received. Waits while a recording has yet to take what would have to go.
    pub(super) fn received(&self, what: EntryKind, time: SystemTime) -> Noted {
        let full = |pages: &mut Pages| pages.entries.is_full() && pages.is_behind();
        let pages = self.lock();
        let waited = self.0.changed.wait_while(pages, full);
        let mut pages = waited.unwrap_or_else(PoisonError::into_inner);
        let entry = Entry {
            time,
            direction: Direction::Received,
            what,
        };
        let hidden = match (&pages.filter, entry.payload()) {
            (Some(filter), Some(payload)) => !filter.shows(payload),
            _ => false,
        };
        let number = self.push(&mut pages, entry);
        if hidden {
            self.0.hidden.fetch_add(1, Ordering::Relaxed);
            return Noted::Hidden;
        }
        Noted::Shown(number)
    }

    /// Sends something and notes what it is, unless that fails. What answers it is noted after
    /// it.
    pub(super) fn send<E>(
        &self,
        sent: impl IntoIterator<Item = EntryKind>,
        send: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let mut pages = self.lock();
        // The answer may arrive before `send` comes back.
        let time = SystemTime::now();
        send()?;
        for what in sent {
            self.push(&mut pages, Entry::sent(time, what));
        }
        Ok(())
    }

    fn push(&self, pages: &mut Pages, entry: Entry) -> u64 {
        let needed = pages.recorded.unwrap_or(u64::MAX);
        let number = pages.entries.push(entry, needed);
        if pages.recorded.is_some() {
            self.0.changed.notify_all();
        }
        number
    }

    /// Does something with an entry that is still held.
    pub(super) fn with<T>(&self, number: u64, look: impl FnOnce(&Entry) -> T) -> Option<T> {
        self.lock().entries.get(number).map(look)
    }

    /// Adds the lines of the last `count` messages, sent and received.
    pub(super) fn push_last(&self, count: usize, human: &mut Human, out: &mut String) -> Retained {
        let pages = self.lock();
        let mut newest: Vec<&Entry> = pages.entries.newest_messages().take(count).collect();
        newest.reverse();
        for entry in &newest {
            entry.push_shown(human, out);
        }
        Retained {
            count: newest.len() as u64,
            let_go: pages.entries.first(),
        }
    }

    /// How messages look from now on.
    pub(super) fn looks(&self) -> Looks {
        self.lock().looks
    }

    pub(super) fn set_looks(&self, change: impl FnOnce(&mut Looks)) {
        change(&mut self.lock().looks);
    }

    /// Sets the filter and gives the number of messages that the one before has hidden.
    pub(super) fn set_filter(&self, filter: Option<Filter>) -> u64 {
        let mut pages = self.lock();
        pages.filter = filter;
        self.0.hidden.swap(0, Ordering::Relaxed)
    }

    /// The filter as it was typed.
    pub(super) fn filter(&self) -> Option<String> {
        let pages = self.lock();
        Some(pages.filter.as_ref()?.typed().to_owned())
    }

    /// Whether there is a filter.
    pub(super) fn is_filtered(&self) -> bool {
        self.lock().filter.is_some()
    }

    /// How many messages the filter has hidden since it was set.
    pub(super) fn hidden(&self) -> u64 {
        self.0.hidden.load(Ordering::Relaxed)
    }

    /// Whether a recording goes on, or is still being written after its end.
    pub(super) fn is_recorded(&self) -> bool {
        self.lock().recorded.is_some()
    }

    /// Begins a recording with everything that is held.
    pub(super) fn begin_recording(&self) -> Retained {
        let mut pages = self.lock();
        let let_go = pages.entries.first();
        pages.recorded = Some(let_go);
        Retained {
            count: pages.entries.end() - let_go,
            let_go,
        }
    }

    /// No recording needs anything any more.
    pub(super) fn end_recording(&self) {
        self.lock().recorded = None;
        self.0.changed.notify_all();
    }

    /// Adds the next lines of the recording and gives their number; waits for them, until
    /// `is_over` or the recording has been ended.
    pub(super) fn push_recorded(&self, is_over: impl Fn() -> bool, out: &mut String) -> u64 {
        let nothing_new = |pages: &mut Pages| pages.is_recorded() && !is_over();
        let waited = self.0.changed.wait_while(self.lock(), nothing_new);
        let mut pages = waited.unwrap_or_else(PoisonError::into_inner);
        let Some(first) = pages.recorded else {
            return 0;
        };
        let mut next = first;
        while let Some(entry) = pages.entries.get(next).filter(|_| out.len() < BLOCK) {
            entry.push_json(out);
            next += 1;
        }
        pages.recorded = Some(next);
        self.0.changed.notify_all();
        next - first
    }

    /// Wakes those who wait for something to be recorded.
    pub(super) fn wake(&self) {
        drop(self.lock());
        self.0.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    /// Whether the recording has yet to take the oldest entry.
    fn is_behind(&self) -> bool {
        self.recorded
            .is_some_and(|next| next <= self.entries.first())
    }

    /// Whether the recording has taken all there is.
    fn is_recorded(&self) -> bool {
        self.recorded.is_some_and(|next| next == self.entries.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    const NEVER: fn() -> bool = || false;
    const AT_ONCE: fn() -> bool = || true;

    fn receive(log: &MessageLog, text: &str) -> Noted {
        log.received(EntryKind::sent_text(text), SystemTime::UNIX_EPOCH)
    }

    fn message_log() -> MessageLog {
        MessageLog::new(Looks::default())
    }

    #[test]
    fn what_is_hidden_is_counted_until_the_filter_changes() {
        let log = message_log();
        log.set_filter(Some(Filter::parse("b").expect("a filter")));
        assert_eq!(receive(&log, "a"), Noted::Hidden);
        assert_eq!(receive(&log, "b"), Noted::Shown(1));
        assert_eq!(log.hidden(), 1);
        assert_eq!(log.set_filter(None), 1);
        assert_eq!(log.hidden(), 0);
        assert_eq!(receive(&log, "a"), Noted::Shown(2));
    }

    #[test]
    fn control_frames_are_never_hidden() {
        let log = message_log();
        log.set_filter(Some(Filter::parse("b").expect("a filter")));
        let ping = EntryKind::Ping(Box::from(*b"a"));
        let noted = log.received(ping, SystemTime::UNIX_EPOCH);
        assert_eq!(noted, Noted::Shown(0));
    }

    #[test]
    fn what_could_not_be_sent_is_not_noted() {
        let log = message_log();
        let sent = log.send([EntryKind::sent_text("a")], || Err("closed"));
        assert_eq!(sent, Err("closed"));
        assert!(log.with(0, |_| ()).is_none());
    }

    #[test]
    fn a_recording_has_what_is_held_and_what_follows_once() {
        let log = message_log();
        receive(&log, "before");
        assert_eq!(log.begin_recording().count, 1);
        let mut lines = String::new();
        assert_eq!(log.push_recorded(NEVER, &mut lines), 1);
        receive(&log, "after");
        assert_eq!(log.push_recorded(NEVER, &mut lines), 1);
        assert_eq!(log.push_recorded(AT_ONCE, &mut lines), 0);
        let messages: Vec<_> = lines.lines().map(|line| line.contains("before")).collect();
        assert_eq!(messages, [true, false]);
    }

    #[test]
    fn nothing_is_let_go_that_a_recording_has_yet_to_take() {
        let log = message_log();
        let large = "x".repeat(20 << 20);
        receive(&log, &large);
        log.begin_recording();
        receive(&log, &large);
        let display = log.clone();
        let (noted, is_noted) = mpsc::channel();
        thread::spawn(move || {
            receive(&display, "waits");
            noted.send(()).expect("a reader");
        });
        assert!(is_noted.recv_timeout(Duration::from_millis(50)).is_err());
        let mut lines = String::new();
        assert_eq!(log.push_recorded(NEVER, &mut lines), 1);
        is_noted
            .recv_timeout(Duration::from_secs(10))
            .expect("room");
        lines.clear();
        assert_eq!(log.push_recorded(NEVER, &mut lines), 1);
        assert!(lines.len() > large.len());
    }
}
