//! Public keys.

use super::{X509Error, block, fingerprint};
use crate::Val;
use num_bigint::BigInt;
use x509_cert::{
    der::{
        Decode, Encode,
        asn1::{Any, BitString, ObjectIdentifier, Uint},
    },
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
const CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// Keys that are just bytes.
const PLAIN: [(&str, &str); 4] = [
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];
/// Identifier, name and bits.
const CURVES: [(&str, &str, i64); 14] = [
    ("1.2.840.10045.3.1.1", "secp192r1", 192),
    ("1.3.132.0.33", "secp224r1", 224),
    ("1.2.840.10045.3.1.7", "secp256r1", 256),
    ("1.3.132.0.34", "secp384r1", 384),
    ("1.3.132.0.35", "secp521r1", 521),
    ("1.3.132.0.10", "secp256k1", 256),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512),
    ("1.3.132.0.1", "sect163k1", 163),
    ("1.3.132.0.26", "sect233k1", 233),
    ("1.3.132.0.27", "sect233r1", 233),
    ("1.3.132.0.16", "sect283k1", 283),
    ("1.3.132.0.17", "sect283r1", 283),
];

fn number(bytes: &[u8]) -> BigInt {
    BigInt::from_bytes_be(num_bigint::Sign::Plus, bytes)
}

fn bits(number: &BigInt) -> Val {
    Val::from(i64::try_from(number.bits()).unwrap_or(i64::MAX))
}

/// A public key.
pub(super) struct Key {
    /// How `community.crypto` calls its kind.
    pub(super) kind: &'static str,
    /// It as a `SubjectPublicKeyInfo`.
    pub(super) der: Vec<u8>,
    numbers: Vec<(&'static str, Val)>,
}

impl Key {
    /// Reads a `SubjectPublicKeyInfo`.
    pub(super) fn of(der: &[u8]) -> Result<Self, X509Error> {
        let info = SubjectPublicKeyInfoOwned::from_der(der)?;
        let (kind, numbers) = match info.algorithm.oid {
            RSA => ("RSA", rsa(bytes(&info.subject_public_key)?)?),
            DSA => ("DSA", dsa(&info)?),
            CURVE => ("ECC", curve(&info)?),
            other => match PLAIN.iter().find(|(oid, _)| *oid == other.to_string()) {
                Some((_, kind)) => (*kind, Vec::new()),
                None => return Err(X509Error::Unsupported(format!("a public key of the kind {other}"))),
            },
        };
        Ok(Self { kind, der: der.to_vec(), numbers })
    }

    /// The numbers that make the key.
    pub(super) fn data(&self) -> Val {
        Val::dict(self.numbers.iter().cloned())
    }

    pub(super) fn pem(&self) -> String {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("PUBLIC KEY", self.der.as_slice()), config)
    }
}

fn bytes(bits: &BitString) -> Result<&[u8], X509Error> {
    bits.as_bytes().ok_or_else(|| X509Error::Unsupported("a public key with odd bits".into()))
}

/// A sequence of so many numbers.
fn numbers<const N: usize>(all: Vec<Uint>) -> Result<[BigInt; N], X509Error> {
    let all: Vec<BigInt> = all.iter().map(|one| number(one.as_bytes())).collect();
    let count = all.len();
    all.try_into().map_err(|_| X509Error::Unsupported(format!("a public key with {count} numbers")))
}

fn rsa(der: &[u8]) -> Result<Vec<(&'static str, Val)>, X509Error> {
    let [modulus, exponent] = numbers(Vec::from_der(der)?)?;
    Ok(vec![("size", bits(&modulus)), ("modulus", Val::int(modulus)), ("exponent", Val::int(exponent))])
}

fn dsa(info: &SubjectPublicKeyInfoOwned) -> Result<Vec<(&'static str, Val)>, X509Error> {
    let Some(parameters) = &info.algorithm.parameters else {
        return Err(X509Error::Unsupported("a DSA key without parameters".into()));
    };
    let [p, q, g] = numbers(parameters.decode_as()?)?;
    let y = number(Uint::from_der(bytes(&info.subject_public_key)?)?.as_bytes());
    let size = bits(&p);
    Ok(vec![("size", size), ("p", Val::int(p)), ("q", Val::int(q)), ("g", Val::int(g)), ("y", Val::int(y))])
}

fn curve(info: &SubjectPublicKeyInfoOwned) -> Result<Vec<(&'static str, Val)>, X509Error> {
    let oid = info.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    let known = oid.and_then(|oid| CURVES.iter().find(|(known, _, _)| *known == oid.to_string()));
    let Some((_, name, size)) = known else {
        return Err(X509Error::Unsupported("a public key on an unnamed curve".into()));
    };
    // Another first byte tells of a compressed point, whose y only the curve knows.
    let Some((4, point)) = bytes(&info.subject_public_key)?.split_first() else {
        return Err(X509Error::Unsupported("a public key whose point is compressed".into()));
    };
    let (x, y) = point.split_at(point.len() / 2);
    Ok(vec![
        ("curve", Val::from(*name)),
        ("x", Val::int(number(x))),
        ("y", Val::int(number(y))),
        ("exponent_size", Val::Int(*size)),
    ])
}

/// The numbers of an RSA key as a `SubjectPublicKeyInfo`.
fn wrapped_rsa(numbers: &[u8]) -> Result<Vec<u8>, X509Error> {
    let algorithm = AlgorithmIdentifierOwned { oid: RSA, parameters: Some(Any::null()) };
    let subject_public_key = BitString::from_bytes(numbers)?;
    Ok(SubjectPublicKeyInfoOwned { algorithm, subject_public_key }.to_der()?)
}

/// What `openssl_publickey_info` tells of the first public key in a text.
pub(crate) fn public_key(text: &[u8]) -> Result<Val, X509Error> {
    let (tag, content) = block(text, &["PUBLIC KEY", "RSA PUBLIC KEY"], "public key")?;
    let key = Key::of(&if tag == "PUBLIC KEY" { content } else { wrapped_rsa(&content)? })?;
    Ok(Val::dict([
        ("fingerprints", fingerprint::all(&key.der)),
        ("type", Val::from(key.kind)),
        ("public_data", key.data()),
    ]))
}
