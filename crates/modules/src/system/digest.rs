//! Checksums of files.

use super::{System, SystemError};
use crate::args::Choice;
use sha1::Digest;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

/// The checksums Ansible offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Algorithm {
    /// MD5, for comparing with old lists.
    Md5,
    /// SHA-1, Ansible's own checksum.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl System {
    /// The checksum of a file's content in hexadecimal, links followed.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn checksum(&self, path: impl AsRef<Path>, algorithm: Algorithm) -> Result<String, SystemError> {
        let path = self.resolve(path);
        let mut file = self.open(&path)?;
        algorithm.of(&mut file).map_err(SystemError::file("reading", &path))
    }
}

impl Algorithm {
    /// The checksum of everything a reader yields.
    ///
    /// # Errors
    /// Reading failed.
    pub fn of(self, content: &mut dyn Read) -> std::io::Result<String> {
        match self {
            Self::Md5 => digest::<md5::Md5>(content),
            Self::Sha1 => digest::<sha1::Sha1>(content),
            Self::Sha224 => digest::<sha2::Sha224>(content),
            Self::Sha256 => digest::<sha2::Sha256>(content),
            Self::Sha384 => digest::<sha2::Sha384>(content),
            Self::Sha512 => digest::<sha2::Sha512>(content),
        }
    }
}

fn digest<D: Digest>(content: &mut dyn Read) -> std::io::Result<String> {
    let mut state = D::new();
    let mut block = vec![0; 128 * 1024];
    loop {
        let size = content.read(&mut block)?;
        if size == 0 {
            break;
        }
        state.update(&block[..size]);
    }
    Ok(state.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::Algorithm;

    #[test]
    fn digests_are_the_published_ones() {
        assert_eq!(Algorithm::Md5.of(&mut &b"abc"[..]).unwrap(), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(Algorithm::Sha1.of(&mut &b"abc"[..]).unwrap(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
