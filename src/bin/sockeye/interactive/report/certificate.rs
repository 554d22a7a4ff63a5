//! The rows about a server's certificate.

use super::sheet::Sheet;
use crate::output::certificate::listed;
use crate::output::size::counted;
use crate::output::style::Role;
use crate::tls::{CertificateSummary, unverified_in_words};
use sockeye::transport::{ClientCertificate, TlsInfo};
use std::time::{Duration, SystemTime};

/// An end that is nearer than this stands out.
const SOON: Duration = Duration::from_secs(30 * 86_400);

/// What TLS agreed on, and who the server is.
pub(super) fn tls(sheet: &mut Sheet, tls: &TlsInfo, now: SystemTime) {
    sheet.heading("TLS");
    sheet.row("version", tls.version);
    sheet.row("cipher", &tls.cipher_suite);
    sheet.row("ALPN", tls.alpn.as_deref().unwrap_or("none"));
    match CertificateSummary::of_server(tls) {
        Some(summary) => certificate(sheet, &summary, now),
        None => sheet.painted(Role::Error, "certificate", "cannot be read"),
    }
    if let Some(why) = &tls.unverified {
        sheet.painted(
            Role::Error,
            "signature",
            format!("not verified: {}", unverified_in_words(why)),
        );
    }
    match tls.client_certificate {
        ClientCertificate::NotAsked => {}
        ClientCertificate::Missing => sheet.row("client", "certificate asked for, none"),
        ClientCertificate::Unsuitable => sheet.row(
            "client",
            "certificate asked for, not sent: the server accepts no signature of its key",
        ),
        ClientCertificate::Offered => sheet.row("client", "certificate asked for, sent"),
    }
    if tls.certificates.len() > 1 {
        let more = tls.certificates.len() - 1;
        sheet.row("chain", format!("{more} more in the chain"));
    }
}

fn certificate(sheet: &mut Sheet, summary: &CertificateSummary, now: SystemTime) {
    let or_none = |text: &str| {
        if text.is_empty() {
            "none".to_owned()
        } else {
            text.to_owned()
        }
    };
    sheet.row("certificate", or_none(&summary.subject));
    sheet.row("names", listed(&summary.names));
    sheet.row("issuer", or_none(&summary.issuer));
    sheet.row("valid from", &summary.not_before);
    sheet.row("valid until", &summary.not_after);
    if let Some(expires) = summary.expires {
        let (role, text) = remaining(expires, now);
        sheet.painted(role, "", text);
    }
}

/// `expires in 41 days`, and how much that matters.
fn remaining(expires: SystemTime, now: SystemTime) -> (Role, String) {
    match expires.duration_since(now) {
        Ok(left) if left > SOON => (Role::Open, format!("expires in {}", long(left))),
        Ok(left) => (Role::Changing, format!("expires in {}", long(left))),
        Err(error) => (
            Role::Error,
            format!("expired {} ago", long(error.duration())),
        ),
    }
}

/// Days, or hours when it is less than two days.
fn long(time: Duration) -> String {
    let hours = time.as_secs() / 3600;
    match hours {
        0 => "less than an hour".to_owned(),
        1..48 => counted(hours, "hour"),
        _ => counted(hours / 24, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interactive::report::sheet::tests::page;

    const DAY: Duration = Duration::from_secs(86_400);

    fn told(expires: SystemTime) -> String {
        let mut sheet = Sheet::new(page(120));
        let summary = CertificateSummary {
            subject: "CN=a\u{1b}.org".to_owned(),
            issuer: String::new(),
            names: vec!["a.org".to_owned(); 23],
            not_before: "then".to_owned(),
            not_after: "once".to_owned(),
            expires: Some(expires),
        };
        certificate(&mut sheet, &summary, SystemTime::UNIX_EPOCH + 100 * DAY);
        sheet.finish()
    }

    #[test]
    fn the_days_that_are_left_are_counted() {
        let end = |days| SystemTime::UNIX_EPOCH + days * DAY;
        assert!(told(end(141)).contains("expires in 41 days"));
        assert!(told(end(101)).contains("expires in 24 hours"));
        assert!(told(end(100)).contains("expires in less than an hour"));
        assert!(told(end(97)).contains("expired 3 days ago"));
    }

    #[test]
    fn an_end_that_is_near_stands_out() {
        let now = SystemTime::UNIX_EPOCH + 100 * DAY;
        let role = |days| remaining(SystemTime::UNIX_EPOCH + days * DAY, now).0;
        assert_eq!(
            [role(131), role(130), role(99)],
            [Role::Open, Role::Changing, Role::Error]
        );
    }

    #[test]
    fn names_are_listed_but_not_without_end_and_steer_nothing() {
        let shown = told(SystemTime::UNIX_EPOCH);
        assert_eq!(shown.matches("a.org").count(), 20, "{shown}");
        assert!(shown.contains("3 more"), "{shown}");
        assert!(
            shown.contains("CN=a\\x1b.org") && shown.contains("issuer          none"),
            "{shown}"
        );
    }
}
