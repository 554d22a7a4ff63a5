//! The HTTP request that opens the connection: its fields, who sends it, where redirects lead.

mod curl;
mod fields;

use super::ask;
use super::secret::{Secret, read_file};
use crate::credentials::{Cookies, Credentials, Netrc};
use crate::failure::Failure;
use curl::CurlArgs;
pub(super) use fields::Fields;
use sockeye::http1::Headers;
use sockeye::protocol::upgrade::Request;
use sockeye::{Authorization, Options, Redirects};
use std::env;
use std::path::{Path, PathBuf};

/// The options, each as it was typed.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "HTTP request")]
pub(super) struct HttpArgs {
    /// Add a header field to the request, or those of the lines in @FILE; repeatable
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<Secret>,

    /// Set the Origin header field
    #[arg(short, long, value_name = "ORIGIN")]
    origin: Option<String>,

    /// Set the Host header field
    #[arg(long, value_name = "HOST")]
    host: Option<String>,

    /// Set the User-Agent header field; '' leaves it out
    #[arg(short = 'A', long, value_name = "NAME")]
    user_agent: Option<String>,

    /// Authenticate with name and password (Basic); asks for a password that is missing. It may
    /// stand in @FILE or env:NAME, so that the list of processes does not have it
    #[arg(
        short,
        long,
        value_name = "USER[:PASSWORD]",
        visible_alias = "auth",
        conflicts_with = "bearer"
    )]
    user: Option<Secret>,

    /// Authenticate with a token, which may stand in @FILE or env:NAME
    #[arg(long, value_name = "TOKEN")]
    bearer: Option<Secret>,

    /// Look up name and password of the host in ~/.netrc
    #[arg(long, conflicts_with = "netrc_file")]
    netrc: bool,

    /// Look up name and password of the host in FILE
    #[arg(long, value_name = "FILE")]
    netrc_file: Option<PathBuf>,

    /// Send cookies: 'a=b; c=d', @FILE or env:NAME with the same, or those that a cookie FILE of
    /// curl or a browser has for the host; repeatable
    #[arg(short = 'b', long, value_name = "COOKIES|FILE")]
    cookie: Vec<Secret>,

    /// Follow redirects; to another scheme, host or port only header fields and subprotocols go
    /// along that are known to be harmless, and wss leads to ws only with -k
    #[arg(short = 'L', long)]
    location: bool,

    /// Follow at most COUNT redirects
    #[arg(long, value_name = "COUNT", default_value_t = 10, num_args = 0..=1, default_missing_value = "10")]
    max_redirects: u32,

    /// Ask for this version of the protocol, 8 or 13 [default: 13]
    #[arg(short, long, value_name = "VERSION", value_parser = version)]
    protocol: Option<u8>,

    #[command(flatten)]
    pub(super) curl: CurlArgs,
}

fn version(typed: &str) -> Result<u8, String> {
    match typed.trim() {
        "8" => Ok(8),
        "13" => Ok(Request::VERSION),
        _ => Err("the versions of the protocol are 8 and 13".to_owned()),
    }
}

impl HttpArgs {
    /// `-o` as typed.
    pub(super) fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Whether the request has an origin.
    pub(super) fn names_origin(&self) -> bool {
        let mut names = self.header_names();
        self.origin.is_some() || names.any(|name| name.eq_ignore_ascii_case("Origin"))
    }

    /// Whether the request has what may say who it is from.
    pub(super) fn names_credentials(&self) -> bool {
        let has_options = self.user.is_some() || self.bearer.is_some() || !self.cookie.is_empty();
        has_options || self.header_names().any(Headers::is_secret)
    }

    /// The names of the fields that are typed.
    fn header_names(&self) -> impl Iterator<Item = &str> {
        let fields = self.header.iter().map(Secret::typed);
        fields.filter_map(|field| field.split_once(':').map(|(name, _)| name.trim()))
    }

    /// `-u` as typed.
    pub(super) fn user_typed(&self) -> Option<&str> {
        self.user.as_ref().map(Secret::typed)
    }

    /// Each `-b` as typed.
    pub(super) fn cookies_typed(&self) -> impl Iterator<Item = &str> {
        self.cookie.iter().map(Secret::typed)
    }

    /// What `-H` says. Files are read, so once is enough.
    pub(super) fn fields(&self) -> Result<Fields, Failure> {
        Fields::read(&self.header)
    }

