//! Bytes → frame headers, each checked by the rules that need nothing but the header.

use super::{Control, Data, MAX_CONTROL, OpCode};
use crate::protocol::{ReservedBits, Role, Violation};

/// The longest header: 2 bytes, a 64-bit length and a masking key.
const MAX_HEADER: usize = 14;

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::protocol) struct Header {
    pub(in crate::protocol) fin: bool,
    pub(in crate::protocol) rsv1: bool,
    pub(in crate::protocol) rsv2: bool,
    pub(in crate::protocol) rsv3: bool,
    pub(in crate::protocol) opcode: OpCode,
    pub(in crate::protocol) key: Option<[u8; 4]>,
    pub(in crate::protocol) len: u64,
}

impl Header {
    /// Appends it as it is on the wire, its length in the shortest form (RFC 6455 §5.2).
    #[inline]
    pub(in crate::protocol) fn push_to(&self, wire: &mut Vec<u8>) {
        let bit = |set, bit| if set { bit } else { 0 };
        let reserved = bit(self.rsv1, 0x40) | bit(self.rsv2, 0x20) | bit(self.rsv3, 0x10);
        let first = bit(self.fin, 0x80) | reserved | u8::from(self.opcode);
        let masked = bit(self.key.is_some(), 0x80);
        match self.len {
            0..=125 => wire.extend_from_slice(&[first, masked | self.len as u8]),
            126..=0xffff => {
                let [a, b] = (self.len as u16).to_be_bytes();
                wire.extend_from_slice(&[first, masked | 126, a, b]);
            }
            _ => {
                wire.extend_from_slice(&[first, masked | 127]);
                wire.extend_from_slice(&self.len.to_be_bytes());
            }
        }
        if let Some(key) = &self.key {
            wire.extend_from_slice(key);
        }
    }
}

/// Finds the headers in a stream that may be cut anywhere.
#[derive(Debug)]
pub(in crate::protocol) struct Decoder {
    /// Our own role.
    role: Role,
    /// Whether RSV1 has a meaning (RFC 7692 §6).
    deflate: bool,
    /// The beginning of a header that has not come whole.
    begun: [u8; MAX_HEADER],
    begun_len: usize,
    /// The one that broke a rule.
    rejected: Option<Header>,
}

impl Decoder {
    pub(in crate::protocol) fn new(role: Role, deflate: bool) -> Self {
        Self {
            role,
            deflate,
            begun: [0; MAX_HEADER],
            begun_len: 0,
            rejected: None,
        }
    }

    /// The header that broke a rule, once one has.
    pub(in crate::protocol) fn rejected(&self) -> Option<Header> {
        self.rejected
    }

    /// The beginning of a header that has not come whole, or, once one has broken a rule, what of
    /// it came before the last input.
    pub(in crate::protocol) fn begun(&self) -> &[u8] {
        &self.begun[..self.begun_len]
    }

    /// The next header, taken from the front of `input`; none when `input` ends before it does.
    #[inline]
    pub(in crate::protocol) fn next(
        &mut self,
        input: &mut &[u8],
    ) -> Result<Option<Header>, Violation> {
        if self.begun_len > 0 {
            return self.finish(input);
        }
        if let Some((header, len_size, len)) = parse(input) {
            self.accept(&header, len_size)?;
            *input = &input[len..];
            return Ok(Some(header));
        }
        self.begun[..input.len()].copy_from_slice(input);
        self.begun_len = input.len();
        *input = &[];
        Ok(None)
    }

    /// Goes on with a header whose beginning came earlier.
    fn finish(&mut self, input: &mut &[u8]) -> Result<Option<Header>, Violation> {
        let before = self.begun_len;
        let more = input.len().min(MAX_HEADER - before);
        self.begun[before..before + more].copy_from_slice(&input[..more]);
        match parse(&self.begun[..before + more]) {
            Some((header, len_size, len)) => {
                self.accept(&header, len_size)?;
                self.begun_len = 0;
                *input = &input[len - before..];
                Ok(Some(header))
            }
            None => {
                self.begun_len += more;
                *input = &input[more..];
                Ok(None)
            }
        }
    }

