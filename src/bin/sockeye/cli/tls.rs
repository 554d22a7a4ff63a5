//! The options of TLS, as typed and as meant.

use super::ask;
use super::secret::Secret;
use crate::failure::Failure;
use crate::tls::{self, IdentityError};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use rustls::pki_types::DnsName;
use sockeye::ErrorKind;
use sockeye::transport::{Identity, Pin, Sni, TlsOptions, TlsVersion};
use std::net::IpAddr;
use std::path::PathBuf;

const TLS: &str = "TLS";

/// The options of TLS, each as it was typed.
#[derive(Debug, clap::Args)]
pub(super) struct TlsArgs {
    /// Accept any TLS certificate
    #[arg(short = 'n', long = "no-check", visible_short_alias = 'k', visible_alias = "insecure", help_heading = TLS)]
    pub(super) no_check: bool,

    /// Trust the certificates in this file (PEM or DER) or folder, and not the system's; repeatable
    #[arg(long, value_name = "FILE|FOLDER", visible_alias = "cacert", help_heading = TLS)]
    ca: Vec<PathBuf>,

    /// Trust the system's certificates too when --ca is given
    #[arg(long, help_heading = TLS)]
    pub(super) ca_native: bool,

    /// What --ca does anyway
    #[arg(long, hide = true, conflicts_with = "ca_native", help_heading = TLS)]
    ca_only: bool,

    /// Show servers that ask for it this certificate (PEM, DER or PKCS#12)
    #[arg(long, value_name = "FILE", help_heading = TLS)]
    cert: Option<PathBuf>,

    /// Take the certificate's private key from this file, not from that of --cert
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = TLS)]
    key: Option<PathBuf>,

    /// Open the private key with PASS, env:NAME or @FILE; without a value, and when it is missing, the
    /// terminal is asked
    #[arg(long, value_name = "PASS", num_args = 0..=1, requires = "cert", help_heading = TLS)]
    passphrase: Option<Option<Secret>>,

    /// Ask the server for the certificate of NAME (SNI), and check for that name; '' asks for none
    #[arg(long, value_name = "NAME", value_parser = server_name, help_heading = TLS)]
    servername: Option<Sni>,

    /// Send no server name (--servername '')
    #[arg(long, conflicts_with = "servername", help_heading = TLS)]
    no_servername: bool,

    /// Speak no older version of TLS
    #[arg(long, value_name = "1.2|1.3", value_parser = versions(), hide_possible_values = true, help_heading = TLS)]
    tls_min: Option<TlsVersion>,

    /// Speak no newer version of TLS
    #[arg(long, value_name = "1.2|1.3", value_parser = versions(), hide_possible_values = true, help_heading = TLS)]
    tls_max: Option<TlsVersion>,

    /// Accept only servers with this public key, even with -n; several with ';' between them
    #[arg(long, value_name = "sha256//BASE64", visible_alias = "pinnedpubkey", value_delimiter = ';', help_heading = TLS)]
    pin: Vec<Pin>,
}

impl TlsArgs {
    /// Whether the user names trusted authorities.
    pub(super) fn names_roots(&self) -> bool {
        !self.ca.is_empty()
    }

    /// Whether nothing but the server's key is checked.
    pub(super) fn pins_only(&self) -> bool {
        self.no_check && !self.pin.is_empty()
    }

    /// Whether [`TlsArgs::options`] may ask on the terminal.
    pub(super) fn may_ask(&self) -> bool {
        self.cert.is_some()
    }

    /// As meant. Reads the client certificate, and asks for the passphrase of its key if need be.
    pub(super) fn options(&self) -> Result<TlsOptions, Failure> {
        let min_version = self.tls_min.unwrap_or_default();
        if let Some(max) = self.tls_max.filter(|max| *max < min_version) {
            let (min, max) = (min_version.number(), max.number());
            return Err(Failure::Usage(format!(
                "--tls-min {min} and --tls-max {max} leave no version of TLS"
            )));
        }
        let named = self.servername.clone().unwrap_or_default();
        Ok(TlsOptions {
            insecure: self.no_check,
            roots: tls::roots(&self.ca, self.ca_native),
            server_name: if self.no_servername {
                Sni::Omitted
            } else {
                named
            },
            min_version,
            max_version: self.tls_max,
            pins: self.pin.clone(),
            identity: self.identity()?,
            key_log: tls::key_log(),
            client_config: None,
        })
    }

    fn identity(&self) -> Result<Option<Identity>, Failure> {
        let Some(certificate) = &self.cert else {
            return Ok(None);
        };
        let key = self.key.as_deref();
        let load = |passphrase: Option<&str>| tls::load_identity(certificate, key, passphrase);
        let given = match &self.passphrase {
            Some(Some(secret)) => Some(secret.read("--passphrase")?),
            Some(None) => Some(ask_for(&key.unwrap_or(certificate).display().to_string())?),
            None => None,
        };
        let loaded = match load(given.as_deref()) {
            Err(IdentityError::PassphraseNeeded(file)) => load(Some(&ask_for(&file)?)),
            result => result,
        };
        loaded.map(Some).map_err(|error| {
            let elsewhere = key.is_none() && matches!(error, IdentityError::NoKey(_));
            Failure::Connection {
                kind: ErrorKind::Options,
                message: error.to_string(),
                refusal: None,
                advice: elsewhere.then(|| "--key FILE names the file that has it".into()),
            }
        })
    }
}

/// Standard input may be something else than the terminal.
fn ask_for(file: &str) -> Result<String, Failure> {
    let instead = "--passphrase env:NAME and --passphrase @FILE give it";
    ask::password(&format!("Passphrase for {file}"), instead)
}

