//! The command line as typed: one field for each option, and the help.

use super::comeback::ComebackArgs;
use super::editing::Editing;
use super::ending::EndingArgs;
use super::expectations::ExpectationArgs;
use super::http::HttpArgs;
use super::messages::{MessageArgs, Outgoing};
use super::secret::Secret;
use super::terminals::ColorChoice;
use super::tls::TlsArgs;
use super::{epilogue, network::NetworkArgs, other_tools, proxy::ProxyArgs, values};
use crate::exit_status::CleanCodes;
use crate::transfer::{Expectation, Wait};
use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};
use clap_complete::Shell;
use sockeye::BinaryType;
use sockeye::url::WebSocketUrl;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// What the program is, in the few words that the index of manual pages has room for.
pub(super) const NAME: &str = "A WebSocket client for the terminal";

/// What the program is and which way it runs when.
pub(super) const ABOUT: &str = "\
A WebSocket client for the terminal

At a terminal, talks interactively. With standard input or output redirected, sends each line of
input as a message and prints each message received. With -x or -f, sends those and prints the
answers.";

const CONNECTING: &str = "Connecting";
pub(super) const SCRIPTS: &str = "Pipes and one-shots";
const RECEIVING: &str = "Messages received";
pub(super) const ENDING: &str = "Time and end";
const DISPLAY: &str = "Display";

/// The options that have no meaning for a program at the other end.
const NOT_WITH_JSON: [&str; 15] = [
    "execute",
    "file",
    "interactive",
    "binary",
    "chunk",
    "whole",
    "null",
    "count",
    "one",
    "blob_dir",
    "exit_on_close",
    "expect",
    "expect_json",
    "timeout",
    "timestamps",
];

/// The options, each as it was typed.
#[derive(Debug, Parser)]
#[command(
    name = "sockeye",
    version,
    about = ABOUT,
    long_about = None,
    max_term_width = 100,
    args_override_self = true,
    styles = STYLES,
    after_help = epilogue::text()
)]
pub(super) struct Args {
    /// Connect to this URL; without a scheme, ws:// is meant
    #[arg(value_name = "URL")]
    pub(super) url: Option<Secret>,

    /// Connect to this URL (as in wscat)
    #[arg(short, long, alias = "url", value_name = "URL", conflicts_with = "url", help_heading = CONNECTING)]
    pub(super) connect: Option<Secret>,

    /// Start a private echo server and connect to it
    #[arg(long, conflicts_with_all = ["url", "connect"], help_heading = CONNECTING)]
    pub(super) echo: bool,

    /// Offer a subprotocol; repeat it or separate by commas for more
    #[arg(short, long, value_name = "NAME", value_delimiter = ',', help_heading = CONNECTING)]
    pub(super) subprotocol: Vec<String>,

    #[command(flatten)]
    pub(super) http: HttpArgs,

    #[command(flatten)]
    pub(super) tls: TlsArgs,

    /// Accept any subprotocol that the server chooses, and none
    #[arg(long, help_heading = CONNECTING)]
    pub(super) any_subprotocol: bool,

    /// Offer no compression (permessage-deflate)
    #[arg(long, help_heading = CONNECTING)]
    pub(super) no_compress: bool,

    /// Connect to a port that browsers refuse
    #[arg(long, help_heading = CONNECTING)]
    pub(super) allow_bad_port: bool,

    #[command(flatten)]
    pub(super) network: NetworkArgs,

    #[command(flatten)]
    pub(super) proxy: ProxyArgs,

    #[command(flatten)]
    pub(super) messages: MessageArgs,

    /// End messages with NUL instead of newline, in both directions
    #[arg(short = '0', long, help_heading = SCRIPTS)]
    pub(super) null: bool,

    /// Take commands and tell events as JSON, one object a line
    #[arg(long, conflicts_with_all = NOT_WITH_JSON, help_heading = SCRIPTS)]
    pub(super) json: bool,

    /// With --json, do not keep commands until the connection is open: before that, sending is
    /// refused and 'close' ends the attempt
    #[arg(long, requires = "json", conflicts_with_all = NOT_WITH_JSON, help_heading = SCRIPTS)]
    pub(super) immediate: bool,

    /// Stay SECONDS for answers after the last message is sent, with --json after the end of input
    /// (there the default is 0); 'inf' or -1 for ever
    #[arg(short, long, value_name = "SECONDS", default_value = "2", default_value_if("json", "true", "0"), value_parser = values::wait, allow_hyphen_values = true, help_heading = SCRIPTS)]
    pub(super) wait: Wait,

    /// Leave after COUNT messages; fewer is an error
    #[arg(short = 'N', long, value_name = "COUNT", value_parser = values::count, help_heading = SCRIPTS)]
    pub(super) count: Option<u64>,

