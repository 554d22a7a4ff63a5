//! What all front ends share: how to open the socket, and how a connection ended.

use crate::exit_status::CleanCodes;
use crate::failure::Failure;
use sockeye::address::Address;
use sockeye::echo::EchoServer;
use sockeye::{BinaryType, CloseEvent, Events, Options, Rehearsal, Unfit, WebSocket};
use std::fmt;

/// Everything that opening takes; opens as often as asked.
pub(crate) struct Connector {
    /// The URL as typed.
    pub(crate) url: String,
    /// The subprotocols to offer.
    pub(crate) protocols: Vec<String>,
    /// Everything else.
    pub(crate) options: Options,
    /// What `binaryType` is at first.
    pub(crate) binary_type: BinaryType,
    /// The private server of `--echo`; it lives as long as this.
    #[expect(dead_code, reason = "dropping it ends the server")]
    pub(crate) echo: Option<EchoServer>,
}

impl fmt::Debug for Connector {
    /// Without the URL, which may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("protocols", &self.protocols)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Connector {
    /// Everything that can be checked without a connection, and the request.
    pub(crate) fn rehearse(&self) -> Result<Rehearsal, Failure> {
        let url = absolute(&self.url)?;
        let protocols: Vec<&str> = self.protocols.iter().map(String::as_str).collect();
        WebSocket::rehearse(&url, &protocols, self.options.clone()).map_err(|unfit| match unfit {
            Unfit::Exception(exception) => exception.into(),
            Unfit::Error(error) => Failure::of_connection(&error),
        })
    }

    /// Begins to connect.
    pub(crate) fn open(&self) -> Result<(WebSocket, Events), Failure> {
        let url = absolute(&self.url)?;
        let protocols: Vec<&str> = self.protocols.iter().map(String::as_str).collect();
        let (socket, events) = WebSocket::with_options(&url, &protocols, self.options.clone())?;
        socket.set_binary_type(self.binary_type);
        Ok((socket, events))
    }
}

/// The URL that is meant by what was typed: `:8080` is `ws://localhost:8080/`.
fn absolute(typed: &str) -> Result<String, Failure> {
    Address::from_typed(typed)
        .map(|address| address.href().to_owned())
        .map_err(|error| Failure::Usage(format!("SyntaxError: {error}")))
}

/// How a connection ended, kept past its events.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// The `error` event, if there was one.
    pub(crate) failure: Option<Failure>,
    /// The `close` event.
    pub(crate) close: Option<CloseEvent>,
}

impl Ending {
    /// Success, or the failure that says most.
    pub(crate) fn judge(self, clean: &CleanCodes) -> Result<(), Failure> {
        match (self.failure, self.close) {
            (Some(failure), _) => Err(failure),
            (None, Some(close)) => clean.judge(close),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockeye::ErrorKind;

    #[test]
    fn a_scheme_is_added_and_a_password_stays() {
        let meant = |typed| absolute(typed).ok();
        assert_eq!(meant(":8080").as_deref(), Some("ws://localhost:8080/"));
        assert_eq!(meant("ws://u:p@h/").as_deref(), Some("ws://u:p@h/"));
        assert_eq!(meant("u:p@h:80/x").as_deref(), Some("ws://u:p@h/x"));
        assert_eq!(meant("ftp://h/"), None);
    }

    #[test]
    fn the_error_says_more_than_the_close_after_it() {
        let ending = Ending {
            failure: Some(Failure::Connection {
                kind: ErrorKind::Protocol,
                message: "reserved bit".to_owned(),
                refusal: None,
            }),
            close: Some(CloseEvent {
                code: 1006,
                reason: String::new(),
                was_clean: false,
            }),
        };
        let failure = ending.judge(&CleanCodes::default()).expect_err("it failed");
        assert_eq!(failure.to_string(), "reserved bit");
    }
}
