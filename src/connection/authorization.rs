//! The `Authorization` header field (RFC 9110 §11.6.2).

use crate::protocol::upgrade::RequestError;
use crate::url::WebSocketUrl;
use data_encoding::BASE64;
use std::fmt;

/// The credentials of an `Authorization` header field. `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub enum Authorization {
    /// A user name and a password (RFC 7617).
    Basic {
        /// The user name. It cannot contain a colon.
        user: Vec<u8>,
        /// The password.
        password: Vec<u8>,
    },
    /// A token (RFC 6750).
    Bearer(String),
}

impl Authorization {
    /// A user name and a password.
    #[must_use]
    pub fn basic(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Self::Basic {
            user: user.into(),
            password: password.into(),
        }
    }

    /// The value of the header field. It contains the credentials.
    ///
    /// # Errors
    /// [`RequestError::UserName`] if the user name contains a colon, which would end it
    /// (RFC 7617 §2).
    pub fn header_value(&self) -> Result<String, RequestError> {
        match self {
            Self::Basic { user, .. } if user.contains(&b':') => Err(RequestError::UserName),
            Self::Basic { user, password } => {
                let pair = [user.as_slice(), b":", password].concat();
                Ok(format!("Basic {}", BASE64.encode(&pair)))
            }
            Self::Bearer(token) => Ok(format!("Bearer {token}")),
        }
    }

    /// The user name and the password of a URL that has a password.
    pub(super) fn with_password_of(url: &WebSocketUrl) -> Option<Self> {
        let password = url.password()?;
        Some(Self::basic(url.username(), password))
    }

    /// The user name of a URL, with an empty password.
    pub(super) fn with_user_of(url: &WebSocketUrl) -> Option<Self> {
        let user = url.username();
        (!user.is_empty()).then(|| Self::basic(user, ""))
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic [hidden]",
            Self::Bearer(_) => "Bearer [hidden]",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_7617_are_encoded_as_it_says() {
        let aladdin = Authorization::basic("Aladdin", "open sesame");
        let sent = |basic: Authorization| basic.header_value().expect("legal");
        assert_eq!(sent(aladdin), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let in_utf_8 = Authorization::basic("test", "123£");
        assert_eq!(sent(in_utf_8), "Basic dGVzdDoxMjPCow==");
    }

    #[test]
    fn a_user_name_with_a_colon_is_refused() {
        let named = |user| Authorization::basic(user, "c:d").header_value();
        assert_eq!(named("a:b"), Err(RequestError::UserName));
        assert_eq!(named(""), Ok("Basic OmM6ZA==".to_owned()));
    }

    #[test]
    fn a_token_is_sent_unchanged_and_never_shown() {
        let bearer = Authorization::Bearer("s3cret".to_owned());
        assert_eq!(bearer.header_value(), Ok("Bearer s3cret".to_owned()));
        let basic = Authorization::basic("u", "s3cret");
        assert!(!format!("{bearer:?} {basic:?}").contains("s3cret"));
    }
}
