//! The base: one debootstrapped Debian with what every host has.

use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::error::Result;
use crate::machine::{self, Machine};
use crate::{Progress, file, layer};

/// Raised whenever what the base holds changes, so that older caches are not taken for it.
const RECIPE: &str = "1";

/// What a small Debian server has beside the essential packages. No Python.
const PACKAGES: &[&str] = &[
    "systemd",
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "sudo",
    "iproute2",
    "procps",
    "ca-certificates",
    "iputils-ping",
    "cron",
    "curl",
    "kmod",
    "less",
    "e2fsprogs",
    "fdisk",
];

/// Password of `root` in every lab host.
pub const ROOT_PASSWORD: &str = "lab-root";
/// A user who may use sudo with a password.
pub const OPS_USER: &str = "ops";
/// Password of [`OPS_USER`].
pub const OPS_PASSWORD: &str = "lab-ops";
/// A user who may use sudo without a password.
pub const DEPLOY_USER: &str = "deploy";
/// Password of [`DEPLOY_USER`].
pub const DEPLOY_PASSWORD: &str = "lab-deploy";

/// User and group ids the base gives to the two users.
pub(crate) const USERS: &[(&str, u32)] = &[(OPS_USER, 1000), (DEPLOY_USER, 1001)];

/// Timers that would work behind a test's back (and hold apt's lock while they do).
const SILENCED: &[&str] = &[
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "e2scrub_all.timer",
    "dpkg-db-backup.timer",
    "fstrim.timer",
];

const SSHD: &str =
    "PermitRootLogin yes\nPasswordAuthentication yes\nUseDNS no\nMaxStartups 200\nMaxSessions 100\n";

/// Makes the base once; later calls find it in the cache.
pub(crate) fn ensure(cache: &Cache, machine: &Machine, progress: Progress) -> Result<PathBuf> {
    let base = cache.images().join(format!("base-{}", key(machine)));
    if base.exists() {
        return Ok(base);
    }
    progress("making the Debian base (once; about a minute)");
    let raw = base.with_extension("raw");
    file::remove_tree(&raw)?;
    file::make_dirs(&raw)?;
    machine::debootstrap(machine, PACKAGES, &raw)?;
    configure(&raw, machine)?;
    layer::run_inside(&raw, &script())?;
    file::rename(&raw, &base)?;
    Ok(base)
}

/// Names the base after everything that went into it.
pub(crate) fn key(machine: &Machine) -> String {
    layer::digest(&[RECIPE, &PACKAGES.join(" "), SSHD, &script(), &machine.fingerprint()])
}

fn configure(root: &Path, machine: &Machine) -> Result<()> {
    machine.write_into(root)?;
    file::write(&root.join("etc/ssh/sshd_config.d/lab.conf"), SSHD)?;
    let units = root.join("etc/systemd/system");
    for timer in SILENCED {
        let link = units.join(timer);
        std::os::unix::fs::symlink("/dev/null", &link).map_err(crate::LabError::io("cannot link", &link))?;
    }
    let drop_in = |dir: &str, text: &str| {
        let dir = root.join("etc/systemd").join(dir);
        file::make_dirs(&dir)?;
        file::write(&dir.join("lab.conf"), text)
    };
    drop_in("journald.conf.d", "[Journal]\nReadKMsg=no\nSystemMaxUse=100M\n")?;
    // Pods' scopes ignore SIGTERM; a shutdown would wait 90 s for them.
    drop_in("system.conf.d", "[Manager]\nDefaultTimeoutStopSec=10s\n")
}

fn script() -> String {
    let users: String =
        USERS.iter().map(|(name, id)| format!("useradd -m -s /bin/bash -u {id} -U {name}\n")).collect();
    format!(
        "update-ca-certificates >/dev/null\n\
         {users}\
         usermod -aG sudo {OPS_USER}\n\
         echo '{DEPLOY_USER} ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/{DEPLOY_USER}\n\
         chmod 440 /etc/sudoers.d/{DEPLOY_USER}\n\
         printf 'root:{ROOT_PASSWORD}\\n{OPS_USER}:{OPS_PASSWORD}\\n{DEPLOY_USER}:{DEPLOY_PASSWORD}\\n' | chpasswd\n\
         rm -f /etc/ssh/ssh_host_*_key* /etc/machine-id /var/lib/dbus/machine-id\n\
         touch /etc/machine-id\n\
         apt-get clean\n"
    )
}
