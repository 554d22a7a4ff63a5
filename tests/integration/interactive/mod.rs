//! The interactive client on a pseudo-terminal, its screen read through a terminal's parser.

/// What is typed and what the screen shows.
mod basics;
/// Every way of leaving, and of coming back.
mod leaving;
/// What the prompt tells while a line is typed.
mod prompt;
/// How what comes in is shown.
mod reading;
