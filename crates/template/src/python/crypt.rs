//! Password hashes as passlib makes them for Ansible: `md5_crypt`, `sha256_crypt`, `sha512_crypt`, `bcrypt`.

use super::random::Bits;
use crate::{Budget, Fault, Res};
use ::base64::{Engine, alphabet::BCRYPT, engine::GeneralPurpose, engine::GeneralPurposeConfig};
use blowfish::Blowfish;
use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

const SALT_CHARS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What the caller asked for; unset fields take Ansible's defaults.
#[derive(Default)]
pub(crate) struct Settings {
    pub salt: Option<String>,
    pub salt_size: Option<i64>,
    pub rounds: Option<i64>,
    pub ident: Option<String>,
}

/// Bytes that passlib takes as a password.
const MAX_SECRET: usize = 4096;

/// The hash of `secret` by the algorithm (Ansible's or passlib's name), with random bits for a missing salt. Its
/// rounds count against the budget.
pub(crate) fn hash(
    secret: &[u8],
    algorithm: &str,
    settings: &Settings,
    bits: &mut dyn Bits,
    budget: Budget<'_>,
) -> Res<String> {
    let name = match algorithm {
        "md5" => "md5_crypt",
        "blowfish" => "bcrypt",
        "sha256" => "sha256_crypt",
        "sha512" => "sha512_crypt",
        other => other,
    };
    check_algorithm(algorithm)?;
    if secret.len() > MAX_SECRET {
        return Err(refused("password exceeds maximum allowed size"));
    }
    budget.heavy()?;
    match name {
        "md5_crypt" => {
            if settings.rounds.is_some_and(|rounds| rounds != 0) {
                return Err(Fault::type_error(
                    "MinimalHandler.using() got an unexpected keyword argument 'rounds'",
                ));
            }
            let salt = salt(settings, 8, "md5_crypt", bits)?;
            Ok(format!("$1${salt}${}", md5_crypt(secret, salt.as_bytes())))
        }
        "sha256_crypt" => {
            sha_crypt(secret, settings, bits, &Sha2 { id: 5, implicit: 535_000, long: false, budget })
        }
        "sha512_crypt" => {
            sha_crypt(secret, settings, bits, &Sha2 { id: 6, implicit: 656_000, long: true, budget })
        }
        _ => bcrypt(secret, settings, bits, budget),
    }
}

/// Whether there is an algorithm of that name.
pub(crate) fn check_algorithm(name: &str) -> Res<()> {
    match name {
        "md5" | "md5_crypt" | "sha256" | "sha256_crypt" | "sha512" | "sha512_crypt" | "blowfish"
        | "bcrypt" => Ok(()),
        _ => Err(Fault::plugin(format!(
            "{name} is not in the list of supported passlib algorithms: md5, blowfish, sha256, sha512"
        ))),
    }
}

fn refused(why: &str) -> Fault {
    Fault::raised("AnsibleError", format!("Could not hash the secret: {why}"))
}

/// Rounds within what an algorithm takes.
fn rounds_within(name: &str, rounds: i64, least: i64, most: i64) -> Res<u32> {
    if rounds < least {
        let why = format!("{name}: min_desired_rounds ({rounds}) is too low, must be at least {least}");
        return Err(refused(&why));
    }
    u32::try_from(rounds).ok().filter(|rounds| i64::from(*rounds) <= most).ok_or_else(|| {
        refused(&format!("{name}: min_desired_rounds ({rounds}) is too large, cannot be more than {most}"))
    })
}

fn salt(settings: &Settings, most: usize, name: &str, bits: &mut dyn Bits) -> Res<String> {
    if let Some(salt) = settings.salt.as_deref().filter(|salt| !salt.is_empty()) {
        if !salt.bytes().all(|byte| SALT_CHARS.contains(&byte)) {
            return Err(refused(&format!("invalid characters in {name} salt")));
        }
        if salt.len() > most {
            return Err(refused(&format!("salt too large ({name} requires <= {most} chars)")));
        }
        return Ok(salt.to_owned());
    }
    let size = settings.salt_size.filter(|size| *size != 0).unwrap_or(most as i64);
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size <= most)
        .ok_or_else(|| refused(&format!("{name}: salt_size ({size}) above max_salt_size ({most})")))?;
    (0..size).map(|_| Ok(char::from(SALT_CHARS[bits.index(SALT_CHARS.len())?]))).collect()
}

/// Three bytes as four characters, least significant bits first.
fn push_base64(out: &mut String, value: u32, characters: usize) {
    for at in 0..characters {
        out.push(char::from(SALT_CHARS[(value >> (6 * at) & 63) as usize]));
    }
}

