//! The laws of docs/design.md, held against the sources.
//!
//! [`source`] parses a crate as the compiler finds it, from its root along the `mod` declarations,
//! and leaves out the tests. [`resolve`] follows each path to the module that defines what it names.
//! [`circles`] makes a graph of it. The laws of the library are in [`library`] and [`surface`];
//! what the tree does not obey yet is listed in [`exceptions`], and nowhere else.

mod circles;
mod exceptions;
mod io_errors;
mod library;
mod names;
mod program;
mod resolve;
mod resolver_tests;
mod source;
mod surface;
mod waits;
