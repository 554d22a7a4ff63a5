//! What is typed about the request, and what the library is told.

use super::*;
use clap::Parser;
use std::io::Write;
use tempfile::NamedTempFile;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    http: HttpArgs,
}

fn typed(line: &[&str]) -> HttpArgs {
    let words = ["sockeye"].iter().chain(line);
    Line::try_parse_from(words).expect("a right line").http
}

fn set(line: &[&str]) -> Result<Options, Failure> {
    let (args, mut options) = (typed(line), Options::default());
    let fields = args.fields()?;
    args.set(&mut options, &fields, false)?;
    args.credentials()?;
    options.authorization = args.authorization()?;
    Ok(options)
}

fn meant(line: &[&str]) -> Options {
    set(line).expect("right")
}

fn credentials(line: &[&str]) -> Credentials {
    typed(line).credentials().expect("right")
}

#[track_caller]
fn refused(line: &[&str]) -> String {
    let message = set(line).expect_err("refused").to_string();
    assert!(
        !message.contains('\n') && !message.contains("s3cret"),
        "{message}"
    );
    message
}

fn fields(line: &[&str]) -> Vec<(String, String)> {
    let options = meant(line);
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    options.headers.iter().map(owned).collect()
}

fn file(content: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(content.as_bytes()).expect("writing");
    file
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn fields_keep_their_spelling_order_and_repetition() {
    let line = [
        "-H",
        "x-B:  a: b ",
        "-H",
        "X-b:2",
        "-H",
        "Empty:",
        "-H",
        "None;",
    ];
    let expected = [
        pair("x-B", "a: b"),
        pair("X-b", "2"),
        pair("Empty", ""),
        pair("None", ""),
    ];
    assert_eq!(fields(&line), expected);
}

#[test]
fn a_file_has_a_field_in_each_line() {
    let file = file("A: 1\r\n\nB: 2\n");
    let at = format!("@{}", file.path().display());
    let expected = [pair("C", "3"), pair("A", "1"), pair("B", "2")];
    assert_eq!(fields(&["-H", "C: 3", "-H", &at]), expected);
}

#[test]
fn what_is_no_field_is_refused_and_not_repeated() {
    assert!(refused(&["-H", "Authorization Bearer s3cret"]).contains("colon"));
    assert!(refused(&["-H", "A B: s3cret"]).contains("header name"));
    assert!(refused(&["-H", "Authorization Bearer s3cret:x"]).contains("header name"));
    assert!(refused(&["-H", "A: s3cret\r\nB: c"]).contains("header A"));
    assert!(refused(&["-H", "@/nowhere/at/all"]).contains("no such file"));
    let file = file("A: 1\nBearer s3cret\n");
    let at = format!("@{}", file.path().display());
    assert!(refused(&["-H", &at]).contains("line 2"));
}

#[test]
fn each_option_makes_its_field_unless_a_header_does() {
    let line = ["-o", "http://o", "--host", "h", "-A", "me"];
    let all = [
        pair("Origin", "http://o"),
        pair("Host", "h"),
        pair("User-Agent", "me"),
    ];
    assert_eq!(fields(&line), all);
    let headers = ["-H", "origin: x", "-H", "HOST: y", "-H", "user-agent: z"];
    let expected = [
        pair("origin", "x"),
        pair("HOST", "y"),
        pair("user-agent", "z"),
    ];
    assert_eq!(fields(&[&line[..], &headers].concat()), expected);
}

#[test]
fn version_8_has_another_name_for_the_origin() {
    let options = meant(&["-p", "8", "-o", "http://o"]);
    assert_eq!(options.version, 8);
    assert_eq!(
        options.headers.get("Sec-WebSocket-Origin"),
        Some("http://o")
    );
    assert!(!options.headers.contains("Origin"));
    assert_eq!(meant(&[]).version, 13);
    assert!(Line::try_parse_from(["sockeye", "-p", "12"]).is_err());
}

#[test]
fn fields_of_the_handshake_are_taken_or_left_out() {
    let line = [
        "-H",
        "sec-websocket-version: 8",
        "-H",
        "Sec-WebSocket-Protocol: a, b",
        "-H",
        "Sec-WebSocket-Protocol: c",
        "-H",
        "upgrade: websocket",
        "-H",
        "Upgrade: h2c",
        "-H",
        "Sec-WebSocket-Extensions;",
    ];
    let fields = typed(&line).fields().expect("right");
    assert_eq!(fields.protocols, ["a", "b", "c"]);
    assert_eq!(fields.left_out, ["Upgrade"]);
    assert!(fields.no_extension && fields.headers.is_empty());
    assert_eq!(meant(&line).version, 8);
    assert_eq!(meant(&[&line[..], &["-p", "13"]].concat()).version, 13);
    let wrong = refused(&["-H", "Sec-WebSocket-Version: 25"]);
    assert!(wrong.contains("8 and 13"), "{wrong}");
}

#[test]
fn a_password_ends_with_the_line_and_may_have_colons() {
    let basic = |user: &str, password: &str| Some(Authorization::basic(user, password));
    for line in [["-u", "me:a:b"], ["--auth", "me:a:b"], ["--user", "me:a:b"]] {
        assert_eq!(meant(&line).authorization, basic("me", "a:b"));
    }
    let file = file("me:s3cret\n");
    let at = format!("@{}", file.path().display());
    let options = meant(&["-u", &at]);
    assert_eq!(options.authorization, basic("me", "s3cret"));
    assert_eq!(meant(&["-u", "me:"]).authorization, basic("me", ""));
}

#[test]
fn a_token_is_one_word() {
    let bearer = meant(&["--bearer", "abc"]).authorization;
    assert_eq!(bearer, Some(Authorization::Bearer("abc".to_owned())));
    for wrong in ["", "s3cret two", "s3cret\r\nX: y", "s3cret é"] {
        assert!(
            refused(&["--bearer", wrong]).contains("--bearer"),
            "{wrong}"
        );
    }
    assert!(Line::try_parse_from(["s", "--bearer", "a", "-u", "b:c"]).is_err());
}

#[test]
fn cookies_are_typed_or_in_a_file_of_either_kind() {
    let mut expected = Cookies::default();
    let pairs = file("c=d\n");
    let jar = file("h\tFALSE\t/\tFALSE\t0\te\tf\n");
    let at = format!("@{}", pairs.path().display());
    let path = jar.path().display().to_string();
    expected.push_pairs("a=b");
    expected.push_pairs("c=d");
    expected
        .read_netscape("h\tFALSE\t/\tFALSE\t0\te\tf")
        .expect("right");
    let cookies = credentials(&["-b", "a=b", "-b", &at, "-b", &path]).cookies;
    assert!(cookies == expected);
    assert!(refused(&["-b", "/nowhere/at/all"]).contains("-b: /nowhere/at/all"));
    let two_lines = file("a=b\ns3cret=c");
    let at = format!("@{}", two_lines.path().display());
    assert!(refused(&["-b", &at]).contains("one line"));
    let path = two_lines.path().display().to_string();
    assert!(refused(&["-b", &path]).contains("line 1"));
}

#[test]
fn a_netrc_is_read_when_asked_for() {
    let right = file("machine h login me password s3cret");
    let path = right.path().display().to_string();
    let netrc = credentials(&["--netrc-file", &path]).netrc;
    assert_eq!(
        netrc.find("h", None),
        Some(Authorization::basic("me", "s3cret"))
    );
    let wrong = file("machine h\ns3cret");
    let path = wrong.path().display().to_string();
    assert!(refused(&["--netrc-file", &path]).contains("line 2"));
    assert!(refused(&["--netrc-file", "/nowhere/at/all"]).contains("no such file"));
}

#[test]
fn redirects_are_followed_on_demand_and_ten_at_most() {
    assert_eq!(meant(&["--max-redirects", "3"]).redirects, None);
    let most = |line: &[&str]| meant(line).redirects.map(|redirects| redirects.most);
    assert_eq!(most(&["-L"]), Some(10));
    assert_eq!(most(&["--max-redirects", "-L"]), Some(10));
    assert_eq!(most(&["--location", "--max-redirects", "0"]), Some(0));
    let mut options = Options::default();
    let fields = Fields::default();
    typed(&["-L"])
        .set(&mut options, &fields, true)
        .expect("right");
    assert!(
        options
            .redirects
            .is_some_and(|redirects| redirects.allow_downgrade)
    );
    assert!(
        meant(&["-L"])
            .redirects
            .is_some_and(|redirects| !redirects.allow_downgrade)
    );
}

#[test]
fn nothing_secret_shows_in_what_was_typed() {
    let line = ["-H", "A: s3cret", "-u", "me:s3cret", "-b", "a=s3cret"];
    let (http, options) = (typed(&line), meant(&line));
    assert!(!format!("{http:?}").contains("s3cret"));
    assert!(!format!("{:?} {:?}", options.authorization, credentials(&line)).contains("s3cret"));
}
