//! An open connection: a stream, the protocol machine, and the steps between them.

use super::event_queue::{Delivery, EventQueue};
use super::payload_source::{PayloadSource, PayloadSources};
use crate::deadline::Deadline;
use crate::io_error::io_reason;
use crate::protocol::{Batch, Endpoint, Outgoing};
use crate::transport::Stream;
use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant, SystemTime};

/// How much is read at a time.
const READ: usize = 128 * 1024;
/// How much of that the machine takes in before its events are queued: compressed data may expand
/// a thousandfold.
const TAKE_IN: usize = 16 * 1024;
/// Events of one step are queued when they take more bytes than this.
const HAND_OVER: usize = 256 * 1024;
/// How often the socket is read or written before everything else has its turn.
const TURNS: usize = 8;
/// Less than this at a time, in bytes, is little.
const QUIET: usize = 16 * 1024;
/// When the close timeout has passed and the receiver is slow, input is still read for this long.
const GRACE: Duration = Duration::from_secs(1);
/// At most this many bytes: more than the operating systems on both sides usually hold.
const GRACE_READ: u64 = 16 << 20;
/// As long as no more bytes than this are queued.
const GRACE_QUEUED: usize = 32 << 20;

thread_local! {
    /// What is read goes through one buffer of each thread, so that an idle connection has none.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Established {
    pub(super) endpoint: Endpoint,
    stream: Stream,
    /// What was read and the machine has not taken in, for lack of room in the queue.
    unread: Vec<u8>,
    readiness: Readiness,
    /// What the endpoint's streamed messages are read from.
    sources: PayloadSources,
    is_shut_down: bool,
    /// Little has arrived last time.
    is_quiet: bool,
    /// Nothing is read until the receiver has caught up.
    is_paused: bool,
    grace: Option<Grace>,
}

/// What the event loop has announced and nobody has used up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Readiness {
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// The peer has ended its half: reading goes on until it shows.
    pub(super) read_closed: bool,
}

/// Input that is still read although the close timeout has passed, because the receiver was slow.
#[derive(Debug, Clone, Copy)]
struct Grace {
    deadline: Deadline,
    /// Until this many bytes have been read in all.
    read: u64,
}

impl Established {
    /// `rest` are bytes that came with the handshake.
    pub(super) fn new(stream: Stream, endpoint: Endpoint, rest: Vec<u8>) -> Self {
        Self {
            endpoint,
            stream,
            unread: rest,
            // Whatever arrived while connecting is not announced again.
            readiness: Readiness {
                readable: true,
                writable: true,
                read_closed: false,
            },
            sources: PayloadSources::default(),
            is_shut_down: false,
            is_quiet: true,
            is_paused: false,
            grace: None,
        }
    }

    /// Queues a message that is read while it is sent. The state is OPEN.
    pub(super) fn send_source(&mut self, source: PayloadSource) {
        if self.endpoint.send_stream(source.len()).is_ok() {
            self.sources.push(source);
        }
    }

    /// Does everything that can be done without waiting.
    pub(super) fn step(&mut self, now: Instant, ready: Readiness, queue: &mut EventQueue) {
        self.readiness.readable |= ready.readable;
        // What was read may let a blocked TLS write go on.
        self.readiness.writable |= ready.writable || (ready.readable && self.stream.wants_write());
        self.readiness.read_closed |= ready.read_closed;
        self.handle_clock(now, queue);
        self.read(now, queue);
        self.write(now, queue);
    }

    /// While the receiver is slower than the peer, no pong can be heard. All other limits run on.
    fn update_pause(&mut self, queue: &EventQueue) {
        let is_paused = !queue.has_room();
        match (self.is_paused, is_paused) {
            (false, true) => self.endpoint.handle_paused(Instant::now()),
            (true, false) => self.endpoint.handle_resumed(Instant::now()),
            _ => {}
        }
        self.is_paused = is_paused;
    }

    fn handle_clock(&mut self, now: Instant, queue: &EventQueue) {
        self.update_pause(queue);
        if !self.endpoint.is_overdue(now) || !self.has_grace(now, queue) {
            self.endpoint.handle_timeout(now);
        }
    }

    /// The close timeout has passed. If that is because the receiver is slow, the peer may have
    /// sent its close frame long ago: what is on its way is read for a moment.
    fn has_grace(&mut self, now: Instant, queue: &EventQueue) -> bool {
        let read = self.endpoint.statistics().wire_bytes_received;
        if self.is_paused && self.grace.is_none() {
            self.grace = Some(Grace {
                deadline: Deadline::after(now, GRACE),
                read: read + GRACE_READ,
            });
        }
        self.grace.is_some_and(|grace| {
            let has_room = queue.is_below(GRACE_QUEUED);
            !grace.deadline.is_past(now) && read < grace.read && has_room
        })
    }

    /// When the next step is due if nothing else happens.
    pub(super) fn deadline(&self) -> Deadline {
        match self.grace {
            Some(grace) if self.endpoint.is_overdue(Instant::now()) => grace.deadline,
            _ => self.endpoint.poll_timeout().into(),
        }
    }

    /// Whether little arrived when something did.
    pub(super) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Whether something can be done at once.
    pub(super) fn has_work(&mut self, queue: &EventQueue) -> bool {
        let may_write = self.may_write(queue)
            && (self.endpoint.poll_transmit().is_some()
                || self.endpoint.wants_payload().is_some()
                || self.stream.wants_write());
        may_write || (self.may_read() && self.has_room(queue))
    }

    fn has_room(&self, queue: &EventQueue) -> bool {
        queue.has_room() || (self.grace.is_some() && queue.is_below(GRACE_QUEUED))
    }

