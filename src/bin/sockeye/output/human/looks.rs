//! How messages look, as the person chose and as the window allows.

/// How messages are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Looks {
    /// JSON is laid out and coloured; else every text is shown exactly as it came.
    pub(crate) pretty: bool,
    /// The local time, and the time since the message before, stand in front.
    pub(crate) timestamps: bool,
    /// Nothing is cut, however long it is.
    pub(crate) whole: bool,
    /// The columns of the window.
    pub(crate) width: usize,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            pretty: true,
            timestamps: false,
            whole: false,
            width: 80,
        }
    }
}
