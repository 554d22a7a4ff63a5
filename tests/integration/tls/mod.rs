//! TLS against real servers: OpenSSL's side of it in nginx, rustls's in the peers of the test.

mod advice;
mod any_certificate;
mod basics;
mod client;
mod client_keys;
mod options;
mod refused;
