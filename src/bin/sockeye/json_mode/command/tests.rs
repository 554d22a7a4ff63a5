//! What a line is read as.

use super::*;

fn command(line: &str) -> Command {
    read(line.as_bytes()).command.expect(line)
}

fn refused(line: &str) -> Refused {
    read(line.as_bytes()).command.expect_err(line)
}

#[test]
fn each_command_of_the_manual_is_read() {
    let close = |code, reason: &str| Command::Close {
        code,
        reason: reason.to_owned(),
    };
    let table = [
        (
            r#"{"type":"send","data":"text"}"#,
            Command::SendText("text".to_owned()),
        ),
        (
            r#"{"type":"send","data":"AAEC","encoding":"base64"}"#,
            Command::SendBinary(vec![0, 1, 2]),
        ),
        (r#"{"type":"close"}"#, close(None, "")),
        (
            r#" {"code":3e3, "reason":"bye", "type":"close"} "#,
            close(Some(3000), "bye"),
        ),
        (
            r#"{"type":"ping","data":"x"}"#,
            Command::Ping(b"x".to_vec()),
        ),
        (r#"{"type":"pong"}"#, Command::Pong(Vec::new())),
        (r#"{"type":"state","id":[{}]}"#, Command::State),
        (
            r#"{"type":"send","data":"\ud834\udd1e"}"#,
            Command::SendText("𝄞".to_owned()),
        ),
    ];
    for (line, expected) in table {
        assert_eq!(command(line), expected, "{line}");
    }
}

#[test]
fn an_id_is_kept_as_it_was_written() {
    let big = "[1.0, 12345678901234567890123, 1e999, {\"a\": null}, \"\\u00e9\"]";
    for id in ["7", "\"x\"", "null", "1e999", "[]"] {
        let line = format!("{{\"type\":\"state\",\"id\":{id}}}");
        assert_eq!(read(line.as_bytes()).id, Some(id));
    }
    let line = format!("{{\"id\":{}}}", big.replace("1e999, ", ""));
    assert_eq!(read(line.as_bytes()).id, Some(&*big.replace("1e999, ", "")));
}

#[test]
fn what_is_wrong_with_a_member_names_it() {
    for (line, name) in [
        (r#"{}"#, "type"),
        (r#"{"type":1}"#, "type"),
        (r#"{"type":"bend"}"#, "type"),
        (r#"{"type":"send"}"#, "data"),
        (r#"{"type":"send","data":1}"#, "data"),
        (r#"{"type":"send","data":null}"#, "data"),
        (
            r#"{"type":"send","data":"AAE","encoding":"base64"}"#,
            "data",
        ),
        (r#"{"type":"send","data":"\ud800"}"#, "data"),
        (
            r#"{"type":"send","data":"AA==","encoding":"hex"}"#,
            "encoding",
        ),
        (r#"{"type":"close","code":"1000"}"#, "code"),
        (r#"{"type":"close","code":1000.5}"#, "code"),
        (r#"{"type":"close","code":1e999}"#, "code"),
        (r#"{"type":"close","code":1000,"reason":[]}"#, "reason"),
        (
            r#"{"type":"close","code":1000,"reason":"\udc00"}"#,
            "reason",
        ),
        (r#"{"type":"ping","data":{}}"#, "data"),
        (r#"{"type":"state","id":"\ud800"}"#, "id"),
        (r#"{"type":"state","data":"x"}"#, "data"),
        (r#"{"type":"close","resaon":"x"}"#, "resaon"),
        (r#"{"type":"send","data":"a","data":"a"}"#, "data"),
        (r#"{"type":"send","data":[[[[]]]]}"#, "data"),
    ] {
        let refused = refused(line);
        assert_eq!(refused.name, "SyntaxError", "{line}");
        let named = format!("'{name}'");
        assert!(refused.message.contains(&named), "{line}: {refused:?}");
    }
}

#[test]
fn a_code_that_none_can_be_is_refused_as_close_does() {
    for line in [
        r#"{"type":"close","code":70000}"#,
        r#"{"type":"close","code":-1}"#,
    ] {
        assert_eq!(refused(line).name, "InvalidAccessError", "{line}");
    }
}

#[test]
fn what_is_no_object_is_refused_in_words() {
    for line in [
        "",
        "hello",
        "[1]",
        "\"x\"",
        "{\"type\":\"state\"",
        "null",
        "{} {}",
    ] {
        let refused = refused(line);
        assert_eq!(refused.name, "SyntaxError", "{line}");
        assert!(!refused.message.contains("line 1"), "{refused:?}");
    }
    let bad = read(b"{\"type\":\"\xff\"}").command.expect_err("not UTF-8");
    assert!(bad.message.contains("byte 9"), "{bad:?}");
}

#[test]
fn a_refused_command_keeps_its_id() {
    let asked = read(br#"{"type":"send","id":7}"#);
    assert_eq!(asked.id, Some("7"));
    assert!(asked.command.is_err());
}

#[test]
fn the_id_before_a_mistake_is_read() {
    for line in [
        &br#"{"id":7,"type":"send","data":"x""#[..],
        br#"{"id":7,"type":"state"} {}"#,
        br#"{"id":7,"type":"state",}"#,
        b"{\"id\":7,\"type\":\"send\",\"data\":\"\xff\"}",
        br#"{"id":7,"id":8,"type":"state"}"#,
        br#"{"id":7,"more":1,"type":"state"}"#,
    ] {
        let asked = read(line);
        assert_eq!(asked.id, Some("7"), "{}", line.escape_ascii());
        let refused = asked.command.expect_err("no command");
        assert_eq!(refused.name, "SyntaxError");
    }
    assert_eq!(read(br#"{"type":"state","id":12"#).id, None);
    let skipped = too_long(br#"{"id":7,"type":"send","data":"xxxxxxxxxx"#, 9);
    assert_eq!(skipped.id, Some("7"));
    assert!(
        skipped
            .command
            .is_err_and(|refused| refused.message.contains("9 bytes"))
    );
}

#[test]
fn bad_base64_is_shown_with_its_place() {
    for (data, told) in [
        ("AA-A", "'-' at byte 2"),
        ("AA\\u00e9", "'é' at byte 2"),
        ("AAE", "3 characters"),
        ("A===", "byte 1"),
        ("AB==", "byte 1"),
    ] {
        let line = format!("{{\"type\":\"send\",\"encoding\":\"base64\",\"data\":\"{data}\"}}");
        let message = refused(&line).message;
        assert!(message.contains(told), "{data}: {message}");
    }
}

#[test]
fn a_lone_surrogate_is_found_wherever_it_stands() {
    for (data, told) in [
        ("\\ud800", "\\ud800 at byte 1"),
        ("ab\\udc00", "\\udc00 at byte 3"),
        ("\\\\\\ud800\\ud83d\\ude00", "\\ud800 at byte 3"),
        ("\\ud83d\\ude00\\ud83d\\ud83d\\ude00", "\\ud83d at byte 13"),
    ] {
        let message = refused(&format!("{{\"type\":\"send\",\"data\":\"{data}\"}}")).message;
        assert!(message.contains(told), "{data}: {message}");
    }
    let right = r#"{"type":"send","data":"\\ud800\ud83d\ude00\u00e9\"\n"}"#;
    let text = "\\ud800😀é\"\n".to_owned();
    assert_eq!(command(right), Command::SendText(text));
}
