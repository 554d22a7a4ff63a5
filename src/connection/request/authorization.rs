//! The `Authorization` field (RFC 9110 §11.6.2).

use crate::protocol::upgrade::RequestError;
use data_encoding::BASE64;
use std::fmt;

/// What stands in `Authorization`. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub enum Authorization {
    /// A user's name and password (RFC 7617).
    Basic {
        /// The name; a colon in it would begin the password.
        user: Vec<u8>,
        /// The password.
        password: Vec<u8>,
    },
    /// A token (RFC 6750).
    Bearer(String),
}

impl Authorization {
    /// A user's name and password.
    #[must_use]
    pub fn basic(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Self::Basic {
            user: user.into(),
            password: password.into(),
        }
    }

    /// The value of the field.
    pub(super) fn value(&self) -> Result<String, RequestError> {
        match self {
            Self::Basic { user, .. } if user.contains(&b':') => Err(RequestError::UserName),
            Self::Basic { user, password } => {
                let pair = [user.as_slice(), b":", password].concat();
                Ok(format!("Basic {}", BASE64.encode(&pair)))
            }
            Self::Bearer(token) => Ok(format!("Bearer {token}")),
        }
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
    fn the_example_of_rfc_7617_is_encoded_as_it_says() {
        let aladdin = Authorization::basic("Aladdin", "open sesame");
        let sent = |basic: Authorization| basic.value().expect("legal");
        assert_eq!(sent(aladdin), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let in_utf_8 = Authorization::basic("test", "123£");
        assert_eq!(sent(in_utf_8), "Basic dGVzdDoxMjPCow==");
    }

    #[test]
    fn a_colon_ends_the_name_and_is_none_of_it() {
        let named = |user| Authorization::basic(user, "c:d").value();
        assert_eq!(named("a:b"), Err(RequestError::UserName));
        assert_eq!(named(""), Ok("Basic OmM6ZA==".to_owned()));
    }

    #[test]
    fn a_token_stands_as_it_is_and_is_never_shown() {
        let bearer = Authorization::Bearer("s3cret".to_owned());
        assert_eq!(bearer.value(), Ok("Bearer s3cret".to_owned()));
        let basic = Authorization::basic("u", "s3cret");
        assert!(!format!("{bearer:?} {basic:?}").contains("s3cret"));
    }
}
