//! Which server certificates are accepted.

use super::distrust::{Distrust, is_ca_as_server, unproven};
use super::trust::Trusted;
use super::witness::Witness;
use super::{Error, Pin};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use std::sync::Arc;

/// Accepts what its trust and the pins allow. That the server holds the certificate's key is
/// checked always.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    pins: Vec<Pin>,
    witness: Arc<Witness>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Whom a [`Verifier`] believes.
#[derive(Debug)]
pub(super) enum Trust {
    /// Everyone.
    Anyone,
    /// Whoever has a certificate that leads to a trusted one.
    Chain {
        /// Looks for the way there.
        webpki: Arc<WebPkiServerVerifier>,
        /// Certificates that the user named.
        named: Vec<CertificateDer<'static>>,
    },
}

impl Trust {
    pub(super) fn chain(trusted: Trusted, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let roots = Arc::new(trusted.roots);
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
            .build()
            .map_err(|error| Error::Options(format!("the trusted certificates: {error}")))?;
        Ok(Self::Chain {
            webpki,
            named: trusted.named,
        })
    }
}

impl Verifier {
    pub(super) fn new(
        trust: Trust,
        pins: Vec<Pin>,
        witness: Arc<Witness>,
        provider: &CryptoProvider,
    ) -> Self {
        Self {
            trust,
            pins,
            witness,
            algorithms: provider.signature_verification_algorithms,
        }
    }

    fn check_pins(&self, leaf: &CertificateDer<'_>) -> Result<(), Distrust> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let found = Pin::of_certificate(leaf).ok_or(Distrust::Unreadable)?;
        if self.pins.contains(&found) {
            Ok(())
        } else {
            Err(Distrust::NotPinned(found))
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.witness.saw(leaf, intermediates);
        if let Trust::Chain { webpki, named } = &self.trust {
            match webpki.verify_server_cert(leaf, intermediates, name, ocsp, now) {
                // A certificate that the user named is trusted as it stands; its time of validity
                // was checked before this error arose.
                Err(rustls::Error::InvalidCertificate(error))
                    if is_ca_as_server(&error) && named.contains(leaf) =>
                {
                    verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
                }
                result => _ = result?,
            }
        }
        self.check_pins(leaf)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let result = verify_tls12_signature(message, certificate, signature, &self.algorithms);
        result.map_err(|error| in_detail(error, certificate))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let result = verify_tls13_signature(message, certificate, signature, &self.algorithms);
        result.map_err(|error| in_detail(error, certificate))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Tells the handshake's bad signature from a bad one in a certificate.
fn in_detail(error: rustls::Error, certificate: &CertificateDer<'_>) -> rustls::Error {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
            unproven(certificate).into()
        }
        other => other,
    }
}