    /// Sent frames are events too when they are traced: the receiver must keep up with them.
    fn may_write(&self, queue: &EventQueue) -> bool {
        self.readiness.writable && (!self.endpoint.traces_frames() || self.has_room(queue))
    }

    fn may_read(&self) -> bool {
        self.readiness.readable || self.readiness.read_closed || !self.unread.is_empty()
    }

    /// Reads until the socket has nothing, the queue has no room, or it is the turn of others.
    pub(super) fn read(&mut self, now: Instant, queue: &mut EventQueue) {
        if !self.unread.is_empty() && self.has_room(queue) {
            let unread = std::mem::take(&mut self.unread);
            self.take_in(now, &unread, queue);
        }
        let mut buffer = BUFFER.take();
        buffer.resize(READ, 0);
        let mut turns = TURNS;
        let mut total = 0;
        while self.unread.is_empty()
            && self.may_read()
            && turns > 0
            && !self.endpoint.is_closed()
            && self.has_room(queue)
        {
            turns -= 1;
            // After a short read there is probably nothing more. That is found out later, when
            // the events are handed over: mio promises a new event only after `WouldBlock`.
            let count = self.read_once(now, &mut buffer, queue);
            total += count;
            if count < READ {
                break;
            }
        }
        BUFFER.set(buffer);
        if total > 0 {
            self.is_quiet = total < QUIET;
        }
        // No further step may come while reading is paused.
        self.update_pause(queue);
    }

    /// Reads once, and returns how many bytes there were.
    fn read_once(&mut self, now: Instant, buffer: &mut [u8], queue: &mut EventQueue) -> usize {
        match self.stream.read(buffer) {
            Ok(0) => {
                self.nothing_to_read();
                self.endpoint.handle_eof(now);
            }
            Ok(count) => {
                self.take_in(now, &buffer[..count], queue);
                return count;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.nothing_to_read(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.nothing_to_read();
                self.endpoint.handle_read_error(now, io_reason(&error));
            }
        }
        0
    }

    fn nothing_to_read(&mut self) {
        self.readiness.readable = false;
        self.readiness.read_closed = false;
    }

    /// Gives bytes to the machine; keeps those for which the queue has no room.
    fn take_in(&mut self, now: Instant, bytes: &[u8], queue: &mut EventQueue) {
        let mut taken = 0;
        for piece in bytes.chunks(TAKE_IN) {
            self.endpoint.handle_input(now, piece);
            taken += piece.len();
            if self.endpoint.events().size() > HAND_OVER {
                self.hand_over(queue);
                if !self.has_room(queue) {
                    break;
                }
            }
        }
        self.unread.extend_from_slice(&bytes[taken..]);
    }

    /// Queues the machine's events.
    pub(super) fn hand_over(&mut self, queue: &mut EventQueue) {
        if self.endpoint.events().is_empty() {
            return;
        }
        let mut inbox = queue.spare();
        self.endpoint.swap_events(&mut inbox);
        let at = SystemTime::now();
        queue.push(Delivery::Events { inbox, at });
    }

    /// After the end: the messages that the network has not taken.
    pub(super) fn take_unsent(&mut self) -> Vec<Batch> {
        let unsent = self.endpoint.take_unsent().into_iter();
        let batches = unsent.filter_map(|outgoing| match outgoing {
            Outgoing::Batch(batch) => Some(batch),
            // The file is where it was.
            Outgoing::Stream { .. } => None,
        });
        batches.collect()
    }

    /// Writes until there is nothing, the socket takes no more, or it is the turn of others.
    pub(super) fn write(&mut self, now: Instant, queue: &EventQueue) {
        for _ in 0..TURNS {
            if !self.may_write(queue) {
                break;
            }
            let Some(bytes) = self.endpoint.poll_transmit() else {
                if self.sources.supply(&mut self.endpoint) {
                    continue;
                }
                break;
            };
            match self.stream.write(bytes) {
                Ok(count) => self.endpoint.handle_transmitted(now, count),
                Err(error) => return self.write_failed(now, &error),
            }
        }
        if self.readiness.writable
            && let Err(error) = self.finish_writing()
        {
            self.write_failed(now, &error);
        }
    }

    /// Writes what is left when the machine has nothing more.
    fn finish_writing(&mut self) -> io::Result<()> {
        if self.stream.wants_write() {
            self.stream.flush()?;
        }
        if self.endpoint.wants_shutdown() && !self.is_shut_down {
            self.stream.shutdown_write()?;
            self.is_shut_down = true;
        }
        Ok(())
    }

    fn write_failed(&mut self, now: Instant, error: &io::Error) {
        match error.kind() {
            io::ErrorKind::WouldBlock => self.readiness.writable = false,
            io::ErrorKind::Interrupted => {}
            _ => self.lost_while_writing(now, error),
        }
    }

    /// A peer that is gone may have left messages and a close frame behind: they are read before
    /// the connection counts as lost.
    fn lost_while_writing(&mut self, now: Instant, error: &io::Error) {
        self.readiness.writable = false;
        self.readiness.readable = true;
        self.endpoint.handle_write_error(now, io_reason(error));
    }

    /// Ends our half of the stream if the close frame was written, so that the peer can tell this
    /// from a stream that was cut off: over TLS by `close_notify` (RFC 8446 §6.1), then by TCP's
    /// end. It fails when the peer is gone, and then there is nobody to tell.
    pub(super) fn end_stream(&mut self) {
        if self.endpoint.has_sent_close() {
            let _ = self.stream.shutdown_write();
        }
    }

    /// The stream, to be registered with another event loop.
    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }
}
