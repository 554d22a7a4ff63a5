//! The request that opens the connection: what is in it, who sends it, and where it is sent when a
//! server points elsewhere.

mod beside_wscat;
mod browser;
mod credentials;
mod cross_origin;
mod heads;
mod questions;
mod redirects;
mod request;
mod request_headers;
mod server;
mod spellings;
