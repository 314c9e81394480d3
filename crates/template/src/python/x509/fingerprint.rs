//! Fingerprints by all algorithms that every Python has.

use super::colons;
use crate::{Val, python::hashes};
use sha3::digest::{ExtendableOutput, Update, XofReader};

const ALGORITHMS: [&str; 12] = [
    "blake2b", "blake2s", "md5", "sha1", "sha224", "sha256", "sha384", "sha3_224", "sha3_256", "sha3_384",
    "sha3_512", "sha512",
];

/// The first 32 bytes of a hash without an end.
fn stretched<H: ExtendableOutput + Update + Default>(data: &[u8]) -> String {
    let mut hash = H::default();
    hash.update(data);
    let mut out = [0; 32];
    hash.finalize_xof().read(&mut out);
    colons(&out)
}

/// The fingerprint by each algorithm.
pub(super) fn all(data: &[u8]) -> Val {
    let digest = |name: &'static str| Some((name, Val::from(colons(&hashes::digest(name, data)?))));
    let fixed = ALGORITHMS.into_iter().filter_map(digest);
    Val::dict(fixed.chain([
        ("shake_128", Val::from(stretched::<sha3::Shake128>(data))),
        ("shake_256", Val::from(stretched::<sha3::Shake256>(data))),
    ]))
}
