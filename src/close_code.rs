//! Close status codes (RFC 6455 §7.4): which may go on the wire and what they mean.

/// "The status that means: no status was received" (RFC 6455 §7.1.5). Never on the wire.
pub const NO_STATUS: u16 = 1005;
/// "The connection was lost without a close frame" (RFC 6455 §7.1.5). Never on the wire.
pub const ABNORMAL: u16 = 1006;
/// The most bytes of UTF-8 a reason may have: a control frame's 125 less the code (RFC 6455 §5.5).
pub const MAX_REASON: usize = 123;

/// Whether a peer may put this code into a close frame (RFC 6455 §7.4.1 and the IANA registry).
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

/// Whether `close()` of the standard's interface takes this code: 1000 or 3000–4999.
#[must_use]
pub fn may_be_asked(code: u16) -> bool {
    code == 1000 || (3000..=4999).contains(&code)
}

/// The registered meaning in a few words, `""` for a code that has none.
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
    fn only_codes_of_section_7_4_go_on_the_wire() {
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
        let told: Vec<u16> = (0..=u16::MAX).filter(|c| !meaning(*c).is_empty()).collect();
        assert_eq!(told, expected);
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
    fn an_application_asks_only_for_1000_or_its_own_ranges() {
        assert!(may_be_asked(1000) && may_be_asked(3000) && may_be_asked(4999));
        assert!(!may_be_asked(1001) && !may_be_asked(2999) && !may_be_asked(5000));
    }
}
