use super::*;
use std::io::{self, Read};

fn regex(typed: &str) -> Expectation {
    Expectation::regex(typed).expect("a good expression")
}

fn json(typed: &str) -> Expectation {
    Expectation::json(typed).expect("a pointer and a value")
}

fn vigil(expectations: Vec<Expectation>, count: u64) -> Vigil {
    let (_, fulfilled) = io::pipe().expect("a pipe");
    let timeout = Wait::For(Duration::from_secs(10));
    Vigil::new(expectations, count, timeout, fulfilled)
}

fn unmet(vigil: &Vigil) -> String {
    vigil.outcome().expect_err("not met").to_string()
}

#[test]
fn a_regular_expression_looks_at_bytes_anywhere_in_the_message() {
    assert!(regex("o+k").is_met_by(b"all ook"));
    assert!(!regex("^ok").is_met_by(b"not ok"));
    assert!(regex(r"(?-u)\xff\x00").is_met_by(&[1, 0xff, 0, 2]));
}

#[test]
fn a_member_is_equal_as_json_is() {
    for (typed, message) in [
        (r#"/status="ok""#, r#"{ "id": 1, "status": "ok" }"#),
        (r#"/a/1/b=2"#, r#"{"a":[0,{"b":2.0}]}"#),
        (r#"/x={"a":1,"b":[null]}"#, r#"{"x":{"b":[null],"a":1}}"#),
        (r#"/a~1b~0c=true"#, r#"{"a/b~c":true}"#),
        (r#"/a=b="c=d""#, r#"{"a=b":"c=d"}"#),
        (r#"="whole""#, r#""whole""#),
        (r#"/=1"#, r#"{"":1}"#),
    ] {
        assert!(json(typed).is_met_by(message.as_bytes()), "{typed}");
    }
    for message in [
        r#"{"status":"OK"}"#,
        r#"{"Status":"ok"}"#,
        r#"["ok"]"#,
        "ok",
        "",
    ] {
        let expectation = json(r#"/status="ok""#);
        assert!(!expectation.is_met_by(message.as_bytes()), "{message}");
    }
    assert!(!json("/n=1").is_met_by(br#"{"n":"1"}"#));
    assert!(!json("/n=[1]").is_met_by(br#"{"n":[1,2]}"#));
    assert!(!json(r#"/n={"a":1}"#).is_met_by(br#"{"n":{"a":1,"b":2}}"#));
}

#[test]
fn what_cannot_be_expected_is_one_line_with_an_example() {
    let errors = [
        (Expectation::regex("a("), "unclosed group"),
        (Expectation::json("/status"), r#"'/status="ok"'"#),
        (Expectation::json("/status=ok"), r#"'/status="ok"'"#),
        (Expectation::json("status=1"), "'status' is no JSON pointer"),
        (Expectation::json("/a~2=1"), "'/a~2' is no JSON pointer"),
    ];
    for (result, words) in errors {
        let error = result.expect_err(words);
        assert!(error.contains(words) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn expectations_are_met_in_order_and_each_by_a_message_of_its_own() {
    let mut vigil = vigil(vec![regex("a"), json(r#"="b""#), regex("c")], 0);
    assert!(!vigil.hear(b"abc", true));
    assert!(unmet(&vigil).contains("2 of 3"), "{}", unmet(&vigil));
    assert!(!vigil.hear(b"c", true) && !vigil.hear(br#""b""#, true));
    assert!(vigil.hear(b"c", true));
    assert_eq!(vigil.outcome(), Ok(()));
    assert!(!vigil.hear(b"c", true), "it is the last only once");
}

#[test]
fn a_count_has_to_be_reached_as_well() {
    let mut vigil = vigil(vec![regex("a")], 2);
    assert!(!vigil.hear(b"a", true));
    assert!(vigil.hear(b"x", true));
}

#[test]
fn the_sign_is_given_when_everything_is_met() {
    let (mut sign, fulfilled) = io::pipe().expect("a pipe");
    let mut vigil = Vigil::new(vec![regex("a")], 0, Wait::Forever, fulfilled);
    vigil.begin(Instant::now());
    assert_eq!(vigil.deadline(), None, "for ever has no end");
    vigil.hear(b"a", true);
    assert_eq!(sign.read(&mut [0]).expect("its end"), 0);
}

#[test]
fn what_comes_too_late_does_not_count() {
    let mut vigil = vigil(vec![regex("a")], 0);
    vigil.begin(Instant::now());
    assert!(vigil.deadline().is_some());
    vigil.give_up();
    assert_eq!((vigil.deadline(), vigil.hear(b"a", true)), (None, false));
    assert_eq!(unmet(&vigil), "no message met --expect 'a' within 10 s");
}

#[test]
fn the_report_has_the_last_messages_and_is_bounded() {
    let mut vigil = vigil(vec![regex("never")], 0);
    let nothing = vigil.outcome().expect_err("not met");
    assert_eq!(
        nothing.last_messages(),
        ("no message came".to_owned(), &[][..])
    );
    for number in 0..20 {
        vigil.hear(format!("{number}").as_bytes(), true);
    }
    vigil.hear("\u{20ac}".repeat(100_000).as_bytes(), true);
    vigil.hear(&[0xff; 100_000], false);
    let unmet = vigil.outcome().expect_err("not met");
    let (heading, last) = unmet.last_messages();
    assert_eq!(heading, "the last 5 of 22 messages that came:");
    assert_eq!(last[..3], ["17", "18", "19"]);
    assert_eq!(last[3], format!("{}… (293 KiB)", "\u{20ac}".repeat(200)));
    assert!(last[4].starts_with(r"binary, 98 KiB: \xff\xff"), "{last:?}");
    assert!(last[4].chars().count() < 300);
}
