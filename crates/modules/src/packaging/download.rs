//! Fetching a URL with what the host has: apt's own downloader, `curl` or `wget`.

use crate::{Failure, System};
use std::path::PathBuf;

/// Where apt keeps its downloader.
const APT_HELPER: &str = "/usr/lib/apt/apt-helper";

/// Fetches into the call's temporary directory; gives the file.
pub(crate) fn to_file(url: &str, validate_certs: bool, sys: &System) -> Result<PathBuf, Failure> {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let name = plain.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("download");
    let target = sys.temp_dir()?.join(name);
    let words = command(url, &target.to_string_lossy(), validate_certs, sys)?;
    let output = sys.command(words).c_locale().run()?;
    if output.rc == 0 {
        return Ok(target);
    }
    let why = output.stderr_text();
    Err(Failure::new(format!("Failed to download {url}: {}", why.trim())).rc(output.rc))
}

/// Fetches the content.
pub(crate) fn fetch(url: &str, validate_certs: bool, sys: &System) -> Result<Vec<u8>, Failure> {
    Ok(sys.read(to_file(url, validate_certs, sys)?)?)
}

fn command(url: &str, target: &str, validate_certs: bool, sys: &System) -> Result<Vec<String>, Failure> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    if let Some(curl) = sys.bin_path("curl") {
        let mut words = owned(&[&curl, "-fsSL", "-o", target]);
        if !validate_certs {
            words.push("-k".to_owned());
        }
        words.extend(owned(&["--", url]));
        return Ok(words);
    }
    if let Some(wget) = sys.bin_path("wget") {
        let mut words = owned(&[&wget, "-q", "-O", target]);
        if !validate_certs {
            words.push("--no-check-certificate".to_owned());
        }
        words.extend(owned(&["--", url]));
        return Ok(words);
    }
    if sys.exists(APT_HELPER) {
        let mut words = owned(&[APT_HELPER]);
        if !validate_certs {
            words.extend(owned(&["-o", "Acquire::https::Verify-Peer=false"]));
        }
        words.extend(owned(&["download-file", url, target]));
        return Ok(words);
    }
    Err(Failure::new(format!("cannot download {url}: this host has none of curl, wget and apt-helper")))
}
