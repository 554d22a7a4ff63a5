//! The HTTP request that opens the connection: its fields, who sends it, where redirects lead.

use super::ask;
use super::secret::{Secret, read_file};
use crate::failure::Failure;
use sockeye::http_head::{Headers, is_token};
use sockeye::protocol::upgrade::VERSION;
use sockeye::{Authorization, Cookies, Netrc, Options, Redirects};
use std::env;
use std::path::{Path, PathBuf};

/// Fields that an option makes, and which.
const HAS_OPTION: [(&str, &str); 3] = [
    ("Sec-WebSocket-Protocol", "-s NAME offers a subprotocol"),
    ("Sec-WebSocket-Version", "-p VERSION asks for a version"),
    (
        "Sec-WebSocket-Extensions",
        "--no-compress offers no extension",
    ),
];

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

    /// Ask for this version of the protocol, 8 or 13
    #[arg(short, long, value_name = "VERSION", default_value_t = VERSION, value_parser = version)]
    protocol: u8,
}

fn version(typed: &str) -> Result<u8, String> {
    match typed.trim() {
        "8" => Ok(8),
        "13" => Ok(VERSION),
        _ => Err("the versions of the protocol are 8 and 13".to_owned()),
    }
}

impl HttpArgs {
    /// Sets what the library is told of this, but for [`HttpArgs::authorization`]. `insecure`: a
    /// redirect may give up encryption.
    pub(super) fn set(&self, options: &mut Options, insecure: bool) -> Result<(), Failure> {
        options.headers = self.headers()?;
        options.credentials.netrc = self.netrc()?;
        options.credentials.cookies = self.cookies()?;
        options.version = self.protocol;
        options.redirects = self.location.then_some(Redirects {
            most: self.max_redirects,
            allow_downgrade: insecure,
        });
        Ok(())
    }

    /// The fields of `-H`, and before them those of the other options that it does not have.
    fn headers(&self) -> Result<Headers, Failure> {
        let mut typed = Headers::new();
        for field in &self.header {
            match field.typed().strip_prefix('@') {
                None => push(&mut typed, field.typed(), "-H")?,
                Some(path) => push_lines(&mut typed, Path::new(path))?,
            }
        }
        let origin = match self.protocol {
            VERSION => "Origin",
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
                push_field(&mut headers, name, value)?;
            }
        }
        for (name, value) in typed.iter() {
            push_field(&mut headers, name, value)?;
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
        let mut cookies = Cookies::new();
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

/// A field in a line of its own each; empty lines do not count.
fn push_lines(headers: &mut Headers, path: &Path) -> Result<(), Failure> {
    let text = read_file("-H", path)?;
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            push(
                headers,
                line,
                &format!("-H: {}, line {}", path.display(), index + 1),
            )?;
        }
    }
    Ok(())
}

/// `Name: value`, or `Name:` or curl's `Name;` for one without a value. What is not that is not
/// repeated: it may be a secret.
fn push(headers: &mut Headers, typed: &str, place: &str) -> Result<(), Failure> {
    let without_value = || typed.trim_end().strip_suffix(';').map(|name| (name, ""));
    let (name, value) = typed
        .split_once(':')
        .or_else(without_value)
        .ok_or_else(|| {
            let message = "a header is 'Name: value', with a colon, or @FILE with such lines";
            Failure::Usage(format!("{place}: {message}"))
        })?;
    let name = name.trim();
    if !is_token(name) {
        // What follows the first word may be what was to be the value.
        let word = name.split_whitespace().next().unwrap_or_default();
        let more = if word == name { "" } else { " …" };
        let message = format!(
            "'{word}{more}' is no header name: letters, digits and !#$%&'*+-.^_`|~ may stand in one"
        );
        return Err(Failure::Usage(format!("{place}: {message}")));
    }
    push_field(headers, name, value)
}

fn push_field(headers: &mut Headers, name: &str, value: &str) -> Result<(), Failure> {
    let is_named = |(ours, _): &&(&str, &str)| ours.eq_ignore_ascii_case(name);
    if let Some((name, instead)) = HAS_OPTION.iter().find(is_named) {
        let message = format!("the header {name} is made by an option: {instead}");
        return Err(Failure::Usage(message));
    }
    // The value may be a secret, so only the name is told.
    headers
        .push(name, value.trim())
        .map_err(|error| Failure::Usage(error.to_string()))
}

#[cfg(test)]
mod tests;
