//! Debian packages this machine needs.

use std::path::Path;
use std::process::Command;

use crate::error::{LabError, Result};
use crate::{Progress, command, file};

/// What starting a lab needs.
pub const LAB: &[&str] = &[
    "debootstrap",
    "debian-archive-keyring",
    "systemd-container",
    "nftables",
    "iproute2",
    "openssh-client",
    "util-linux",
    "procps",
];

/// What building the programs (agents for both architectures, libssh2) needs.
pub const BUILD: &[&str] = &[
    "build-essential",
    "musl-tools",
    "gcc-aarch64-linux-gnu",
    "libc6-dev-arm64-cross",
    "lld",
    "libssl-dev",
    "pkg-config",
    "qemu-user-static",
];

/// What comparing with ansible-core needs: a virtual environment outside the tree.
pub const ORACLE: &[&str] = &["python3-venv", "sshpass"];

/// What the tests themselves start on this machine: sshd, the ssh client with a password, programs to look on.
pub const TESTS: &[&str] = &["openssh-server", "openssh-client", "sshpass", "procps", "git"];

/// Installs those of `wanted` that are missing, saying so first.
///
/// # Errors
/// Not root, not a Debian-like machine, or apt's own failure.
pub fn ensure(wanted: &[&str], progress: Progress) -> Result<()> {
    require_debian()?;
    let missing = missing(wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    require_root()?;
    progress(&format!("installing Debian packages: {}", missing.join(" ")));
    apt(&["-qq", "update"])?;
    let mut args = vec!["-qq", "-y", "--no-install-recommends", "install"];
    args.extend(&missing);
    apt(&args)
}

fn apt(args: &[&str]) -> Result<()> {
    command::finish(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(args)).map(drop)
}

fn missing<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>> {
    // dpkg-query exits 1 when it knows nothing of one of the names, and still lists the others.
    let output = Command::new("dpkg-query")
        .args(["-W", "-f", "${db:Status-Abbrev} ${Package}\\n"])
        .args(wanted)
        .output()
        .map_err(|source| LabError::Spawn { program: "dpkg-query".to_owned(), source })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let installed: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("ii ")).map(str::trim).collect();
    Ok(wanted.iter().copied().filter(|name| !installed.contains(name)).collect())
}

/// Fails unless the caller is root.
///
/// # Errors
/// [`LabError::NotRoot`].
pub fn require_root() -> Result<()> {
    if rustix::process::geteuid().is_root() { Ok(()) } else { Err(LabError::NotRoot) }
}

fn require_debian() -> Result<()> {
    let release = file::read(Path::new("/etc/os-release")).unwrap_or_default();
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let like = format!("{} {}", value("ID"), value("ID_LIKE"));
    if like.split_whitespace().any(|id| id == "debian" || id == "ubuntu") {
        return Ok(());
    }
    Err(LabError::NotDebian { found: value("PRETTY_NAME") })
}