    /// Leave after one message (-N 1)
    #[arg(short = '1', long = "one", conflicts_with = "count", help_heading = SCRIPTS)]
    pub(super) one: bool,

    #[command(flatten)]
    pub(super) expectations: ExpectationArgs,

    /// Refuse messages larger than SIZE
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = values::size, help_heading = RECEIVING)]
    pub(super) max_message: usize,

    /// Show binary messages as files (blob) or as hex dumps (arraybuffer), at a terminal
    #[arg(long, value_name = "TYPE", default_value = "blob", value_parser = binary_types(), help_heading = RECEIVING)]
    pub(super) binary_type: BinaryType,

    /// Keep the files of binary messages in DIR instead of a private folder
    #[arg(long, value_name = "DIR", help_heading = RECEIVING)]
    pub(super) blob_dir: Option<PathBuf>,

    /// Give up connecting after SECONDS
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = values::seconds, help_heading = ENDING)]
    pub(super) connect_timeout: Duration,

    /// Give up the close handshake after SECONDS
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = values::seconds, help_heading = ENDING)]
    pub(super) close_timeout: Duration,

    /// Count these close codes, and no others, as success
    #[arg(long, value_name = "CODES", default_value = "1000,1001,1005", value_parser = values::clean_codes, help_heading = ENDING)]
    pub(super) ok_codes: CleanCodes,

    /// Leave the interactive client when the connection ends
    #[arg(long, help_heading = ENDING)]
    pub(super) exit_on_close: bool,

    #[command(flatten)]
    pub(super) ending: EndingArgs,

    #[command(flatten)]
    pub(super) comeback: ComebackArgs,

    /// Use colours
    #[arg(long, value_name = "auto|always|never", default_value = "auto", hide_possible_values = true, help_heading = DISPLAY)]
    pub(super) color: ColorChoice,

    /// Use no colours (--color never)
    #[arg(long, conflicts_with = "color", help_heading = DISPLAY)]
    pub(super) no_color: bool,

    /// Put the time before each text message: UTC in a pipe, local time at the prompt
    #[arg(long, help_heading = DISPLAY)]
    pub(super) timestamps: bool,

    /// Show no progress on standard error while a pipe runs
    #[arg(long, help_heading = DISPLAY)]
    pub(super) no_progress: bool,

    /// Show on standard error how the connection is made and ended; -vv shows every frame too
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "quiet", help_heading = DISPLAY)]
    pub(super) verbose: u8,

    /// Check everything and print the request, but connect to nothing
    #[arg(long, help_heading = CONNECTING)]
    pub(super) dry_run: bool,

    /// Show messages and errors only
    #[arg(short, long, help_heading = DISPLAY)]
    pub(super) quiet: bool,

    /// Show pings and pongs on standard error; at a terminal and with --json they always show
    #[arg(short = 'P', long, help_heading = DISPLAY)]
    pub(super) show_ping_pong: bool,

    /// Accept wscat's option for slash commands, which are always on
    #[arg(long, help_heading = DISPLAY)]
    slash: bool,

    #[command(flatten)]
    pub(super) editing: Editing,

    /// Print the completions for a shell
    #[arg(long, value_name = "SHELL", exclusive = true, hide = true)]
    pub(super) completions: Option<Shell>,

    /// Print the manual page
    #[arg(long, exclusive = true, hide = true)]
    pub(super) man: bool,
}

impl Args {
    /// Whether nothing says where to connect to.
    pub(super) fn has_no_target(&self) -> bool {
        self.url.is_none() && self.connect.is_none() && !self.echo
    }
}

/// The options, and what their order says.
#[derive(Debug)]
pub(super) struct Typed {
    /// The options.
    pub(super) args: Args,
    /// `-x` and `-f` in the order they were given in.
    pub(super) outgoing: Vec<Outgoing>,
    /// `--expect` and `--expect-json` in the order they were given in.
    pub(super) expectations: Vec<Expectation>,
}

/// A command line that is no [`Typed`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unparsed {
    /// What is wrong, in one line.
    Wrong(String),
    /// The help or version that was asked for.
    Help(String),
}

/// Reads the command line.
pub(super) fn parse(line: impl Iterator<Item = OsString>) -> Result<Typed, Unparsed> {
    let line: Vec<OsString> = line.collect();
    let matches = Args::command()
        .try_get_matches_from(&line)
        .map_err(unparsed)?;
    let args = Args::from_arg_matches(&matches).map_err(unparsed)?;
    if let Some(misread) = other_tools::misread(&args, &line) {
        return Err(Unparsed::Wrong(misread));
    }
    let outgoing = args.messages.outgoing(&matches);
    let expectations = args.expectations.expectations(&matches);
    Ok(Typed {
        args,
        outgoing,
        expectations,
    })
}

