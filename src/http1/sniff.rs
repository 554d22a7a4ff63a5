//! Which protocol is spoken where HTTP/1 is expected.

use std::fmt;

/// A protocol that is often found on a port where HTTP/1 is expected. `Display` gives its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherProtocol {
    /// TLS, where plain text is expected.
    Tls,
    /// HTTP/2 without an upgrade.
    Http2,
    /// SSH.
    Ssh,
    /// SMTP or FTP: both greet with status 220.
    SmtpOrFtp,
    /// POP3.
    Pop3,
    /// IMAP.
    Imap,
    /// Redis.
    Redis,
    /// AMQP.
    Amqp,
    /// MySQL.
    MySql,
}

impl OtherProtocol {
    /// The protocol whose messages begin with these bytes.
    pub(super) fn sniff(bytes: &[u8]) -> Option<Self> {
        const GREETINGS: [(&[u8], OtherProtocol); 9] = [
            (b"SSH-", OtherProtocol::Ssh),
            (b"220 ", OtherProtocol::SmtpOrFtp),
            (b"220-", OtherProtocol::SmtpOrFtp),
            (b"+OK", OtherProtocol::Pop3),
            (b"* OK", OtherProtocol::Imap),
            (b"-ERR", OtherProtocol::Redis),
            (b"-NOAUTH", OtherProtocol::Redis),
            (b"-DENIED", OtherProtocol::Redis),
            (b"AMQP", OtherProtocol::Amqp),
        ];
        match bytes {
            // A record of type alert or handshake, version 3.x (RFC 8446 §5.1).
            [0x15 | 0x16] | [0x15 | 0x16, 3, ..] => Some(Self::Tls),
            // A SETTINGS frame on stream 0 (RFC 9113 §6.5), or the preface (§3.4).
            [0, 0, _, 4, ..] | [b'P', b'R', b'I', b' ', ..] => Some(Self::Http2),
            // The first packet, number 0, of protocol version 10, or an error packet.
            [_, _, 0, 0, 0x0a | 0xff, ..] => Some(Self::MySql),
            _ => {
                let mut greetings = GREETINGS.into_iter();
                let known = greetings.find(|(greeting, _)| bytes.starts_with(greeting));
                known.map(|(_, protocol)| protocol)
            }
        }
    }

    /// Whether its messages are no text that can be shown.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Self::Tls | Self::Http2 | Self::MySql)
    }
}

impl fmt::Display for OtherProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "TLS",
            Self::Http2 => "HTTP/2",
            Self::Ssh => "SSH",
            Self::SmtpOrFtp => "SMTP or FTP",
            Self::Pop3 => "POP3",
            Self::Imap => "IMAP",
            Self::Redis => "Redis",
            Self::Amqp => "AMQP",
            Self::MySql => "MySQL",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_known_by_its_first_bytes() {
        for (bytes, name) in [
            (&b"\x15\x03\x01\0\x02"[..], "TLS"),
            (b"\0\0\x12\x04\0\0\0\0\0", "HTTP/2"),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
            (b"220 mail.example.org ESMTP\r\n", "SMTP or FTP"),
            (b"-ERR wrong number of arguments", "Redis"),
            (b"J\0\0\0\x0a8.0.36\0", "MySQL"),
            (b"* OK IMAP4rev1", "IMAP"),
        ] {
            let protocol = OtherProtocol::sniff(bytes).expect(name);
            assert_eq!(protocol.to_string(), name, "{bytes:?}");
        }
    }

    #[test]
    fn an_unknown_protocol_has_no_name() {
        for bytes in [&b""[..], b"hello", b"<html>", b"HTTP/2 200\r\n", b"\0"] {
            assert_eq!(OtherProtocol::sniff(bytes), None, "{bytes:?}");
        }
    }
}
