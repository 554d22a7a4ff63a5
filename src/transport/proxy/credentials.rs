//! A user and a password.

use data_encoding::BASE64;
use std::fmt;

/// A user and a password, for a proxy. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub user: Vec<u8>,
    /// The password; empty if there is none.
    pub password: Vec<u8>,
}

/// Credentials that a proxy's protocol has no room for. What they are is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// RFC 7617 §2.
    #[error("a user name for an HTTP proxy cannot have a colon in it")]
    Colon,
    /// RFC 1929 §2.
    #[error("SOCKS5 has user names of 1 to 255 bytes and passwords of at most 255")]
    Length,
    /// The user name of SOCKS4 ends with a NUL byte.
    #[error("SOCKS4 has user names without NUL bytes")]
    Nul,
    /// SOCKS4 asks for a user's name alone.
    #[error("SOCKS4 has no passwords; SOCKS5 has")]
    Password,
}

impl Credentials {
    /// Reads `USER:PASSWORD`; without a colon, the password is empty.
    #[must_use]
    pub fn from_typed(typed: &str) -> Self {
        let (user, password) = typed.split_once(':').unwrap_or((typed, ""));
        Self {
            user: user.into(),
            password: password.into(),
        }
    }

    /// The value of `Proxy-Authorization` (RFC 7617 §2).
    pub(super) fn basic(&self) -> String {
        let pair = [&self.user[..], b":", &self.password].concat();
        format!("Basic {}", BASE64.encode(&pair))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_colon_parts_user_and_password() {
        let typed = Credentials::from_typed("user:pass:word");
        assert_eq!(typed.user, b"user");
        assert_eq!(typed.password, b"pass:word");
        assert_eq!(Credentials::from_typed("user").password, b"");
    }

    #[test]
    fn the_example_of_rfc_7617_is_encoded_as_there() {
        let typed = Credentials::from_typed("Aladdin:open sesame");
        assert_eq!(typed.basic(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[test]
    fn nothing_of_them_is_shown() {
        let shown = format!("{:?}", Credentials::from_typed("alice:s3cret"));
        assert!(!shown.contains("alice") && !shown.contains("s3cret"));
    }
}