fn unparsed(error: clap::Error) -> Unparsed {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Unparsed::Help(error.render().to_string())
        }
        _ => Unparsed::Wrong(other_tools::explain(&error).unwrap_or_else(|| wrong(&error))),
    }
}

fn wrong(error: &clap::Error) -> String {
    let mut line = one_line(&error.render().to_string());
    // A URL that an option took for its value may have a password.
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        line = line.replace(value, &WebSocketUrl::hide_secrets(value));
    }
    match other_tools::other_meaning(error) {
        Some(meaning) => format!("{line} ({meaning})"),
        None => line,
    }
}

/// What is wrong and the tip, without usage and without the pointer to the help.
fn one_line(rendered: &str) -> String {
    let rendered = rendered.strip_prefix("error: ").unwrap_or(rendered);
    let words = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = rendered.split("\n\n");
    let mut line = words(paragraphs.next().unwrap_or_default());
    let tip = paragraphs.find_map(|paragraph| paragraph.trim().strip_prefix("tip: "));
    if let Some(tip) = tip {
        line.push_str(&format!(" ({})", words(tip)));
    }
    line
}

fn binary_types() -> impl clap::builder::TypedValueParser<Value = BinaryType> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    let all = [BinaryType::Blob, BinaryType::ArrayBuffer];
    PossibleValuesParser::new(all.map(BinaryType::name)).map(move |typed| {
        let named = all
            .into_iter()
            .find(|binary_type| binary_type.name() == typed);
        named.unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Result<Typed, Unparsed> {
        parse(["sockeye"].iter().chain(line).map(OsString::from))
    }

    fn wrong(line: &[&str]) -> String {
        match parsed(line) {
            Err(Unparsed::Wrong(message)) => message,
            other => panic!("{line:?}: {other:?}"),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_wait_of_minus_one_is_a_value_and_a_lone_one_is_an_option() {
        let typed = parsed(&["-w", "-1", "u"]).expect("right");
        assert_eq!((typed.args.wait, typed.args.one), (Wait::Forever, false));
        let typed = parsed(&["-1", "-0", "-w2", "u"]).expect("right");
        assert!(typed.args.one && typed.args.null);
    }

    #[test]
    fn with_json_there_is_no_wait_unless_asked_for() {
        let wait = |line: &[&str]| parsed(line).expect("right").args.wait;
        assert_eq!(wait(&["--json", "u"]), Wait::For(Duration::ZERO));
        assert_eq!(
            wait(&["--json", "-w", "3", "u"]),
            Wait::For(Duration::from_secs(3))
        );
        assert_eq!(wait(&["u"]), Wait::For(Duration::from_secs(2)));
    }

    #[test]
    fn what_has_no_meaning_with_json_is_refused_with_it() {
        for option in [
            "-xa",
            "-fa",
            "-i",
            "--binary",
            "--whole",
            "-0",
            "-N2",
            "-1",
            "--blob-dir=a",
            "--exit-on-close",
            "--expect=a",
            "--expect-json=/a=1",
            "--timestamps",
        ] {
            let message = wrong(&["--json", option, "u"]);
            assert!(message.contains("--json"), "{option}: {message}");
        }
    }

    #[test]
    fn subprotocols_repeat_and_have_commas() {
        let typed = parsed(&["-s", "a,b", "-s", "c", "u"]).expect("right");
        assert_eq!(typed.args.subprotocol, ["a", "b", "c"]);
    }

    #[test]
    fn what_is_wrong_is_one_line_that_says_what_would_be_right() {
        let unknown = wrong(&["--colour", "never", "u"]);
        assert!(
            unknown.contains("'--colour'") && unknown.contains("'--color'"),
            "{unknown}"
        );
        let value = wrong(&["--max-message", "much", "u"]);
        assert!(value.contains("64KiB"), "{value}");
        let choice = wrong(&["--color", "blue", "u"]);
        assert!(choice.contains("auto"), "{choice}");
        for line in [unknown, value, choice, wrong(&["--echo", "u"])] {
            assert!(!line.contains('\n') && !line.contains("Usage"), "{line}");
        }
    }

    #[test]
    fn options_that_cannot_go_together_are_refused() {
        for line in [
            &["-c", "a", "b"][..],
            &["-1", "-N", "2", "u"],
            &["--whole", "-0", "u"],
            &["--chunk", "4", "u"],
            &["-N", "0", "u"],
            &["--timeout", "1", "u"],
            &["--man", "u"],
        ] {
            wrong(line);
        }
    }

    #[test]
    fn help_is_a_text_and_not_an_error() {
        let help = parsed(&["--help"]).expect_err("no task");
        assert!(matches!(help, Unparsed::Help(text) if text.contains("Examples:")));
    }
}
