//! What has to come: `--expect` and `--expect-json`.

use super::{args, order, values};
use crate::transfer::{Expectation, Wait};
use clap::ArgGroup;
use clap::parser::ArgMatches;

/// The options, each as it was typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = args::SCRIPTS, group = ArgGroup::new("expectations").multiple(true))]
pub(super) struct ExpectationArgs {
    /// Leave after a message that matches REGEX, else fail; repeatable, a message each, in order
    #[arg(long, value_name = "REGEX", value_parser = Expectation::regex, group = "expectations", allow_hyphen_values = true)]
    expect: Vec<Expectation>,

    /// Expect JSON with a value at a pointer (RFC 6901), like '/status="ok"'; in order with --expect
    #[arg(long, value_name = "POINTER=VALUE", value_parser = Expectation::json, group = "expectations")]
    expect_json: Vec<Expectation>,

    /// Fail when what is expected has not come SECONDS after the opening; 'inf' for never
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = values::wait, requires = "expectations", allow_hyphen_values = true)]
    pub(super) timeout: Wait,
}

impl ExpectationArgs {
    /// What is expected, in the order it was given in.
    pub(super) fn expectations(&self, matches: &ArgMatches) -> Vec<Expectation> {
        let regexes = self.expect.iter().cloned();
        let pointers = self.expect_json.iter().cloned();
        order::as_given(matches, ("expect", regexes), ("expect_json", pointers))
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Typed, Unparsed, parse};
    use std::ffi::OsString;

    fn parsed(line: &[&str]) -> Result<Typed, Unparsed> {
        parse(["sockeye"].iter().chain(line).map(OsString::from))
    }

    #[test]
    fn expectations_keep_their_order_across_options() {
        let line = ["--expect", "a", "--expect-json", "/b=1", "--expect=-c", "u"];
        let typed = parsed(&line).expect("right");
        let named: Vec<_> = typed.expectations.iter().map(ToString::to_string).collect();
        let expected = ["--expect 'a'", "--expect-json '/b=1'", "--expect '-c'"];
        assert_eq!(named, expected);
    }

    #[test]
    fn what_cannot_be_expected_is_named_in_one_line() {
        for (option, value) in [("--expect", "a("), ("--expect-json", "/status=ok")] {
            let Err(Unparsed::Wrong(line)) = parsed(&[option, value, "u"]) else {
                panic!("{option} {value} is taken");
            };
            assert!(line.contains(option) && line.contains(value), "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
    }
}
