//! What is shown, where it goes and how it looks, kept apart.
//!
//! Events are shown to a person ([`human`], with [`pretty`] JSON, [`hex`] dumps and [`sniff`]ed
//! kinds), to a program ([`json`]), or as nothing but their payload ([`raw`]). Standard error has
//! what goes on beside them ([`verbose`], [`pings`], [`progress`], [`notice`]) and why it failed
//! ([`report`], with the server's [`refusal`] or its [`certificate`]). Parts that several of them
//! show are [`fields`] of a head, [`phases`] of connecting, a [`timestamp`] and a [`size`]. How it
//! all looks is a matter of [`style`], [`text_width`] and the [`window`], and nothing from outside
//! goes to a terminal but through [`sanitize`].
//!
//! Nothing here knows which front end asks, and standard output has one owner at any time: a
//! [`raw::Writer`] in a pipe, the screen of the interactive client otherwise.

pub(crate) mod certificate;
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
pub(crate) mod redirect;
pub(crate) mod refusal;
pub(crate) mod report;
pub(crate) mod sanitize;
pub(crate) mod size;
pub(crate) mod sniff;
pub(crate) mod style;
pub(crate) mod text_width;
pub(crate) mod timestamp;
pub(crate) mod verbose;
pub(crate) mod window;
