//! Close status codes (RFC 6455 §7.4).

/// A close status code (RFC 6455 §7.4), for questions about the codes of events and close frames.
///
/// ```
/// use sockeye::CloseCode;
/// assert_eq!(CloseCode(1001).meaning(), "going away");
/// assert!(CloseCode(1001).may_be_sent() && !CloseCode(1001).is_valid_for_close());
/// assert!(!CloseCode::ABNORMAL.may_be_sent());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The code of a connection whose close frame had no code (RFC 6455 §7.1.5). It is never sent.
    pub const NO_STATUS: Self = Self(1005);
    /// The code of a connection that ended without a close frame (RFC 6455 §7.1.5). It is never
    /// sent.
    pub const ABNORMAL: Self = Self(1006);
    /// The maximum length of a close reason, in bytes of UTF-8: the 125 bytes of a control frame
    /// minus the 2 bytes of the code (RFC 6455 §5.5).
    pub const MAX_REASON: usize = 123;

    /// Whether this code may be in a close frame: it is registered, or in 3000–4999 (RFC 6455 §7.4
    /// and the IANA WebSocket Close Code Number Registry).
    #[must_use]
    pub fn may_be_sent(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }

    /// Whether the method `close(code)` accepts this code: 1000 or 3000–4999 (WHATWG WebSockets
    /// §3.1).
    #[must_use]
    pub fn is_valid_for_close(self) -> bool {
        matches!(self.0, 1000 | 3000..=4999)
    }

    /// The meaning of the code in the IANA registry in a few words, or `""` if it has none.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self.0 {
            1000 => "normal closure",
            1001 => "going away",
            1002 => "protocol error",
            1003 => "unsupported data",
            1005 => "no status",
            1006 => "abnormal closure",
            1007 => "invalid payload data",
            1008 => "policy violation",
            1009 => "message too big",
            1010 => "mandatory extension missing",
            1011 => "internal error",
            1012 => "service restart",
            1013 => "try again later",
            1014 => "bad gateway",
            1015 => "TLS handshake failed",
            3000 => "unauthorized",
            3003 => "forbidden",
            3008 => "timeout",
            code if (3000..=3999).contains(&code) => "registered by a library or framework",
            4000..=4999 => "private use",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_of_section_7_4_may_be_sent() {
        let legal: Vec<u16> = (0..=u16::MAX)
            .filter(|code| CloseCode(*code).may_be_sent())
            .collect();
        let expected: Vec<u16> = [1000..=1003, 1007..=1014, 3000..=4999]
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(legal, expected);
    }

    #[test]
    fn every_registered_code_has_a_meaning_and_no_other() {
        // The IANA registry; 1004 is reserved, and 3000–4999 have a meaning as a range.
        let expected: Vec<u16> = [1000..=1003, 1005..=1015, 3000..=4999]
            .into_iter()
            .flatten()
            .collect();
        let with_meaning: Vec<u16> = (0..=u16::MAX)
            .filter(|c| !CloseCode(*c).meaning().is_empty())
            .collect();
        assert_eq!(with_meaning, expected);
        for (code, registered) in [
            (1012, "service restart"),
            (1013, "try again later"),
            (1014, "bad gateway"),
            (3000, "unauthorized"),
            (3003, "forbidden"),
            (3008, "timeout"),
            (4999, "private use"),
        ] {
            assert_eq!(CloseCode(code).meaning(), registered);
        }
    }

    #[test]
    fn close_accepts_1000_and_the_ranges_of_applications() {
        let accepted: Vec<u16> = (0..=u16::MAX)
            .filter(|code| CloseCode(*code).is_valid_for_close())
            .collect();
        let expected: Vec<u16> = [1000..=1000, 3000..=4999].into_iter().flatten().collect();
        assert_eq!(accepted, expected);
    }
}
