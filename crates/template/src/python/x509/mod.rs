//! X.509 certificates and public keys as `community.crypto` tells of them.

mod extensions;
mod fingerprint;
mod general_name;
mod key;
mod name;
mod oid;

pub(crate) use key::public_key;

use crate::{Res, Val, python::hashes::hex};
use extensions::Extensions;
use num_bigint::BigInt;
use thiserror::Error;
use x509_cert::{
    certificate::{CertificateInner, Raw, Version},
    der::{self, Decode, Encode},
    time::Time,
};

/// Why there is nothing to tell.
#[derive(Debug, Error)]
pub(crate) enum X509Error {
    /// No block of PEM is there.
    #[error("Unable to load PEM file: {0:?}")]
    Pem(pem::PemError),
    /// The blocks are of other things.
    #[error("Valid PEM but no BEGIN {0}/END {0} delimiters. Are you sure this is a {1}?")]
    OtherPem(&'static str, &'static str),
    /// What the block holds is not encoded as it must be.
    #[error("error parsing asn1 value: {0}")]
    Der(#[from] der::Error),
    /// A key or name of a kind that is not known.
    #[error("{0} is not supported")]
    Unsupported(String),
}

/// How domain names beyond ASCII are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameEncoding {
    /// As the certificate holds them, which is in ASCII.
    Ascii,
    /// With their own letters.
    Unicode,
}

/// The first block with one of the tags: its tag and content.
fn block(text: &[u8], tags: &[&'static str], what: &'static str) -> Result<(String, Vec<u8>), X509Error> {
    let blocks = pem::parse_many(text).map_err(X509Error::Pem)?;
    if blocks.is_empty() {
        return Err(X509Error::Pem(pem::PemError::MalformedFraming));
    }
    let found = blocks.into_iter().find(|block| tags.contains(&block.tag()));
    let found = found.map(|block| (block.tag().to_owned(), block.into_contents()));
    found.ok_or_else(|| X509Error::OtherPem(tags.first().unwrap_or(&""), what))
}

/// Bytes as pairs of digits with colons between.
fn colons(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| hex(&[*byte])).collect::<Vec<_>>().join(":")
}

fn timestamp(time: &Time) -> String {
    let time = time.to_date_time();
    let (date, clock) =
        ((time.year(), time.month(), time.day()), (time.hour(), time.minutes(), time.seconds()));
    format!("{:04}{:02}{:02}{:02}{:02}{:02}Z", date.0, date.1, date.2, clock.0, clock.1, clock.2)
}

fn version(version: Version) -> Val {
    match version {
        Version::V1 => Val::Int(1),
        Version::V3 => Val::Int(3),
        Version::V2 => Val::from("unknown"),
    }
}

/// What `x509_certificate_info` tells of the first certificate in a text; `now` is in seconds since 1970.
pub(crate) fn certificate(text: &[u8], encoding: NameEncoding, now: i64) -> Result<Val, X509Error> {
    let (_, content) = block(text, &["CERTIFICATE", "X509 CERTIFICATE"], "certificate")?;
    let certificate = CertificateInner::<Raw>::from_der(&content)?;
    let inner = certificate.tbs_certificate();
    let extensions = Extensions::of(inner.extensions(), encoding);
    let (subject, issuer) = (name::pairs(inner.subject()), name::pairs(inner.issuer()));
    let validity = inner.validity();
    let ends = i64::try_from(validity.not_after.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    let key = key::Key::of(&inner.subject_public_key_info().to_der()?)?;

    let mut out = vec![
        ("signature_algorithm", Val::from(oid::name(certificate.signature_algorithm().oid))),
        ("subject", name::dict(&subject)),
        ("subject_ordered", name::list(&subject)),
        ("issuer", name::dict(&issuer)),
        ("issuer_ordered", name::list(&issuer)),
        ("version", version(inner.version())),
    ];
    out.extend(extensions.usages()?);
    out.extend([
        ("not_before", Val::from(timestamp(&validity.not_before))),
        ("not_after", Val::from(timestamp(&validity.not_after))),
        ("expired", Val::Bool(ends < now)),
        ("public_key", Val::from(key.pem())),
        ("public_key_type", Val::from(key.kind)),
        ("public_key_data", key.data()),
        ("public_key_fingerprints", fingerprint::all(&key.der)),
        ("fingerprints", fingerprint::all(&content)),
    ]);
    out.extend(extensions.identifiers()?);
    let serial = BigInt::from_signed_bytes_be(inner.serial_number().as_bytes());
    out.extend([("serial_number", Val::int(serial)), ("extensions_by_oid", extensions.all())]);
    out.extend(extensions.addresses()?);
    Ok(Val::dict(out))
}

/// The blocks of PEM in a text, each with its lines as they are.
pub(crate) fn split(lines: &[&str]) -> Res<Val> {
    let mut out = Vec::new();
    let mut current: Option<String> = None;
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        if line.starts_with("-----BEGIN ") {
            current = Some(String::new());
        }
        let Some(block) = &mut current else { continue };
        block.push_str(line);
        if line.starts_with("-----END ") {
            out.extend(current.take().map(Val::from));
        }
    }
    Ok(Val::from(out))
}
