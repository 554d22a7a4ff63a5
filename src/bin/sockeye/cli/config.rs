//! The command line as meant: which front end runs, with which settings.

use super::args::{Args, Typed};
use super::http::Fields;
use super::terminals::{ColorChoice, Terminals};
use super::{Task, generate, messages};
use crate::advice::{InUse, Used};
use crate::echo_server::EchoServer;
use crate::exit_status::ExitStatus;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::output::notice::Notices;
use crate::output::pings::Pings;
use crate::output::raw::Form;
use crate::output::report::{self, Reporting};
use crate::output::style::Style;
use crate::output::verbose::Verbose;
use crate::pipe::{self, Framing};
use crate::session::Connector;
use crate::transfer::{self, Expectation};
use crate::{interactive, json_mode, one_shot};
use sockeye::io_reason;
use sockeye::protocol::Batch;
use sockeye::transport;
use sockeye::{ErrorKind, Options, Trace};
use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The size of the messages of binary input.
const CHUNK: usize = 64 << 10;

/// What runs, by the first rule that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FrontEnd {
    Machine,
    Once,
    Pipe,
    Interactive,
}

impl FrontEnd {
    fn choose(args: &Args, terminals: &Terminals) -> Self {
        let has_messages = args.messages.are_given();
        if args.json {
            Self::Machine
        } else if has_messages && !args.messages.interactive {
            Self::Once
        } else if !(terminals.input && terminals.output) {
            Self::Pipe
        } else {
            Self::Interactive
        }
    }
}

/// How failures are reported.
pub(super) fn reporting(args: &Args, terminals: &Terminals) -> Reporting {
    let terminals = args.editing.terminals(terminals);
    Reporting {
        style: terminals.style(args.color_choice(), terminals.errors),
        quiet: args.quiet,
        head_shown: args.verbose > 0,
        in_use: args.in_use(),
    }
}

/// What the command line asks for.
pub(super) fn task(typed: Typed, terminals: &Terminals) -> Result<Task, Failure> {
    let Typed {
        args,
        outgoing,
        expectations,
    } = typed;
    let limits = args.ending.limits(Instant::now());
    let terminals = &args.editing.terminals(terminals);
    if let Some(shell) = args.completions {
        return Ok(Task::Print(generate::completions(shell)));
    }
    if args.man {
        return generate::manual().map(Task::Print);
    }
    let front_end = FrontEnd::choose(&args, terminals);
    if front_end == FrontEnd::Interactive && !expectations.is_empty() {
        return Err(Failure::Usage(
            "nothing can be expected at a terminal: add -x TEXT to send a message, \
             or </dev/null to send none"
                .to_owned(),
        ));
    }
    if front_end == FrontEnd::Interactive {
        args.ending.check_interactive()?;
    }
    args.messages.check_standard_input()?;
    let messages = {
        let reporting = reporting(&args, terminals);
        let _guard = limits.max_time.guard(Duration::ZERO, move |failure| {
            report::print(&failure.into(), ExitStatus::TimedOut, &reporting);
        });
        messages::load(outgoing, args.messages.binary)?
    };
    let fields = args.http.fields()?;
    let connector = args.connector(&fields)?;
    if let Some(left_out) = args.http.left_out(&fields) {
        args.notices(terminals).tell(&left_out);
    }
    if args.dry_run {
        let style = terminals.style(args.color_choice(), terminals.output);
        let rehearsal = Verbose { style }.rehearsal(&connector.dry_run()?);
        return Ok(Task::Print(rehearsal.into_bytes()));
    }
    if front_end == FrontEnd::Interactive {
        // What no `/connect` can put right is no reason to stay.
        connector.dry_run()?;
    }
    Ok(match front_end {
        FrontEnd::Machine => Task::JsonMode(connector, args.for_json_mode(terminals, limits)),
        FrontEnd::Once => Task::OneShot(
            connector,
            one_shot::Settings {
                messages,
                transfer: args.transfer(terminals, expectations, limits),
            },
        ),
        FrontEnd::Pipe => Task::Pipe(
            connector,
            pipe::Settings {
                framing: args.framing(),
                first: messages,
                transfer: transfer::Settings {
                    progress: args.shows_progress(terminals),
                    ..args.transfer(terminals, expectations, limits)
                },
            },
        ),
        FrontEnd::Interactive => {
            Task::Interactive(connector, args.for_interactive(terminals, messages))
        }
    })
}

