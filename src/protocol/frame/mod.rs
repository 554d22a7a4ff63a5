//! Frames (RFC 6455 §5): their headers, the rules that hold for each, and masking.

mod decoder;
mod encoder;
pub(super) mod mask;

pub(super) use decoder::{Decoder, Header};
pub(super) use encoder::Encoder;
pub(super) use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// The most payload bytes a control frame may have (RFC 6455 §5.5).
pub(super) const MAX_CONTROL: usize = 125;
