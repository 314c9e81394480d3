//! What a lab has put on the machine: written before it is put there, and all that `down` goes by.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cache::Cache;
use crate::error::{LabError, Result};
use crate::file;
use crate::layer::Image;

/// The record of a lab, `lab.json` in its directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabRecord {
    /// The lab's name.
    pub name: String,
    /// Boot id of the machine the lab runs on; after a reboot only files are left of it.
    pub boot_id: String,
    /// What the hosts run over.
    pub image: Image,
    /// Memory limit of each host, as the kernel reads it.
    pub memory: String,
    /// Third octet of the lab's net.
    pub number: u8,
    /// The net, CIDR.
    pub net: String,
    /// The bridge.
    pub bridge: String,
    /// The nftables table (family ip).
    pub table: String,
    /// Name of the lab's control group in each hierarchy.
    pub cgroup: String,
    /// The interface towards the outside.
    pub way_out: String,
    /// Whether forwarding of `way_out` was switched on for a lab and is to be switched off with the last one.
    pub restore_forwarding: bool,
    /// Lower directories of the hosts' root, topmost first.
    pub layers: Vec<PathBuf>,
    /// Private key for root, ops and deploy.
    pub key: PathBuf,
    /// Inventory of the lab.
    pub inventory: PathBuf,
    /// Keys of the lab's hosts.
    pub known_hosts: PathBuf,
    /// Configuration for `ssh -F`.
    pub ssh_config: PathBuf,
    /// The hosts.
    pub hosts: Vec<HostRecord>,
}

/// A host in [`LabRecord`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Its name in the lab and its host name.
    pub name: String,
    /// Its address.
    pub addr: Ipv4Addr,
    /// The container's name, unique on the machine.
    pub machine: String,
    /// The bridge's end of its cable.
    pub veth: String,
    /// Its directory: `root` (mounted), `up` (changes), `data`, `log`, `pid`.
    pub dir: PathBuf,
}

impl LabRecord {
    fn path(cache: &Cache, name: &str) -> PathBuf {
        cache.lab(name).join("lab.json")
    }

    /// Reads the record of lab `name`, if there is one.
    pub(crate) fn read(cache: &Cache, name: &str) -> Result<Option<Self>> {
        let path = Self::path(cache, name);
        if !path.exists() {
            return Ok(None);
        }
        let text = file::read(&path)?;
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| LabError::Record { path, why: format!("not a lab's record: {error}") })
    }

    /// Reads the records of all labs.
    pub(crate) fn read_all(cache: &Cache) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for dir in file::entries(&cache.labs()) {
            let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.extend(Self::read(cache, &name)?);
        }
        Ok(found)
    }

    /// Writes the record; a reader sees the old one or the new one.
    pub(crate) fn write(&self, cache: &Cache) -> Result<()> {
        let path = Self::path(cache, &self.name);
        file::make_dirs(&cache.lab(&self.name))?;
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| LabError::Record { path: path.clone(), why: error.to_string() })?;
        let new = path.with_extension("new");
        file::write(&new, &(text + "\n"))?;
        file::rename(&new, &path)
    }

    /// Whether the machine is still in the boot the lab was started in.
    pub(crate) fn is_current(&self) -> Result<bool> {
        Ok(self.boot_id == boot_id()?)
    }
}

/// The machine's boot id.
pub(crate) fn boot_id() -> Result<String> {
    Ok(file::read(Path::new("/proc/sys/kernel/random/boot_id"))?.trim().to_owned())
}
