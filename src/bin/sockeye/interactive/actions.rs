//! Commands carried out.

use super::Client;
use super::arguments::{Binary, Close};
use super::commands::{self, Command};
use super::log::EntryKind;
use super::pending::Abandoned;
use super::report::{self, Page};
use super::{external_editor, files, help, history};
use crate::output::redirect;
use crate::output::size::Bytes;
use sockeye::protocol::Batch;
use sockeye::{Exception, ReadyState, WebSocket};

/// What a command leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The next line, please.
    Stay,
    /// The user wants to leave.
    Leave,
}

impl Client {
    /// Does what a typed line asks for, or says what is wrong with it.
    pub(super) fn obey(&mut self, line: &str) -> Outcome {
        // The connection may be open before that is heard of here: nothing newer goes first.
        self.greet();
        match commands::parse(line) {
            Ok(Command::Quit) => return Outcome::Leave,
            // What is sent keeps its order, and one command at a time may block.
            Ok(command) if self.pending.is_busy() && command.waits_its_turn() => {
                self.pending.queue(command);
            }
            Ok(command) => {
                if let Err(problem) = self.carry_out(command) {
                    self.printer.complain(self.style, &problem);
                }
            }
            Err(problem) => self.printer.complain(self.style, &problem),
        }
        Outcome::Stay
    }

    pub(super) fn carry_out(&mut self, command: Command) -> Result<(), String> {
        let socket = self.current.socket();
        match command {
            Command::Send(text) => self.send_text(text),
            Command::Text(file) => self.send_text_file(file),
            Command::Binary(Binary::Data(data)) => self.send_binary(data),
            Command::Binary(Binary::File(file)) => self.send_binary_file(file),
            Command::Close(close) => {
                if self.reconnect.due().is_some() {
                    self.remark("not tried again; /connect opens a connection");
                } else {
                    self.close(&socket, &close)?;
                }
                self.stay_closed();
                Ok(())
            }
            Command::Ping(payload) => {
                let sent = EntryKind::Ping(payload.as_slice().into());
                self.send(sent, || socket.ping(&payload))
            }
            Command::Pong(payload) => {
                let sent = EntryKind::Pong(payload.as_slice().into(), None);
                self.send(sent, || socket.pong(&payload))
            }
            Command::View(view) => self.view(view),
            Command::Fragment(size, text) => {
                let sent = EntryKind::sent_text(&text);
                let batch = Batch::one_text(text).in_fragments(size);
                self.send(sent, || socket.send(batch))
            }
            Command::Repeat(repeat) => {
                (self.repeating).obey(repeat, &socket, &self.log, &self.printer, self.style)
            }
            Command::Pongs(pongs) => {
                socket.set_pongs(pongs);
                self.remark(match pongs {
                    true => "pings are answered",
                    false => "pings stay unanswered; /pongs on answers them again",
                });
                Ok(())
            }
            Command::State => self.show_text(report::state(&socket, Page::here(self.style))),
            Command::Info => self.show_text(report::info(&socket, Page::here(self.style))),
            Command::Statistics => self.show_text(report::stats(
                &socket.statistics(),
                socket.buffered_amount(),
                &self.stats.measured(),
                Page::here(self.style),
            )),
            Command::BinaryType(binary_type) => {
                socket.set_binary_type(binary_type);
                self.connector.binary_type = binary_type;
                Ok(())
            }
            Command::Connect(url) => self.connect_again(url),
            Command::Edit(text) => self.compose(text),
            Command::History(count) => self.show_text(history::listing(
                &self.completion.history.newest(count),
                self.style,
            )),
            Command::Help(name) => self.show_text(help::help(name, Page::here(self.style))),
            Command::Quit => Ok(()),
        }
    }

    fn send_text(&self, text: String) -> Result<(), String> {
        let (socket, sent) = (self.current.socket(), EntryKind::sent_text(&text));
        self.send(sent, || socket.send(text))
    }

    fn send_binary(&self, data: Vec<u8>) -> Result<(), String> {
        let (socket, sent) = (self.current.socket(), EntryKind::sent_binary(&data));
        self.send(sent, || socket.send(data))
    }

    fn send_text_file(&mut self, file: String) -> Result<(), String> {
        let doing = format!("reading {file}");
        self.start(
            doing,
            move |abandoned| files::read_text(&file, abandoned),
            |client, text| client.send_text(text),
        );
        Ok(())
    }

    fn send_binary_file(&mut self, file: String) -> Result<(), String> {
        let doing = format!("reading {file}");
        self.start(
            doing,
            move |abandoned| files::read(&file, abandoned),
            |client, data| client.send_binary(data),
        );
        Ok(())
    }

