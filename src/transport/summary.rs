//! What a certificate says about itself, for people to read (RFC 5280 §4.1).

use super::TlsInfo;
use super::certificate::{Fields, attribute, fields};
use super::names;
use std::ops::Range;
use std::time::{Duration, SystemTime};

/// What a certificate says about itself. The texts are as found: whoever shows them escapes what
/// could steer a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSummary {
    /// Whom it is made out to: `CN=example.org, O=Example`.
    pub subject: String,
    /// Who made it out.
    pub issuer: String,
    /// The hosts it is for (RFC 5280 §4.2.1.6): DNS names and addresses.
    pub names: Vec<String>,
    /// From when it is valid: `2026-01-31 23:59:59 UTC`.
    pub not_before: String,
    /// Until when it is valid.
    pub not_after: String,
    /// The same as a time to reckon with; none before 1970.
    pub expires: Option<SystemTime>,
}

impl TlsInfo {
    /// What the server's own certificate says; none when it cannot be read.
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateSummary> {
        CertificateSummary::of(self.certificates.first()?)
    }
}

impl CertificateSummary {
    fn of(certificate: &[u8]) -> Option<Self> {
        let Fields {
            issuer,
            not_before,
            not_after,
            subject,
            after_subject,
        } = fields(certificate)?;
        let not_after = time(not_after)?;
        Some(Self {
            subject: name(subject),
            issuer: name(issuer),
            names: names::of_hosts(after_subject).unwrap_or_default(),
            not_before: time(not_before)?,
            expires: instant(&not_after),
            not_after,
        })
    }
}

/// The attributes of a name that people know (RFC 4519 §2), the most telling first.
fn name(der: &[u8]) -> String {
    const KNOWN: [(&str, u8); 4] = [("CN", 3), ("O", 10), ("OU", 11), ("C", 6)];
    let known = KNOWN.iter().filter_map(|(short, kind)| {
        let value = attribute(der, &[0x55, 4, *kind])?;
        Some(format!("{short}={}", String::from_utf8_lossy(value)))
    });
    known.collect::<Vec<_>>().join(", ")
}

/// A time of either form (RFC 5280 §4.1.2.5): `YYMMDDHHMMSSZ` of 1950 to 2049, or with a year of
/// four digits.
fn time(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let text = match text.len() {
        12 if text < "50" => format!("20{text}"),
        12 => format!("19{text}"),
        14 => text.to_owned(),
        _ => return None,
    };
    let [year, month, day] = [&text[..4], &text[4..6], &text[6..8]];
    let [hour, minute, second] = [&text[8..10], &text[10..12], &text[12..]];
    Some(format!("{year}-{month}-{day} {hour}:{minute}:{second} UTC"))
}

/// The time of a text that [`time`] has made.
fn instant(text: &str) -> Option<SystemTime> {
    let number = |range: Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let seconds = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    let days = days_since_year_0(year, month, day)?.checked_sub(719_468)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + seconds))
}

/// The days since 0000-03-01 (Gregorian): counted from March, a leap day ends its year and month
/// lengths repeat every five months (153 days).
fn days_since_year_0(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) = match month {
        1..=2 => (year.checked_sub(1)?, month + 9),
        3..=12 => (year, month - 3),
        _ => return None,
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400;
    Some(days + (153 * month + 2) / 5 + day.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    #[test]
    fn a_certificate_is_summed_up() {
        let mut params = CertificateParams::new(["a.org".to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, "a.org");
        (params.distinguished_name).push(DnType::OrganizationName, "Ä Ltd");
        params.not_before = date_time_ymd(2020, 1, 31);
        params.not_after = date_time_ymd(2120, 12, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let name = "CN=a.org, O=Ä Ltd".to_owned();
        let expected = CertificateSummary {
            subject: name.clone(),
            issuer: name,
            names: vec!["a.org".to_owned()],
            not_before: "2020-01-31 00:00:00 UTC".to_owned(),
            not_after: "2120-12-01 00:00:00 UTC".to_owned(),
            expires: Some(at(4_762_454_400)),
        };
        assert_eq!(CertificateSummary::of(certificate.der()), Some(expected));
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_time_can_be_reckoned_with() {
        for (text, seconds) in [
            ("1970-01-01 00:00:00 UTC", 0),
            ("2000-02-29 00:00:01 UTC", 951_782_401),
            ("2009-02-13 23:31:30 UTC", 1_234_567_890),
            ("2100-03-01 00:00:00 UTC", 4_107_542_400),
        ] {
            assert_eq!(instant(text), Some(at(seconds)), "{text}");
        }
        for wrong in [
            "1969-12-31 23:59:59 UTC",
            "2000-13-01 00:00:00 UTC",
            "2000-01-00 00:00:00 UTC",
            "x",
        ] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn two_digits_of_a_year_are_between_1950_and_2049() {
        let year = |text: &[u8]| time(text).map(|text| text[..4].to_owned());
        assert_eq!(year(b"491231235959Z").as_deref(), Some("2049"));
        assert_eq!(year(b"500101000000Z").as_deref(), Some("1950"));
        for wrong in [&b"20200101Z"[..], b"491231235959", b"4912312359xxZ", b""] {
            assert_eq!(time(wrong), None);
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_sum_up_to_nothing() {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["a.org".to_owned()]).expect("a name");
        let certificate = params.self_signed(&key).expect("a certificate");
        let der = certificate.der();
        for length in 0..der.len() {
            assert_eq!(CertificateSummary::of(&der[..length]), None);
        }
    }
}
