//! Options of curl that change nothing here, so that a browser's "Copy as cURL" works with `curl`
//! replaced by `sockeye`.

/// The options, each as it was typed.
#[derive(Debug, Default, clap::Args)]
pub(in crate::cli) struct CurlArgs {
    /// curl would decode the answer's body
    #[arg(long, hide = true)]
    compressed: bool,

    /// A WebSocket begins with GET
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method, hide = true)]
    request: Option<()>,

    /// So does this
    #[arg(short = 'G', long, hide = true)]
    get: bool,

    /// And in HTTP/1.1
    #[arg(long = "http1.1", hide = true)]
    http1: bool,

    /// Firefox copies the version that the page came in
    #[arg(long, hide = true)]
    http2: bool,

    #[arg(long, hide = true)]
    http3: bool,

    /// Leave `\[` and the like in the URL as they are
    #[arg(short = 'g', long, hide = true)]
    globoff: bool,

    /// What is received is written at once anyway
    #[arg(long, hide = true)]
    no_buffer: bool,
}

fn method(typed: &str) -> Result<(), String> {
    match typed {
        "GET" => Ok(()),
        _ => Err("a WebSocket begins with GET; -x TEXT sends a message".to_owned()),
    }
}

impl CurlArgs {
    /// The version of HTTP that is not spoken.
    pub(super) fn other_http(&self) -> Option<&'static str> {
        match (self.http2, self.http3) {
            (true, _) => Some("--http2"),
            (_, true) => Some("--http3"),
            _ => None,
        }
    }

    /// The URL that was copied. curl gives brackets and braces a meaning unless a backslash stands
    /// before them, so Chrome writes one; no URL has one there by itself.
    pub(in crate::cli) fn unescaped(&self, url: &str) -> String {
        if self.globoff {
            return url.to_owned();
        }
        let pairs = [(r"\[", "["), (r"\]", "]"), (r"\{", "{"), (r"\}", "}")];
        let replace = |url: String, (escaped, plain)| url.replace(escaped, plain);
        pairs.into_iter().fold(url.to_owned(), replace)
    }
}