fn server_name(typed: &str) -> Result<Sni, &'static str> {
    match typed {
        "" => Ok(Sni::Omitted),
        // A name without letters in its last label would be a mistyped address.
        name if name.parse::<IpAddr>().is_ok() => {
            Err("an IP address is never told to a server (RFC 6066 §3)")
        }
        name => {
            let name = name.strip_suffix('.').unwrap_or(name).to_owned();
            let name = DnsName::try_from(name).map(Sni::Name);
            name.map_err(|_| "a server's name is a DNS name, like a.example")
        }
    }
}

fn versions() -> impl TypedValueParser<Value = TlsVersion> {
    PossibleValuesParser::new(TlsVersion::ALL.map(TlsVersion::number)).map(|typed| {
        let named = TlsVersion::ALL.into_iter().find(|v| v.number() == typed);
        named.unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        tls: TlsArgs,
        url: Option<String>,
    }

    fn typed(line: &[&str]) -> Result<TlsArgs, String> {
        let line = ["sockeye"].iter().chain(line);
        let parsed = Line::try_parse_from(line);
        parsed
            .map(|line| line.tls)
            .map_err(|error| error.to_string())
    }

    fn meant(line: &[&str]) -> TlsOptions {
        let args = typed(line).expect("a right command line");
        args.options().expect("options that can be honoured")
    }

    #[test]
    fn options_of_wscat_and_curl_are_the_same_option() {
        for option in ["-n", "-k", "--insecure", "--no-check"] {
            assert!(meant(&[option]).insecure, "{option}");
        }
        let args = typed(&["--cacert", "a", "--ca", "b", "--ca-only"]).expect("right");
        assert_eq!(args.ca, [PathBuf::from("a"), PathBuf::from("b")]);
        assert!(args.names_roots() && !args.ca_native);
    }

    #[test]
    fn a_server_name_is_one_or_none() {
        assert_eq!(meant(&[]).server_name, Sni::Host);
        let name = DnsName::try_from("a.example").expect("a name");
        let named = meant(&["--servername", "a.example"]);
        assert_eq!(named.server_name, Sni::Name(name));
        for none in [&["--servername", ""][..], &["--no-servername"]] {
            assert_eq!(meant(none).server_name, Sni::Omitted, "{none:?}");
        }
        let wrong = typed(&["--servername", "127.0.0.1"]).expect_err("an address");
        assert!(wrong.contains("IP address"), "{wrong}");
    }

    #[test]
    fn a_servers_name_is_a_name_and_no_address() {
        for right in [
            "a.example",
            "localhost",
            "a.example.",
            "xn--bcher-kva.example",
        ] {
            assert!(matches!(server_name(right), Ok(Sni::Name(_))), "{right}");
        }
        for wrong in ["127.0.0.1", "::1", "a b", "a..b", "bücher.example", "a:1"] {
            assert!(server_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn versions_have_a_range_that_is_not_empty() {
        let options = meant(&["--tls-min", "1.3"]);
        assert_eq!(options.min_version, TlsVersion::V1_3);
        let options = meant(&["--tls-max", "1.2"]);
        assert_eq!(options.max_version, Some(TlsVersion::V1_2));
        let both = typed(&["--tls-min", "1.3", "--tls-max", "1.2"]).expect("typed");
        let error = both.options().expect_err("empty").to_string();
        assert!(error.contains("--tls-min 1.3"), "{error}");
        assert!(typed(&["--tls-max", "1.1"]).is_err());
    }

    #[test]
    fn pins_are_separated_by_semicolons() {
        let pin = |letter: &str| format!("sha256//{}=", letter.repeat(43));
        let (a, b) = (pin("A"), pin("E"));
        let options = meant(&["--pin", &format!("{a};{b}")]);
        let pins: Vec<_> = options.pins.iter().map(ToString::to_string).collect();
        assert_eq!(pins, [a, b]);
        assert!(typed(&["--pin", "sha256//AAAA"]).is_err());
    }

    #[test]
    fn what_belongs_to_another_option_is_refused_without_it() {
        for line in [
            &["--key", "a"][..],
            &["--passphrase", "a"],
            &["--ca", "a", "--ca-only", "--ca-native"],
            &["--servername", "a", "--no-servername"],
        ] {
            assert!(typed(line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn a_passphrase_is_not_in_what_the_arguments_show() {
        let args = typed(&["--cert", "a", "--passphrase", "opensesame"]).expect("right");
        assert!(!format!("{args:?}").contains("opensesame"), "{args:?}");
    }

    #[test]
    fn a_client_certificate_that_is_missing_is_named() {
        let args = typed(&["--cert", "/nowhere/at/all"]).expect("typed");
        let error = args.options().expect_err("missing").to_string();
        assert!(
            error.starts_with("/nowhere/at/all: no such file"),
            "{error}"
        );
    }

    #[test]
    fn a_certificate_without_its_key_asks_for_the_keys_file() {
        let certificate = rcgen::generate_simple_self_signed(["a".to_owned()]).expect("made");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("certificate.pem");
        std::fs::write(&file, certificate.cert.pem()).expect("written");
        let args = typed(&["--cert", &file.display().to_string()]).expect("typed");
        let error = args.options().expect_err("no key");
        let advice = crate::advice::for_failure(&error);
        let line = advice.and_then(|advice| advice.line(crate::advice::InUse::NONE));
        let advice = line.unwrap_or_default();
        assert!(advice.starts_with("--key FILE"), "{error}: {advice}");
    }
}
