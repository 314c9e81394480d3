//! Overlay layers over the base: Python for the second image, and downloaded packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::cache::Cache;
use crate::error::Result;
use crate::machine::Machine;
use crate::{Progress, base, command, file};

/// What the hosts run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Image {
    /// Debian without Python.
    #[default]
    Plain,
    /// With python3 and python3-apt, so that ansible-core can manage the host as well.
    Python,
    /// With what ansible-core's integration targets need: their source in `/opt/sdist`, ansible-core itself in
    /// `/opt/reference`, and programs they call.
    Conformance,
}

impl Image {
    /// The name used in records and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Python => "python",
            Self::Conformance => "conformance",
        }
    }
}

/// Packages whose archives lie in every host's apt cache, not installed.
const DOWNLOADED: &[&str] = &[
    "etcd-server",
    "etcd-client",
    "haproxy",
    "keepalived",
    "nginx-light",
    "libnginx-mod-stream",
    "containerd",
    "runc",
    "containernetworking-plugins",
    "conntrack",
    "iptables",
    "nftables",
    "ipset",
    "socat",
    "ethtool",
    "chrony",
];

const INSTALL_PYTHON: &str = "apt-get -qq update\n\
    apt-get -qq -y --no-install-recommends install python3 python3-apt >/dev/null\n\
    apt-get clean\n\
    rm -rf /var/lib/apt/lists\n";

/// The version of ansible-core whose integration targets the image [`Image::Conformance`] holds.
pub const CONFORMANCE_VERSION: &str = "2.19.14";

/// Makes what is missing of `image` and returns its lower directories, topmost first.
pub(crate) fn ensure(cache: &Cache, image: Image, progress: Progress) -> Result<Vec<PathBuf>> {
    let machine = Machine::read()?;
    let _lock = cache.lock("images")?;
    file::make_dirs(&cache.images())?;
    let base = base::ensure(cache, &machine, progress)?;
    let mut layers = vec![base];
    let mut add = |name: &str, script: &str| -> Result<()> {
        let key = digest(&[&base::key(&machine), script]);
        let layer = cache.images().join(format!("{name}-{key}"));
        if !layer.exists() {
            progress(&format!("making the layer `{name}` (once)"));
            let lower: Vec<&Path> = layers.iter().map(PathBuf::as_path).collect();
            let upper = Stage::new(&layer, &lower)?.run(script)?;
            file::rename(&upper, &layer)?;
        }
        layers.insert(0, layer);
        Ok(())
    };
    match image {
        Image::Plain => {}
        Image::Python => add("python", INSTALL_PYTHON)?,
        Image::Conformance => {
            let script = include_str!("../assets/conformance.sh").replace("$1", CONFORMANCE_VERSION);
            add("conformance", &script)?;
            return Ok(layers);
        }
    }
    let download = format!(
        "apt-get -qq update\napt-get -qq -y --no-install-recommends --download-only install {} >/dev/null\n",
        DOWNLOADED.join(" ")
    );
    add(&format!("debs-{}", image.name()), &download)?;
    Ok(layers)
}

/// A directory being made: work is done beside its final place, which appears only when complete.
pub(crate) struct Stage {
    upper: PathBuf,
    work: PathBuf,
    merged: PathBuf,
    lower: String,
}

impl Stage {
    /// Prepares empty directories beside `target` for a stage over `lower` (topmost first).
    pub(crate) fn new(target: &Path, lower: &[&Path]) -> Result<Self> {
        let beside = |extension: &str| -> Result<PathBuf> {
            let path = target.with_extension(extension);
            file::remove_tree(&path)?;
            file::make_dirs(&path)?;
            Ok(path)
        };
        let lower: Vec<_> = lower.iter().map(|path| path.to_string_lossy()).collect();
        Ok(Self {
            upper: beside("upper")?,
            work: beside("work")?,
            merged: beside("merged")?,
            lower: lower.join(":"),
        })
    }

    /// Runs `script` as root inside and returns the directory that holds the changes.
    pub(crate) fn run(self, script: &str) -> Result<PathBuf> {
        let mut unshare = isolated(include_str!("../assets/stage.sh"));
        unshare.arg(&self.merged).arg(&self.lower).arg(&self.upper).arg(&self.work);
        command::finish_with_input(&mut unshare, script)?;
        file::remove_tree(&self.work)?;
        file::remove_tree(&self.merged)?;
        Ok(self.upper)
    }
}

/// Runs `script` as root inside `root` itself, in namespaces of its own.
pub(crate) fn run_inside(root: &Path, script: &str) -> Result<()> {
    let enter = "mount -t proc proc \"$1/proc\"\n\
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 chroot \"$1\" sh -eu";
    command::finish_with_input(isolated(enter).arg(root), script).map(drop)
}

/// A shell script to be run where its mounts and processes end with it.
fn isolated(script: &str) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-eu", "-c", script, "sh"]);
    unshare
}

/// A short name for contents: FNV-1a, the same on every build of this program.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_where_parts_end() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(digest(&["a"]), digest(&["a"]));
    }
}