    /// Sends something and remembers it, or says why it was not sent.
    fn send(
        &self,
        what: EntryKind,
        send: impl FnOnce() -> Result<(), Exception>,
    ) -> Result<(), String> {
        let sent = self.log.send([what], send);
        sent.map_err(|exception| exception.to_string())
    }

    /// Closes, and remembers the close frame if one is sent.
    /// The standard has nothing happen once it is closing, and nothing said; a person wonders.
    pub(super) fn close(&self, socket: &WebSocket, close: &Close) -> Result<(), String> {
        let closing = || match close.force {
            true => socket.force_close(close.code, &close.reason),
            false => socket.close(close.code, &close.reason),
        };
        match socket.ready_state() {
            ReadyState::Open => {}
            // No frame is sent.
            ReadyState::Connecting => return closing().map_err(|exception| exception.to_string()),
            state => {
                self.remark(&format!(
                    "nothing to close: the connection is {state} already"
                ));
                return Ok(());
            }
        }
        let what = EntryKind::Closing {
            code: close.code,
            reason: close.reason.clone(),
        };
        self.send(what, closing)
    }

    fn show_text(&self, text: String) -> Result<(), String> {
        self.printer.print(text);
        Ok(())
    }

    /// Has a message written in an editor, which has the terminal meanwhile.
    fn compose(&mut self, text: String) -> Result<(), String> {
        let begun = match &*text {
            "" => self.last_message(),
            _ => text,
        };
        let (printer, foreground) = (self.printer.clone(), self.foreground.clone());
        let write = move |_: &Abandoned| {
            let held = printer.hold();
            external_editor::edit(&begun, &held, &foreground)
        };
        self.start_in_foreground(write, |client, written| client.send_composed(written));
        Ok(())
    }

    /// Sends what was written in an editor; it is kept even if it cannot be sent.
    fn send_composed(&self, written: Option<String>) -> Result<(), String> {
        let Some(written) = written else {
            self.remark("nothing new was written, so nothing was sent");
            return Ok(());
        };
        // As it would be typed: a line that begins with a slash has one more.
        let slash = if written.starts_with('/') { "/" } else { "" };
        self.completion.remember(&format!("{slash}{written}"));
        let size = Bytes(written.len() as u64);
        self.send_text(written).map_err(|problem| {
            format!("{problem}; what you wrote is kept, Up and /edit bring it back")
        })?;
        self.remark(&format!("sent {size}"));
        Ok(())
    }

    /// The newest line that was a message.
    fn last_message(&self) -> String {
        let is_message = |line: &str| !line.starts_with('/') || line.starts_with("//");
        let line = self.completion.history.find(is_message).unwrap_or_default();
        match line.strip_prefix('/') {
            Some(message) => message.to_owned(),
            None => line,
        }
    }

    fn connect_again(&mut self, url: Option<String>) -> Result<(), String> {
        let state = self.current.socket().ready_state();
        if state != ReadyState::Closed {
            return Err(format!("the connection is {state}: /close it first"));
        }
        let before = self.connector.url.clone();
        if let Some(url) = url {
            self.connector.url = url;
        }
        let opened = self.open();
        match opened {
            Ok(()) => self.tell_what_stays(&before),
            Err(_) => self.connector.url = before,
        }
        opened
    }

    /// Another origin than that of the command line gets no secrets that were meant for it, nor
    /// messages that were meant for the server before.
    fn tell_what_stays(&mut self, before: &str) {
        let left_out = self.connector.left_out();
        if !left_out.is_empty() {
            let not_sent = redirect::not_sent(&left_out);
            self.notice(&format!(
                "another origin than on the command line; {not_sent}"
            ));
        }
        if !self.connector.leads_where(before) {
            self.drop_carried();
        }
    }

    /// Connects again by itself.
    pub(super) fn connect(&mut self) {
        if let Err(problem) = self.open() {
            self.stay_closed();
            self.printer.complain(self.style, &problem);
        }
    }

    fn open(&mut self) -> Result<(), String> {
        let opened = self.connector.open();
        let (socket, events) = opened.map_err(|failure| failure.to_string())?;
        self.reconnect.begin();
        socket.set_pongs(self.current.socket().pongs());
        self.completion
            .history
            .turn_to(self.connector.history_name());
        self.current.replace(socket);
        self.current.set_returning(false);
        self.show(events);
        Ok(())
    }

    /// The user has closed: nothing is opened again by itself.
    fn stay_closed(&mut self) {
        self.reconnect.cancel();
        self.current.set_returning(false);
    }
}
