//! What goes along to another origin than the one that all was meant for.

use super::{Credentials, Options};
use crate::http1::Headers;
use crate::secret_names::plain_subprotocols;
use crate::transport::{self, Sni, TlsOptions};
use crate::url::WebSocketUrl;
use std::fmt;

/// Fields that are no secret, whatever their value. A list of those that are could not be complete.
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

/// Those that begin like this are about the browser (Fetch Metadata, Client Hints).
const HARMLESS_BEGINNINGS: [&str; 2] = ["Sec-Fetch-", "Sec-CH-"];

/// What is not sent to another origin. `Display` lists it; no value is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The names of header fields, each once.
    pub headers: Vec<String>,
    /// How many subprotocols that may be secrets.
    pub subprotocols: usize,
    /// The client certificate.
    pub certificate: bool,
    /// The name that TLS was to ask for instead of the host's.
    pub server_name: bool,
}

impl LeftOut {
    /// Whether all goes along.
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

/// Options and subprotocols for another origin.
#[derive(Debug, Clone)]
pub struct ForAnotherOrigin {
    /// The options.
    pub options: Options,
    /// The subprotocols.
    pub protocols: Vec<String>,
    /// What was taken out.
    pub left_out: LeftOut,
}

impl Options {
    /// As much of this as may go to another origin than that of `home`, which it was meant for:
    /// what is known to be harmless (`Origin`, `User-Agent`, `Accept`, `Accept-Language`,
    /// `Cache-Control`, `Pragma` and the like, [plain](plain_subprotocols) subprotocols), and the
    /// cookies of a file, each of which says where it may go.
    #[must_use]
    pub fn for_another_origin(
        &self,
        home: &WebSocketUrl,
        protocols: &[String],
    ) -> ForAnotherOrigin {
        let tls = &self.transport.tls;
        let plain = plain_subprotocols(protocols);
        let has_name = matches!(tls.server_name, Sni::Name(_));
        let left_out = LeftOut {
            headers: self.names_left_out(home),
            subprotocols: plain.iter().filter(|plain| !**plain).count(),
            certificate: tls.identity.is_some(),
            server_name: has_name,
        };
        let kept = protocols.iter().zip(plain).filter(|(_, plain)| *plain);
        let mut headers = self.headers.clone();
        headers.retain(is_harmless);
        let options = Self {
            headers,
            credentials: Credentials {
                cookies: self.credentials.cookies.of_file(),
                ..Credentials::default()
            },
            transport: transport::Options {
                tls: TlsOptions {
                    identity: None,
                    server_name: if has_name {
                        Sni::Host
                    } else {
                        tls.server_name.clone()
                    },
                    ..tls.clone()
                },
                ..self.transport.clone()
            },
            ..self.clone()
        };
        ForAnotherOrigin {
            options,
            protocols: kept.map(|(protocol, _)| protocol.clone()).collect(),
            left_out,
        }
    }

    /// The names of the fields that `home` gets and others do not.
    fn names_left_out(&self, home: &WebSocketUrl) -> Vec<String> {
        let mut headers = self.headers.clone();
        let credentials = Credentials {
            cookies: self.credentials.cookies.of_options(),
            ..self.credentials.clone()
        };
        // What cannot stand in a field is sent to nobody.
        _ = credentials.add_to(&mut headers, home, Some(home));
        names(&headers)
    }
}

fn names(headers: &Headers) -> Vec<String> {
    let mut names = Vec::<String>::new();
    for (name, _) in headers.iter().filter(|(name, _)| !is_harmless(name)) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.to_owned());
        }
    }
    names
}

fn is_harmless(name: &str) -> bool {
    let begins = |beginning: &&str| {
        let begin = name.get(..beginning.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(beginning))
    };
    HARMLESS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
        || HARMLESS_BEGINNINGS.iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Authorization;

    fn full() -> (Options, Vec<String>) {
        let mut options = Options::default();
        for name in [
            "X-Api-Key",
            "x-api-key",
            "X-Room",
            "Host",
            "Cookie",
            "origin",
            "Sec-Fetch-Mode",
        ] {
            options.headers.push(name, "x").expect("legal");
        }
        options.credentials.authorization = Some(Authorization::Bearer("x".to_owned()));
        options.credentials.cookies.push_pairs("a=b");
        let file = "o\tFALSE\t/\tFALSE\t0\tc\td";
        options
            .credentials
            .cookies
            .read_netscape(file)
            .expect("right");
        let protocols = ["chat", "bearer", "x"].map(str::to_owned).to_vec();
        (options, protocols)
    }

    #[test]
    fn only_what_is_harmless_and_the_cookies_of_a_file_go_along() {
        let (options, protocols) = full();
        let home = WebSocketUrl::parse("ws://h/").expect("right");
        let reduced = options.for_another_origin(&home, &protocols);
        assert_eq!(reduced.protocols, ["chat"]);
        let (there, mut headers) = (
            WebSocketUrl::parse("ws://o/").expect("right"),
            reduced.options.headers,
        );
        let credentials = reduced.options.credentials;
        credentials
            .add_to(&mut headers, &there, Some(&there))
            .expect("legal");
        let sent: Vec<_> = headers.iter().collect();
        assert_eq!(
            sent,
            [("origin", "x"), ("Sec-Fetch-Mode", "x"), ("Cookie", "c=d")]
        );
    }

    #[test]
    fn all_else_is_named() {
        let (options, protocols) = full();
        let home = WebSocketUrl::parse("ws://h/").expect("right");
        let left_out = options.for_another_origin(&home, &protocols).left_out;
        let expected =
            "X-Api-Key, X-Room, Host, Cookie, Authorization, 2 subprotocols that may be secrets";
        assert_eq!(left_out.to_string(), expected);
    }

    #[test]
    fn the_password_of_the_url_and_of_netrc_stay_too() {
        let mut options = Options::default();
        let left_out = |options: &Options, url| {
            let home = WebSocketUrl::parse(url).expect("right");
            options.for_another_origin(&home, &[]).left_out
        };
        assert!(left_out(&options, "ws://h/").is_empty());
        assert_eq!(
            left_out(&options, "ws://u:p@h/").to_string(),
            "Authorization"
        );
        let netrc = "machine h login n password p";
        options.credentials.netrc = crate::connection::Netrc::parse(netrc).expect("right");
        assert_eq!(left_out(&options, "ws://h/").to_string(), "Authorization");
        assert!(left_out(&options, "ws://other/").is_empty());
    }
}
