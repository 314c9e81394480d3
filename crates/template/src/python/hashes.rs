//! `hashlib.new(name)` and name-based UUIDs.

use crate::{Fault, Res};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

/// The digest by a named algorithm, under any of the names OpenSSL knows; none for an unknown one.
pub(crate) fn digest(algorithm: &str, data: &[u8]) -> Option<Vec<u8>> {
    Some(match algorithm.to_ascii_lowercase().replace('_', "-").as_str() {
        "md5" => Md5::digest(data).to_vec(),
        "sha1" | "sha-1" => Sha1::digest(data).to_vec(),
        "sha224" | "sha2-224" => Sha224::digest(data).to_vec(),
        "sha256" | "sha2-256" => Sha256::digest(data).to_vec(),
        "sha384" | "sha2-384" => Sha384::digest(data).to_vec(),
        "sha512" | "sha2-512" => Sha512::digest(data).to_vec(),
        "sha512-224" => Sha512_224::digest(data).to_vec(),
        "sha512-256" => Sha512_256::digest(data).to_vec(),
        "sha3-224" => sha3::Sha3_224::digest(data).to_vec(),
        "sha3-256" => sha3::Sha3_256::digest(data).to_vec(),
        "sha3-384" => sha3::Sha3_384::digest(data).to_vec(),
        "sha3-512" => sha3::Sha3_512::digest(data).to_vec(),
        "blake2b" | "blake2b512" => blake2::Blake2b512::digest(data).to_vec(),
        "blake2s" | "blake2s256" => blake2::Blake2s256::digest(data).to_vec(),
        _ => return None,
    })
}

/// The hexadecimal digest by a named algorithm.
pub(crate) fn hex_digest(algorithm: &str, data: &[u8]) -> Res<String> {
    digest(algorithm, data)
        .map(|digest| hex(&digest))
        .ok_or_else(|| Fault::value_error(format!("unsupported hash type {algorithm}")))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |at: u8| char::from(DIGITS[usize::from(at)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Ansible's own UUID namespace.
pub(crate) const ANSIBLE_NAMESPACE: &str = "361E6D51-FAEC-444A-9079-341386DA8E2E";

/// `uuid.uuid5(uuid.UUID(namespace), name)`
pub(crate) fn uuid5(namespace: &str, name: &str) -> Res<String> {
    let digits = namespace.replace("urn:", "").replace("uuid:", "");
    let digits = digits.trim_matches(['{', '}']).replace('-', "");
    let bytes: Option<Vec<u8>> = (digits.len() == 32)
        .then(|| (0..16).map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()).collect())
        .flatten();
    let Some(bytes) = bytes else {
        return Err(Fault::value_error("badly formed hexadecimal UUID string"));
    };
    let mut hash = Sha1::new();
    hash.update(&bytes);
    hash.update(name.as_bytes());
    let mut id: Vec<u8> = hash.finalize()[..16].to_vec();
    id[6] = id[6] & 0x0f | 0x50;
    id[8] = id[8] & 0x3f | 0x80;
    let text = hex(&id);
    Ok([&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-"))
}
