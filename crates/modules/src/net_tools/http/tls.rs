//! TLS: whom to trust, what to show.

use super::{HttpError, UrlArgs};
use crate::System;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where systems keep the certificates they trust, all in one file.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// Where they keep them one by one.
const DIRECTORIES: &[&str] = &["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/ansible"];

fn failed(why: impl std::fmt::Display) -> HttpError {
    HttpError::Unreached(why.to_string())
}

/// The configuration for a request.
pub(super) fn config(
    args: &UrlArgs,
    ca_path: Option<&Path>,
    sys: &System,
) -> Result<Arc<ClientConfig>, HttpError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let builder = if args.validate_certs {
        builder.with_root_certificates(roots(ca_path, sys)?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider)))
    };
    let Some(cert) = &args.client_cert else { return Ok(Arc::new(builder.with_no_client_auth())) };
    let chain = certificates(cert, sys)?;
    let key_file = args.client_key.as_ref().unwrap_or(cert);
    let key = PrivateKeyDer::from_pem_slice(&read(key_file, sys)?)
        .map_err(|error| failed(format!("no usable private key in {}: {error}", key_file.display())))?;
    builder.with_client_auth_cert(chain, key).map(Arc::new).map_err(failed)
}

fn read(path: &Path, sys: &System) -> Result<Vec<u8>, HttpError> {
    sys.read(path).map_err(failed)
}

fn certificates(path: &Path, sys: &System) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path, sys)?).collect();
    let found =
        found.map_err(|error| failed(format!("no usable certificate in {}: {error}", path.display())))?;
    if found.is_empty() {
        return Err(failed(format!("no certificate in {}", path.display())));
    }
    Ok(found)
}

fn roots(ca_path: Option<&Path>, sys: &System) -> Result<RootCertStore, HttpError> {
    let mut store = RootCertStore::empty();
    if let Some(path) = ca_path {
        store.add_parsable_certificates(certificates(path, sys)?);
        return Ok(store);
    }
    let named = sys.env("SSL_CERT_FILE").map(PathBuf::from);
    let bundle = named.into_iter().chain(BUNDLES.iter().map(PathBuf::from)).find(|path| sys.exists(path));
    if let Some(found) = bundle.and_then(|path| certificates(&path, sys).ok()) {
        store.add_parsable_certificates(found);
    }
    if store.is_empty() {
        let named = sys.env("SSL_CERT_DIR").map(PathBuf::from);
        for dir in named.into_iter().chain(DIRECTORIES.iter().map(PathBuf::from)) {
            let files = sys.read_dir(&dir).unwrap_or_default();
            let fits = |path: &&PathBuf| path.extension().is_some_and(|kind| kind == "pem" || kind == "crt");
            for found in files.iter().filter(fits).filter_map(|path| certificates(path, sys).ok()) {
                store.add_parsable_certificates(found);
            }
        }
    }
    if store.is_empty() {
        let why = "[SSL: CERTIFICATE_VERIFY_FAILED] this host has no file of trusted certificates; install its \
                   package (ca-certificates), or set ca_path or validate_certs";
        return Err(failed(why));
    }
    Ok(store)
}

/// `validate_certs: false`: whoever answers is believed.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            cert,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The words of a failed handshake.
pub(super) fn handshake_text(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(why)) => {
            format!("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {why}")
        }
        Some(other) => format!("[SSL] {other}"),
        None => super::error::numbered(error),
    }
}