    #[inline]
    fn accept(&mut self, header: &Header, len_size: usize) -> Result<(), Violation> {
        let checked = self.check(header, len_size);
        if checked.is_err() {
            self.rejected = Some(*header);
        }
        checked
    }

    #[inline]
    fn check(&self, header: &Header, len_size: usize) -> Result<(), Violation> {
        // RFC 7692 §6.1: RSV1 is for the first frame of a data message; whether this is one
        // that continues another is the message layer's to know.
        let is_data = matches!(header.opcode, OpCode::Data(_));
        let has_rsv1 = header.rsv1 && !(self.deflate && is_data);
        if header.rsv2 || header.rsv3 || has_rsv1 {
            return Err(reserved_bits(header, has_rsv1, self.deflate));
        }
        match header.opcode {
            OpCode::Control(Control::Reserved(opcode)) | OpCode::Data(Data::Reserved(opcode)) => {
                return Err(Violation::ReservedOpcode(opcode));
            }
            OpCode::Control(_) => check_control(header)?,
            OpCode::Data(_) => {}
        }
        // RFC 6455 §5.1: "a client MUST mask all frames", "a server MUST NOT mask any".
        if header.key.is_some() != (self.role == Role::Server) {
            return Err(Violation::Masking(self.role));
        }
        check_len(header.len, len_size)
    }
}

/// A header at the front of `bytes`, the size of its long form of a length, and its own length; none
/// when it is not here whole.
#[inline]
fn parse(bytes: &[u8]) -> Option<(Header, usize, usize)> {
    let [first, second, rest @ ..] = bytes else {
        return None;
    };
    let (len, len_size) = match (second & 0x7f, rest) {
        (126, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 2),
        (127, [a, b, c, d, e, f, g, h, ..]) => {
            (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 8)
        }
        (126 | 127, _) => return None,
        (len, _) => (u64::from(len), 0),
    };
    let masked = second & 0x80 != 0;
    let key = match &rest[len_size..] {
        [a, b, c, d, ..] if masked => Some([*a, *b, *c, *d]),
        _ if masked => return None,
        _ => None,
    };
    let header = Header {
        fin: first & 0x80 != 0,
        rsv1: first & 0x40 != 0,
        rsv2: first & 0x20 != 0,
        rsv3: first & 0x10 != 0,
        opcode: OpCode::from(first & 0x0f),
        key,
        len,
    };
    let key_size = if masked { 4 } else { 0 };
    Some((header, len_size, 2 + len_size + key_size))
}

/// RFC 6455 §5.2, and RFC 7692 §6.1: control frames are never compressed.
#[cold]
fn reserved_bits(header: &Header, has_rsv1: bool, deflate: bool) -> Violation {
    let bit = |set, bit| if set { bit } else { 0 };
    Violation::ReservedBits(ReservedBits {
        opcode: header.opcode.into(),
        bits: bit(has_rsv1, 0x40) | bit(header.rsv2, 0x20) | bit(header.rsv3, 0x10),
        deflate,
    })
}

/// RFC 6455 §5.5.
fn check_control(header: &Header) -> Result<(), Violation> {
    let opcode = header.opcode.into();
    if !header.fin {
        return Err(Violation::ControlFragmented { opcode });
    }
    if header.len > MAX_CONTROL as u64 {
        let length = header.len;
        return Err(Violation::ControlTooLong { opcode, length });
    }
    Ok(())
}

/// RFC 6455 §5.2: a length is in its shortest form, and below 2^63.
#[inline]
fn check_len(len: u64, len_size: usize) -> Result<(), Violation> {
    let shortest = match len {
        0..=125 => 0,
        126..=0xffff => 2,
        _ => 8,
    };
    if len >> 63 != 0 {
        Err(Violation::LengthTooLarge)
    } else if len_size != shortest {
        Err(Violation::LengthNotMinimal(len))
    } else {
        Ok(())
    }
}
