//! The pseudo-terminal between the line editor and the terminal.
//!
//! rustyline reads and writes standard input and output, and blocks in both: inside a key sequence
//! it takes no lines to show, and it waits for a terminal that does not read. So it gets a
//! pseudo-terminal of its own, whose other end belongs to the printer's thread. That thread takes
//! keys from the real terminal, looks for Ctrl-C, passes on whole keys, and alone writes to the
//! real terminal, without blocking.

use super::terminal::is_for_later;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, Winsize, tcgetattr, tcgetwinsize, tcsetattr,
    tcsetwinsize,
};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The end of the printer's thread.
#[derive(Debug)]
pub(super) struct Master(File);

#[cfg(target_os = "linux")]
fn open_master() -> io::Result<OwnedFd> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    Ok(openpt(flags)?)
}

/// Elsewhere `posix_openpt(3)` does not know `O_CLOEXEC`.
#[cfg(not(target_os = "linux"))]
fn open_master() -> io::Result<OwnedFd> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
    Ok(master)
}

/// Makes a pseudo-terminal. Its slave shows nothing by itself and keeps keys as they are.
pub(super) fn open(size: Winsize) -> io::Result<(Master, OwnedFd)> {
    let master = open_master()?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name.as_c_str(), flags, rustix::fs::Mode::empty())?;
    let mut settings = tcgetattr(&slave)?;
    settings.input_modes -= InputModes::ICRNL | InputModes::IXON;
    settings.local_modes -=
        LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG;
    tcsetattr(&slave, OptionalActions::Now, &settings)?;
    // Nobody else has this descriptor.
    fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
    let master = Master(File::from(master));
    master.resize(size);
    Ok((master, slave))
}

impl Master {
    /// What the editor has painted since the last call. Fails when there is nothing.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buffer)
    }

    /// Passes on keys: as many as the editor has room for.
    pub(super) fn write(&self, keys: &[u8]) -> io::Result<usize> {
        match (&self.0).write(keys) {
            Err(error) if is_for_later(&error) => Ok(0),
            written => written,
        }
    }

    /// Gives the editor a window of this size. Tells whether it had another.
    pub(super) fn resize(&self, size: Winsize) -> bool {
        let has = tcgetwinsize(&self.0).map(|has| (has.ws_row, has.ws_col));
        let is_new = has != Ok((size.ws_row, size.ws_col));
        is_new && tcsetwinsize(&self.0, size).is_ok()
    }
}

impl AsFd for Master {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
