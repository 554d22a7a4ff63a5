//! What may be sent to another origin than the one that the options are meant for.

use super::options::Options;
use super::request_headers::CrossOrigin;
use crate::secret_names::plain_subprotocols;
use crate::url::WebSocketUrl;
use std::fmt;
use std::sync::Arc;

/// Header fields that are not secret, whatever their values. A list of secret ones could not be
/// complete.
const HARMLESS: [&str; 12] = [
    "Origin",
    "Sec-WebSocket-Origin",
    "User-Agent",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Cache-Control",
    "Pragma",
    "DNT",
    "Sec-GPC",
    "Priority",
    "Upgrade-Insecure-Requests",
];

/// Prefixes of fields that describe the browser (Fetch Metadata, Client Hints).
const HARMLESS_PREFIXES: [&str; 2] = ["Sec-Fetch-", "Sec-CH-"];

/// What is not sent to another origin. `Display` lists it, without values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The names of header fields, each once.
    pub headers: Vec<String>,
    /// The number of subprotocols that may be secrets.
    pub subprotocols: usize,
    /// Whether there was a client certificate.
    pub certificate: bool,
    /// Whether there was a TLS server name that differs from the host.
    pub server_name: bool,
}

impl LeftOut {
    /// Whether everything is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = self.headers.clone();
        all.extend(match self.subprotocols {
            0 => None,
            1 => Some("1 subprotocol that may be a secret".to_owned()),
            count => Some(format!("{count} subprotocols that may be secrets")),
        });
        all.extend(
            self.certificate
                .then(|| "the client certificate".to_owned()),
        );
        all.extend(self.server_name.then(|| "the TLS server name".to_owned()));
        f.write_str(&all.join(", "))
    }
}

impl Options {
    /// Removes what may not be sent to another origin than that of `first`, the URL that these
    /// options and subprotocols are meant for, and returns what that was. A connection does this
    /// when a redirect leads to another origin.
    ///
    /// What is known to be harmless stays: header fields such as `Origin`, `User-Agent` and
    /// `Accept-Language`, and subprotocols that are plain names. Of
    /// [`Options::request_headers`], the
    /// [cross-origin fields](crate::RequestHeaders::cross_origin_headers_for) stay.
    pub fn strip_for_cross_origin(
        &mut self,
        first: &WebSocketUrl,
        protocols: &mut Vec<String>,
    ) -> LeftOut {
        let headers = self.names_left_out(first);
        self.headers.retain(is_harmless);
        self.authorization = None;
        let source = self.request_headers.take();
        self.request_headers = source.map(|source| Arc::new(CrossOrigin(source)) as _);
        let tls = &mut self.transport.tls;
        LeftOut {
            headers,
            subprotocols: remove_secrets(protocols),
            certificate: tls.remove_identity(),
            server_name: tls.remove_server_name(),
        }
    }

    /// The names of the fields of a request for `first` that another origin does not get.
    fn names_left_out(&self, first: &WebSocketUrl) -> Vec<String> {
        // Fields that cannot be sent at all are not left out.
        let sent = self.headers_for(first, Some(first));
        let sent = sent.unwrap_or_else(|_| self.headers.clone());
        let source = self.request_headers.as_ref();
        let kept = source.and_then(|source| source.cross_origin_headers_for(first).ok());
        let kept = kept.unwrap_or_default();
        let is_kept = |field: (&str, &str)| is_harmless(field.0) || kept.iter().any(|k| k == field);
        let mut names = Vec::<String>::new();
        for (name, _) in sent.iter().filter(|field| !is_kept(*field)) {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

/// Removes the subprotocols that may be secrets and returns their number.
fn remove_secrets(protocols: &mut Vec<String>) -> usize {
    let before = protocols.len();
    let mut plain = plain_subprotocols(protocols).into_iter();
    protocols.retain(|_| plain.next().unwrap_or_default());
    before - protocols.len()
}

fn is_harmless(name: &str) -> bool {
    let has_prefix = |prefix: &&str| {
        let start = name.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    HARMLESS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
        || HARMLESS_PREFIXES.iter().any(has_prefix)
}

#[cfg(test)]
mod tests {
    use super::super::authorization::Authorization;
    use super::super::request_headers::FixedHeaders;
    use super::*;

    fn url(url: &str) -> WebSocketUrl {
        WebSocketUrl::parse(url).expect(url)
    }

    fn full() -> (Options, Vec<String>) {
        let mut options = Options::default();
        for name in [
            "X-Api-Key",
            "x-api-key",
            "X-Room",
            "Host",
            "origin",
            "Sec-Fetch-Mode",
        ] {
            options.headers.push(name, "x").expect("legal");
        }
        options.authorization = Some(Authorization::Bearer("x".to_owned()));
        let mut source = FixedHeaders::new(&[("Cookie", "a=b; c=d"), ("X-Stays", "1")]);
        for (name, value) in [("Cookie", "c=d"), ("X-Stays", "1")] {
            source.cross_origin.push(name, value).expect("legal");
        }
        options.request_headers = Some(Arc::new(source));
        let protocols = ["chat", "bearer", "x"].map(str::to_owned).to_vec();
        (options, protocols)
    }

    #[test]
    fn harmless_fields_and_those_of_the_source_for_other_origins_stay() {
        let (mut options, mut protocols) = full();
        options.strip_for_cross_origin(&url("ws://h/"), &mut protocols);
        assert_eq!(protocols, ["chat"]);
        let next = url("ws://o/");
        for first in [None, Some(&next)] {
            let headers = options.headers_for(&next, first).expect("legal");
            let sent: Vec<_> = headers.iter().collect();
            let expected = [
                ("origin", "x"),
                ("Sec-Fetch-Mode", "x"),
                ("Cookie", "c=d"),
                ("X-Stays", "1"),
            ];
            assert_eq!(sent, expected);
        }
    }

    #[test]
    fn everything_removed_is_named() {
        let (mut options, mut protocols) = full();
        let left_out = options.strip_for_cross_origin(&url("ws://h/"), &mut protocols);
        let expected =
            "X-Api-Key, X-Room, Host, Authorization, Cookie, 2 subprotocols that may be secrets";
        assert_eq!(left_out.to_string(), expected);
    }

    #[test]
    fn credentials_of_the_url_and_of_the_source_are_removed() {
        let left_out = |mut options: Options, text| {
            let left_out = options.strip_for_cross_origin(&url(text), &mut Vec::new());
            left_out.to_string()
        };
        let options = Options::default();
        assert_eq!(left_out(options.clone(), "ws://h/"), "");
        assert_eq!(left_out(options.clone(), "ws://u:p@h/"), "Authorization");
        let source = FixedHeaders::new(&[("Authorization", "x")]);
        let with_source = Options {
            request_headers: Some(Arc::new(source)),
            ..options
        };
        assert_eq!(left_out(with_source, "ws://h/"), "Authorization");
    }
}
