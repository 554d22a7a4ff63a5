use super::*;
use crate::interactive::history::Place;
use crate::interactive::printer::TerminalPrinter;
use crate::output::style::Style;

pub(in crate::interactive) fn known(typed: &[&str], received: &[&str]) -> CompletionSource {
    let style = Style { colored: false };
    let known = CompletionSource {
        history: History::new(Place::Nowhere, "ws://h/", &TerminalPrinter::start(), style),
        typed: CompletionIndex::default(),
        received: CompletionIndex::default(),
        lookup: Blocking::default(),
    };
    for line in typed {
        known.remember(line);
    }
    for message in received {
        known.received.learn(message);
    }
    known
}

/// The line as each candidate would make it.
fn completed(line: &str, known: &CompletionSource) -> Vec<String> {
    let (start, pairs) = candidates(line, "", known);
    let whole = |pair: Pair| format!("{}{}", &line[..start], pair.replacement);
    pairs.into_iter().map(whole).collect()
}

#[test]
fn commands_are_completed_ready_for_their_arguments() {
    let known = known(&[], &[]);
    assert_eq!(completed("/st", &known), ["/state", "/stats"]);
    assert_eq!(completed("/clos", &known), ["/close "]);
    assert_eq!(completed("/xyz", &known), [""; 0]);
    assert_eq!(completed("//st", &known), [""; 0]);
    assert_eq!(completed("st", &known), [""; 0]);
}

#[test]
fn fixed_arguments_are_completed() {
    let known = known(&[], &[]);
    assert_eq!(
        completed("/binarytype ", &known),
        ["/binarytype blob", "/binarytype arraybuffer"]
    );
    assert_eq!(
        completed("/binarytype a", &known),
        ["/binarytype arraybuffer"]
    );
    assert_eq!(completed("/binarytype blob ", &known), [""; 0]);
    assert_eq!(completed("/binary h", &known), ["/binary hex:"]);
    assert_eq!(
        completed("/help sta", &known),
        ["/help state", "/help stats"]
    );
    assert_eq!(completed("/state x", &known), [""; 0]);
}

#[test]
fn close_codes_come_with_their_meaning_and_force_offers_more() {
    let known = known(&[], &[]);
    assert_eq!(completed("/close 1", &known), ["/close 1000"]);
    assert_eq!(completed("/close --f", &known), ["/close --force"]);
    assert!(completed("/close --force 10", &known).contains(&"/close --force 1011".to_owned()));
    assert_eq!(completed("/close 1000 30", &known), [""; 0], "a reason");
    let (_, pairs) = candidates("/close 300", "", &known);
    assert!(pairs.iter().any(|pair| pair.display == "3000 unauthorized"));
}

#[test]
fn files_are_completed_after_an_at_sign() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["message one.json", ".hidden", "message\u{1b}[8m"] {
        fs::write(folder.path().join(name), "").expect("written");
    }
    fs::create_dir(folder.path().join("messages")).expect("made");
    let known = known(&[], &[]);
    let base = folder.path().display();
    let line = |end: &str| format!("/text @{base}/{end}");
    assert_eq!(
        completed(&line("mess"), &known),
        [line("message one.json"), line("messages/")]
    );
    assert_eq!(
        completed(&line("message o"), &known),
        [line("message one.json")]
    );
    assert_eq!(completed(&line("."), &known), [line(".hidden")]);
    assert_eq!(completed("/text @/nowhere/at/all/", &known), [""; 0]);
    assert_eq!(completed("/save ~", &known), ["/save ~/"]);
    assert_eq!(file("FILE", " a b"), Some(1));
}

#[test]
fn keys_seen_in_the_session_are_completed_where_a_key_is_typed() {
    let known = known(&[], &[r#"{"channel":"a","chapter":{"q\"":1}}"#]);
    let keys = completed(r#"{"op":"x","chan"#, &known);
    assert_eq!(keys, [r#"{"op":"x","channel": "#]);
    assert_eq!(completed(r#"{"a":{"ch"#, &known).len(), 2);
    for value in [
        r#"{"op":"chan"#,
        r#"["chan"#,
        r#"{"a":["b","chan"#,
        "chan",
        r#"{"q"#,
    ] {
        assert_eq!(completed(value, &known), [""; 0], "{value}");
    }
    let (_, pairs) = candidates(r#"{"chan"#, "\": 1}", &known);
    assert_eq!(pairs[0].replacement, "channel");
}

#[test]
fn what_the_server_sent_never_completes_a_command() {
    let received = [
        "/binary @/home/me/key",
        "//binary",
        "hello",
        r#"{"channel":1}"#,
    ];
    let known = known(&["typed here", r#"{"chapter":1}"#], &received);
    for line in ["/bi", "/binary @/home", "//bin", "/send he"] {
        let found = completed(line, &known);
        let of_server = |line: &&String| received.iter().any(|text| line.ends_with(text));
        assert_eq!(found.iter().find(of_server), None, "{line}");
    }
    assert_eq!(completed("/send ty", &known), ["/send typed here"]);
    assert_eq!(
        completed(r#"/send {"ch"#, &known),
        [r#"/send {"chapter": "#]
    );
    assert_eq!(
        completed(r#"{"ch"#, &known),
        [r#"{"chapter": "#, r#"{"channel": "#]
    );
}

#[test]
fn whole_messages_sent_and_seen_are_completed_but_no_secrets() {
    let typed = ["hello there", "hello\nyou", "hello token=abc", "/close"];
    let known = known(&typed, &["hello back", "hello there", "hello secret=x"]);
    assert_eq!(completed("hel", &known), ["hello there", "hello back"]);
    assert_eq!(completed("hello there", &known), [""; 0]);
    assert_eq!(completed("", &known), [""; 0]);
    assert_eq!(candidates("hel", "p", &known).1.len(), 0);
}

#[test]
fn what_is_offered_is_bounded() {
    let messages: Vec<String> = (0..200).map(|number| format!("x{number}")).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let known = known(&messages, &messages);
    assert_eq!(completed("x", &known).len(), OFFERED);
    let long = "y".repeat(400);
    known.history.add(&long);
    assert_eq!(
        candidates("y", "", &known).1[0].display.chars().count(),
        SHOWN + 1
    );
}
