//! The loop over socket, wishes and deadlines.

use super::STREAM;
use super::commands::Command;
use super::deliveries::Delivery;
use super::shared::Shared;
use crate::deadline::Deadline;
use crate::protocol::{Batch, Endpoint, State};
use crate::transport::Stream;
use mio::{Events, Poll};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How much is read at a time.
const READ: usize = 128 * 1024;
/// How much of that the machine takes in before what came of it is handed over: compressed data
/// may become a thousand times as much.
const TAKE_IN: usize = 16 * 1024;
/// So many events of a step are handed over at once, in bytes.
const HAND_OVER: usize = 256 * 1024;
/// When the time is up and the listener was slow, what the peer has sent is still read for so
/// long.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// So many bytes of it: more than the operating systems on both sides usually hold.
const LAST_READ: u64 = 16 << 20;
/// As long as no more than this is undelivered, in bytes.
const LAST_HELD: usize = 32 << 20;
/// Between two looks at everything else, so often is the socket read or written.
const TURNS: usize = 8;

/// What an open connection consists of, and the loop that keeps it going.
pub(super) struct Driver {
    shared: Arc<Shared>,
    poll: Poll,
    stream: Stream,
    endpoint: Endpoint,
    commands: Vec<Command>,
    /// Messages that came when the machine took none any more.
    late: Vec<Batch>,
    buffer: Vec<u8>,
    /// The part of `buffer` that the machine has not taken in.
    unread: std::ops::Range<usize>,
    /// The socket may have bytes for us, or room.
    readable: bool,
    writable: bool,
    /// The peer has ended its half: reading goes on until it shows.
    read_closed: bool,
    shut_down: bool,
    /// Nothing is read until the listener has caught up.
    paused: bool,
    /// The listener has not caught up, and the time for that is over.
    last_chance: Option<LastChance>,
    /// What is sent is told too: the listener must keep up with that as well.
    traced: bool,
}

/// What may still come although the time is up.
#[derive(Debug, Clone, Copy)]
struct LastChance {
    deadline: Deadline,
    /// Up to so many bytes since the beginning.
    read: u64,
}

impl Driver {
    pub(super) fn new(shared: Arc<Shared>, poll: Poll, stream: Stream, endpoint: Endpoint) -> Self {
        let traced = endpoint.traces_frames();
        Self {
            shared,
            poll,
            stream,
            endpoint,
            commands: Vec::new(),
            late: Vec::new(),
            buffer: vec![0; READ],
            unread: 0..0,
            readable: true,
            writable: true,
            read_closed: false,
            shut_down: false,
            paused: false,
            last_chance: None,
            traced,
        }
    }

    /// Runs until the connection has ended. `rest` are bytes that came with the handshake.
    pub(super) fn run(mut self, rest: &[u8]) {
        let mut events = Events::with_capacity(16);
        self.take_in(rest);
        loop {
            self.serve_commands();
            self.read();
            self.write();
            if self.endpoint.state() == State::Closed {
                self.end_stream();
                // Before the end is told: whoever hears of it may ask at once.
                let unsent = self.unsent();
                self.shared.keep_unsent(unsent);
                self.shared.publish(self.endpoint.counters());
            }
            self.hand_over();
            self.shared.publish(self.endpoint.counters());
            if !self.endpoint.may_send() {
                self.shared.stop_sending();
            }
            if self.endpoint.state() == State::Closed {
                return;
            }
            self.wait(&mut events);
            self.look_at_the_clock();
        }
    }

    /// What was queued and will not be sent any more, in its order.
    fn unsent(&mut self) -> Vec<Batch> {
        let mut unsent = self.endpoint.take_unsent();
        unsent.append(&mut self.late);
        unsent
    }

