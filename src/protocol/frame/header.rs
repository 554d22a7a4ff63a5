//! Frame headers (RFC 6455 §5.2).

use crate::protocol::opcode::OpCode;

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
    /// Appends the header as it is on the wire, the length in its shortest form (RFC 6455 §5.2).
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
