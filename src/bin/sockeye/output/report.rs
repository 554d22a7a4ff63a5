//! The last words: why the run failed, on standard error.

use super::style::{Role, Style};
use super::{certificate, refusal, sanitize, window};
use crate::advice::{self, InUse};
use crate::exit_status::ExitStatus;
use crate::failure::Failure;
use crate::transfer::Unmet;
use sockeye::io_reason;
use std::fmt::Write as _;
use std::io::{self, Write as _};

/// How to report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reporting {
    /// Colours on standard error.
    pub(crate) style: Style,
    /// The error alone: no advice, no answer of the server.
    pub(crate) quiet: bool,
    /// The head of the server's answer has been shown already.
    pub(crate) head_shown: bool,
    /// What is not to be recommended.
    pub(crate) in_use: InUse,
}

/// One line for the error; then the answer that refused us, and advice.
pub(crate) fn print(error: &anyhow::Error, status: ExitStatus, reporting: &Reporting) {
    if status == ExitStatus::Success || status.is_of_signal() {
        return;
    }
    // Nobody is left to tell when standard error is gone.
    _ = io::stderr().write_all(rendered(error, reporting).as_bytes());
}

fn rendered(error: &anyhow::Error, reporting: &Reporting) -> String {
    let failure = error.downcast_ref::<Failure>();
    let mut out = format!(
        "{} {}\n",
        reporting.style.paint(Role::Error, "sockeye:"),
        sanitize::line(&with_causes(error))
    );
    if reporting.quiet {
        return out;
    }
    if let Some(Failure::Connection {
        refusal: Some(answer),
        ..
    }) = failure
    {
        if !reporting.head_shown {
            refusal::push_head(answer, reporting.style, &mut out);
        }
        let width = window::columns(io::stderr());
        refusal::push_body(answer, reporting.style, width, &mut out);
    }
    if let Some(Failure::Certificate { presented, .. }) = failure {
        certificate::push_chain(presented, reporting.style, &mut out);
    }
    if let Some(Failure::Unmet { unmet, .. }) = failure {
        push_last_messages(&mut out, unmet);
    }
    let advice = failure.and_then(advice::for_failure);
    if let Some(advice) = advice.and_then(|advice| advice.line(reporting.in_use)) {
        out.push_str(&sanitize::line(&advice));
        out.push('\n');
    }
    out
}

/// The error and what caused it: `standard output: no space left on device`.
fn with_causes(error: &anyhow::Error) -> String {
    let texts = error.chain().map(|cause| match cause.downcast_ref() {
        Some(error) => io_reason(error),
        None => cause.to_string(),
    });
    texts.collect::<Vec<_>>().join(": ")
}

/// What came instead of what was expected, a line for each message.
fn push_last_messages(out: &mut String, unmet: &Unmet) {
    let (heading, messages) = unmet.last_messages();
    out.push_str(&heading);
    out.push('\n');
    for message in messages {
        // Writing to a String cannot fail.
        _ = writeln!(out, "  {}", sanitize::line(message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::CertificateSummary;
    use sockeye::{ErrorKind, Refusal};

    const PLAIN: Reporting = Reporting {
        style: Style { colored: false },
        quiet: false,
        head_shown: false,
        in_use: InUse::NONE,
    };

    fn refused() -> anyhow::Error {
        let refusal = Refusal {
            status: 401,
            phrase: "Who\u{1b}[2J".to_owned(),
            headers: Default::default(),
            body: b"no\r\nway".to_vec(),
        };
        anyhow::Error::new(Failure::Connection {
            kind: ErrorKind::Refused,
            message: "refused with 401\nand more".to_owned(),
            refusal: Some(Box::new(refusal)),
            advice: None,
        })
    }

    #[test]
    fn the_error_is_one_line_whatever_a_peer_has_said() {
        let out = rendered(&refused(), &PLAIN);
        assert!(
            out.starts_with("sockeye: refused with 401\\nand more\n"),
            "{out}"
        );
        assert!(!out.contains('\u{1b}'), "{out}");
    }

    #[test]
    fn an_io_error_is_shown_after_what_failed_and_without_its_number() {
        let full = io::Error::from_raw_os_error(libc::ENOSPC);
        let error = anyhow::Error::new(full).context("standard output");
        let expected = "sockeye: standard output: no space left on device\n";
        assert_eq!(rendered(&error, &PLAIN), expected);
    }

    #[test]
    fn quiet_leaves_the_error_line_alone() {
        let quiet = Reporting {
            quiet: true,
            ..PLAIN
        };
        assert_eq!(rendered(&refused(), &quiet).lines().count(), 1);
        assert!(rendered(&refused(), &PLAIN).contains("HTTP 401"));
    }

    #[test]
    fn a_refused_certificate_is_shown_with_its_chain_and_not_all_of_its_names() {
        let summary = |subject: &str, issuer: &str, names| CertificateSummary {
            subject: subject.to_owned(),
            names: vec!["a.org".to_owned(); names],
            issuer: issuer.to_owned(),
            not_before: "then".to_owned(),
            not_after: "now".to_owned(),
            expires: None,
        };
        let error = anyhow::Error::new(Failure::Certificate {
            advice: None,
            message: "no".to_owned(),
            presented: vec![summary("", "CN=b\u{1b}", 23), summary("CN=b", "CN=c", 0)],
        });
        let out = rendered(&error, &PLAIN);
        assert!(out.contains("subject  none\n"), "{out}");
        assert!(out.contains("a.org, 3 more\n"), "{out}");
        assert!(out.contains("valid  then to now\n"), "{out}");
        assert!(out.contains("issued by  CN=c\n"), "{out}");
        assert!(!out.contains('\u{1b}'), "{out}");
    }

    #[test]
    fn a_head_that_was_shown_is_not_shown_again_but_the_body_is() {
        let shown = Reporting {
            head_shown: true,
            ..PLAIN
        };
        let out = rendered(&refused(), &shown);
        assert!(
            !out.contains("HTTP 401") && out.contains("no\nway"),
            "{out}"
        );
    }
}