    /// While the listener is slower than the peer, no pong is heard. All other bounds run on.
    fn look_at_the_clock(&mut self) {
        let now = Instant::now();
        let paused = !self.shared.deliveries.has_room();
        match (self.paused, paused) {
            (false, true) => self.endpoint.handle_paused(now),
            (true, false) => self.endpoint.handle_resumed(now),
            _ => {}
        }
        self.paused = paused;
        if !self.endpoint.is_overdue(now) || !self.has_last_chance(now) {
            self.endpoint.handle_timeout(now);
        }
    }

    /// The time is up. If that is because the listener is slow, the peer may have sent its close
    /// frame long ago: what is on its way is read for a moment, however slow the listener is.
    fn has_last_chance(&mut self, now: Instant) -> bool {
        let read = self.endpoint.counters().wire_bytes_received;
        if self.paused && self.last_chance.is_none() {
            self.last_chance = Some(LastChance {
                deadline: Deadline::after(now, LAST_WAIT),
                read: read + LAST_READ,
            });
        }
        self.last_chance.is_some_and(|last| {
            let has_room = self.shared.deliveries.is_below(LAST_HELD);
            !last.deadline.is_past(now) && read < last.read && has_room
        })
    }

    fn wait(&mut self, events: &mut Events) {
        let timeout = if self.has_work() {
            Some(Duration::ZERO)
        } else {
            let now = Instant::now();
            let deadline = match self.last_chance {
                Some(last) if self.endpoint.is_overdue(now) => last.deadline,
                _ => self.endpoint.poll_timeout().into(),
            };
            deadline.remaining(now)
        };
        match self.poll.poll(events, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.endpoint
                    .handle_read_error(Instant::now(), error.to_string());
            }
            _ => {}
        }
        for event in &*events {
            if event.token() == STREAM {
                self.readable |= event.is_readable();
                // A blocked TLS write may be moved on by what is read.
                self.writable |= event.is_writable() || self.stream.wants_write();
                self.read_closed |= event.is_read_closed();
            }
        }
    }

    /// Whether something can be done without any news.
    fn has_work(&mut self) -> bool {
        let can_write = self.can_write()
            && (self.endpoint.poll_transmit().is_some() || self.stream.wants_write());
        can_write || (self.can_read() && self.has_room())
    }

    /// Whether more may be read.
    fn has_room(&self) -> bool {
        let deliveries = &self.shared.deliveries;
        deliveries.has_room() || (self.last_chance.is_some() && deliveries.is_below(LAST_HELD))
    }

    fn can_write(&self) -> bool {
        self.writable && (!self.traced || self.has_room())
    }

    fn can_read(&self) -> bool {
        self.readable || self.read_closed || !self.unread.is_empty()
    }

    fn serve_commands(&mut self) {
        let mut commands = std::mem::take(&mut self.commands);
        self.shared.commands.take(&mut commands);
        let now = Instant::now();
        for command in commands.drain(..) {
            // What the machine refuses came after the end, which the events tell about.
            let _ = match command {
                Command::Send(batch) if self.endpoint.state() != State::Open => {
                    self.late.push(batch);
                    Ok(())
                }
                Command::Send(batch) => self.endpoint.send(batch),
                Command::Ping(payload) => self.endpoint.ping(now, &payload),
                Command::Pong(payload) => self.endpoint.pong(&payload),
                Command::Pongs(answers) => {
                    self.endpoint.set_pongs(answers);
                    Ok(())
                }
                Command::Close { code, reason } => self.endpoint.close(now, code, &reason),
                Command::Abort => {
                    self.endpoint.abort(now);
                    Ok(())
                }
            };
        }
        self.commands = commands;
    }

    /// Reads until there is nothing, no room for what comes of it, or it is others' turn.
    fn read(&mut self) {
        if !self.unread.is_empty() && self.has_room() {
            let buffer = std::mem::take(&mut self.buffer);
            let taken = self.take_in(&buffer[self.unread.clone()]);
            self.buffer = buffer;
            self.unread.start += taken;
        }
        let mut turns = TURNS;
        while self.unread.is_empty()
            && self.can_read()
            && turns > 0
            && self.endpoint.state() != State::Closed
            && self.has_room()
        {
            turns -= 1;
            self.read_once();
        }
    }

    fn read_once(&mut self) {
        match self.stream.read(&mut self.buffer) {
            Ok(0) => {
                self.readable = false;
                self.read_closed = false;
                self.endpoint.handle_eof(Instant::now());
            }
            Ok(count) => {
                // A short read has emptied the socket; the next bytes are a new event.
                self.readable = count == self.buffer.len() || self.stream.has_buffered();
                let buffer = std::mem::take(&mut self.buffer);
                let taken = self.take_in(&buffer[..count]);
                self.buffer = buffer;
                self.unread = taken..count;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                self.read_closed = false;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.readable = false;
                self.read_closed = false;
                self.endpoint
                    .handle_read_error(Instant::now(), describe(&error));
            }
        }
    }

    /// Lets the machine take in bytes; tells how many it did before the room was full.
    fn take_in(&mut self, bytes: &[u8]) -> usize {
        let now = Instant::now();
        let mut taken = 0;
        for piece in bytes.chunks(TAKE_IN) {
            self.endpoint.handle_input(now, piece);
            taken += piece.len();
            if self.endpoint.events().size() > HAND_OVER && !self.hand_over() {
                break;
            }
        }
        taken
    }

    /// Hands the events so far over. Tells whether more may come.
    fn hand_over(&mut self) -> bool {
        if self.endpoint.events().is_empty() {
            return true;
        }
        let mut inbox = self.shared.deliveries.spare();
        self.endpoint.swap_events(&mut inbox);
        let at = SystemTime::now();
        self.shared.deliveries.push(Delivery::Events { inbox, at });
        self.has_room()
    }

    /// Writes until there is nothing, the socket is full, or it is others' turn.
    fn write(&mut self) {
        for _ in 0..TURNS {
            if !self.can_write() {
                break;
            }
            let Some(bytes) = self.endpoint.poll_transmit() else {
                break;
            };
            match self.stream.write(bytes) {
                Ok(count) => self.endpoint.handle_transmitted(Instant::now(), count),
                Err(error) => return self.write_failed(&error),
            }
        }
        if self.writable
            && let Err(error) = self.finish_writing()
        {
            self.write_failed(&error);
        }
    }

    /// What is left to write when the machine has nothing more.
    fn finish_writing(&mut self) -> io::Result<()> {
        if self.stream.wants_write() {
            self.stream.flush()?;
        }
        if self.endpoint.wants_shutdown() && !self.shut_down {
            self.stream.shutdown_write()?;
            self.shut_down = true;
        }
        Ok(())
    }

    /// Ends our half of the stream if all was said, so that the peer can tell this from a stream
    /// that was cut off: over TLS by `close_notify` (RFC 8446 §6.1), which goes before TCP's end.
    /// It fails when the peer has gone, and then there is nobody to tell.
    fn end_stream(&mut self) {
        if self.endpoint.has_sent_close() {
            let _ = self.stream.shutdown_write();
        }
    }

    fn write_failed(&mut self, error: &io::Error) {
        match error.kind() {
            io::ErrorKind::WouldBlock => self.writable = false,
            io::ErrorKind::Interrupted => {}
            _ => self.lost_while_writing(error),
        }
    }

    /// A peer that has gone may have left a close frame behind, and messages: they are read
    /// before the connection counts as lost.
    fn lost_while_writing(&mut self, error: &io::Error) {
        self.writable = false;
        self.readable = true;
        self.endpoint
            .handle_write_error(Instant::now(), describe(error));
    }
}

/// What went wrong, without the operating system's number for it.
pub(super) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionReset => "connection reset by the peer".to_owned(),
        io::ErrorKind::BrokenPipe => "the peer has closed the connection".to_owned(),
        _ => error.to_string(),
    }
}
