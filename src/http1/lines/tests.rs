//! Heads as servers write them, right and wrong.

use super::*;
use crate::http1::reader::{HeadReader, ResponseHead};

fn read(head: &str) -> Result<ResponseHead, HeadError> {
    let head = HeadReader::new().response(head.as_bytes())?;
    Ok(head.expect("complete"))
}

fn with_lines(lines: &str) -> Result<ResponseHead, HeadError> {
    read(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n"))
}

/// Number and problem of the line that is wrong.
fn bad(head: &str) -> (usize, String) {
    match read(head) {
        Err(HeadError::Line {
            number, problem, ..
        }) => (number, problem),
        other => panic!("{head:?} gave {other:?}"),
    }
}

fn evidence(head: &str) -> Evidence {
    let error = read(head).expect_err(head);
    error.evidence().expect("of a line").clone()
}

#[test]
fn rfc_9112_section_5_2_a_folded_value_is_joined_with_a_space() {
    for (lines, value) in [
        ("A: 1\r\n 2", "1 2"),
        ("A: 1 \t\r\n\t  2\r\n 3", "1 2 3"),
        ("A:\r\n 1", "1"),
        ("A: 1\r\n ", "1"),
        ("A: 1\n 2", "1 2"),
    ] {
        let head = with_lines(&format!("{lines}\r\nB: b")).expect(lines);
        let fields: Vec<_> = head.headers.iter().collect();
        assert_eq!(fields, [("A", value), ("B", "b")], "{lines:?}");
    }
}

#[test]
fn rfc_9110_section_2_5_any_minor_version_is_taken() {
    for minor in 0..=9 {
        let head = read(&format!("HTTP/1.{minor} 101 x\r\n\r\n")).expect("right");
        assert_eq!((head.minor_version, head.status), (minor, 101));
    }
}

#[test]
fn rfc_9112_section_4_the_words_after_the_status_may_be_missing() {
    for (line, phrase) in [
        ("HTTP/1.1 200", ""),
        ("HTTP/1.1 200 ", ""),
        ("HTTP/1.1 200 All right", "All right"),
        ("HTTP/1.1  200\tOK", "OK"),
        ("HTTP/1.1 200 é", ""),
    ] {
        let head = read(&format!("{line}\r\n\r\n")).expect(line);
        assert_eq!((head.status, head.phrase.as_str()), (200, phrase), "{line}");
    }
}

#[test]
fn white_space_around_a_value_and_bytes_that_are_not_ascii_are_taken() {
    let head = with_lines("A:\t é \t\r\nB:\r\nc!#$%&'*+-.^_`|~9: d:e").expect("right");
    let fields: Vec<_> = head.headers.iter().collect();
    assert_eq!(
        fields,
        [("A", "é"), ("B", ""), ("c!#$%&'*+-.^_`|~9", "d:e")]
    );
}

#[test]
fn a_line_that_cannot_be_read_is_shown_with_its_number_and_the_reason() {
    for (line, said) in [
        ("no colon", "has no colon: `no colon`"),
        (": x", "has no name before its colon: `: x`"),
        ("A : 1", "has a space before its colon: `A : 1`"),
        ("A b: 1", "has a space in its name: `A b: 1`"),
        ("A(: 1", "has '(' in its name: `A(: 1`"),
        ("é: 1", r"has \xc3 in its name: `é: 1`"),
        (
            "A: \x01",
            r"has the control character \x01 in it: `A: \u{1}`",
        ),
        ("A: a\rb", r"has the control character \r in it: `A: a\rb`"),
        (
            "A: \x7f",
            r"has the control character \x7f in it: `A: \u{7f}`",
        ),
    ] {
        let error = with_lines(&format!("B: 1\r\n{line}\r\nC: 2")).expect_err(line);
        assert_eq!(error.to_string(), format!("line 3 of its head {said}"));
    }
    let first = bad("HTTP/1.1 200 OK\r\n A: 1\r\n\r\n");
    assert_eq!(first, (2, LineProblem::FoldedFirst.to_string()));
}

#[test]
fn a_bad_line_is_found_where_it_is() {
    let head = "HTTP/1.1 200 OK\r\nA: 1\nno colon\r\n\r\n";
    let Err(HeadError::Line {
        number,
        line,
        is_cut,
        evidence,
        ..
    }) = read(&format!("\r\n{head}"))
    else {
        panic!("read");
    };
    let offset = head.find("no").expect("there") as u64;
    assert_eq!((number, evidence.offset), (3, offset));
    assert_eq!((line.as_slice(), is_cut), (&b"no colon"[..], false));
}

#[test]
fn a_long_line_is_cut_and_the_value_of_a_secret_is_left_out() {
    let error = with_lines(&"x".repeat(1000))
        .expect_err("no colon")
        .to_string();
    assert!(error.ends_with("xx…`") && error.len() < 200, "{error}");
    let error = with_lines("Set-Cookie : id=hunter2").expect_err("a space");
    assert!(!format!("{error:?}").contains(&format!("{:?}", b"hunter2").replace(['[', ']'], "")));
    assert_eq!(
        error.to_string(),
        "line 2 of its head has a space before its colon: `Set-Cookie : [hidden]`"
    );
}

#[test]
fn what_is_no_status_line_is_refused() {
    for line in [
        "HTTP/1.1",
        "HTTP/1.1 2x0 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 +20 OK",
        "HTTP/1.10 200 OK",
        "HTTP/1.x 200 OK",
        "HTTP/1.1200 OK",
    ] {
        let problem = LineProblem::StatusLine.to_string();
        assert_eq!(bad(&format!("{line}\r\n\r\n")), (1, problem), "{line}");
    }
    let problem = LineProblem::Control(0x1b).to_string();
    assert_eq!(bad("HTTP/1.1 200 O\x1bK\r\n\r\n"), (1, problem));
}

#[test]
fn a_request_is_read_as_strictly_as_a_server_has_to() {
    let problem = |head: &str| match HeadReader::new().request(head.as_bytes()) {
        Ok(head) => panic!("{head:?}"),
        Err(HeadError::Line { problem, .. }) => problem,
        Err(error) => panic!("{error}"),
    };
    for (head, expected) in [
        (
            "GET / HTTP/1.1\r\nA: 1\r\n 2\r\n\r\n",
            LineProblem::FoldedRequest,
        ),
        (
            "GET / HTTP/1.1\r\nA : 1\r\n\r\n",
            LineProblem::SpaceBeforeColon,
        ),
        ("GET  / HTTP/1.1\r\n\r\n", LineProblem::RequestLine),
        ("GET /\r\n\r\n", LineProblem::RequestLine),
        ("GET / a HTTP/1.1\r\n\r\n", LineProblem::RequestLine),
        ("GET / HTTP/2.0\r\n\r\n", LineProblem::RequestLine),
        ("G(T / HTTP/1.1\r\n\r\n", LineProblem::RequestLine),
    ] {
        assert_eq!(problem(head), expected.to_string(), "{head}");
    }
}

#[test]
fn the_bytes_around_the_fault_are_kept_with_their_place() {
    let head = format!("HTTP/1.1 200 OK\r\nA: {}\x01b\r\n\r\n", "x".repeat(100));
    let Evidence {
        part,
        offset,
        start,
        bytes,
    } = evidence(&head);
    assert_eq!((part, offset, start), (Part::Head, 120, 96));
    assert_eq!(bytes, format!("{}\x01b", "x".repeat(24)).as_bytes());
    let evidence = evidence("HTTP/1.1 200 OK\r\nSet-Cookie : id=hunter2\r\n\r\n");
    assert_eq!((evidence.offset, evidence.start), (27, 17));
    assert_eq!(evidence.bytes, b"Set-Cookie : [hidden]");
}
