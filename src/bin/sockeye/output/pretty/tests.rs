use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

const PAGE: Page = Page {
    width: 30,
    start: 2,
    margin: 2,
    rows: None,
    style: Style { colored: false },
};

fn shown(json: &str, page: &Page) -> String {
    let mut out = String::new();
    let json = container(json).expect("JSON");
    push(json, page, &mut out);
    out
}

#[test]
fn what_fits_stays_on_its_line_with_normal_spacing() {
    let text = " {\"a\":1 ,\n\"b\":[ 1,2 ],\"c\":{}}\n";
    let page = Page { width: 33, ..PAGE };
    assert_eq!(shown(text, &page), r#"{"a": 1, "b": [1, 2], "c": {}}"#);
}

#[test]
fn the_last_column_is_used_and_no_more() {
    let text = "[1234567890, 1234567890, 12]";
    assert_eq!(shown(text, &PAGE), text);
    let wider = "[1234567890, 1234567890, 123]";
    assert_eq!(
        shown(wider, &PAGE),
        "[\n    1234567890,\n    1234567890,\n    123\n  ]"
    );
}

#[test]
fn only_what_does_not_fit_is_folded() {
    let text = r#"{"name":"a rather long string","point":{"x":1,"y":2},"list":[1000000,2000000,3000000],"none":[]}"#;
    let expected = r#"{
    "name": "a rather long string",
    "point": {"x": 1, "y": 2},
    "list": [
      1000000,
      2000000,
      3000000
    ],
    "none": []
  }"#;
    assert_eq!(shown(text, &PAGE), expected);
}

#[test]
fn the_comma_behind_a_container_has_a_column_of_its_own() {
    // 4 columns of margin and 26 of the inner array leave none for its comma.
    let inner = "[1234567890, 12345678, 12]";
    let text = format!("[{inner}, 1]");
    assert_eq!(inner.len(), 26);
    let expected = "[\n    [\n      1234567890,\n      12345678,\n      12\n    ],\n    1\n  ]";
    assert_eq!(shown(&text, &PAGE), expected);
}

#[test]
fn order_repeated_keys_and_spellings_are_kept() {
    let text =
        r#"{"z": 1.0, "a": 1e400, "z": 123456789012345678901234567890, "": "\u00e9\/", "a": -0}"#;
    let wide = Page { width: 200, ..PAGE };
    assert_eq!(shown(text, &wide), text);
    let folded: String = shown(text, &PAGE).split_whitespace().collect();
    assert_eq!(folded, text.split_whitespace().collect::<String>());
}

#[test]
fn wide_characters_count_twice() {
    let fits = "[\"漢字漢字漢字漢字漢字漢字\"]";
    assert_eq!(shown(fits, &PAGE), fits);
    let wider = "[\"漢字漢字漢字漢字漢字漢字a\"]";
    assert!(shown(wider, &PAGE).contains('\n'));
}

#[test]
fn nothing_in_a_string_or_a_key_steers_the_terminal() {
    let text = "{\"\u{202e}k\": \"\u{9b}2J\u{7f}\"}";
    let wide = Page { width: 200, ..PAGE };
    assert_eq!(shown(text, &wide), r#"{"\u202ek": "\u009b2J\u007f"}"#);
}

#[test]
fn each_role_has_its_colour() {
    let style = Style { colored: true };
    let json = r#"{"k":["s",1,null],"l":{"m":"s"},"n":2}"#;
    let out = shown(json, &Page { style, ..PAGE });
    for (role, text) in [
        (Role::Key, "\"k\""),
        (Role::Key, "\"l\""),
        (Role::Key, "\"m\""),
        (Role::Key, "\"n\""),
        (Role::Text, "\"s\""),
        (Role::Number, "1"),
        (Role::Literal, "null"),
        (Role::Punctuation, "{"),
    ] {
        let painted = style.paint(role, text).to_string();
        assert!(out.contains(&painted), "{text}: {out:?}");
    }
}

#[test]
fn only_objects_and_arrays_are_worth_it() {
    for other in [
        "",
        "  ",
        "1",
        "\"a\"",
        "{",
        "[1,]",
        "{a: 1}",
        "[1] x",
        "{\"a\":01}",
    ] {
        assert_eq!(container(other), None, "{other}");
    }
    assert_eq!(container("\n[1] "), Some("[1]"));
}

#[test]
fn nesting_without_end_takes_neither_stack_nor_quadratic_room() {
    let depth = 100_000;
    let text = "[".repeat(depth) + &"]".repeat(depth);
    let out = shown(&text, &PAGE);
    assert_eq!(out.matches('[').count(), depth);
    assert!(out.len() < 2 * depth * (PAGE.width + 2), "{}", out.len());
}

#[test]
fn rows_that_are_not_there_are_left_out_and_counted() {
    let page = Page {
        rows: Some(3),
        ..PAGE
    };
    let mut out = String::new();
    let text = "[1111111111,2222222222,3333333333,4444444444]";
    let left = push(text, &page, &mut out);
    assert_eq!(out, "[\n    1111111111,\n    2222222222,");
    assert_eq!(&text[text.len() - left..], "3333333333,4444444444]");
}

#[test]
fn a_string_longer_than_the_page_ends_with_it() {
    let page = Page {
        rows: Some(2),
        ..PAGE
    };
    let mut out = String::new();
    let text = format!("[\"{}\"]", "漢".repeat(1000));
    let left = push(&text, &page, &mut out);
    // The second row has 26 columns behind the margin, one of them for the quote.
    assert_eq!(out, format!("[\n    \"{}", "漢".repeat(12)));
    assert_eq!(left, (1000 - 12) * 3 + "\"]".len());
}

#[test]
fn a_window_without_columns_shows_everything_and_empty_containers_unbroken() {
    let page = Page { width: 0, ..PAGE };
    assert_eq!(
        shown("[1, {\"a\": [ ]}]", &page),
        "[\n  1,\n  {\n  \"a\": []\n  }\n  ]"
    );
}

fn json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        "[a-z漢\"\\\\]{0,12}".prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec(("[a-z漢]{0,6}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_laid_out_is_the_same_json_and_no_line_could_be_shorter(
        members in vec(json(), 0..5),
        width in 1usize..100,
    ) {
        let json = Value::from(members);
        let out = shown(&json.to_string(), &Page { width, ..PAGE });
        prop_assert_eq!(&serde_json::from_str::<Value>(&out).expect("JSON"), &json);
        for (index, line) in out.lines().enumerate() {
            let start = if index == 0 { PAGE.start } else { 0 };
            let fits = start + text_width::columns(line) <= width;
            // A line with one member, or less, cannot be broken.
            prop_assert!(fits || !line.contains(", "), "{}", line);
        }
    }
}