impl Args {
    /// What need not be recommended.
    fn in_use(&self) -> InUse {
        let comeback = self.comeback.settings();
        let (reconnects, pings) = (comeback.reconnect.is_some(), self.comeback.keep_alive());
        InUse::NONE
            .with(Used::Retry, comeback.is_asked())
            .with(Used::Reconnect, reconnects)
            .with(Used::PingInterval, pings.is_some())
            .with(Used::NoCompress, self.no_compress)
            .with(Used::Origin, self.http.names_origin())
            .with(Used::Credentials, self.http.names_credentials())
            .with(Used::Subprotocol, !self.subprotocol.is_empty())
            .with(Used::ProxyUser, self.proxy.names_user())
            .with(Used::Ca, self.tls.names_roots())
            .with(Used::CaOnly, self.tls.names_roots() && !self.tls.ca_native)
            .with(Used::PinsOnly, self.tls.pins_only())
            .with(Used::ProxyCa, self.proxy.names_roots())
            .with(Used::ProxyCaOnly, self.proxy.names_only_roots())
    }

    fn color_choice(&self) -> ColorChoice {
        if self.no_color {
            ColorChoice::Never
        } else {
            self.color
        }
    }

    fn connector(&self, fields: &Fields) -> Result<Connector, Failure> {
        let protocols = self.protocols(fields);
        let (url, echo) = self.target(&protocols)?;
        let mut connector = Connector {
            home: url.clone(),
            url,
            protocols,
            options: Options {
                allow_bad_port: self.allow_bad_port,
                ..Options::default()
            },
            credentials: Arc::default(),
            binary_type: self.binary_type,
            comeback: self.comeback.settings(),
            close: self.ending.close(),
            echo,
        };
        // Nobody types a password for a URL that cannot be right.
        if self.http.may_ask() || self.tls.may_ask() {
            match connector.dry_run() {
                // Opening it says the same in an exception line.
                Err(_) if self.json => return Ok(connector),
                checked => _ = checked?,
            }
        }
        connector.credentials = Arc::new(self.http.credentials()?);
        connector.options = self.library_options(fields)?;
        Ok(connector)
    }

    /// Those of `-s`, and those of a header that are not among them.
    fn protocols(&self, fields: &Fields) -> Vec<String> {
        let mut protocols = self.subprotocol.clone();
        for protocol in &fields.protocols {
            if !protocols.contains(protocol) {
                protocols.push(protocol.clone());
            }
        }
        protocols
    }

    fn target(&self, protocols: &[String]) -> Result<(String, Option<EchoServer>), Failure> {
        if self.echo {
            let server =
                EchoServer::start(protocols.to_vec()).map_err(|error| Failure::Connection {
                    kind: ErrorKind::Connect,
                    message: format!("cannot start the echo server: {}", io_reason(&error)),
                    refusal: None,
                    advice: None,
                })?;
            return Ok((server.url().to_owned(), Some(server)));
        }
        match self.url.as_ref().or(self.connect.as_ref()) {
            Some(url) => Ok((self.http.curl.unescaped(url.typed()), None)),
            None => Err(Failure::Usage("a URL or --echo is missing".to_owned())),
        }
    }

    /// Everything that the library decides, in its own terms.
    fn library_options(&self, fields: &Fields) -> Result<Options, Failure> {
        let mut transport = transport::TransportOptions {
            proxy: self.proxy.options(|name| env::var(name).ok())?,
            proxy_tls: self.proxy.tls(),
            ..transport::TransportOptions::default()
        };
        self.network.apply(&mut transport);
        let mut options = Options {
            transport,
            any_subprotocol: self.any_subprotocol,
            keep_alive: self.comeback.keep_alive(),
            compress: !self.no_compress && !fields.no_extension,
            max_message_size: self.max_message,
            allow_bad_port: self.allow_bad_port,
            connect_timeout: self.connect_timeout,
            close_timeout: self.close_timeout,
            trace: self.trace(),
            ..Options::default()
        };
        self.http.set(&mut options, fields, self.tls.no_check)?;
        // Last what may ask on the terminal.
        options.transport.tls = self.tls.options()?;
        options.authorization = self.http.authorization()?;
        Ok(options)
    }

