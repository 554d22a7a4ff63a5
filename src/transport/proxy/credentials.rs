//! A user name and a password for a proxy.

use data_encoding::BASE64;
use std::fmt;

/// A user name and a password for a proxy. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyCredentials {
    /// The user name.
    pub user: Vec<u8>,
    /// The password; empty if there is none.
    pub password: Vec<u8>,
}

impl ProxyCredentials {
    /// Parses `USER:PASSWORD`. The first colon separates; without one, the password is empty.
    #[must_use]
    pub fn from_typed(typed: &str) -> Self {
        let (user, password) = typed.split_once(':').unwrap_or((typed, ""));
        Self {
            user: user.into(),
            password: password.into(),
        }
    }

    /// The value of `Proxy-Authorization` (RFC 7617 §2).
    #[cfg_attr(not(feature = "proxy"), expect(dead_code, reason = "proxies use it"))]
    pub(super) fn basic(&self) -> String {
        let pair = [&self.user[..], b":", &self.password].concat();
        format!("Basic {}", BASE64.encode(&pair))
    }
}

impl fmt::Debug for ProxyCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyCredentials([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_colon_separates_user_and_password() {
        let typed = ProxyCredentials::from_typed("user:pass:word");
        assert_eq!(typed.user, b"user");
        assert_eq!(typed.password, b"pass:word");
        assert_eq!(ProxyCredentials::from_typed("user").password, b"");
    }

    #[test]
    fn the_example_of_rfc_7617_is_encoded_as_there() {
        let typed = ProxyCredentials::from_typed("Aladdin:open sesame");
        assert_eq!(typed.basic(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[test]
    fn debug_shows_neither_user_nor_password() {
        let shown = format!("{:?}", ProxyCredentials::from_typed("alice:s3cret"));
        assert!(!shown.contains("alice") && !shown.contains("s3cret"));
    }
}
