//! Frames (RFC 6455 §5): headers, the rules for a single frame, and masking.

pub(super) mod decoder;
pub(super) mod encoder;
pub(super) mod header;
pub(super) mod mask;
