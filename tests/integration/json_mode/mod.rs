//! `--json`: what a program that drives the client may rely on.

/// The program at the other end of the pipes.
mod driver;

/// Answers in every state, while a side is slow, and after the close.
mod answers;
/// What is a command and what is not: ids, wrong types, and the standard's exceptions.
mod commands;
/// Commands that come before there is a connection.
mod connecting;
/// The end of input, other ends, and the status.
mod ending;
/// What is told, with which members and in which order.
mod events;
/// Much that is not read, and messages that become large when told.
mod pressure;
/// Messages that were accepted and could not be sent.
mod unsent;
