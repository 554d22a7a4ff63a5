//! Opcodes (RFC 6455 §5.2, §11.8).

pub(super) use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// The largest payload of a control frame, in bytes (RFC 6455 §5.5).
pub(super) const MAX_CONTROL: usize = 125;

/// The opcode's name in RFC 6455 §11.8.
pub(super) fn opcode_name(opcode: u8) -> &'static str {
    match opcode {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => "reserved",
    }
}
