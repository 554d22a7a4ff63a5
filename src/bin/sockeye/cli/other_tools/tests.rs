//! The table, held against the options that there are.

use super::super::args::{Unparsed, parse};
use super::*;
use regex::Regex;

fn wrong(line: &[&str]) -> String {
    match parse(["sockeye"].iter().chain(line).map(Into::into)) {
        Err(Unparsed::Wrong(message)) => message,
        other => panic!("{line:?}: {other:?}"),
    }
}

/// All options, visible or not.
fn ours() -> Vec<String> {
    let mut command = Args::command();
    command.build();
    let mut names = Vec::new();
    for arg in command.get_arguments() {
        let longs = arg.get_long_and_visible_aliases().unwrap_or_default();
        names.extend(longs.iter().map(|long| format!("--{long}")));
        let shorts = arg.get_short_and_visible_aliases().unwrap_or_default();
        names.extend(shorts.iter().map(|short| format!("-{short}")));
    }
    names
}

#[test]
fn every_spelling_gets_the_answer_of_its_row() {
    let mut count = 0;
    for (spellings, answer) in rows() {
        for spelling in spellings {
            let typed = spelling.replace('*', "xyz");
            let message = wrong(&[&typed, "ws://h"]);
            let expected = format!("'{typed}' is no option here: {answer}");
            assert_eq!(message, expected, "{spelling}");
            count += 1;
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn no_spelling_is_there_twice() {
    let mut all: Vec<_> = rows().flat_map(|(spellings, _)| spellings).collect();
    all.sort_unstable();
    let twice: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert_eq!(twice, [[""; 2]; 0]);
}

#[test]
fn every_answer_names_options_that_there_are() {
    let option = Regex::new(r"(?:^|[\s(])(--?[A-Za-z0-9][\w-]*)").expect("right");
    let ours = ours();
    for (_, answer) in rows() {
        for named in option
            .captures_iter(answer)
            .map(|found| found[1].to_owned())
        {
            let once = named.replace("-vv", "-v");
            assert!(ours.contains(&once), "{named}: {answer}");
        }
    }
}

#[test]
fn a_slip_gets_the_option_that_is_near_and_no_other() {
    for (typed, meant) in [
        ("--colour", "--color"),
        ("--conenct", "--connect"),
        ("--timestamp", "--timestamps"),
        ("--max-mess", "--max-message"),
        ("--subprotocl", "--subprotocol"),
    ] {
        let message = wrong(&[typed, "ws://h"]);
        let expected = format!("there is no option '{typed}': did you mean '{meant}'?");
        assert_eq!(message, expected);
    }
    for typed in ["--foo", "--mann", "--complete", "--globof"] {
        let message = wrong(&[typed, "ws://h"]);
        assert_eq!(message, format!("there is no option '{typed}'"));
    }
}

#[test]
fn an_origin_may_be_a_host_as_in_wscat_and_a_file_of_curls_is_none() {
    for origin in [
        "https://page.example",
        "null",
        "",
        "page.example",
        "page.example:8080",
        "localhost",
        "localhost:3000",
        "10.0.0.1",
    ] {
        assert!(super::is_origin(origin), "{origin}");
    }
    for file in [
        "out.txt",
        "-",
        "out",
        "./page.example",
        "/dev/null",
        "a.b/c.json",
        "log.ndjson",
        ".hidden",
    ] {
        assert!(!super::is_origin(file), "{file}");
    }
}
