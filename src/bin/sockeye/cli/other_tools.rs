//! What people type who come from curl, websocat, wscat or httpie: a wrong option is answered with
//! the one that is right here, or with the fact that there is none.

use super::args::Args;
use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use sockeye::url::WebSocketUrl;
use std::ffi::OsString;

/// The table, read only when something is wrong.
const TABLE: &str = include_str!("other_tools.txt");

/// The value of an option is missing or wrong.
const VALUE: &[ErrorKind] = &[ErrorKind::InvalidValue, ErrorKind::ValueValidation];

/// Options of ours whose letter or name is another one's in curl or websocat, and what may have been
/// meant when they are wrong in this way.
const LETTERS: [(&str, &[ErrorKind], &str); 5] = [
    (
        "--count",
        VALUE,
        "curl's -N is not needed: what is received is written at once",
    ),
    (
        "--wait",
        VALUE,
        "instead of curl's -w, -v shows how long each phase took",
    ),
    (
        "--protocol",
        VALUE,
        "-s NAME offers a subprotocol, --proxy URL makes a tunnel",
    ),
    (
        "--connect",
        &[ErrorKind::ArgumentConflict],
        "-c URL is wscat's; cookies are sent with -b and never kept",
    ),
    (
        "--expect",
        &[ErrorKind::MissingRequiredArgument],
        "--connect-timeout bounds connecting, -w the wait for answers",
    ),
];

/// What is said of an option that is none of ours.
pub(super) fn answer(option: &str) -> Option<&'static str> {
    let fits = |spelling: &str| match spelling.strip_suffix('*') {
        Some(beginning) => option.starts_with(beginning),
        None => option == spelling,
    };
    rows().find_map(|(mut spellings, answer)| spellings.any(fits).then_some(answer))
}

/// Spellings and what is said of them.
fn rows() -> impl Iterator<Item = (std::str::SplitWhitespace<'static>, &'static str)> {
    let rows = TABLE.lines().filter(|line| !line.starts_with("# "));
    rows.filter_map(|row| row.split_once(" = "))
        .map(|(spellings, answer)| (spellings.split_whitespace(), answer))
}

/// What clap's error is about, in the words of this file; `None` leaves them to clap.
pub(super) fn explain(error: &clap::Error) -> Option<String> {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let typed = word(ContextKind::InvalidArg)?;
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    if !typed.starts_with('-') || typed == "-" {
        return Some(format!(
            "'{}' is an argument too many: there is one URL, and -x TEXT sends a message",
            shown(typed)
        ));
    }
    if let Some(answer) = answer(typed) {
        return Some(format!("'{typed}' is no option here: {answer}"));
    }
    let similar = word(ContextKind::SuggestedArg).filter(|similar| may_be_meant(typed, similar));
    let similar = similar.map_or_else(String::new, |similar| {
        format!(": did you mean '{similar}'?")
    });
    Some(format!("there is no option '{typed}'{similar}"))
}

/// What may have been meant by an option whose value or company is wrong.
pub(super) fn other_meaning(error: &clap::Error) -> Option<&'static str> {
    let named = match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(named) => named,
        ContextValue::Strings(all) => all.first()?,
        _ => return None,
    };
    // A group stands in angle brackets, and an option before its value.
    let option = named.trim_start_matches('<').split(' ').next()?;
    let mut letters = LETTERS.iter();
    letters
        .find(|(ours, kinds, _)| *ours == option && kinds.contains(&error.kind()))
        .map(|(.., meaning)| *meaning)
}

/// An argument as it may be shown: it may be a message, or a URL with a password.
fn shown(typed: &str) -> String {
    match typed.split_once('=') {
        Some((name, _)) if !typed.contains("://") => format!("{name}=…"),
        _ => WebSocketUrl::hide_secrets(typed).into_owned(),
    }
}

/// Whether one is a slip for the other, which the help shows: little differs, or one begins with
/// the other.
fn may_be_meant(typed: &str, similar: &str) -> bool {
    let command = Args::command();
    let mut hidden = command.get_arguments().filter(|arg| arg.is_hide_set());
    let is_hidden = hidden.any(|arg| arg.get_long() == similar.strip_prefix("--"));
    !is_hidden && (similar.starts_with(typed) || differs_little(typed, similar))
}

/// Whether at most two characters in one place differ.
fn differs_little(one: &str, other: &str) -> bool {
    const LITTLE: usize = 2;
    let same = |(a, b): &(u8, u8)| a == b;
    let begin = one.bytes().zip(other.bytes()).take_while(same).count();
    let (one, other) = (&one.as_bytes()[begin..], &other.as_bytes()[begin..]);
    let from_end = one.iter().rev().zip(other.iter().rev());
    let end = from_end.take_while(|(a, b)| a == b).count();
    one.len().max(other.len()) <= end + LITTLE
}