    fn trace(&self) -> Trace {
        match self.verbose {
            0 => Trace::Off,
            1 => Trace::Handshakes,
            _ => Trace::Frames,
        }
    }

    fn verbose(&self, style: Style) -> Option<Verbose> {
        (self.verbose > 0).then_some(Verbose { style })
    }

    /// A line that moves needs a terminal that can erase it, and has it for itself.
    fn shows_progress(&self, terminals: &Terminals) -> bool {
        let is_free = terminals.errors && !terminals.output && !terminals.dumb;
        is_free && !self.no_progress && !self.quiet
    }

    fn for_json_mode(self, terminals: &Terminals, limits: Limits) -> json_mode::Settings {
        json_mode::Settings {
            wait: self.wait,
            immediate: self.immediate,
            limits,
            verbose: self.verbose(terminals.style(self.color_choice(), terminals.errors)),
            notices: self.notices(terminals),
            clean: self.ok_codes,
        }
    }

    fn for_interactive(self, terminals: &Terminals, first: Vec<Batch>) -> interactive::Settings {
        let style = terminals.style(self.color_choice(), terminals.output);
        let in_use = self.in_use();
        interactive::Settings {
            first,
            style,
            verbose: self.verbose(style),
            quiet: self.quiet,
            timestamps: self.timestamps,
            editing: self.editing.meant(terminals),
            blob_dir: self.blob_dir.unwrap_or_else(interactive::private_blob_dir),
            exit_on_close: self.exit_on_close,
            clean: self.ok_codes,
            close_timeout: self.close_timeout,
            in_use,
        }
    }

    fn transfer(
        &self,
        terminals: &Terminals,
        expectations: Vec<Expectation>,
        limits: Limits,
    ) -> transfer::Settings {
        transfer::Settings {
            count: if self.one { Some(1) } else { self.count },
            wait: self.wait,
            expectations,
            timeout: self.expectations.timeout,
            limits,
            form: Form {
                separator: self.separator(),
                for_terminal: terminals.output,
            },
            timestamps: self.timestamps,
            progress: false,
            clean: self.ok_codes.clone(),
            verbose: self.verbose(terminals.style(self.color_choice(), terminals.errors)),
            pings: self.show_ping_pong.then(|| Pings {
                style: terminals.style(self.color_choice(), terminals.errors),
            }),
            notices: self.notices(terminals),
        }
    }

    fn notices(&self, terminals: &Terminals) -> Notices {
        Notices {
            style: terminals.style(self.color_choice(), terminals.errors),
            quiet: self.quiet,
            over_progress: self.shows_progress(terminals),
        }
    }

    fn separator(&self) -> u8 {
        if self.null { b'\0' } else { b'\n' }
    }

