//! The fields of `-H`, and what becomes of those that belong to the handshake: a browser's "Copy as
//! cURL" has them all.

use super::super::secret::{Secret, read_file};
use super::version;
use crate::failure::Failure;
use sockeye::http1::Headers;
use std::path::Path;

/// Fields that follow from the rest of the request. Those that are given are left out.
const LEFT_OUT: [&str; 4] = [
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Extensions",
];

/// What `-H` says.
#[derive(Debug, Default)]
pub(in crate::cli) struct Fields {
    /// Fields that are sent as they are.
    pub(super) headers: Headers,
    /// `Sec-WebSocket-Version`, which is `-p`.
    pub(super) version: Option<u8>,
    /// `Sec-WebSocket-Protocol`, which is `-s`.
    pub(in crate::cli) protocols: Vec<String>,
    /// `Sec-WebSocket-Extensions` is there and empty, which is `--no-compress`.
    pub(in crate::cli) no_extension: bool,
    /// The names of those that are left out.
    pub(super) left_out: Vec<&'static str>,
}

impl Fields {
    /// Reads `-H`: fields, and files of fields.
    pub(super) fn read(typed: &[Secret]) -> Result<Self, Failure> {
        let mut fields = Self::default();
        for field in typed {
            match field.typed().strip_prefix('@') {
                None => fields.push_line(field.typed(), "-H")?,
                Some(path) => fields.push_file(Path::new(path))?,
            }
        }
        Ok(fields)
    }

    /// A field in a line of its own each; empty lines do not count.
    fn push_file(&mut self, path: &Path) -> Result<(), Failure> {
        let text = read_file("-H", path)?;
        for (index, line) in text.lines().enumerate() {
            if !line.trim().is_empty() {
                let place = format!("-H: {}, line {}", path.display(), index + 1);
                self.push_line(line, &place)?;
            }
        }
        Ok(())
    }

    /// `Name: value`, or `Name:` or curl's `Name;` for one without a value. What is not that is not
    /// repeated: it may be a secret.
    fn push_line(&mut self, typed: &str, place: &str) -> Result<(), Failure> {
        let without_value = || typed.trim_end().strip_suffix(';').map(|name| (name, ""));
        let (name, value) = typed
            .split_once(':')
            .or_else(without_value)
            .ok_or_else(|| {
                let message = "a header is 'Name: value', with a colon, or @FILE with such lines";
                Failure::Usage(format!("{place}: {message}"))
            })?;
        let name = name.trim();
        if Headers::new().push(name, "").is_err() {
            // What follows the first word may be what was to be the value.
            let word = name.split_whitespace().next().unwrap_or_default();
            let more = if word == name { "" } else { " …" };
            let message = format!(
                "'{word}{more}' is no header name: letters, digits and !#$%&'*+-.^_`|~ may stand in one"
            );
            return Err(Failure::Usage(format!("{place}: {message}")));
        }
        self.push(name, value.trim(), place)
    }

    fn push(&mut self, name: &str, value: &str, place: &str) -> Result<(), Failure> {
        let is = |ours: &str| ours.eq_ignore_ascii_case(name);
        if is("Sec-WebSocket-Version") {
            let wrong = |message| Failure::Usage(format!("{place}: {name}: {message}"));
            self.version = Some(version(value).map_err(wrong)?);
        } else if is("Sec-WebSocket-Protocol") {
            let mut list = Headers::new();
            push(&mut list, name, value)?;
            self.protocols.extend(list.tokens(name).map(str::to_owned));
        } else if is("Sec-WebSocket-Extensions") && value.is_empty() {
            self.no_extension = true;
        } else if let Some(ours) = LEFT_OUT.into_iter().find(|ours| is(ours)) {
            if !self.left_out.contains(&ours) {
                self.left_out.push(ours);
            }
        } else {
            push(&mut self.headers, name, value)?;
        }
        Ok(())
    }
}

/// Adds a field. The value may be a secret, so only the name is told.
pub(super) fn push(headers: &mut Headers, name: &str, value: &str) -> Result<(), Failure> {
    headers
        .push(name, value)
        .map_err(|error| Failure::Usage(error.to_string()))
}
