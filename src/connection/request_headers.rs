//! Header fields that depend on the URL of a request.

use crate::http1::Headers;
use crate::url::WebSocketUrl;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Supplies header fields that depend on the URL of a request, such as cookies or the credentials
/// of a `.netrc` file.
///
/// A connection makes one request, and one more for each redirect that it follows. It asks for the
/// fields of each one. A field is not added if [`Options::headers`](crate::Options::headers) or,
/// for `Authorization`, [`Options::authorization`](crate::Options::authorization) or a password in
/// the URL sets it.
///
/// The methods run on the thread that drives the connection, so they must not block.
///
/// ```
/// use sockeye::http1::Headers;
/// use sockeye::url::WebSocketUrl;
/// use sockeye::{Options, RequestHeaders};
/// use std::error::Error;
/// use std::sync::Arc;
///
/// struct SessionCookie(String);
///
/// impl RequestHeaders for SessionCookie {
///     fn headers_for(&self, url: &WebSocketUrl) -> Result<Headers, Box<dyn Error + Send + Sync>> {
///         let mut headers = Headers::new();
///         if url.is_secure() {
///             headers.push("Cookie", &format!("session={}", self.0))?;
///         }
///         Ok(headers)
///     }
/// }
///
/// let options = Options {
///     request_headers: Some(Arc::new(SessionCookie("abc".to_owned()))),
///     ..Options::default()
/// };
/// assert!(!format!("{options:?}").contains("abc"));
/// ```
pub trait RequestHeaders: Send + Sync {
    /// The fields for a request to the origin of the URL that the connection was opened with.
    ///
    /// # Errors
    /// Any error fails the connection with
    /// [`Error::RequestHeaders`](crate::Error::RequestHeaders).
    fn headers_for(&self, url: &WebSocketUrl) -> Result<Headers, Box<dyn Error + Send + Sync>>;

    /// The fields for a request after a redirect has led to another origin, including requests
    /// after a later redirect back to the first one: the servers have chosen their URLs. The
    /// default is none.
    ///
    /// # Errors
    /// As [`RequestHeaders::headers_for`].
    fn cross_origin_headers_for(
        &self,
        _url: &WebSocketUrl,
    ) -> Result<Headers, Box<dyn Error + Send + Sync>> {
        Ok(Headers::new())
    }
}

impl fmt::Debug for dyn RequestHeaders {
    /// Shows no content: it may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestHeaders")
    }
}

/// Answers each request with the cross-origin fields.
pub(super) struct CrossOrigin(pub(super) Arc<dyn RequestHeaders>);

impl RequestHeaders for CrossOrigin {
    fn headers_for(&self, url: &WebSocketUrl) -> Result<Headers, Box<dyn Error + Send + Sync>> {
        self.0.cross_origin_headers_for(url)
    }

    fn cross_origin_headers_for(
        &self,
        url: &WebSocketUrl,
    ) -> Result<Headers, Box<dyn Error + Send + Sync>> {
        self.0.cross_origin_headers_for(url)
    }
}

#[cfg(test)]
pub(super) use fixed::FixedHeaders;

#[cfg(test)]
mod fixed {
    use super::*;

    /// The same fields for every URL; none across origins, except those of `cross_origin`.
    #[derive(Clone, Default)]
    pub(in crate::connection) struct FixedHeaders {
        headers: Headers,
        pub(in crate::connection) cross_origin: Headers,
        fails: bool,
    }

    impl FixedHeaders {
        pub(in crate::connection) fn new(fields: &[(&str, &str)]) -> Self {
            let mut headers = Headers::new();
            for (name, value) in fields {
                headers.push(name, value).expect("legal");
            }
            Self {
                headers,
                ..Self::default()
            }
        }

        pub(in crate::connection) fn failing() -> Self {
            Self {
                fails: true,
                ..Self::default()
            }
        }
    }

    impl RequestHeaders for FixedHeaders {
        fn headers_for(&self, _: &WebSocketUrl) -> Result<Headers, Box<dyn Error + Send + Sync>> {
            match self.fails {
                true => Err("no credentials".into()),
                false => Ok(self.headers.clone()),
            }
        }

        fn cross_origin_headers_for(
            &self,
            _: &WebSocketUrl,
        ) -> Result<Headers, Box<dyn Error + Send + Sync>> {
            Ok(self.cross_origin.clone())
        }
    }
}