    fn framing(&self) -> Framing {
        match (self.messages.whole, self.messages.binary) {
            (true, true) => Framing::WholeBinary,
            (true, false) => Framing::WholeText,
            (false, true) => Framing::Chunks {
                size: self.messages.chunk.unwrap_or(CHUNK),
                exact: self.messages.chunk.is_some(),
            },
            (false, false) => Framing::Separated(self.separator()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    fn args(line: &[&str]) -> Args {
        let line = ["sockeye"].iter().chain(line).map(Into::into);
        args::parse(line).expect("a right command line").args
    }

    fn chosen(line: &[&str], input: bool, output: bool) -> FrontEnd {
        let terminals = Terminals {
            input,
            output,
            ..Terminals::PLAIN
        };
        FrontEnd::choose(&args(line), &terminals)
    }

    #[test]
    fn the_first_rule_that_applies_chooses_the_front_end() {
        assert_eq!(chosen(&["u"], true, true), FrontEnd::Interactive);
        assert_eq!(chosen(&["u"], false, true), FrontEnd::Pipe);
        assert_eq!(chosen(&["u"], true, false), FrontEnd::Pipe);
        assert_eq!(chosen(&["u", "-x", "a"], true, true), FrontEnd::Once);
        assert_eq!(chosen(&["u", "-f", "a"], false, false), FrontEnd::Once);
        assert_eq!(
            chosen(&["u", "-x", "a", "-i"], true, true),
            FrontEnd::Interactive
        );
        assert_eq!(chosen(&["u", "-x", "a", "-i"], false, true), FrontEnd::Pipe);
        assert_eq!(chosen(&["u", "--json"], true, true), FrontEnd::Machine);
        assert_eq!(chosen(&["u", "--json"], false, false), FrontEnd::Machine);
    }

    #[test]
    fn input_is_cut_as_the_options_say() {
        assert_eq!(args(&["u"]).framing(), Framing::Separated(b'\n'));
        assert_eq!(args(&["u", "-0"]).framing(), Framing::Separated(b'\0'));
        let (size, exact) = (65536, false);
        let chunks = Framing::Chunks { size, exact };
        assert_eq!(args(&["u", "--binary"]).framing(), chunks);
        let (size, exact) = (10, true);
        let chunks = Framing::Chunks { size, exact };
        assert_eq!(args(&["u", "--binary", "--chunk", "10"]).framing(), chunks);
        assert_eq!(args(&["u", "--whole"]).framing(), Framing::WholeText);
        assert_eq!(
            args(&["u", "--whole", "--binary"]).framing(),
            Framing::WholeBinary
        );
    }

    #[test]
    fn minus_one_is_a_count_of_one() {
        let count = |line: &[&str]| {
            let args = args(line);
            let limits = args.ending.limits(Instant::now());
            let settings = args.transfer(&Terminals::PLAIN, Vec::new(), limits);
            settings.count
        };
        assert_eq!(count(&["u", "-1"]), Some(1));
        assert_eq!(count(&["u", "-N", "3"]), Some(3));
        assert_eq!(count(&["u"]), None);
    }

    #[test]
    fn progress_is_shown_where_a_terminal_has_room_for_it_and_nobody_objects() {
        let pipe = Terminals {
            output: false,
            ..Terminals::PLAIN
        };
        let shown = |line: &[&str], terminals| args(line).shows_progress(&terminals);
        assert!(shown(&["u"], pipe));
        assert!(
            !shown(&["u"], Terminals::PLAIN),
            "messages go to the same screen"
        );
        let nowhere = Terminals {
            errors: false,
            ..pipe
        };
        assert!(!shown(&["u"], nowhere));
        assert!(!shown(&["u"], Terminals { dumb: true, ..pipe }));
        for option in ["-q", "--no-progress"] {
            assert!(!shown(&["u", option], pipe), "{option}");
        }
    }

    #[test]
    fn nothing_is_expected_at_a_terminal() {
        let line = ["sockeye", "u", "--expect", "a"].iter().map(Into::into);
        let typed = args::parse(line).expect("a right command line");
        let error = task(typed, &Terminals::PLAIN).err().expect("refused");
        assert!(matches!(error, Failure::Usage(message) if message.contains("-x TEXT")));
    }

    #[test]
    fn each_option_of_the_library_is_set() {
        let args = args(&[
            "u",
            "--no-compress",
            "--max-message",
            "1k",
            "--allow-bad-port",
            "--connect-timeout",
            "1",
            "--close-timeout",
            "2",
            "-o",
            "http://a",
            "-H",
            "B: c",
            "-k",
            "-vv",
        ]);
        let options = args
            .library_options(&args.http.fields().expect("right"))
            .expect("right");
        assert!(!options.compress && options.allow_bad_port);
        assert_eq!(options.max_message_size, 1024);
        assert_eq!(options.connect_timeout.as_secs(), 1);
        assert_eq!(options.close_timeout.as_secs(), 2);
        assert!(options.transport.tls.insecure);
        assert_eq!(options.trace, Trace::Frames);
        let headers: Vec<_> = options.headers.iter().collect();
        assert_eq!(headers, [("Origin", "http://a"), ("B", "c")]);
    }

    #[test]
    fn a_missing_url_is_a_usage_error() {
        let error = args(&[]).connector(&Fields::default()).expect_err("no URL");
        assert!(matches!(error, Failure::Usage(message) if message.contains("--echo")));
    }

    #[test]
    fn no_color_means_never() {
        assert_eq!(
            args(&["u", "--no-color"]).color_choice(),
            ColorChoice::Never
        );
    }
}
