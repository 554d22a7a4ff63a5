//! What speaks where HTTP/1 was expected.

/// The protocol that these first bytes belong to, if they are known: `TLS`, `HTTP/2`, `SSH`, or
/// what greets its clients before they have said anything.
#[must_use]
pub fn sniff_protocol(bytes: &[u8]) -> Option<&'static str> {
    let greeting: [(&[u8], &str); 9] = [
        (b"SSH-", "SSH"),
        (b"220 ", "SMTP or FTP"),
        (b"220-", "SMTP or FTP"),
        (b"+OK", "POP3"),
        (b"* OK", "IMAP"),
        (b"-ERR", "Redis"),
        (b"-NOAUTH", "Redis"),
        (b"-DENIED", "Redis"),
        (b"AMQP", "AMQP"),
    ];
    match bytes {
        // A record of type alert or handshake, version 3.x (RFC 8446 §5.1).
        [0x15 | 0x16] | [0x15 | 0x16, 3, ..] => Some("TLS"),
        // A SETTINGS frame on stream 0 (RFC 9113 §6.5), or the preface (§3.4).
        [0, 0, _, 4, ..] | [b'P', b'R', b'I', b' ', ..] => Some("HTTP/2"),
        // The first packet, number 0, of protocol version 10, or an error packet.
        [_, _, 0, 0, 0x0a | 0xff, ..] => Some("MySQL"),
        _ => {
            let mut greetings = greeting.into_iter();
            let known = greetings.find(|(begins, _)| bytes.starts_with(begins));
            known.map(|(_, name)| name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_greets_first_is_known_by_the_greeting() {
        for (bytes, name) in [
            (&b"\x15\x03\x01\0\x02"[..], "TLS"),
            (b"\0\0\x12\x04\0\0\0\0\0", "HTTP/2"),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
            (b"220 mail.example.org ESMTP\r\n", "SMTP or FTP"),
            (b"-ERR wrong number of arguments", "Redis"),
            (b"J\0\0\0\x0a8.0.36\0", "MySQL"),
            (b"* OK IMAP4rev1", "IMAP"),
        ] {
            assert_eq!(sniff_protocol(bytes), Some(name), "{bytes:?}");
        }
    }

    #[test]
    fn a_stranger_is_not_named() {
        for bytes in [&b""[..], b"hello", b"<html>", b"HTTP/2 200\r\n", b"\0"] {
            assert_eq!(sniff_protocol(bytes), None, "{bytes:?}");
        }
    }
}
