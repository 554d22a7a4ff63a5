//! Who the request says it is from: credentials, the `.netrc` they may stand in, and cookies.
//!
//! Whom they are meant for decides: [`Credentials::add_to`] puts into a request what may go to its
//! server, and no more.

mod authorization;
mod cookies;
mod credentials;
mod netrc;

pub use authorization::Authorization;
pub use cookies::{CookieError, Cookies};
pub use credentials::Credentials;
pub use netrc::{Netrc, NetrcError};
