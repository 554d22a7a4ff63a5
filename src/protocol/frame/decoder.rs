//! Bytes to frame headers, checked against every rule that needs only the header.

use super::header::Header;
use crate::protocol::opcode::{Control, Data, MAX_CONTROL, OpCode};
use crate::protocol::role::Role;
use crate::protocol::violation::Violation;

/// The longest header: 2 bytes, a 64-bit length and a masking key.
const MAX_HEADER: usize = 14;

/// Parses the frame headers of a stream that arrives in pieces of any size.
#[derive(Debug)]
pub(in crate::protocol) struct Decoder {
    /// The role of this endpoint.
    role: Role,
    /// Whether permessage-deflate gives `RSV1` a meaning (RFC 7692 §6).
    deflate: bool,
    /// The first bytes of a header that is incomplete.
    partial: [u8; MAX_HEADER],
    partial_len: usize,
    /// The header that broke a rule.
    rejected: Option<Header>,
}

impl Decoder {
    pub(in crate::protocol) fn new(role: Role, deflate: bool) -> Self {
        Self {
            role,
            deflate,
            partial: [0; MAX_HEADER],
            partial_len: 0,
            rejected: None,
        }
    }

    /// The header that broke a rule, once one has.
    pub(in crate::protocol) fn rejected(&self) -> Option<Header> {
        self.rejected
    }

    /// The first bytes of a header that is incomplete. Once a header has broken a rule: the bytes of
    /// it that came before the last input.
    pub(in crate::protocol) fn partial(&self) -> &[u8] {
        &self.partial[..self.partial_len]
    }

    /// Takes the next header from the front of `input`; `None` if it is incomplete.
    #[inline]
    pub(in crate::protocol) fn next(
        &mut self,
        input: &mut &[u8],
    ) -> Result<Option<Header>, Violation> {
        if self.partial_len > 0 {
            return self.resume(input);
        }
        if let Some((header, len_size, len)) = parse(input) {
            self.accept(&header, len_size)?;
            *input = &input[len..];
            return Ok(Some(header));
        }
        self.partial[..input.len()].copy_from_slice(input);
        self.partial_len = input.len();
        *input = &[];
        Ok(None)
    }

    /// Continues a header whose first bytes came with an earlier input.
    fn resume(&mut self, input: &mut &[u8]) -> Result<Option<Header>, Violation> {
        let before = self.partial_len;
        let more = input.len().min(MAX_HEADER - before);
        self.partial[before..before + more].copy_from_slice(&input[..more]);
        match parse(&self.partial[..before + more]) {
            Some((header, len_size, len)) => {
                self.accept(&header, len_size)?;
                self.partial_len = 0;
                *input = &input[len - before..];
                Ok(Some(header))
            }
            None => {
                self.partial_len += more;
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
        // RFC 7692 §6.1: RSV1 is for the first frame of a data message. The receiver checks
        // that a frame with it is not a continuation.
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
            return Err(match self.role {
                Role::Client => Violation::Masked,
                Role::Server => Violation::NotMasked,
            });
        }
        check_len(header.len, len_size)
    }
}

/// Parses the header at the front of `bytes`. Returns it with the size of its extended length (0, 2
/// or 8 bytes) and its own size; `None` if it is incomplete.
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

/// RFC 6455 §5.2; control frames are never compressed (RFC 7692 §6.1).
#[cold]
fn reserved_bits(header: &Header, has_rsv1: bool, deflate: bool) -> Violation {
    let bit = |set, bit| if set { bit } else { 0 };
    Violation::ReservedBits {
        opcode: header.opcode.into(),
        bits: bit(has_rsv1, 0x40) | bit(header.rsv2, 0x20) | bit(header.rsv3, 0x10),
        deflate,
    }
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
