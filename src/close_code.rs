//! Close status codes (RFC 6455 §7.4).

/// The code of a connection whose close frame had no code (RFC 6455 §7.1.5). It is never sent.
pub const NO_STATUS: u16 = 1005;
/// The code of a connection that ended without a close frame (RFC 6455 §7.1.5). It is never sent.
pub const ABNORMAL: u16 = 1006;
/// The maximum length of a close reason, in bytes of UTF-8: the 125 bytes of a control frame minus
/// the 2 bytes of the code (RFC 6455 §5.5).
pub const MAX_REASON: usize = 123;

/// Whether this code may be in a close frame: it is registered, or in 3000–4999 (RFC 6455 §7.4 and
/// the IANA WebSocket Close Code Number Registry).
///
/// ```
/// use sockeye::close_code::may_be_sent;
/// assert!(may_be_sent(1000) && may_be_sent(3000) && may_be_sent(4999));
/// assert!(!may_be_sent(1005) && !may_be_sent(1006) && !may_be_sent(1015) && !may_be_sent(5000));
/// ```
#[must_use]
pub fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Whether the method `close(code)` accepts this code: 1000 or 3000–4999 (WHATWG WebSockets §3.1).
#[must_use]
pub fn is_valid_for_close(code: u16) -> bool {
    code == 1000 || (3000..=4999).contains(&code)
}

/// The meaning of the code in the IANA registry in a few words, or `""` if it has none.
#[must_use]
pub fn meaning(code: u16) -> &'static str {
    match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        NO_STATUS => "no status",
        ABNORMAL => "abnormal closure",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_of_section_7_4_may_be_sent() {
        let legal: Vec<u16> = (0..=u16::MAX).filter(|code| may_be_sent(*code)).collect();
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
        let with_meaning: Vec<u16> = (0..=u16::MAX).filter(|c| !meaning(*c).is_empty()).collect();
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
            assert_eq!(meaning(code), registered);
        }
    }

    #[test]
    fn close_accepts_1000_and_the_ranges_of_applications() {
        assert!(is_valid_for_close(1000) && is_valid_for_close(3000) && is_valid_for_close(4999));
        assert!(
            !is_valid_for_close(1001) && !is_valid_for_close(2999) && !is_valid_for_close(5000)
        );
    }
}
