//! What `send()` takes.

use super::blob::Blob;
use crate::protocol::Batch;

/// What [`WebSocket::send`](crate::WebSocket::send) takes: text (`&str`, `String`), bytes
/// (`&[u8]`, `Vec<u8>`, byte strings), a [`Blob`], or the messages of a [`Batch`].
#[derive(Debug)]
pub struct SendData(pub(super) Payload);

#[derive(Debug)]
pub(super) enum Payload {
    Batch(Batch),
    Blob(Blob<'static>),
}

impl From<Batch> for SendData {
    fn from(batch: Batch) -> Self {
        Self(Payload::Batch(batch))
    }
}

impl From<&str> for SendData {
    fn from(text: &str) -> Self {
        Batch::one_text(text.to_owned()).into()
    }
}

impl From<String> for SendData {
    fn from(text: String) -> Self {
        Batch::one_text(text).into()
    }
}

impl From<&String> for SendData {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&[u8]> for SendData {
    fn from(bytes: &[u8]) -> Self {
        Batch::one_binary(bytes.to_owned()).into()
    }
}

impl<const N: usize> From<&[u8; N]> for SendData {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<Vec<u8>> for SendData {
    fn from(bytes: Vec<u8>) -> Self {
        Batch::one_binary(bytes).into()
    }
}

impl From<Blob<'_>> for SendData {
    fn from(blob: Blob<'_>) -> Self {
        Self(Payload::Blob(blob.into_owned()))
    }
}
