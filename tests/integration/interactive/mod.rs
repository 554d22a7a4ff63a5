//! The interactive client on a pseudo-terminal, its screen read through a terminal's parser.

/// Commands that act on the connection.
mod acting;
/// What is typed and what the screen shows.
mod basics;
/// Why a connection ended or was never open.
mod closed;
/// A server that says what it has heard.
mod echo;
/// What is recalled, completed and pasted.
mod editing;
/// `/edit`, and the program that it starts.
mod external_editor;
/// Which messages are shown, and where they are kept.
mod filter;
/// More events than anybody reads.
mod flood;
/// A terminal that takes little or nothing.
mod frozen;
/// Keys and pastes, in whatever pieces they come.
mod keys;
/// Every way of leaving, and of coming back.
mod leaving;
/// Servers and waits that several of these need.
mod patient;
/// Lines without an editor: `--plain` and `TERM=dumb`.
mod plain;
/// What the prompt tells while a line is typed.
mod prompt;
/// How what comes in is shown.
mod reading;
/// `/state`, `/info`, `/stats` and `/help`.
mod seeing;
/// Commands that wait for a file, and all that does not wait for them.
mod waiting;