/// What was taken for something else than was meant, although it could be understood. `words` are
/// the command line as typed.
pub(super) fn misread(args: &Args, words: &[OsString]) -> Option<String> {
    let silent = args
        .subprotocol
        .iter()
        .find(|value| is_row('s', value, words));
    if let Some(letters) = silent {
        return Some(format!(
            "-s offers a subprotocol, here '{letters}': -q shows messages and errors only, as \
             curl's -s and -S do (-s NAME, with a space, offers a subprotocol)"
        ));
    }
    let mut files = args.messages.files();
    if let Some(letters) = files.find(|value| is_row('f', value, words)) {
        return Some(format!(
            "-f sends a file as a message, here '{letters}': leave out curl's -f, -s and -S, as \
             errors are always shown; -L follows redirects"
        ));
    }
    if args.has_no_target() {
        return swallowed_url(args).map(str::to_owned);
    }
    let origin = args.http.origin().filter(|origin| !is_origin(origin))?;
    Some(format!(
        "-o sets the Origin header, and '{origin}' is none, which looks like https://page.example; \
         what is received goes to standard output: > FILE (-H 'Origin: …' sends anything)"
    ))
}

/// Whether the value of an option was typed in one word with it, and both look like letters of
/// curl's options without values.
fn is_row(letter: char, value: &str, words: &[OsString]) -> bool {
    let end = format!("{letter}{value}");
    let is_typed = |word: &OsString| {
        let row = word.to_str().and_then(|word| word.strip_prefix('-'));
        row.is_some_and(|row| row.ends_with(&end) && is_cluster(row))
    };
    is_cluster(value) && words.iter().any(is_typed)
}

/// Letters of curl's options without a value, typed in a row.
fn is_cluster(letters: &str) -> bool {
    !letters.is_empty()
        && letters
            .chars()
            .all(|letter| "fgiIkLNOsSvV#".contains(letter))
}

/// An origin has a scheme, or is `null` (RFC 6454 §6.2). An empty one asks for nothing. wscat sends
/// any text, of which a host's name is likely.
fn is_origin(origin: &str) -> bool {
    origin.is_empty() || origin == "null" || origin.contains("://") || is_host(origin)
}

/// The endings of files that curl's `-o` is likely to name.
const FILE_ENDINGS: [&str; 16] = [
    "bin", "csv", "dat", "gz", "html", "json", "jsonl", "log", "md", "ndjson", "out", "tmp", "txt",
    "xml", "yaml", "zip",
];

/// Whether this looks like the name of a host, with or without a port, and not like a file.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    let in_name = |letter: char| letter.is_ascii_alphanumeric() || "-.".contains(letter);
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_name = name == "localhost" || name.contains('.') && !name.starts_with('.');
    is_name
        && name.chars().all(in_name)
        && !last.is_empty()
        && !FILE_ENDINGS.contains(&last)
        && port.parse::<u16>().is_ok()
}

/// Why there is no URL, when an option took it for its value.
fn swallowed_url(args: &Args) -> Option<&'static str> {
    let protocols = || args.subprotocol.iter().map(String::as_str);
    if protocols().any(is_url) {
        Some("-s took the URL for the name of a subprotocol: -q shows messages and errors only")
    } else if protocols().any(is_address) {
        Some("-s offers a subprotocol, and a URL is missing: listening is no option yet")
    } else if args.messages.files().any(is_url) {
        Some("-f took the URL for a file to send: without it, failures have an exit status too")
    } else if args.messages.texts().any(is_url) {
        Some("-x took the URL for a message to send: --proxy URL connects through a proxy")
    } else if args.http.user_typed().is_some_and(is_url) {
        Some("-u took the URL for a user and a password: without it, both directions are open")
    } else if args.http.cookies_typed().any(is_url) {
        Some("-b took the URL for cookies: --binary sends binary messages")
    } else if args.http.origin().is_some_and(is_url) {
        Some("-o took the URL for an origin: what is received goes to standard output")
    } else {
        None
    }
}

fn is_url(value: &str) -> bool {
    let mut schemes = ["ws:", "wss:", "http:", "https:"].iter();
    schemes.any(|scheme| value.starts_with(scheme))
}

/// A port, or an address with one, as websocat's server mode takes it.
fn is_address(value: &str) -> bool {
    let port = value.rsplit(':').next().unwrap_or_default();
    port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests;
