//! The exit statuses. Nothing else in the program decides one.

use crate::failure::Failure;
use crate::signals::EndSignal;
use signal_hook::low_level;
use sockeye::{CloseCode, CloseEvent, ErrorKind};
use std::io;

/// What the program ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitStatus {
    /// Closed cleanly, or the asked number of messages arrived.
    Success = 0,
    /// Anything that no other status names.
    Other = 1,
    /// A bad argument, URL or subprotocol, a refused port, input that is not text.
    Usage = 2,
    /// No connection: name, TCP, proxy.
    NoConnection = 3,
    /// TLS failed.
    Tls = 4,
    /// The handshake was refused or not valid.
    Handshake = 5,
    /// The connection was lost, or the peer broke the protocol.
    Lost = 6,
    /// The server closed with a code that is not clean.
    Closed = 7,
    /// A bound in time ran out.
    TimedOut = 8,
    /// Fewer messages came than were asked for, or not the ones expected.
    Unmet = 9,
    /// SIGHUP.
    HungUp = 129,
    /// SIGINT: Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl ExitStatus {
    /// The status for what a run came back with.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return Self::of_failure(failure);
        }
        match error.downcast_ref::<io::Error>() {
            // Whoever read our output has seen enough.
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Self::Success,
            _ => Self::Other,
        }
    }

    fn of_failure(failure: &Failure) -> Self {
        match failure {
            Failure::Usage(_) | Failure::Exception(_) | Failure::Input(_) => Self::Usage,
            Failure::Connection { kind, .. } => Self::of_kind(*kind),
            Failure::Certificate { .. } => Self::Tls,
            Failure::Closed(_) => Self::Closed,
            Failure::Unsent { because, .. } => Self::of_failure(because),
            Failure::TooFew { .. } | Failure::Unmet { .. } => Self::Unmet,
            Failure::MaxTime(_) | Failure::SendTimeout { .. } => Self::TimedOut,
            Failure::Terminal(_) => Self::Other,
            Failure::Interrupted(signal) => Self::of_signal(*signal),
        }
    }

    /// The status of a program that a signal has ended.
    pub(crate) fn of_signal(signal: EndSignal) -> Self {
        match signal {
            EndSignal::HangUp => Self::HungUp,
            EndSignal::Interrupt => Self::Interrupted,
            EndSignal::Terminate => Self::Terminated,
        }
    }

    /// Ends the program with this status, whatever it is doing: nothing that another thread holds,
    /// the lock of a stream for example, delays it. Nothing is flushed or restored.
    pub(crate) fn exit_at_once(self) -> ! {
        low_level::exit(self as i32)
    }

    /// Whether a signal has ended the program: whoever sent it knows why.
    pub(crate) fn is_of_signal(self) -> bool {
        matches!(self, Self::HungUp | Self::Interrupted | Self::Terminated)
    }

    fn of_kind(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Options => Self::Usage,
            ErrorKind::Connect => Self::NoConnection,
            ErrorKind::Tls => Self::Tls,
            ErrorKind::Refused | ErrorKind::Redirect | ErrorKind::Handshake => Self::Handshake,
            ErrorKind::Lost | ErrorKind::Protocol => Self::Lost,
            ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Other,
        }
    }
}

/// Which close codes count as clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CleanCodes(pub(crate) Vec<u16>);

impl Default for CleanCodes {
    /// 1000, 1001, and a close frame without a code.
    fn default() -> Self {
        Self(vec![1000, 1001, CloseCode::NO_STATUS.0])
    }
}

impl CleanCodes {
    /// A close as success or as the failure it is.
    pub(crate) fn judge(&self, close: CloseEvent) -> Result<(), Failure> {
        if close.code == CloseCode::ABNORMAL.0 {
            return Err(Failure::lost());
        }
        if self.0.contains(&close.code) {
            Ok(())
        } else {
            Err(Failure::Closed(close))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Unsent;

    fn close(code: u16) -> CloseEvent {
        CloseEvent {
            code,
            reason: String::new(),
            was_clean: code != CloseCode::ABNORMAL.0,
        }
    }

    fn status(failure: Failure) -> u8 {
        ExitStatus::of(&anyhow::Error::new(failure)) as u8
    }

    fn of_kind(kind: ErrorKind) -> u8 {
        status(Failure::Connection {
            kind,
            message: String::new(),
            refusal: None,
            advice: None,
        })
    }

    fn of_close(code: u16) -> u8 {
        CleanCodes::default()
            .judge(close(code))
            .map_or_else(status, |()| 0)
    }

    #[test]
    fn each_kind_of_failure_has_its_status() {
        let table = [
            (ErrorKind::Options, 2),
            (ErrorKind::Connect, 3),
            (ErrorKind::Tls, 4),
            (ErrorKind::Refused, 5),
            (ErrorKind::Handshake, 5),
            (ErrorKind::Lost, 6),
            (ErrorKind::Protocol, 6),
            (ErrorKind::TimedOut, 8),
            (ErrorKind::Aborted, 1),
        ];
        for (kind, expected) in table {
            assert_eq!(of_kind(kind), expected, "{kind:?}");
        }
        assert_eq!(status(Failure::Usage(String::new())), 2);
        assert_eq!(status(Failure::Input(String::new())), 2);
        assert_eq!(status(Failure::TooFew { wanted: 2, came: 1 }), 9);
        assert_eq!(status(Failure::Interrupted(EndSignal::HangUp)), 129);
        assert_eq!(status(Failure::Interrupted(EndSignal::Interrupt)), 130);
        assert_eq!(status(Failure::Interrupted(EndSignal::Terminate)), 143);
    }

    #[test]
    fn going_away_and_no_status_are_clean_and_other_codes_are_not() {
        let table = [
            (1000, 0),
            (1001, 0),
            (1005, 0),
            (1006, 6),
            (1008, 7),
            (4001, 7),
        ];
        for (code, expected) in table {
            assert_eq!(of_close(code), expected, "{code}");
        }
    }

    #[test]
    fn the_user_may_say_which_codes_are_clean() {
        let codes = CleanCodes(vec![4000]);
        assert!(codes.judge(close(4000)).is_ok());
        assert!(codes.judge(close(1000)).is_err());
    }

    #[test]
    fn unsent_messages_keep_the_status_of_the_end_they_met() {
        let failure = Failure::Unsent {
            unsent: Unsent::default(),
            because: Box::new(Failure::Closed(close(1000))),
        };
        assert_eq!(status(failure), 7);
    }

    #[test]
    fn a_broken_pipe_is_success_and_another_input_error_is_not() {
        let of = |kind| ExitStatus::of(&anyhow::Error::new(io::Error::from(kind)));
        assert_eq!(of(io::ErrorKind::BrokenPipe), ExitStatus::Success);
        assert_eq!(of(io::ErrorKind::StorageFull), ExitStatus::Other);
    }
}
