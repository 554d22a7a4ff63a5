//! Messages that share one buffer, so that none costs an allocation of its own.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Range;

/// The type of a message (RFC 6455 §5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageKind {
    /// UTF-8 text.
    Text,
    /// Arbitrary bytes.
    Binary,
}

/// Messages of one kind that share one buffer. Bytes between the messages, such as line endings, are
/// not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    kind: MessageKind,
    data: Vec<u8>,
    messages: Vec<Range<usize>>,
    payload_len: u64,
    fragment: Option<NonZeroUsize>,
}

/// One of several text messages is not UTF-8. Holds what was to be sent.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("not valid UTF-8 at byte {offset} of message {message}")]
pub struct NotUtf8 {
    /// The index of the first message that is not UTF-8.
    pub message: usize,
    /// The offset of the first invalid byte within that message.
    pub offset: usize,
    /// The buffer.
    pub data: Vec<u8>,
    /// The messages in it.
    pub messages: Vec<Range<usize>>,
}

impl NotUtf8 {
    /// The messages before the invalid one, which are valid.
    #[must_use]
    pub fn before(mut self) -> Batch {
        self.messages.truncate(self.message);
        Batch::new(MessageKind::Text, self.data, self.messages)
    }
}

impl fmt::Debug for NotUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotUtf8")
            .field("message", &self.message)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl Batch {
    /// Text messages: the given parts of `data`, in order.
    ///
    /// # Errors
    /// If one of them is not UTF-8. Bytes between the messages are not checked.
    ///
    /// # Panics
    /// If a range reaches past the end of `data`.
    pub fn text(data: Vec<u8>, messages: Vec<Range<usize>>) -> Result<Self, NotUtf8> {
        match first_bad(&data, &messages) {
            Some((message, offset)) => Err(NotUtf8 {
                message,
                offset,
                data,
                messages,
            }),
            None => Ok(Self::new(MessageKind::Text, data, messages)),
        }
    }

    /// Binary messages: the given parts of `data`, in order.
    ///
    /// # Panics
    /// If a range reaches past the end of `data`.
    #[must_use]
    pub fn binary(data: Vec<u8>, messages: Vec<Range<usize>>) -> Self {
        Self::new(MessageKind::Binary, data, messages)
    }

    /// One message that is the whole of `text`.
    #[must_use]
    pub fn one_text(text: String) -> Self {
        let data = text.into_bytes();
        let whole = 0..data.len();
        Self::new(MessageKind::Text, data, vec![whole])
    }

    /// One message that is the whole of `data`.
    #[must_use]
    pub fn one_binary(data: Vec<u8>) -> Self {
        let whole = 0..data.len();
        Self::new(MessageKind::Binary, data, vec![whole])
    }

    fn new(kind: MessageKind, data: Vec<u8>, messages: Vec<Range<usize>>) -> Self {
        assert!(
            messages
                .iter()
                .all(|range| range.start <= range.end && range.end <= data.len()),
            "a message reaches past the end of its buffer"
        );
        let payload_len = messages.iter().map(|range| range.len() as u64).sum();
        Self {
            kind,
            data,
            messages,
            payload_len,
            fragment: None,
        }
    }

    /// Sends each message in fragments of at most `size` payload bytes (RFC 6455 §5.4). A border
    /// between fragments may split a character (§5.6). A compressed message is split after
    /// compression (RFC 7692 §6.1).
    #[must_use]
    pub fn in_fragments(mut self, size: NonZeroUsize) -> Self {
        self.fragment = Some(size);
        self
    }

    /// Whether the messages are text; they are binary otherwise (RFC 6455 §5.6).
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.kind == MessageKind::Text
    }

    pub(super) fn kind(&self) -> MessageKind {
        self.kind
    }

    /// The number of messages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is no message. An empty message counts as one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The payload of all messages together, in bytes.
    #[must_use]
    pub fn payload_len(&self) -> u64 {
        self.payload_len
    }

    /// The payload of each message, in order.
    pub fn payloads(&self) -> impl Iterator<Item = &[u8]> {
        self.messages.iter().map(|range| &self.data[range.clone()])
    }

    /// The largest fragment in bytes; `None` if the messages are not to be fragmented.
    pub(super) fn fragment(&self) -> Option<usize> {
        self.fragment.map(NonZeroUsize::get)
    }

    /// Removes the first `count` messages, or all if there are fewer.
    pub fn skip(&mut self, count: usize) {
        let skipped = self.messages.drain(..count.min(self.messages.len()));
        self.payload_len -= skipped.map(|range| range.len() as u64).sum::<u64>();
    }

    /// The payload of message `index`.
    pub(super) fn payload(&self, index: usize) -> &[u8] {
        &self.data[self.messages[index].clone()]
    }
}

/// The first message that is not UTF-8, and where in it.
fn first_bad(data: &[u8], messages: &[Range<usize>]) -> Option<(usize, usize)> {
    // One pass over the whole buffer accepts nearly all input. Even then a message must not begin
    // or end inside a character.
    if let Ok(text) = simdutf8::basic::from_utf8(data) {
        let whole = |range: &Range<usize>| {
            text.is_char_boundary(range.start) && text.is_char_boundary(range.end)
        };
        if messages.iter().all(whole) {
            return None;
        }
    }
    messages.iter().enumerate().find_map(|(index, range)| {
        let error = std::str::from_utf8(&data[range.clone()]).err()?;
        Some((index, error.valid_up_to()))
    })
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one message is meant")]
mod tests {
    use super::*;

    fn refused(data: &[u8], messages: Vec<Range<usize>>) -> Option<(usize, usize)> {
        let bad = Batch::text(data.to_vec(), messages).err()?;
        Some((bad.message, bad.offset))
    }

    #[test]
    fn bytes_between_messages_need_not_be_text() {
        assert_eq!(refused(b"ab\xff", vec![0..2]), None);
    }

    #[test]
    fn the_first_bad_message_is_named_with_the_offset_in_it() {
        let messages = vec![0..2, 3..6, 7..8];
        assert_eq!(refused(b"ab\ncd\xff\n\xff\n", messages), Some((1, 2)));
    }

    #[test]
    fn a_message_must_not_begin_or_end_inside_a_character() {
        assert_eq!(refused("é".as_bytes(), vec![0..1]), Some((0, 0)));
        assert_eq!(refused("é".as_bytes(), vec![1..2]), Some((0, 0)));
    }

    #[test]
    fn a_character_cut_by_a_line_ending_is_bad_where_it_begins() {
        assert_eq!(refused(b"a\xc3\n\xa9\n", vec![0..2, 3..4]), Some((0, 1)));
    }

    #[test]
    fn what_is_skipped_is_neither_counted_nor_sent() {
        let mut batch = Batch::binary(b"abbccc".to_vec(), vec![0..1, 1..3, 3..6]);
        batch.skip(2);
        assert_eq!((batch.len(), batch.payload_len()), (1, 3));
        assert_eq!(batch.payload(0), b"ccc");
        batch.skip(2);
        assert!(batch.is_empty() && batch.payload_len() == 0);
    }

    #[test]
    fn what_was_refused_comes_back() {
        let bad = Batch::text(b"\xff".to_vec(), vec![0..1]).expect_err("not text");
        assert_eq!(
            (&bad.data[..], &bad.messages[..]),
            (&b"\xff"[..], &[0..1][..])
        );
        assert!(bad.before().is_empty());
    }
}
