//! The library's `RequestHeaders`: header fields that depend on the URL of each request.

use super::super::harness::{PATIENCE, wire};
use super::server::{Answer, Server, redirect};
use sockeye::http1::Headers;
use sockeye::url::WebSocketUrl;
use sockeye::{ErrorKind, Event, Options, Redirects, RequestHeaders, WebSocket};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

/// Fields with the path of the request in them; an error for the path `/fails`.
struct ByPath;

fn fields(names: &[&str], url: &WebSocketUrl) -> Result<Headers, Box<dyn Error + Send + Sync>> {
    if url.resource() == "/fails" {
        return Err("no token for this path".into());
    }
    let mut headers = Headers::new();
    for name in names {
        headers.push(name, url.resource())?;
    }
    Ok(headers)
}

impl RequestHeaders for ByPath {
    fn headers_for(&self, url: &WebSocketUrl) -> Result<Headers, Box<dyn Error + Send + Sync>> {
        fields(&["Authorization", "X-Path"], url)
    }

    fn cross_origin_headers_for(
        &self,
        url: &WebSocketUrl,
    ) -> Result<Headers, Box<dyn Error + Send + Sync>> {
        fields(&["X-Path"], url)
    }
}

/// Opens a connection and returns the kind and the text of its error, if there is one.
fn open(url: &str) -> Option<(ErrorKind, String)> {
    let options = Options {
        request_headers: Some(Arc::new(ByPath)),
        redirects: Some(Redirects {
            most: 10,
            allow_downgrade: false,
        }),
        ..Options::default()
    };
    let (socket, mut events) = WebSocket::builder(url)
        .options(options)
        .connect()
        .expect("a good URL");
    let end = Instant::now() + PATIENCE;
    let mut failed = None;
    while let Ok(event) = events.recv_deadline(end) {
        match event {
            Event::Open(_) => socket.close(None, "").expect("it is open"),
            Event::Error(error) => failed = Some((error.kind(), error.to_string())),
            _ => {}
        }
    }
    failed
}

fn sent<'h>(head: &'h str, names: [&str; 2]) -> [Option<&'h str>; 2] {
    names.map(|name| wire::field(head, name))
}

const NAMES: [&str; 2] = ["Authorization", "X-Path"];

#[test]
fn each_request_has_the_fields_for_its_url() {
    let server = Server::start(|path| match path {
        "/first" => redirect(302, "/second"),
        _ => Answer::Upgrade,
    });
    assert_eq!(open(&server.url("/first")), None);
    let heads = server.heads();
    for (head, path) in heads.iter().zip(["/first", "/second"]) {
        assert_eq!(sent(head, NAMES), [Some(path); 2], "{head}");
    }
    assert_eq!(heads.len(), 2);
}

#[test]
fn another_origin_gets_the_cross_origin_fields_only() {
    let other = Server::accepting();
    let location = other.url("/other");
    let first = Server::start(move |_| redirect(302, &location));
    assert_eq!(open(&first.url("/first")), None);
    assert_eq!(sent(&first.head(), NAMES), [Some("/first"); 2]);
    assert_eq!(sent(&other.head(), NAMES), [None, Some("/other")]);
}

#[test]
fn a_field_that_the_url_gives_is_not_replaced() {
    let server = Server::accepting();
    assert_eq!(open(&format!("ws://u:p@{}/", server.authority())), None);
    let expected = [Some("Basic dTpw"), Some("/")];
    assert_eq!(sent(&server.head(), NAMES), expected);
}

#[test]
fn an_error_fails_the_connection_before_the_request_is_sent() {
    let server = Server::start(|_| redirect(302, "/fails"));
    let expected = (ErrorKind::Options, "no token for this path".to_owned());
    assert_eq!(open(&server.url("/")), Some(expected));
    assert_eq!(server.heads().len(), 1);
}
