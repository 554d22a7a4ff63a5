//! What all front ends share: how to open the socket, and how a connection ended.

use crate::comeback;
use crate::credentials::{Credentials, Origin};
use crate::echo_server::EchoServer;
use crate::exit_status::CleanCodes;
use crate::failure::{Closed, Failure};
use sockeye::url::WebSocketUrl;
use sockeye::{
    BinaryType, CloseCode, CloseEvent, DryRun, DryRunError, Error, ErrorKind, Events, LeftOut,
    Options, Refusal, WebSocket,
};
use std::fmt;
use std::sync::Arc;

/// Everything that opening takes; opens as often as asked.
pub(crate) struct Connector {
    /// The URL as typed.
    pub(crate) url: String,
    /// The URL of the command line, whose origin subprotocols and options are meant for.
    pub(crate) home: String,
    /// The subprotocols to offer.
    pub(crate) protocols: Vec<String>,
    /// Everything else, but for the header fields that depend on the URL.
    pub(crate) options: Options,
    /// Credentials that depend on the host.
    pub(crate) credentials: Arc<Credentials>,
    /// What `binaryType` is at first.
    pub(crate) binary_type: BinaryType,
    /// When to open again by itself.
    pub(crate) comeback: comeback::Settings,
    /// What it is closed with when everything went as it should.
    pub(crate) close: CloseArguments,
    /// The private server of `--echo`; it lives as long as this.
    pub(crate) echo: Option<EchoServer>,
}

/// The arguments of `close()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CloseArguments {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

impl Default for CloseArguments {
    /// 1000 (normal closure) and no reason.
    fn default() -> Self {
        Self {
            code: 1000,
            reason: String::new(),
        }
    }
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
    pub(crate) fn dry_run(&self) -> Result<DryRun, Failure> {
        let url = parsed(&self.url)?;
        let protocols: Vec<&str> = self.protocols.iter().map(String::as_str).collect();
        let builder = WebSocket::builder(url.href())
            .protocols(&protocols)
            .options(self.options_for(&url, Origin::CommandLine));
        builder.dry_run().map_err(|unfit| match unfit {
            DryRunError::Exception(exception) => exception.into(),
            DryRunError::Error(error) => Failure::of_connection(&error),
        })
    }

    /// What the history is kept by: the URL, except that a private server has a new port each time.
    pub(crate) fn history_name(&self) -> &str {
        match &self.echo {
            Some(server) if server.url() == self.url => "echo",
            _ => &self.url,
        }
    }

    /// Whether the URL has another origin than that of the command line.
    pub(crate) fn is_cross_origin(&self) -> bool {
        !self.leads_where(&self.home)
    }

    /// What is not sent to the URL because it has another origin than that of the command line.
    pub(crate) fn left_out(&self) -> LeftOut {
        match WebSocketUrl::from_typed(&self.home) {
            Ok(home) if self.is_cross_origin() => self.cross_origin(&home).2,
            _ => LeftOut::default(),
        }
    }

    /// Options and subprotocols for another origin than that of `home`, and what is not in them.
    fn cross_origin(&self, home: &WebSocketUrl) -> (Options, Vec<String>, LeftOut) {
        let mut options = self.options_for(home, Origin::CommandLine);
        let mut protocols = self.protocols.clone();
        let left_out = options.strip_for_cross_origin(home, &mut protocols);
        (options, protocols, left_out)
    }

    fn options_and_protocols(&self, url: &WebSocketUrl) -> Result<(Options, Vec<String>), Failure> {
        if !self.is_cross_origin() {
            let options = self.options_for(url, Origin::CommandLine);
            return Ok((options, self.protocols.clone()));
        }
        let (mut options, protocols, _) = self.cross_origin(&parsed(&self.home)?);
        // The user has typed this URL, so it gets the credentials that are for its host.
        options.request_headers = Some(self.credentials.request_headers(url, Origin::Other));
        Ok((options, protocols))
    }

    fn options_for(&self, url: &WebSocketUrl, origin: Origin) -> Options {
        Options {
            request_headers: Some(self.credentials.request_headers(url, origin)),
            ..self.options.clone()
        }
    }

    /// Whether the URL has the origin of another.
    pub(crate) fn leads_where(&self, other: &str) -> bool {
        let other = WebSocketUrl::from_typed(other);
        let here = WebSocketUrl::from_typed(&self.url);
        matches!((here, other), (Ok(here), Ok(other)) if here.has_origin_of(&other))
    }

