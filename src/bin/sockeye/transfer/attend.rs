//! Waiting for the end of a run within its limits, and the early end.

use super::{Seen, Watch};
use crate::comeback::Line;
use crate::failure::{Failure, Unsent};
use crate::limits::{Limits, SendWatch};
use crate::output::notice::Notices;
use crate::output::progress::{self, Progress};
use std::io::{self, Stdin};
use std::time::{Duration, Instant};

/// Waits for the first end there is, and shows meanwhile how far it is.
pub(crate) fn attend(
    watch: &mut Watch,
    limits: &Limits,
    notices: Notices,
    line: &Line,
    mut progress: Option<Progress<Stdin>>,
) -> io::Result<Seen> {
    let mut sending = SendWatch::new(limits.send_timeout, notices);
    let end = limits.max_time.end();
    loop {
        let showing = progress.as_ref().map(|_| progress::INTERVAL);
        let left = end.remaining(Instant::now());
        let pause = [showing, left].into_iter().flatten();
        match watch.wait(pause.chain([sending.pause()]).min())? {
            Seen::Pause if end.is_past(Instant::now()) => return Ok(Seen::MaxTime),
            Seen::Pause => {}
            seen => return Ok(seen),
        }
        let socket = line.socket();
        if sending.is_stalled(&socket) {
            return Ok(Seen::Stalled);
        }
        if let Some(progress) = &mut progress {
            progress.show(&socket.statistics(), socket.buffered_amount());
        }
    }
}

impl Seen {
    /// How long the close handshake may take when this has ended the run early. Nothing more is
    /// wanted then, and of a server that takes nothing or has no time left no answer is to be
    /// expected.
    pub(crate) fn grace(self) -> Duration {
        match self {
            Self::Done | Self::Pause => Duration::ZERO,
            Self::Interrupted(_) => Duration::from_millis(700),
            Self::OutputGone => Duration::from_millis(250),
            Self::MaxTime | Self::Stalled => Duration::from_millis(100),
        }
    }

    /// What the run ends with then.
    pub(crate) fn result(self, limits: &Limits, unsent: Unsent) -> Result<(), Failure> {
        match self {
            Self::Done | Self::Pause | Self::OutputGone => Ok(()),
            Self::Interrupted(signal) => Err(Failure::Interrupted(signal)),
            Self::MaxTime => Err(limits.max_time.failure()),
            Self::Stalled => Err(limits.stalled(unsent)),
        }
    }
}
