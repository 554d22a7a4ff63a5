//! Which server certificates are accepted.

use super::Error;
use super::certificate::{self, Refusal};
use super::trust::Trusted;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use std::sync::Arc;

/// Accepts what its trust allows. That the server holds the certificate's key is checked always.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
enum Trust {
    Anyone,
    Chain {
        webpki: Arc<WebPkiServerVerifier>,
        /// Certificates that the user named.
        named: Vec<CertificateDer<'static>>,
    },
}

impl Verifier {
    pub(super) fn trusting_anyone(provider: &Arc<CryptoProvider>) -> Self {
        Self {
            trust: Trust::Anyone,
            algorithms: provider.signature_verification_algorithms,
        }
    }

    pub(super) fn trusting(
        trusted: Trusted,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let roots = Arc::new(trusted.roots);
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
            .build()
            .map_err(|error| Error::Options(format!("the trusted certificates: {error}")))?;
        Ok(Self {
            trust: Trust::Chain {
                webpki,
                named: trusted.named,
            },
            algorithms: provider.signature_verification_algorithms,
        })
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
        let Trust::Chain { webpki, named } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        match webpki.verify_server_cert(leaf, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(error)) => {
                if is_ca_as_server(&error) && named.contains(leaf) {
                    // A certificate that the user named is trusted as it stands; its time of
                    // validity was checked before this error arose.
                    verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
                    return Ok(ServerCertVerified::assertion());
                }
                Err(rustls::Error::InvalidCertificate(in_detail(error, leaf)))
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Whether a certificate was refused because it may sign others (RFC 5280 §4.2.1.9), as those do
/// that `openssl req -x509` makes. webpki's own error type is not among rustls's.
fn is_ca_as_server(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity")
}

/// Says more than webpki does, as far as the certificate itself tells.
fn in_detail(error: CertificateError, leaf: &CertificateDer<'_>) -> CertificateError {
    let unknown_issuer = error == CertificateError::UnknownIssuer;
    if !unknown_issuer && !is_ca_as_server(&error) {
        return error;
    }
    let refusal = if certificate::is_self_signed(leaf) {
        Refusal::SelfSigned
    } else if unknown_issuer {
        Refusal::UnknownIssuer(certificate::issuer(leaf))
    } else {
        Refusal::CaAsServer
    };
    CertificateError::Other(rustls::OtherError(Arc::new(refusal)))
}
