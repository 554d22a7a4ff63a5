//! The head of an HTTP/1.1 message: its first line and its header fields (RFC 9110 §5, RFC 9112 §2).
//!
//! [`Headers`] are the fields, [`HeadReader`] finds and reads a head in a stream of bytes, a
//! [`Refusal`] is an answer that says no, with its body. Nothing
//! here knows what the message is for: the upgrade of a connection and a proxy's answer are read alike.

mod chunked;
mod headers;
mod lines;
mod reader;
mod refusal;
mod sniff;

pub use headers::{HeaderError, Headers, is_token, members};
pub(crate) use headers::{excerpt, parts};
pub use lines::{BadLine, LineProblem};
pub use reader::{HeadError, HeadReader, MAX_FIELDS, MAX_HEAD, RequestHead, ResponseHead};
pub(crate) use refusal::RefusalReader;
pub use refusal::{MAX_BODY, Refusal};
pub use sniff::sniff_protocol;