    /// Sets what the library is told of this, but for [`HttpArgs::authorization`]. `insecure`: a
    /// redirect may give up encryption.
    pub(super) fn set(
        &self,
        options: &mut Options,
        fields: &Fields,
        insecure: bool,
    ) -> Result<(), Failure> {
        options.version = self.protocol.or(fields.version).unwrap_or(Request::VERSION);
        options.headers = self.headers(&fields.headers, options.version)?;
        options.redirects = self.location.then_some(Redirects {
            most: self.max_redirects,
            allow_downgrade: insecure,
        });
        Ok(())
    }

    /// What was given and is not taken, in one line.
    pub(super) fn left_out(&self, fields: &Fields) -> Option<String> {
        let headers = (!fields.left_out.is_empty()).then(|| {
            let names = fields.left_out.join(", ");
            format!("{names} (the handshake makes its own)")
        });
        let http = self.curl.other_http();
        let http = http.map(|option| format!("{option} (a WebSocket begins with HTTP/1.1)"));
        let all: Vec<String> = headers.into_iter().chain(http).collect();
        (!all.is_empty()).then(|| format!("left out: {}", all.join(", ")))
    }

    /// The fields of `-H`, and before them those of the other options that it does not have.
    fn headers(&self, typed: &Headers, version: u8) -> Result<Headers, Failure> {
        let origin = match version {
            Request::VERSION => "Origin",
            // What the drafts before RFC 6455 called it.
            _ => "Sec-WebSocket-Origin",
        };
        let mut headers = Headers::new();
        for (name, value) in [
            (origin, &self.origin),
            ("Host", &self.host),
            ("User-Agent", &self.user_agent),
        ] {
            if let Some(value) = value.as_ref().filter(|_| !typed.contains(name)) {
                fields::push(&mut headers, name, value)?;
            }
        }
        for (name, value) in typed.iter() {
            fields::push(&mut headers, name, value)?;
        }
        Ok(headers)
    }

    /// Whether [`HttpArgs::authorization`] may ask on the terminal.
    pub(super) fn may_ask(&self) -> bool {
        self.user.is_some()
    }

    /// Who the request says it is from. It may ask for a password on the terminal, so that
    /// everything else is checked before.
    pub(super) fn authorization(&self) -> Result<Option<Authorization>, Failure> {
        if let Some(bearer) = &self.bearer {
            let token = bearer.read("--bearer")?.trim().to_owned();
            if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                let message = "--bearer: a token has no spaces and ASCII characters only";
                return Err(Failure::Usage(message.to_owned()));
            }
            return Ok(Some(Authorization::Bearer(token)));
        }
        let Some(user) = &self.user else {
            return Ok(None);
        };
        let typed = user.read("-u")?;
        if let Some((user, password)) = typed.split_once(':') {
            return Ok(Some(Authorization::basic(user, password)));
        }
        let instead = "give it as -u USER:PASSWORD, or both in -u @FILE or -u env:NAME";
        let password = ask::password(&format!("Password of {}", typed.escape_debug()), instead)?;
        Ok(Some(Authorization::basic(typed, password)))
    }

    /// The credentials of files, and cookies.
    pub(super) fn credentials(&self) -> Result<Credentials, Failure> {
        Ok(Credentials {
            netrc: self.netrc()?,
            cookies: self.cookies()?,
        })
    }

    fn netrc(&self) -> Result<Netrc, Failure> {
        let (option, path) = match &self.netrc_file {
            Some(path) => ("--netrc-file", path.clone()),
            None if self.netrc => {
                let home = env::home_dir().ok_or_else(|| {
                    Failure::Usage("--netrc: HOME is not set; --netrc-file names a file".to_owned())
                })?;
                ("--netrc", home.join(".netrc"))
            }
            None => return Ok(Netrc::default()),
        };
        let text = read_file(option, &path)?;
        Netrc::parse(&text)
            .map_err(|error| Failure::Usage(format!("{option}: {}: {error}", path.display())))
    }

    fn cookies(&self) -> Result<Cookies, Failure> {
        let mut cookies = Cookies::default();
        for cookie in &self.cookie {
            let typed = cookie.typed();
            if cookie.is_elsewhere() || typed.contains('=') {
                let pairs = cookie.read("-b")?;
                check_pairs(&pairs)?;
                cookies.push_pairs(&pairs);
                continue;
            }
            let file = read_file("-b", Path::new(typed))?;
            cookies
                .read_netscape(&file)
                .map_err(|error| Failure::Usage(format!("-b: {typed}: {error}")))?;
        }
        Ok(cookies)
    }
}

fn check_pairs(pairs: &str) -> Result<(), Failure> {
    if pairs.contains('=') && !pairs.contains(|c: char| c.is_ascii_control()) {
        return Ok(());
    }
    let message = "-b: cookies are one line of names and values, like a=b; c=d";
    Err(Failure::Usage(message.to_owned()))
}

#[cfg(test)]
mod tests;
