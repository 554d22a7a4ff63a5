//! Why a certificate was refused, in words.

use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use std::fmt;

/// How many of a certificate's names an error lists.
const NAMES_LISTED: usize = 8;

/// What the certificate itself tells about a refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the server's certificate is self-signed and not among the trusted ones")]
    SelfSigned,
    #[error("the server's certificate is issued by {}, which is not trusted", Issuer(.0))]
    UnknownIssuer(Option<String>),
    #[error("the server's certificate is one of an authority, not of a server")]
    CaAsServer,
}

/// Why a certificate was refused: one line, with nothing in it that could confuse a terminal.
pub(super) fn explain(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the server's certificate expired on {}", Utc(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!(
                "the server's certificate is not valid before {}",
                Utc(*not_before)
            )
        }
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "the server's certificate is for {}, not for {}",
            list(presented),
            expected.to_str()
        ),
        CertificateError::UnknownIssuer => Refusal::UnknownIssuer(None).to_string(),
        CertificateError::Other(other) => other.to_string(),
        other => format!("the server's certificate is not valid: {other}"),
    }
}

/// Whether issuer and subject are the same name (RFC 5280 §3.2).
pub(super) fn is_self_signed(certificate: &[u8]) -> bool {
    fields(certificate).is_some_and(|fields| fields.issuer == fields.subject)
}

/// The common name of the issuer, or the name of its organization.
pub(super) fn issuer(certificate: &[u8]) -> Option<String> {
    const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    const ORGANIZATION: &[u8] = &[0x55, 4, 10];
    let issuer = fields(certificate)?.issuer;
    let value = attribute(issuer, COMMON_NAME).or_else(|| attribute(issuer, ORGANIZATION))?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// Names as webpki writes them, `DnsName("a.org")`, as people do.
fn list(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name
            .split_once('(')
            .and_then(|(_, rest)| rest.strip_suffix(')'));
        let inner = inner.unwrap_or(name).trim_matches('"');
        inner.escape_debug().to_string()
    };
    let mut names: Vec<String> = presented.iter().take(NAMES_LISTED).map(bare).collect();
    match presented.len() {
        0 => "no host at all".to_owned(),
        1..=NAMES_LISTED => names.join(", "),
        many => {
            names.push(format!("{} more", many - NAMES_LISTED));
            names.join(", ")
        }
    }
}

/// What a certificate says about whom and when, each the content of its element.
pub(super) struct Fields<'a> {
    pub(super) issuer: &'a [u8],
    pub(super) not_before: &'a [u8],
    pub(super) not_after: &'a [u8],
    pub(super) subject: &'a [u8],
    /// The elements after the subject: the key, and the extensions.
    pub(super) after_subject: &'a [u8],
}

/// The fields of a certificate in DER (RFC 5280 §4.1).
pub(super) fn fields(certificate: &[u8]) -> Option<Fields<'_>> {
    const VERSION: u8 = 0xa0;
    let mut tbs = element(element(certificate)?.content)?.content;
    if tbs.first() == Some(&VERSION) {
        tbs = element(tbs)?.rest;
    }
    let serial = element(tbs)?;
    let signature = element(serial.rest)?;
    let issuer = element(signature.rest)?;
    let validity = element(issuer.rest)?;
    let subject = element(validity.rest)?;
    let not_before = element(validity.content)?;
    let not_after = element(not_before.rest)?;
    Some(Fields {
        issuer: issuer.content,
        not_before: not_before.content,
        not_after: not_after.content,
        subject: subject.content,
        after_subject: subject.rest,
    })
}

/// The value of the first attribute of that kind in a name (RFC 5280 §4.1.2.4).
pub(super) fn attribute<'a>(mut name: &'a [u8], kind: &[u8]) -> Option<&'a [u8]> {
    while !name.is_empty() {
        let set = element(name)?;
        let oid = element(element(set.content)?.content)?;
        if oid.content == kind {
            return Some(element(oid.rest)?.content);
        }
        name = set.rest;
    }
    None
}

/// One element of DER (X.690 §8.1) and what follows it.
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) rest: &'a [u8],
}

pub(super) fn element(der: &[u8]) -> Option<Element<'_>> {
    let (&[tag, first], mut rest) = der.split_first_chunk::<2>()?;
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        let shift_in = |length, digit: &u8| length << 8 | usize::from(*digit);
        length = digits.iter().fold(0, shift_in);
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    Some(Element { tag, content, rest })
}

struct Issuer<'a>(&'a Option<String>);

impl fmt::Display for Issuer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "'{}'", name.escape_debug()),
            None => f.write_str("an authority"),
        }
    }
}

/// `2026-01-31 23:59:59 UTC`.
struct Utc(UnixTime);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC"
        )
    }
}

/// The Gregorian date so many days after 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    // Counted from 1 March of the year 0, a leap day ends its year and month lengths repeat
    // every five months (153 days).
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day + 2) / 153;
    let day = day - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_dates() {
        let utc = |seconds| {
            let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
            Utc(time).to_string()
        };
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00:00 UTC");
        assert_eq!(utc(1_798_761_599), "2026-12-31 23:59:59 UTC");
    }

    #[test]
    fn names_are_listed_bare_escaped_and_not_without_end() {
        let names = |count| vec![r#"DnsName("a.org")"#.to_owned(); count];
        assert_eq!(list(&names(0)), "no host at all");
        assert_eq!(list(&names(2)), "a.org, a.org");
        assert!(list(&names(100)).ends_with("a.org, 92 more"));
        assert_eq!(list(&["\u{1b}[31m".to_owned()]), r"\u{1b}[31m");
    }

    #[test]
    fn a_certificate_cut_short_tells_nothing() {
        let der = [0x30, 0x82, 0xff, 0xff, 0x30, 0x03, 0x02];
        for length in 0..der.len() {
            assert_eq!(issuer(&der[..length]), None);
            assert!(!is_self_signed(&der[..length]));
        }
        assert_eq!(issuer(&[0x30, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]), None);
    }
}
