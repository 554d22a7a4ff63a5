//! Which server certificates are accepted.

use super::error::{CertificateProblem, RSA_BITS, TlsConfigError, is_ca_as_server};
use super::info::{TlsVersion, Unverified};
use super::observer::HandshakeObserver;
use super::public_key::{Kind, Pin, PublicKey};
use super::signature::{RSA_PSS_PSS, SHORT_RSA, Signature, SignatureError};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, PeerMisbehaved, RootCertStore, SignatureScheme,
};
use std::sync::Arc;

/// Accepts what its trust and the pins allow. That the server holds the certificate's key is
/// checked always, except if anyone is trusted, no key is pinned, and the provider cannot.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    pins: Vec<Pin>,
    observer: Arc<HandshakeObserver>,
    algorithms: WebPkiSupportedAlgorithms,
    schemes: Vec<SignatureScheme>,
}

/// Which certificates a [`Verifier`] accepts.
#[derive(Debug)]
pub(super) enum Trust {
    /// All of them.
    Anyone,
    /// Those that lead to one of the roots.
    Roots {
        roots: Arc<RootCertStore>,
        webpki: Arc<WebPkiServerVerifier>,
    },
}

impl Trust {
    pub(super) fn roots(
        roots: Arc<RootCertStore>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsConfigError> {
        let (of_webpki, provider) = (Arc::clone(&roots), Arc::clone(provider));
        let webpki = WebPkiServerVerifier::builder_with_provider(of_webpki, provider)
            .build()
            .map_err(|error| TlsConfigError::Source(Box::new(error)))?;
        Ok(Self::Roots { roots, webpki })
    }
}

/// Whether a certificate is itself one of the roots.
fn is_root(certificate: &CertificateDer<'_>, roots: &RootCertStore) -> bool {
    let anchor = webpki::anchor_from_trusted_cert(certificate);
    anchor.is_ok_and(|anchor| roots.roots.contains(&anchor))
}

impl Verifier {
    pub(super) fn new(
        trust: Trust,
        pins: Vec<Pin>,
        observer: Arc<HandshakeObserver>,
        provider: &CryptoProvider,
    ) -> Self {
        let algorithms = provider.signature_verification_algorithms;
        let schemes = schemes(&trust, &algorithms);
        Self {
            trust,
            pins,
            observer,
            algorithms,
            schemes,
        }
    }

    /// Has the server sign in a way that can be verified with a short key.
    pub(super) fn for_short_keys(mut self) -> Self {
        self.schemes = SHORT_RSA.to_vec();
        self
    }

    fn check_pins(&self, leaf: &CertificateDer<'_>) -> Result<(), CertificateProblem> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let found = Pin::of_certificate(leaf).ok_or(CertificateProblem::Unreadable)?;
        if self.pins.contains(&found) {
            Ok(())
        } else {
            Err(CertificateProblem::NotPinned(found))
        }
    }

    /// Checks the signature of a server whose certificate webpki may not read.
    fn check_signature(
        &self,
        signature: Signature<'_>,
        certificate: &CertificateDer<'_>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if !self.schemes.contains(&signature.scheme) {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        let result = PublicKey::of_certificate(certificate)
            .ok_or(Unverified::UnreadableCertificate.into())
            .and_then(|key| signature.verify(&key, &self.algorithms));
        match result {
            Ok(()) => {}
            Err(SignatureError::Wrong) => return Err(unproven(certificate).into()),
            Err(SignatureError::Unverified(why)) if self.accepts_unverified() => {
                self.observer.not_verified(why);
            }
            Err(SignatureError::Unverified(why)) => {
                return Err(CertificateProblem::Unverified(why).into());
            }
        }
        Ok(HandshakeSignatureValid::assertion())
    }

    /// Whether the server need not prove anything.
    fn accepts_unverified(&self) -> bool {
        matches!(self.trust, Trust::Anyone) && self.pins.is_empty()
    }

    /// Whether webpki is not to look at signatures of this scheme.
    fn is_checked_here(&self, scheme: SignatureScheme) -> bool {
        matches!(self.trust, Trust::Anyone) || RSA_PSS_PSS.contains(&scheme)
    }
}

/// Which signatures a server may make, the preferred ones first.
fn schemes(trust: &Trust, algorithms: &WebPkiSupportedAlgorithms) -> Vec<SignatureScheme> {
    let mut schemes = algorithms.supported_schemes();
    if matches!(trust, Trust::Anyone) {
        // In TLS 1.2 a short key is verified with the older padding only.
        schemes.sort_by_key(|scheme| {
            matches!(
                *scheme,
                SignatureScheme::RSA_PSS_SHA256
                    | SignatureScheme::RSA_PSS_SHA384
                    | SignatureScheme::RSA_PSS_SHA512
            )
        });
        // Not verified, but accepted.
        schemes.push(SignatureScheme::ED448);
    }
    schemes.extend(RSA_PSS_PSS);
    schemes
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
        self.observer.saw(leaf, intermediates);
        if let Trust::Roots { webpki, roots } = &self.trust {
            match webpki.verify_server_cert(leaf, intermediates, name, ocsp, now) {
                // A root may be a server's own certificate; its time of validity was checked
                // before this error arose.
                Err(rustls::Error::InvalidCertificate(error))
                    if is_ca_as_server(&error) && is_root(leaf, roots) =>
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
        if self.is_checked_here(signature.scheme) {
            let signature = of_handshake(TlsVersion::V1_2, message, signature);
            return self.check_signature(signature, certificate);
        }
        let result = verify_tls12_signature(message, certificate, signature, &self.algorithms);
        result.map_err(|error| in_detail(error, certificate))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.is_checked_here(signature.scheme) {
            let signature = of_handshake(TlsVersion::V1_3, message, signature);
            return self.check_signature(signature, certificate);
        }
        let result = verify_tls13_signature(message, certificate, signature, &self.algorithms);
        result.map_err(|error| in_detail(error, certificate))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

fn of_handshake<'a>(
    version: TlsVersion,
    message: &'a [u8],
    signed: &'a DigitallySignedStruct,
) -> Signature<'a> {
    Signature {
        version,
        scheme: signed.scheme,
        message,
        bytes: signed.signature(),
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

/// Why a signature made with the certificate's key is not right.
fn unproven(certificate: &[u8]) -> CertificateProblem {
    match PublicKey::of_certificate(certificate).map(|key| key.kind()) {
        Some(Kind::Rsa(bits)) if bits < RSA_BITS => CertificateProblem::WeakKey { bits },
        _ => CertificateProblem::Unproven,
    }
}
