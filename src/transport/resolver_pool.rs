//! A small pool of threads for name resolution, which blocks.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// The most threads that resolve names at the same time.
const MAX_THREADS: usize = 8;
/// How long a thread waits for the next lookup before it ends.
const IDLE_TIME: Duration = Duration::from_secs(10);

/// The pool of this process.
pub(super) static POOL: LazyLock<Arc<Pool>> =
    LazyLock::new(|| Arc::new(Pool::new(MAX_THREADS, IDLE_TIME)));

/// A pool of threads that are started when they are needed.
pub(super) struct Pool {
    max_threads: usize,
    idle_time: Duration,
    state: Mutex<State>,
    has_jobs: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    /// How many of the threads wait for a job.
    idle: usize,
}

struct Job {
    wanted: Weak<()>,
    run: Box<dyn FnOnce() + Send>,
}

impl Job {
    fn is_wanted(&self) -> bool {
        self.wanted.strong_count() > 0
    }
}

/// Whoever waits for a job holds this. A job that has not begun when it is dropped is skipped.
#[must_use]
pub(super) struct Ticket {
    _wanted: Arc<()>,
}

impl Pool {
    fn new(max_threads: usize, idle_time: Duration) -> Self {
        Self {
            max_threads,
            idle_time,
            state: Mutex::default(),
            has_jobs: Condvar::new(),
        }
    }

    /// Runs `job` on the next thread that is free. It may panic.
    ///
    /// # Errors
    /// There is no thread, and the operating system gives none.
    pub(super) fn submit(
        self: &Arc<Self>,
        job: impl FnOnce() + Send + 'static,
    ) -> io::Result<Ticket> {
        let wanted = Arc::new(());
        let mut state = self.lock();
        state.jobs.retain(Job::is_wanted);
        state.jobs.push_back(Job {
            wanted: Arc::downgrade(&wanted),
            run: Box::new(job),
        });
        if state.idle >= state.jobs.len() {
            self.has_jobs.notify_one();
        } else if state.threads < self.max_threads {
            self.add_thread(&mut state)?;
        }
        Ok(Ticket { _wanted: wanted })
    }

    fn add_thread(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let pool = Arc::clone(self);
        let thread = thread::Builder::new().name("resolver".to_owned());
        match thread.spawn(move || pool.work()) {
            Ok(_) => state.threads += 1,
            // The threads that there are do it later.
            Err(_) if state.threads > 0 => {}
            Err(error) => {
                state.jobs.pop_back();
                return Err(error);
            }
        }
        Ok(())
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            if job.is_wanted() {
                // A panic has been reported already, and whoever waits sees that no answer comes.
                let _ = catch_unwind(AssertUnwindSafe(job.run));
            }
        }
    }

    /// The next job; none if the thread is to end because there was none for a while.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        state.idle += 1;
        let waited = self
            .has_jobs
            .wait_timeout_while(state, self.idle_time, |state| state.jobs.is_empty());
        (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        let job = state.jobs.pop_front();
        if job.is_none() {
            state.threads -= 1;
        }
        job
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::time::Instant;

    const LONG: Duration = Duration::from_secs(60);

    fn pool(max_threads: usize, idle_time: Duration) -> Arc<Pool> {
        Arc::new(Pool::new(max_threads, idle_time))
    }

    /// A job that reports its number when it begins, and ends when the sender is used.
    fn blocking(pool: &Arc<Pool>, number: usize, started: &Sender<usize>) -> (Ticket, Sender<()>) {
        let (started, (release, released)) = (started.clone(), mpsc::channel());
        let ticket = pool.submit(move || {
            started.send(number).expect("the test listens");
            released.recv_timeout(LONG).expect("released");
        });
        (ticket.expect("a thread"), release)
    }

    fn next(started: &Receiver<usize>) -> usize {
        started.recv_timeout(LONG).expect("a job begins")
    }

    #[test]
    fn no_more_lookups_run_at_the_same_time_than_there_may_be_threads() {
        let pool = pool(2, LONG);
        let (started, begun) = mpsc::channel();
        let jobs = [0, 1, 2].map(|number| blocking(&pool, number, &started));
        let mut running = [next(&begun), next(&begun)];
        running.sort_unstable();
        assert_eq!(running, [0, 1]);
        let state = pool.lock();
        assert_eq!((state.threads, state.jobs.len()), (2, 1));
        drop(state);
        jobs[1].1.send(()).expect("it waits");
        assert_eq!(next(&begun), 2);
        for released in [0, 2] {
            jobs[released].1.send(()).expect("it waits");
        }
    }

    #[test]
    fn a_lookup_that_nobody_waits_for_is_skipped() {
        let pool = pool(1, LONG);
        let (started, begun) = mpsc::channel();
        let first = blocking(&pool, 0, &started);
        assert_eq!(next(&begun), 0);
        let abandoned = blocking(&pool, 1, &started);
        let last = blocking(&pool, 2, &started);
        drop(abandoned);
        first.1.send(()).expect("it waits");
        assert_eq!(next(&begun), 2);
        last.1.send(()).expect("it waits");
    }

    #[test]
    fn lookups_that_nobody_waits_for_do_not_pile_up() {
        let pool = pool(1, LONG);
        let (started, begun) = mpsc::channel();
        let first = blocking(&pool, 0, &started);
        assert_eq!(next(&begun), 0);
        for number in 0..1000 {
            drop(blocking(&pool, number, &started));
        }
        assert!(pool.lock().jobs.len() <= 1);
        first.1.send(()).expect("it waits");
    }

    #[test]
    fn a_panic_does_not_end_the_pool() {
        let pool = pool(1, LONG);
        let panics = pool.submit(|| panic!("as the test wants it"));
        let (started, begun) = mpsc::channel();
        let (ticket, release) = blocking(&pool, 1, &started);
        assert_eq!(next(&begun), 1);
        assert_eq!(pool.lock().threads, 1);
        release.send(()).expect("it waits");
        drop((panics, ticket));
    }

    #[test]
    fn a_thread_without_work_ends() {
        let pool = pool(4, Duration::from_millis(1));
        let (started, begun) = mpsc::channel();
        let (_ticket, release) = blocking(&pool, 1, &started);
        assert_eq!(next(&begun), 1);
        release.send(()).expect("it waits");
        let deadline = Instant::now() + LONG;
        while pool.lock().threads > 0 {
            assert!(Instant::now() < deadline, "the thread stays");
            thread::yield_now();
        }
    }

    #[test]
    fn a_thread_is_used_again() {
        let pool = pool(4, LONG);
        let (started, begun) = mpsc::channel();
        for number in 0..100 {
            let (_ticket, release) = blocking(&pool, number, &started);
            assert_eq!(next(&begun), number);
            release.send(()).expect("it waits");
            let deadline = Instant::now() + LONG;
            while pool.lock().idle == 0 {
                assert!(Instant::now() < deadline, "the thread does not come back");
                thread::yield_now();
            }
        }
        assert_eq!(pool.lock().threads, 1);
    }
}
