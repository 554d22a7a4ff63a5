//! What a handshake has agreed on.

use crate::http1::ResponseHead;
use crate::protocol::deflate::DeflateParams;

/// What a valid request and a valid response to it agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The head of the response, `101 Switching Protocols`.
    pub response: ResponseHead,
    /// The subprotocol that the server chose, `""` if none.
    pub protocol: String,
    /// The value of `Sec-WebSocket-Extensions` in the response, `""` if there is none.
    pub extensions: String,
    /// The parameters of permessage-deflate, if it is in use; for [`Config::deflate`].
    ///
    /// [`Config::deflate`]: crate::protocol::Config::deflate
    pub deflate: Option<DeflateParams>,
    /// The bytes that arrived after the head. They are the first input of the
    /// [`Endpoint`](crate::protocol::Endpoint), before anything else that is read.
    pub rest: Vec<u8>,
}
