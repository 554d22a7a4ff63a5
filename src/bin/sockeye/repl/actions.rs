//! Commands carried out.

use super::Client;
use super::commands::{self, Command};
use super::report;
use sockeye::{Exception, ReadyState};

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
        match commands::parse(line) {
            Ok(Command::Quit) => return Outcome::Leave,
            Ok(command) => {
                if let Err(problem) = self.carry_out(command) {
                    self.screen.complain(self.style, &problem);
                }
            }
            Err(problem) => self.screen.complain(self.style, &problem),
        }
        Outcome::Stay
    }

    fn carry_out(&mut self, command: Command) -> Result<(), String> {
        let socket = self.current.socket();
        let told = |exception: Exception| exception.to_string();
        match command {
            Command::Send(text) => socket.send(text).map_err(told),
            Command::Binary(data) => socket.send_binary(data).map_err(told),
            Command::Close(close) if close.force => {
                socket.force_close(close.code, &close.reason).map_err(told)
            }
            Command::Close(close) => socket.close(close.code, &close.reason).map_err(told),
            Command::Ping(payload) => socket.ping(&payload).map_err(told),
            Command::Pong(payload) => socket.pong(&payload).map_err(told),
            Command::State => self.show_text(report::state(&socket, self.style)),
            Command::Statistics => {
                self.show_text(report::statistics(&socket.statistics(), self.style))
            }
            Command::BinaryType(binary_type) => {
                socket.set_binary_type(binary_type);
                self.connector.binary_type = binary_type;
                Ok(())
            }
            Command::Connect(url) => self.connect_again(url),
            Command::Help(text) => self.show_text(text),
            Command::Quit => Ok(()),
        }
    }

    fn show_text(&self, text: String) -> Result<(), String> {
        self.screen.print(text);
        Ok(())
    }

    fn connect_again(&mut self, url: Option<String>) -> Result<(), String> {
        let state = self.current.socket().ready_state();
        if state != ReadyState::Closed {
            return Err(format!("the connection is {state}; /close it first"));
        }
        let before = self.connector.url.clone();
        if let Some(url) = url {
            self.connector.url = url;
        }
        match self.connector.open() {
            Ok((socket, events)) => {
                self.current.replace(socket);
                self.show(events);
                Ok(())
            }
            Err(failure) => {
                self.connector.url = before;
                Err(failure.to_string())
            }
        }
    }
}
