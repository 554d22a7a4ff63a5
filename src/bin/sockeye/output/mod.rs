//! What is shown ([`human`] and its [`pretty`] JSON, [`hex`] dumps and [`sniff`]ed kinds; [`json`],
//! [`raw`], [`progress`], [`notice`], [`report`], [`refusal`], [`certificate`], [`phases`],
//! [`verbose`]) and how it looks ([`style`], [`sanitize`], [`size`], [`timestamp`], [`columns`],
//! [`window`]). Nothing here knows which front end asks, and standard output has one owner at any
//! time: a [`raw::Writer`] in a
//! pipe, the screen of the interactive client otherwise.

pub(crate) mod certificate;
pub(crate) mod columns;
pub(crate) mod fields;
pub(crate) mod hex;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod notice;
pub(crate) mod phases;
pub(crate) mod pings;
pub(crate) mod pretty;
pub(crate) mod progress;
pub(crate) mod raw;
pub(crate) mod refusal;
pub(crate) mod report;
pub(crate) mod sanitize;
pub(crate) mod size;
pub(crate) mod sniff;
pub(crate) mod style;
pub(crate) mod timestamp;
pub(crate) mod verbose;
pub(crate) mod window;