fn md5_crypt(secret: &[u8], salt: &[u8]) -> String {
    let inner = Md5::new().chain_update(secret).chain_update(salt).chain_update(secret).finalize();
    let mut hash = Md5::new().chain_update(secret).chain_update(b"$1$").chain_update(salt);
    let mut left = secret.len();
    while left > 0 {
        hash.update(&inner[..left.min(16)]);
        left = left.saturating_sub(16);
    }
    let mut count = secret.len();
    while count > 0 {
        let first = secret.first().copied().unwrap_or(0);
        hash.update([if count & 1 == 1 { 0 } else { first }]);
        count >>= 1;
    }
    let mut digest = hash.finalize();
    for round in 0..1000 {
        let mut hash = Md5::new();
        if round & 1 == 1 {
            hash.update(secret)
        } else {
            hash.update(digest)
        }
        if round % 3 != 0 {
            hash.update(salt);
        }
        if round % 7 != 0 {
            hash.update(secret);
        }
        if round & 1 == 1 {
            hash.update(digest)
        } else {
            hash.update(secret)
        }
        digest = hash.finalize();
    }
    let mut out = String::with_capacity(22);
    for [a, b, c] in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] {
        let byte = |at: usize| u32::from(digest[at]);
        push_base64(&mut out, byte(a) << 16 | byte(b) << 8 | byte(c), 4);
    }
    push_base64(&mut out, u32::from(digest[11]), 2);
    out
}

struct Sha2<'b> {
    id: u8,
    /// Ansible's rounds where none are given.
    implicit: u32,
    /// SHA-512 rather than SHA-256.
    long: bool,
    budget: Budget<'b>,
}

impl Sha2<'_> {
    fn digest(&self, parts: &[&[u8]]) -> Vec<u8> {
        fn run<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hash = D::new();
            for part in parts {
                hash.update(part);
            }
            hash.finalize().to_vec()
        }
        if self.long { run::<Sha512>(parts) } else { run::<Sha256>(parts) }
    }

    fn encode(&self, digest: &[u8]) -> String {
        let mut out = String::with_capacity(86);
        let byte = |at: usize| u32::from(digest[at]);
        let third = digest.len() / 3;
        let (mut a, mut b, mut c) = (0, third, 2 * third);
        for _ in 0..third {
            push_base64(&mut out, byte(a) << 16 | byte(b) << 8 | byte(c), 4);
            (a, b, c) = if self.long { (b + 1, c + 1, a + 1) } else { (c + 1, a + 1, b + 1) };
        }
        match digest.len() % 3 {
            1 => push_base64(&mut out, byte(63), 2),
            _ => push_base64(&mut out, byte(31) << 8 | byte(30), 3),
        }
        out
    }
}

fn sha_crypt(secret: &[u8], settings: &Settings, bits: &mut dyn Bits, sha: &Sha2<'_>) -> Res<String> {
    let name = if sha.long { "sha512_crypt" } else { "sha256_crypt" };
    let salt = salt(settings, 16, name, bits)?;
    let rounds = settings.rounds.filter(|rounds| *rounds != 0).unwrap_or(i64::from(sha.implicit));
    let rounds = rounds_within(name, rounds, 1000, 999_999_999)?;
    let digest = sha_rounds(secret, salt.as_bytes(), rounds, sha)?;
    let shown = if rounds == 5000 { String::new() } else { format!("rounds={rounds}$") };
    Ok(format!("${}${shown}{salt}${}", sha.id, sha.encode(&digest)))
}

fn repeated(digest: &[u8], length: usize) -> Vec<u8> {
    digest.iter().copied().cycle().take(length).collect()
}

fn sha_rounds(secret: &[u8], salt: &[u8], rounds: u32, sha: &Sha2<'_>) -> Res<Vec<u8>> {
    let b = sha.digest(&[secret, salt, secret]);
    let filled = repeated(&b, secret.len());
    let mut parts: Vec<&[u8]> = vec![secret, salt, &filled];
    let mut count = secret.len();
    while count > 0 {
        parts.push(if count & 1 == 1 { &b } else { secret });
        count >>= 1;
    }
    let mut digest = sha.digest(&parts);
    let p = repeated(&sha.digest(&vec![secret; secret.len()]), secret.len());
    let times = 16 + usize::from(digest[0]);
    let s = repeated(&sha.digest(&vec![salt; times]), salt.len());
    for round in 0..rounds {
        sha.budget.step()?;
        let odd = round & 1 == 1;
        let mut parts: Vec<&[u8]> = Vec::with_capacity(4);
        parts.push(if odd { &p } else { &digest });
        if round % 3 != 0 {
            parts.push(&s);
        }
        if round % 7 != 0 {
            parts.push(&p);
        }
        parts.push(if odd { &digest } else { &p });
        digest = sha.digest(&parts);
    }
    Ok(digest)
}

const BCRYPT64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(::base64::engine::DecodePaddingMode::Indifferent),
);

