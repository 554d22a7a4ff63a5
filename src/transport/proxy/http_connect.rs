//! A tunnel through an HTTP proxy (RFC 9110 §9.3.6).

use super::dialogue::Dialogue;
use crate::http1::{HeadError, HeadReader, Headers, Refusal, RefusalReader, ResponseHead};
use crate::transport::{Error, ErrorKind, Step};
use std::fmt::Display;
use std::time::{Duration, Instant};

const USER_AGENT: &str = concat!("sockeye/", env!("CARGO_PKG_VERSION"));

/// The most interim answers (1xx) that are skipped.
const MAX_INTERIM: usize = 16;

/// How long the next piece of a refusal's body may take.
const BODY_WAIT: Duration = Duration::from_secs(2);

/// How many bytes are asked for at once.
const READ_SIZE: usize = 4096;

/// Asks for the tunnel. Returns what came through it with the answer.
pub(super) async fn ask(dialogue: &mut Dialogue<'_>) -> Result<Vec<u8>, Error> {
    let (line, headers) = request(dialogue)?;
    dialogue.report(Step::ProxyRequest(lines(&line, headers.redacted())));
    let head = lines(&line, headers.iter()).join("\r\n");
    dialogue.send(format!("{head}\r\n\r\n").as_bytes()).await?;

    let mut reader = HeadReader::new();
    let answer = answer(&mut reader, dialogue).await?;
    dialogue.report(Step::ProxyAnswer(answer.clone()));
    // Its length, if it tells one, is without meaning (§9.3.6): all that follows is the tunnel's.
    if matches!(answer.status, 200..=299) {
        return Ok(reader.take_rest());
    }
    let reason = reason(&answer, dialogue);
    let refusal = refusal(answer, &mut reader, dialogue).await?;
    Err(dialogue.refused(reason, refusal))
}

fn request(dialogue: &Dialogue<'_>) -> Result<(String, Headers), Error> {
    let target = dialogue.target().to_string();
    let mut headers = Headers::new();
    let mut push = |name, value: &str| {
        let illegal = |error| Error::Options(format!("the request to the proxy: {error}"));
        headers.push(name, value).map_err(illegal)
    };
    push("Host", &target)?;
    push("User-Agent", USER_AGENT)?;
    if let Some(credentials) = dialogue.credentials() {
        push("Proxy-Authorization", &credentials.basic())?;
    }
    Ok((format!("CONNECT {target} HTTP/1.1"), headers))
}

fn lines<'a, V: Display>(line: &str, fields: impl Iterator<Item = (&'a str, V)>) -> Vec<String> {
    let fields = fields.map(|(name, value)| format!("{name}: {value}"));
    std::iter::once(line.to_owned()).chain(fields).collect()
}

/// The head of the final answer; what follows it stays in the reader.
async fn answer(
    reader: &mut HeadReader,
    dialogue: &mut Dialogue<'_>,
) -> Result<ResponseHead, Error> {
    let mut buffer = [0; READ_SIZE];
    let mut count = 0;
    let mut interim = 0;
    loop {
        match reader.response(&buffer[..count]) {
            Ok(Some(head)) if !matches!(head.status, 100..=199) => return Ok(head),
            Ok(Some(_)) if interim < MAX_INTERIM => {
                // Another head may be here already.
                (interim, count) = (interim + 1, 0);
                continue;
            }
            Ok(Some(_)) => {
                let reason =
                    format!("gave more than {MAX_INTERIM} interim answers and no final one");
                return Err(dialogue.failed(reason));
            }
            Ok(None) => {}
            Err(error) => return Err(dialogue.unreadable(unreadable(&error), &error)),
        }
        count = dialogue.receive(&mut buffer).await?;
        if count == 0 {
            let when = if reader.is_empty() {
                "without an answer"
            } else {
                "in the middle of its answer"
            };
            return Err(dialogue.failed(format!("closed the connection {when}")));
        }
    }
}

/// Why an answer is none.
fn unreadable(error: &HeadError) -> String {
    match error {
        HeadError::NotHttp { evidence, .. } if evidence.bytes.first() == Some(&5) => {
            "does not speak HTTP; it looks like a SOCKS5 proxy".to_owned()
        }
        error => format!("gave an answer that cannot be read: {error}"),
    }
}

/// Why there is no tunnel, and what the proxy asks for.
fn reason(answer: &ResponseHead, dialogue: &Dialogue<'_>) -> String {
    let ResponseHead { status, phrase, .. } = answer;
    let what = match status {
        // Which some proxies say where 407 is meant.
        401 if dialogue.credentials().is_some() => {
            "does not accept the user and password".to_owned()
        }
        407 if !asks_for_basic(answer) => {
            "asks for credentials of another kind than Basic, the only one there is here".to_owned()
        }
        407 if dialogue.credentials().is_some() => {
            "does not accept the user and password".to_owned()
        }
        407 => "asks for a user and password".to_owned(),
        _ => format!("refused to connect to {}", dialogue.target()),
    };
    format!("{what}: {status} {phrase}").trim_end().to_owned()
}

/// Whether Basic (RFC 7617) is among the schemes it would take. A proxy that names none may mean
/// it.
fn asks_for_basic(answer: &ResponseHead) -> bool {
    let mut schemes = answer.headers.tokens("Proxy-Authenticate").peekable();
    let is_basic = |challenge: &str| {
        let scheme = challenge.split(' ').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("basic")
    };
    schemes.peek().is_none() || schemes.any(is_basic)
}

/// The answer with as much of its body as comes.
async fn refusal(
    answer: ResponseHead,
    reader: &mut HeadReader,
    dialogue: &mut Dialogue<'_>,
) -> Result<Refusal, Error> {
    let mut body = RefusalReader::new(answer);
    let mut is_complete = body.handle_input(&reader.take_rest());
    let mut buffer = [0; READ_SIZE];
    while !is_complete {
        let until = Instant::now() + BODY_WAIT;
        match dialogue.receive_until(&mut buffer, until).await {
            Ok(Some(count)) if count > 0 => is_complete = body.handle_input(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
            // The head says more than why its body is not whole.
            _ => break,
        }
    }
    Ok(body.into_refusal())
}
