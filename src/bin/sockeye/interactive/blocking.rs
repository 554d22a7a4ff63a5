//! Waiting for a call that may block, but not for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A thread of its own for calls that may block, one at a time. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocking(Arc<AtomicBool>);

impl Blocking {
    /// The result of `call` if it comes within `limit`. None as well while an earlier call has not
    /// come back: a file system that does not answer holds one thread, not one for each key.
    pub(super) fn within<T: Send + 'static>(
        &self,
        limit: Duration,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if self.0.swap(true, Ordering::AcqRel) {
            return None;
        }
        let busy = Arc::clone(&self.0);
        let (sender, result) = mpsc::channel();
        thread::spawn(move || {
            let value = call();
            busy.store(false, Ordering::Release);
            // Nobody waits any more.
            _ = sender.send(value);
        });
        result.recv_timeout(limit).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_does_not_come_back_is_left_alone() {
        let blocking = Blocking::default();
        let (release, released) = mpsc::channel::<()>();
        let (again, is_free) = mpsc::channel();
        let slow = move || {
            let _ = released.recv_timeout(Duration::from_secs(60));
            again.send(()).expect("the test waits");
        };
        assert_eq!(blocking.within(Duration::ZERO, slow), None);
        assert_eq!(blocking.within(Duration::from_secs(60), || 1), None, "busy");
        drop(release);
        is_free.recv_timeout(Duration::from_secs(60)).expect("free");
        while blocking.0.load(Ordering::Acquire) {
            thread::yield_now();
        }
        assert_eq!(blocking.within(Duration::from_secs(60), || 1), Some(1));
    }
}
