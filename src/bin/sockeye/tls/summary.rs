//! What a certificate says about itself, for people to read (RFC 5280 §4.1).

use sockeye::transport::TlsInfo;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{
    OID_X509_COMMON_NAME, OID_X509_COUNTRY_NAME, OID_X509_ORGANIZATION_NAME,
    OID_X509_ORGANIZATIONAL_UNIT,
};
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate, X509Name};

/// What a certificate says about itself. The texts are as found: whoever shows them escapes what
/// could control a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateSummary {
    /// Whom it is made out to: `CN=example.org, O=Example`.
    pub(crate) subject: String,
    /// The hosts it is for: DNS names and IP addresses (RFC 5280 §4.2.1.6).
    pub(crate) names: Vec<String>,
    /// Who made it out.
    pub(crate) issuer: String,
    /// From when it is valid: `2026-01-31 23:59:59 UTC`.
    pub(crate) not_before: String,
    /// Until when it is valid.
    pub(crate) not_after: String,
    /// The same as a time to reckon with; none before 1970.
    pub(crate) expires: Option<SystemTime>,
}

/// What the certificates say that a server presented, its own first. Those that cannot be read are
/// left out.
pub(crate) fn summaries(presented: &[Vec<u8>]) -> Vec<CertificateSummary> {
    let summary = |der: &Vec<u8>| CertificateSummary::of(der);
    presented.iter().filter_map(summary).collect()
}

impl CertificateSummary {
    /// What the server's own certificate says; none if it cannot be read.
    pub(crate) fn of_server(tls: &TlsInfo) -> Option<Self> {
        Self::of(tls.certificates.first()?)
    }

    /// What a certificate in DER says; none when it cannot be read.
    fn of(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            subject: name(certificate.subject()),
            names: hosts(&certificate),
            issuer: name(certificate.issuer()),
            not_before: utc(validity.not_before),
            not_after: utc(validity.not_after),
            expires: instant(validity.not_after),
        })
    }
}

/// The attributes of a name that people know (RFC 4519 §2), the most telling first.
pub(super) fn name(name: &X509Name<'_>) -> String {
    let known = [
        ("CN", OID_X509_COMMON_NAME),
        ("O", OID_X509_ORGANIZATION_NAME),
        ("OU", OID_X509_ORGANIZATIONAL_UNIT),
        ("C", OID_X509_COUNTRY_NAME),
    ];
    let known = known.iter().filter_map(|(short, kind)| {
        let attribute = name.iter_by_oid(kind).next()?;
        let value = String::from_utf8_lossy(attribute.as_slice());
        Some(format!("{short}={value}"))
    });
    known.collect::<Vec<_>>().join(", ")
}

/// `2026-01-31 23:59:59 UTC`.
pub(super) fn utc(time: ASN1Time) -> String {
    let time = time.to_datetime();
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// A time to reckon with; none before 1970.
fn instant(time: ASN1Time) -> Option<SystemTime> {
    let seconds = u64::try_from(time.timestamp()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// The subject alternative names that a host can have.
pub(super) fn hosts(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let host = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    let names = &extension.value.general_names;
    names.iter().filter_map(host).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    #[test]
    fn a_certificate_is_summed_up() {
        let names = ["a.org", "*.b.org", "127.0.0.7", "::7"].map(str::to_owned);
        let mut params = CertificateParams::new(names.clone()).expect("names");
        params.distinguished_name.push(DnType::CommonName, "a.org");
        (params.distinguished_name).push(DnType::OrganizationName, "Ä Ltd");
        params.not_before = date_time_ymd(1955, 1, 31);
        params.not_after = date_time_ymd(2120, 12, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let name = "CN=a.org, O=Ä Ltd".to_owned();
        let expected = CertificateSummary {
            subject: name.clone(),
            names: names.to_vec(),
            issuer: name,
            not_before: "1955-01-31 00:00:00 UTC".to_owned(),
            not_after: "2120-12-01 00:00:00 UTC".to_owned(),
            expires: Some(at(4_762_454_400)),
        };
        assert_eq!(CertificateSummary::of(certificate.der()), Some(expected));
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_time_before_1970_is_not_reckoned_with() {
        let time = |seconds| ASN1Time::from_timestamp(seconds).expect("a time");
        assert_eq!(instant(time(951_782_401)), Some(at(951_782_401)));
        assert_eq!(instant(time(0)), Some(at(0)));
        assert_eq!(instant(time(-1)), None);
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
