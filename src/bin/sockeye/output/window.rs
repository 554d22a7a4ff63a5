//! How large the window is.

use rustix::termios::tcgetwinsize;
use std::os::fd::AsFd;

/// Where the terminal does not tell.
const COLUMNS: usize = 80;
const ROWS: usize = 24;

/// The columns of the terminal behind this stream.
pub(crate) fn columns(stream: impl AsFd) -> usize {
    match tcgetwinsize(stream) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => COLUMNS,
    }
}

/// Its rows.
pub(crate) fn rows(stream: impl AsFd) -> usize {
    match tcgetwinsize(stream) {
        Ok(size) if size.ws_row > 0 => size.ws_row.into(),
        _ => ROWS,
    }
}
