//! Coming back by itself when the connection is lost or the server is not up yet.

use super::Client;
use super::log::EntryKind;
use crate::comeback::{Carried, Plan, chance, left_over};
use crate::output::notice::Notices;
use crate::session::Ending;
use sockeye::protocol::Batch;
use sockeye::{ReadyState, WebSocket};
use std::time::{Instant, SystemTime};

/// What is known about it.
#[derive(Debug)]
pub(super) struct ReconnectState {
    plan: Plan,
    /// When to connect again.
    due: Option<Instant>,
    /// What the connection before could not send.
    carried: Vec<Batch>,
    /// What goes first over the present connection has gone.
    greeted: bool,
    /// The user has closed: nobody wants another connection.
    unwanted: bool,
}

impl ReconnectState {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            plan,
            due: None,
            carried: Vec::new(),
            greeted: false,
            unwanted: false,
        }
    }

    /// When it is time to connect again, if it will be.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// A connection is being made.
    pub(super) fn begin(&mut self) {
        self.due = None;
        self.greeted = false;
        self.unwanted = false;
    }

    /// The user wants no other connection.
    pub(super) fn cancel(&mut self) {
        self.due = None;
        self.unwanted = true;
    }
}

impl Client {
    /// The connection was opened; it may be lost already.
    pub(super) fn opened(&mut self) {
        self.reconnect.plan.opened(Instant::now());
        self.greet();
    }

    /// Queues what goes first over an open connection, once: the messages of the command line,
    /// then what the connection before could not send.
    pub(super) fn greet(&mut self) {
        let socket = self.current.socket();
        if self.reconnect.greeted || socket.ready_state() != ReadyState::Open {
            return;
        }
        self.reconnect.greeted = true;
        let first = if self.connector.is_cross_origin() {
            self.keep_first()
        } else if self.reconnect.plan.reconnects() {
            self.first.clone()
        } else {
            std::mem::take(&mut self.first)
        };
        let carried = std::mem::take(&mut self.reconnect.carried);
        if let Some(carried) = Carried::of(&carried) {
            self.notice(&carried.to_string());
        }
        // What was carried over is in the log already.
        let first = first
            .into_iter()
            .map(|batch| (EntryKind::of_batch(&batch), batch));
        let carried = carried.into_iter().map(|batch| (Vec::new(), batch));
        for (sent, batch) in first.chain(carried) {
            if let Err(exception) = self.log.send(sent, || socket.send(batch)) {
                self.printer.complain(self.style, &exception.to_string());
            }
        }
    }

    /// The messages of the command line are for its origin only.
    fn keep_first(&self) -> Vec<Batch> {
        if !self.first.is_empty() {
            self.notice("another origin than on the command line; its messages are not sent there");
        }
        Vec::new()
    }

    /// What could not be sent is not sent to anybody else.
    pub(super) fn drop_carried(&mut self) {
        let carried = std::mem::take(&mut self.reconnect.carried);
        let messages: usize = carried.iter().map(Batch::len).sum();
        if messages > 0 {
            let line =
                format!("not sent to another origin: messages that were waiting: {messages}");
            self.notice(&line);
        }
    }

    /// After an end: whether another connection is to follow. It is awaited then.
    pub(super) fn comes_back(&mut self, ending: &Ending) -> bool {
        let socket: WebSocket = self.current.socket();
        if self.reconnect.unwanted || socket.ready_state() != ReadyState::Closed {
            return false;
        }
        let (now, today) = (Instant::now(), SystemTime::now());
        let Some(pause) = self.reconnect.plan.after(ending, chance(), now, today) else {
            return false;
        };
        if self.reconnect.greeted {
            let first = match self.connector.is_cross_origin() {
                true => &[],
                false => &*self.first,
            };
            self.reconnect.carried = left_over(&socket, first);
        }
        self.reconnect.due = now.checked_add(pause.delay);
        self.current.set_returning(true);
        self.notice(&pause.to_string());
        true
    }

    pub(super) fn notice(&self, text: &str) {
        let notices = Notices {
            style: self.style,
            quiet: self.quiet,
            over_progress: false,
        };
        if !notices.quiet {
            self.printer.print(notices.line(text));
        }
    }
}
