//! What the hosts take over from this machine so that apt works in them: sources, proxies, certificates.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Result;
use crate::{command, file};

/// The release the hosts run.
pub(crate) const SUITE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
const SECURITY: &str = "http://deb.debian.org/debian-security";
const OWN_CERTIFICATES: &str = "/usr/local/share/ca-certificates";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// Options of apt that describe the way to the mirrors; the rest of a machine's apt configuration is its own.
const TRANSPORT: &[&str] =
    &["Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries", "Acquire::ForceIPv"];

/// A machine's way to Debian's mirrors.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Mirror of the main archive.
    pub(crate) mirror: String,
    security: String,
    options: String,
    certificates: Vec<(PathBuf, String)>,
}

impl Machine {
    /// Reads this machine's apt configuration and own certificates.
    pub(crate) fn read() -> Result<Self> {
        let dump = command::run("apt-config", &["dump"])?;
        let options: Vec<&str> = dump.lines().filter(|line| is_transport(line)).collect();
        let mut certificates = Vec::new();
        for path in file::entries(Path::new(OWN_CERTIFICATES)) {
            if path.extension().is_some_and(|ext| ext == "crt") {
                let text = file::read(&path)?;
                certificates.push((path, text));
            }
        }
        let sources = apt_sources();
        Ok(Self {
            mirror: find_mirror(&sources, "/debian").unwrap_or_else(|| MIRROR.to_owned()),
            security: find_mirror(&sources, "/debian-security").unwrap_or_else(|| SECURITY.to_owned()),
            options: options.iter().map(|line| format!("{line}\n")).collect(),
            certificates,
        })
    }

    /// Everything of it that ends up in an image, for telling images apart.
    pub(crate) fn fingerprint(&self) -> String {
        let mut text = format!("{}\n{}\n{}", self.mirror, self.security, self.options);
        for (path, certificate) in &self.certificates {
            text.push_str(&path.to_string_lossy());
            text.push_str(certificate);
        }
        text
    }

    /// The proxy that debootstrap's downloads go through, if apt has one.
    pub(crate) fn proxy(&self) -> Option<&str> {
        let line = self.options.lines().find_map(|line| line.strip_prefix("Acquire::http::Proxy "))?;
        Some(line.trim_end_matches(';').trim_matches('"')).filter(|url| !url.is_empty() && *url != "DIRECT")
    }

    /// Writes sources, apt options and certificates into an image's root.
    pub(crate) fn write_into(&self, root: &Path) -> Result<()> {
        let etc = root.join("etc/apt");
        file::write(&etc.join("sources.list"), "")?;
        file::write(&etc.join("sources.list.d/debian.sources"), &self.sources())?;
        // A proxy's address may hold its password.
        let mode = if self.options.contains('@') { 0o600 } else { 0o644 };
        file::write_mode(&etc.join("apt.conf.d/99lab"), &self.options, mode)?;
        let own = root.join(OWN_CERTIFICATES.trim_start_matches('/'));
        file::make_dirs(&own)?;
        for (path, text) in &self.certificates {
            file::write(&own.join(path.file_name().unwrap_or_default()), text)?;
        }
        Ok(())
    }

    fn sources(&self) -> String {
        let stanza = |uri: &str, suites: &str| {
            format!("Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {KEYRING}\n")
        };
        let main = stanza(&self.mirror, &format!("{SUITE} {SUITE}-updates"));
        format!("{main}\n{}", stanza(&self.security, &format!("{SUITE}-security")))
    }
}

fn is_transport(line: &str) -> bool {
    TRANSPORT.iter().any(|key| line.starts_with(key)) && !line.ends_with(" \"\";")
}

/// All of this machine's apt source files, one after the other.
fn apt_sources() -> String {
    let mut paths = file::entries(Path::new("/etc/apt/sources.list.d"));
    paths.push(PathBuf::from("/etc/apt/sources.list"));
    let used =
        paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "list" || ext == "sources"));
    used.filter_map(|path| file::read(path).ok()).collect()
}

/// A mirror whose path ends as the archive's does: Debian machines use their own mirror, others Debian's.
fn find_mirror(sources: &str, ending: &str) -> Option<String> {
    let lines = sources.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut words = lines.flat_map(str::split_whitespace).map(|word| word.trim_end_matches('/'));
    words.find(|word| word.starts_with("http") && word.ends_with(ending)).map(str::to_owned)
}

/// Runs debootstrap into `target`.
pub(crate) fn debootstrap(machine: &Machine, packages: &[&str], target: &Path) -> Result<()> {
    let mut debootstrap = Command::new("debootstrap");
    if let Some(proxy) = machine.proxy() {
        debootstrap.env("http_proxy", proxy);
    }
    debootstrap.arg("--variant=minbase").arg(format!("--include={}", packages.join(",")));
    debootstrap.arg(format!("--keyring={KEYRING}"));
    command::finish(debootstrap.arg(SUITE).arg(target).arg(&machine.mirror)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_found_in_both_formats() {
        let deb822 = "Types: deb\n# http://other/debian\nURIs: http://m.example/debian/\n";
        assert_eq!(find_mirror(deb822, "/debian").as_deref(), Some("http://m.example/debian"));
        let lines = "deb [arch=amd64] https://m.example/debian-security bookworm-security main";
        assert_eq!(find_mirror(lines, "/debian"), None);
        assert_eq!(
            find_mirror(lines, "/debian-security").as_deref(),
            Some("https://m.example/debian-security")
        );
    }

    #[test]
    fn only_options_about_the_way_to_mirrors_are_taken_over() {
        assert!(is_transport("Acquire::Check-Date \"false\";"));
        assert!(is_transport("Acquire::http::Proxy \"http://p.example:3128\";"));
        assert!(!is_transport("Acquire::http::Proxy \"\";"));
        assert!(!is_transport("Acquire::Languages \"none\";"));
    }
}
