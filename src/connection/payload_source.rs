//! Where the payload of a streamed message comes from.

use crate::io_error::io_reason;
use crate::protocol::Endpoint;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};
use std::time::Instant;

/// How much is read from a source at a time, in bytes.
const PIECE: usize = 128 * 1024;

/// A message that is read piece by piece while it is sent.
pub(crate) struct PayloadSource {
    /// What it is called in an error: the path of a file.
    name: String,
    len: u64,
    reader: Box<dyn Read + Send>,
}

impl PayloadSource {
    pub(crate) fn new(name: String, len: u64, reader: impl Read + Send + 'static) -> Self {
        let reader = Box::new(reader);
        Self { name, len, reader }
    }

    /// The size of the message, in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

impl fmt::Debug for PayloadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadSource")
            .field("name", &self.name)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// The sources of the streams that an endpoint has queued, in their order.
#[derive(Debug, Default)]
pub(super) struct PayloadSources {
    queue: VecDeque<PayloadSource>,
    /// How much of the first one is still to be read.
    left: u64,
    buffer: Vec<u8>,
}

impl PayloadSources {
    pub(super) fn push(&mut self, source: PayloadSource) {
        // The machine asks for no payload of an empty message.
        if source.len > 0 {
            if self.queue.is_empty() {
                self.left = source.len;
            }
            self.queue.push_back(source);
        }
    }

    /// Supplies what the endpoint wants. Returns whether it was supplied with anything.
    pub(super) fn supply(&mut self, endpoint: &mut Endpoint) -> bool {
        let Some(wanted) = endpoint.wants_payload() else {
            return false;
        };
        let Some(source) = self.queue.front_mut() else {
            return false;
        };
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        self.buffer.resize(wanted.min(left).min(PIECE), 0);
        match read(&mut source.reader, &mut self.buffer) {
            Ok(0) => self.fail(endpoint, None),
            Ok(count) => {
                endpoint.handle_payload(&self.buffer[..count]);
                self.left -= count as u64;
                if self.left == 0 {
                    self.finish_first();
                }
            }
            Err(error) => self.fail(endpoint, Some(io_reason(&error))),
        }
        true
    }

    fn finish_first(&mut self) {
        self.queue.pop_front();
        self.left = self.queue.front().map_or(0, PayloadSource::len);
        if self.queue.is_empty() {
            self.buffer = Vec::new();
        }
    }

    fn fail(&mut self, endpoint: &mut Endpoint, cause: Option<String>) {
        if let Some(source) = self.queue.pop_front() {
            endpoint.handle_payload_error(Instant::now(), source.name, cause);
        }
        self.queue.clear();
    }
}

fn read(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
