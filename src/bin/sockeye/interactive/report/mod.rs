//! `/state`, `/info` and `/stats`, laid out to be read.
//!
//! Each is made of [`Sheet`]s: headings, and rows of a name and a value that are wrapped where the
//! terminal ends. Values are escaped there, whoever they come from.

mod certificate;
mod compression;
mod info;
mod plot;
mod sheet;
mod state;
mod stats;

pub(super) use info::info;
pub(super) use sheet::Page;
#[cfg(test)]
pub(super) use sheet::tests::page;
pub(super) use state::state;
pub(super) use stats::stats;
