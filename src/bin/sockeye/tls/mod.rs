//! What TLS needs from files, the environment and the platform, and what it says in words.

mod certificates;
mod identity;
mod key_encryption;
mod key_log;
mod pkcs12;
mod private_key;
mod refused;
mod roots;
mod subject_key;
mod summary;
mod words;

pub(crate) use identity::{IdentityError, load as load_identity};
pub(crate) use key_log::from_environment as key_log;
pub(crate) use refused::is_ca_as_server;
pub(crate) use roots::roots;
pub(crate) use summary::{CertificateSummary, summaries};
pub(crate) use words::{error_in_words, unverified_in_words};