fn bcrypt(secret: &[u8], settings: &Settings, bits: &mut dyn Bits, budget: Budget<'_>) -> Res<String> {
    let mut raw = [0u8; 16];
    match settings.salt.as_deref().filter(|salt| !salt.is_empty()) {
        Some(salt) => {
            if salt.len() != 22 {
                let size = if salt.len() < 22 { "small" } else { "large" };
                return Err(refused(&format!("salt too {size} (bcrypt requires exactly 22 chars)")));
            }
            let decoded = BCRYPT64.decode(salt).ok().filter(|decoded| decoded.len() == raw.len());
            let decoded = decoded.ok_or_else(|| refused("invalid characters in bcrypt salt"))?;
            raw.copy_from_slice(&decoded);
        }
        None if settings.salt_size.is_some_and(|size| size != 0 && size != 22) => {
            let size = settings.salt_size.unwrap_or(0);
            return Err(refused(&format!("bcrypt: salt_size ({size}) must be exactly 22")));
        }
        None => {
            for byte in &mut raw {
                *byte = bits.bits(8)? as u8;
            }
        }
    }
    let cost = settings.rounds.filter(|rounds| *rounds != 0).unwrap_or(12);
    let cost = rounds_within("bcrypt", cost, 4, 31)?;
    let ident = settings.ident.as_deref().filter(|ident| !ident.is_empty()).unwrap_or("2b");
    let ident = ident.trim_matches('$');
    if !matches!(ident, "2" | "2a" | "2b" | "2y") {
        return Err(refused(&format!("invalid ident: {}", rplay_value::str_repr(ident))));
    }
    if secret.contains(&0) {
        return Err(refused("bcrypt does not allow NULL bytes in password"));
    }
    let mut key = secret.to_vec();
    key.push(0);
    key.truncate(72);
    let digest = bcrypt_digest(cost, raw, &key, budget)?;
    Ok(format!("${ident}${cost:02}${}{}", BCRYPT64.encode(raw), BCRYPT64.encode(&digest[..23])))
}

/// bcrypt's 2 to the power of `cost` rounds, then its text encrypted 64 times.
fn bcrypt_digest(cost: u32, salt: [u8; 16], key: &[u8], budget: Budget<'_>) -> Res<Vec<u8>> {
    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(&salt, key);
    for _ in 0..1_u64 << cost {
        budget.heavy()?;
        state.bc_expand_key(key);
        state.bc_expand_key(&salt);
    }
    let word = |bytes: &[u8]| bytes.iter().fold(0, |word: u32, byte| word << 8 | u32::from(*byte));
    let mut digest = Vec::with_capacity(24);
    for block in b"OrpheanBeholderScryDoubt".chunks(8) {
        let mut pair = [word(&block[..4]), word(&block[4..])];
        for _ in 0..64 {
            pair = state.bc_encrypt(pair);
        }
        digest.extend(pair.iter().flat_map(|half| half.to_be_bytes()));
    }
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::{super::random::Os, *};
    use crate::meter::Meter;
    use std::time::Duration;

    #[test]
    fn hashes_as_passlib_does() {
        for (algorithm, salt, rounds, hash_text) in PASSLIB {
            let rounds = (rounds != 0).then_some(rounds);
            let settings = Settings { salt: Some(salt.into()), rounds, ..Settings::default() };
            let meter = Meter::new(Duration::from_secs(60));
            let made = hash("sécret".as_bytes(), algorithm, &settings, &mut Os, Budget::of(&meter));
            assert_eq!(made.unwrap_or_default(), hash_text);
        }
    }

    // passlib 1.7.4, bcrypt 4: secret, algorithm, salt, rounds.
    const PASSLIB: [(&str, &str, i64, &str); 7] = [
        ("md5", "abcdefgh", 0, "$1$abcdefgh$swSER/RpIw0Maha87liD.0"),
        ("md5", "x", 0, "$1$x$4hpM.Af3akc1XKvm13IUP1"),
        ("sha256", "saltsalt", 5000, "$5$saltsalt$c0iPsezf5/eQGa9FXfmzNPGBvU4eJOb7KxMB3ghSeC7"),
        (
            "sha256",
            "0123456789abcdef",
            1001,
            "$5$rounds=1001$0123456789abcdef$z1XffMTmS03bcnBCg8quwzrqlZTUJLwBODA1oqmiRF0",
        ),
        (
            "sha512",
            "saltsalt",
            5000,
            "$6$saltsalt$u52K27Qr01mTxcBXDlJJRtzDuH3mXs4caJA26MtkWZ6q4JaJTZMs7A0VySYTfsRtcIX/nvURevC7UQAtqfONl1",
        ),
        (
            "sha512",
            "a",
            1234,
            "$6$rounds=1234$a$abIKoomgkCxR1zRjS1jjYO2qY3UbmQt64CxcNOGOUOkHIwjyihmr.rviUYY9zHcxWBauf1LUgRmtCOCS..8di/",
        ),
        (
            "bcrypt",
            "abcdefghijklmnopqrstuu",
            4,
            "$2b$04$abcdefghijklmnopqrstuuxgaAVrATsv2cxAkEB3ENsaS.NPyRuGO",
        ),
    ];
}
