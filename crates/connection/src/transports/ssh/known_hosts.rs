//! known_hosts files, as OpenSSH reads them (`sshd(8)`, "SSH_KNOWN_HOSTS FILE FORMAT").

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// What a line says about its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    Key,
    Revoked,
    Authority,
}

/// A line that concerns the host looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) marker: Marker,
    pub(crate) key_type: String,
    pub(crate) key: Vec<u8>,
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// The entries of `file` for `name` (with its port where that is not 22). A file that is not there
/// has none.
pub(crate) fn entries(file: &Path, name: &str) -> Vec<Entry> {
    let Ok(bytes) = fs::read(file) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&bytes);
    let shown = file.display().to_string();
    let numbered = text.lines().enumerate();
    numbered.filter_map(|(index, line)| entry(line, name, &shown, index + 1)).collect()
}

fn entry(line: &str, name: &str, file: &str, number: usize) -> Option<Entry> {
    let mut words = line.split_ascii_whitespace();
    let first = words.next().filter(|word| !word.starts_with('#'))?;
    let (marker, hosts) = match first {
        "@revoked" => (Marker::Revoked, words.next()?),
        "@cert-authority" => (Marker::Authority, words.next()?),
        hosts => (Marker::Key, hosts),
    };
    if !matches(hosts, name) {
        return None;
    }
    let key_type = words.next()?.to_owned();
    let key = STANDARD.decode(words.next()?).ok()?;
    Some(Entry { marker, key_type, key, file: file.to_owned(), line: number })
}

fn matches(hosts: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if let Some(hashed) = hosts.strip_prefix("|1|") {
        return hash_matches(hashed, &name).unwrap_or(false);
    }
    let mut found = false;
    for pattern in hosts.split(',') {
        let pattern = pattern.to_ascii_lowercase();
        match pattern.strip_prefix('!') {
            Some(pattern) if wildcard(pattern.as_bytes(), name.as_bytes()) => return false,
            Some(_) => {}
            None => found |= wildcard(pattern.as_bytes(), name.as_bytes()),
        }
    }
    found
}

fn hash_matches(hashed: &str, name: &str) -> Option<bool> {
    let (salt, hash) = hashed.split_once('|')?;
    let (salt, hash) = (STANDARD.decode(salt).ok()?, STANDARD.decode(hash).ok()?);
    let mut mac = Hmac::<Sha1>::new_from_slice(&salt).ok()?;
    mac.update(name.as_bytes());
    Some(mac.verify_slice(&hash).is_ok())
}

/// `*` and `?`, without backtracking more than one star.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else {
                    return false;
                };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_openssh_matches_them() {
        let table = [
            ("web", "web", true),
            ("a,WEB", "web", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com,!b.example.com", "b.example.com", false),
            ("!b.example.com,*.example.com", "b.example.com", false),
            ("10.0.0.?", "10.0.0.7", true),
            ("[web]:2222", "[web]:2222", true),
            ("web", "[web]:2222", false),
            ("*", "anything", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbx", false),
        ];
        for (hosts, name, expected) in table {
            assert_eq!(matches(hosts, name), expected, "{hosts} {name}");
        }
    }

    #[test]
    fn hashed_names() {
        let salt = b"01234567890123456789";
        let mut mac = Hmac::<Sha1>::new_from_slice(salt).unwrap();
        mac.update(b"[web]:2222");
        let hash = STANDARD.encode(mac.finalize().into_bytes());
        let hosts = format!("|1|{}|{hash}", STANDARD.encode(salt));
        assert!(matches(&hosts, "[Web]:2222"));
        assert!(!matches(&hosts, "web"));
        assert!(!matches("|1|garbage", "web"));
    }

    #[test]
    fn lines() {
        let line = "@revoked web ssh-ed25519 AAAA comment";
        let found = entry(line, "web", "f", 3).unwrap();
        assert_eq!((found.marker, found.line, found.key), (Marker::Revoked, 3, vec![0, 0, 0]));
        for line in ["", "# web ssh-rsa AAAA", "web", "web ssh-rsa", "web ssh-rsa %%"] {
            assert!(entry(line, "web", "f", 1).is_none(), "{line}");
        }
    }
}
