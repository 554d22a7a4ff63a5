//! What the handle and the events have in common.

use super::{BinaryType, Handshake, ReadyState};
use crate::url::WebSocketUrl;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) url: WebSocketUrl,
    pub(super) handshake: OnceLock<Handshake>,
    /// Read for every send; written together with the lock below.
    ready_state: AtomicU8,
    since: Mutex<Instant>,
    binary_type: AtomicU8,
    pongs: AtomicBool,
    /// The code of a `close()` that began the close handshake.
    pub(super) close_asked: OnceLock<u16>,
}

impl Inner {
    pub(super) fn new(url: WebSocketUrl) -> Self {
        Self {
            url,
            handshake: OnceLock::new(),
            ready_state: AtomicU8::new(ReadyState::Connecting.number()),
            since: Mutex::new(Instant::now()),
            binary_type: AtomicU8::new(BinaryType::default() as u8),
            pongs: AtomicBool::new(true),
            close_asked: OnceLock::new(),
        }
    }

    /// The connection is made. False when `close()` has been called meanwhile.
    pub(super) fn open(&self, handshake: Handshake) -> bool {
        self.set_state(ReadyState::Open);
        let open = self.ready_state() == ReadyState::Open;
        open && self.handshake.set(handshake).is_ok()
    }

    /// Moves the state forward; it never goes back.
    pub(super) fn set_state(&self, state: ReadyState) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if state > self.ready_state() {
            self.ready_state.store(state.number(), Ordering::Release);
            *since = Instant::now();
        }
    }

    pub(super) fn ready_state(&self) -> ReadyState {
        match self.ready_state.load(Ordering::Acquire) {
            0 => ReadyState::Connecting,
            1 => ReadyState::Open,
            2 => ReadyState::Closing,
            _ => ReadyState::Closed,
        }
    }

    pub(super) fn state_age(&self) -> Duration {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.elapsed()
    }

    pub(super) fn binary_type(&self) -> BinaryType {
        if self.binary_type.load(Ordering::Acquire) == BinaryType::Blob as u8 {
            BinaryType::Blob
        } else {
            BinaryType::ArrayBuffer
        }
    }

    pub(super) fn set_binary_type(&self, binary_type: BinaryType) {
        self.binary_type.store(binary_type as u8, Ordering::Release);
    }

    pub(super) fn pongs(&self) -> bool {
        self.pongs.load(Ordering::Acquire)
    }

    pub(super) fn set_pongs(&self, pongs: bool) {
        self.pongs.store(pongs, Ordering::Release);
    }
}