    /// Begins to connect.
    pub(crate) fn open(&self) -> Result<(WebSocket, Events), Failure> {
        let url = parsed(&self.url)?;
        let (options, protocols) = self.options_and_protocols(&url)?;
        let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
        let (socket, events) = WebSocket::builder(url.href())
            .protocols(&protocols)
            .options(options)
            .connect()?;
        socket.set_binary_type(self.binary_type);
        Ok((socket, events))
    }
}

/// The URL that is meant by what was typed: `:8080` is `ws://localhost:8080/`.
fn parsed(typed: &str) -> Result<WebSocketUrl, Failure> {
    WebSocketUrl::from_typed(typed).map_err(|error| Failure::Usage(format!("SyntaxError: {error}")))
}

/// How a connection ended, kept past its events.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// The `error` event, if there was one.
    pub(crate) failure: Option<Failure>,
    /// The `close` event.
    pub(crate) close: Option<CloseEvent>,
    /// The failure is of a kind that may go away by itself.
    pub(crate) is_temporary: bool,
    /// The code that the user closed with: its echo is what was asked for.
    pub(crate) asked: Option<u16>,
}

impl Ending {
    /// Keeps an `error` event. What the server sent in vain does not decide how the connection
    /// ended: the close handshake was made, and its code counts.
    pub(crate) fn failed(&mut self, error: &Error) {
        if error.kind() == ErrorKind::Discarded {
            return;
        }
        self.failure = Some(Failure::of_connection(error));
        self.is_temporary = error.is_temporary();
    }

    /// The answer that refused the handshake, if that was the end.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match &self.failure {
            Some(Failure::Connection { refusal, .. }) => refusal.as_deref(),
            _ => None,
        }
    }

    /// Why it ended, in one line.
    pub(crate) fn in_a_line(&self) -> String {
        match (&self.failure, &self.close) {
            (Some(failure), _) => failure.to_string(),
            (None, Some(close)) => format!("closed with {}", Closed(close)),
            (None, None) => String::new(),
        }
    }

    /// What it means to who had more to do: any end is a failure then, a clean one too.
    pub(crate) fn too_early(self) -> Failure {
        match (self.failure, self.close) {
            (Some(failure), _) => failure,
            (None, Some(close)) if close.code != CloseCode::ABNORMAL.0 => Failure::Closed(close),
            _ => Failure::lost(),
        }
    }

    /// Success, or the failure that says most.
    pub(crate) fn judge(self, clean: &CleanCodes) -> Result<(), Failure> {
        match (self.failure, self.close) {
            (Some(failure), _) => Err(failure),
            (None, Some(close)) if self.asked == Some(close.code) => Ok(()),
            (None, Some(close)) => clean.judge(close),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_added_and_a_password_stays() {
        let meant = |typed| parsed(typed).ok().map(|url| url.href().to_owned());
        assert_eq!(meant(":8080").as_deref(), Some("ws://localhost:8080/"));
        assert_eq!(meant("ws://u:p@h/").as_deref(), Some("ws://u:p@h/"));
        assert_eq!(meant("u:p@h:80/x").as_deref(), Some("ws://u:p@h/x"));
        assert_eq!(meant("ftp://h/"), None);
    }

    #[test]
    fn a_code_of_the_servers_own_is_no_success_and_the_echo_of_ours_is() {
        let ending = |asked| Ending {
            close: Some(CloseEvent {
                code: 4000,
                reason: String::new(),
                was_clean: true,
            }),
            asked,
            ..Ending::default()
        };
        let clean = CleanCodes::default();
        assert!(ending(None).judge(&clean).is_err());
        assert!(ending(Some(4001)).judge(&clean).is_err());
        assert!(ending(Some(4000)).judge(&clean).is_ok());
    }

    #[test]
    fn the_error_says_more_than_the_close_after_it() {
        let ending = Ending {
            failure: Some(Failure::Connection {
                kind: ErrorKind::Protocol,
                message: "reserved bit".to_owned(),
                refusal: None,
                advice: None,
            }),
            close: Some(CloseEvent {
                code: 1006,
                reason: String::new(),
                was_clean: false,
            }),
            ..Ending::default()
        };
        let failure = ending.judge(&CleanCodes::default()).expect_err("it failed");
        assert_eq!(failure.to_string(), "reserved bit");
    }
}
