//! Pings and pongs that wait for the network, bounded in number (and so in bytes: each has at most
//! 125).

use super::opcode::Control;
use std::collections::VecDeque;

/// How many pings and pongs of the application wait at most.
pub(super) const MAX_COMMANDED: usize = 64;
/// How many pongs that answer the peer's pings wait at most. Only the most recent ping has to be
/// answered (RFC 6455 §5.5.3), so the oldest pong is dropped for a peer that sends pings and does not
/// read.
const MAX_ANSWERS: usize = 64;

/// Who wanted a control frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The application.
    Command,
    /// The peer, whose ping it answers.
    Answer,
    /// Keep-alive.
    KeepAlive,
}

/// Control frames in the order in which they are sent.
#[derive(Debug, Default)]
pub(super) struct ControlQueue {
    frames: VecDeque<Queued>,
    /// How many of them are of each [`Origin`].
    counts: [usize; 3],
}

#[derive(Debug)]
struct Queued {
    control: Control,
    payload: Vec<u8>,
    origin: Origin,
}

impl ControlQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether no further frame of the application is accepted.
    pub(super) fn is_full(&self) -> bool {
        self.count(Origin::Command) >= MAX_COMMANDED
    }

    pub(super) fn has_keep_alive(&self) -> bool {
        self.count(Origin::KeepAlive) > 0
    }

    pub(super) fn push(&mut self, control: Control, payload: &[u8], origin: Origin) {
        if origin == Origin::Answer && self.count(Origin::Answer) >= MAX_ANSWERS {
            let oldest = self.frames.iter().position(|frame| frame.origin == origin);
            let removed = oldest.and_then(|oldest| self.frames.remove(oldest));
            self.counts[origin as usize] -= usize::from(removed.is_some());
        }
        self.counts[origin as usize] += 1;
        self.frames.push_back(Queued {
            control,
            payload: payload.to_vec(),
            origin,
        });
    }

    pub(super) fn pop(&mut self) -> Option<(Control, Vec<u8>)> {
        let frame = self.frames.pop_front()?;
        self.counts[frame.origin as usize] -= 1;
        Some((frame.control, frame.payload))
    }

    /// Drops the pings: no answer is awaited any more.
    pub(super) fn retain_pongs(&mut self) {
        let counts = &mut self.counts;
        self.frames.retain(|frame| {
            let is_pong = frame.control == Control::Pong;
            counts[frame.origin as usize] -= usize::from(!is_pong);
            is_pong
        });
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn count(&self, origin: Origin) -> usize {
        self.counts[origin as usize]
    }
}
