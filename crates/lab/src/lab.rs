//! A lab as a whole: up, found again, down.

use std::ops::Deref;
use std::path::Path;

use crate::cache::Cache;
use crate::error::{LabError, Result};
use crate::host::Host;
use crate::layer::{self, Image};
use crate::net::{self, Net};
use crate::record::{self, HostRecord, LabRecord};
use crate::{Progress, file, inventory, limits, packages, silent};

/// The most hosts a lab can have: their addresses end at 90, the ones above are free for virtual addresses.
pub const MOST_HOSTS: usize = 80;

/// What a lab is to be.
#[derive(Debug, Clone)]
pub struct LabSpec {
    /// Its name.
    pub name: String,
    /// How many hosts: n1 to nN.
    pub hosts: usize,
    /// What they run over.
    pub image: Image,
    /// Memory limit of each, as the kernel reads it (`5G`).
    pub mem: String,
    /// Where to say what takes time.
    pub progress: Progress,
    /// Where everything is kept.
    pub cache: Cache,
}

impl LabSpec {
    /// A lab of plain hosts with 5 GB each, in the cache the environment names.
    #[must_use]
    pub fn new(name: &str, hosts: usize) -> Self {
        let (image, mem) = (Image::Plain, "5G".to_owned());
        Self { name: name.to_owned(), hosts, image, mem, progress: silent, cache: Cache::from_env() }
    }

    /// The same on another image.
    #[must_use]
    pub fn image(self, image: Image) -> Self {
        Self { image, ..self }
    }
}

/// A lab that is up.
#[derive(Debug, Clone)]
pub struct Lab {
    cache: Cache,
    record: LabRecord,
    hosts: Vec<Host>,
}

impl Lab {
    /// Brings a lab up; returns when every host answers ssh. What is up already stays as it is, hosts that are
    /// missing are added, hosts that are down are started.
    ///
    /// # Errors
    /// Whatever of packages, image, network or hosts failed; a lab half up is taken down by [`Lab::down`].
    pub fn up(spec: LabSpec) -> Result<Self> {
        check_name(&spec.name)?;
        if !(1..=MOST_HOSTS).contains(&spec.hosts) {
            return Err(LabError::BadCount { asked: spec.hosts, most: MOST_HOSTS });
        }
        packages::require_root()?;
        packages::ensure(packages::LAB, spec.progress)?;
        let layers = layer::ensure(&spec.cache, spec.image, spec.progress)?;
        spec.cache.ensure_key()?;
        limits::raise()?;
        let lab = Self::of(&spec.cache, reserve(&spec, layers)?);
        lab.start_all(spec.progress)?;
        Ok(lab)
    }

    /// Finds a lab that was brought up before.
    ///
    /// # Errors
    /// [`LabError::NoSuchLab`], or a record that cannot be read.
    pub fn attach(name: &str) -> Result<Self> {
        Self::attach_in(&Cache::from_env(), name)
    }

    /// As [`Lab::attach`], in a given cache.
    ///
    /// # Errors
    /// As [`Lab::attach`].
    pub fn attach_in(cache: &Cache, name: &str) -> Result<Self> {
        check_name(name)?;
        match LabRecord::read(cache, name)? {
            Some(record) => Ok(Self::of(cache, record)),
            None => {
                let known = LabRecord::read_all(cache)?.into_iter().map(|lab| lab.name);
                Err(LabError::NoSuchLab { name: name.to_owned(), known: list(known) })
            }
        }
    }

    /// All labs there are records of.
    ///
    /// # Errors
    /// A record that cannot be read.
    pub fn all(cache: &Cache) -> Result<Vec<Self>> {
        Ok(LabRecord::read_all(cache)?.into_iter().map(|record| Self::of(cache, record)).collect())
    }

    fn of(cache: &Cache, record: LabRecord) -> Self {
        let hosts = record.hosts.iter().map(|host| Host::new(cache, &record, host)).collect();
        Self { cache: cache.clone(), record, hosts }
    }

    /// What is recorded of the lab.
    #[must_use]
    pub fn record(&self) -> &LabRecord {
        &self.record
    }

    /// Its hosts.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The host called `name`.
    ///
    /// # Errors
    /// [`LabError::NoSuchHost`].
    pub fn host(&self, name: &str) -> Result<&Host> {
        self.hosts.iter().find(|host| host.name == name).ok_or_else(|| LabError::NoSuchHost {
            lab: self.record.name.clone(),
            host: name.to_owned(),
            known: list(self.hosts.iter().map(|host| host.name.clone())),
        })
    }

    /// Its inventory file.
    #[must_use]
    pub fn inventory(&self) -> &Path {
        &self.record.inventory
    }

    fn start_all(&self, progress: Progress) -> Result<()> {
        progress(&format!(
            "starting {} of lab `{}`",
            list(self.hosts.iter().map(|host| host.name.clone())),
            self.record.name
        ));
        each(&self.hosts, Host::prepare_keys)?;
        inventory::write(&self.cache, &self.record)?;
        each(&self.hosts, Host::start)
    }

    /// Ends all hosts and removes everything the lab put on the machine; the cache's images stay.
    ///
    /// # Errors
    /// What could not be removed; calling it again goes on from there.
    pub fn down(self) -> Result<()> {
        packages::require_root()?;
        each(&self.hosts, Host::remove)?;
        let _lock = self.cache.lock("labs")?;
        // Read again: another lab that went down may have handed its duty to this one.
        let record = LabRecord::read(&self.cache, &self.record.name)?.unwrap_or(self.record);
        if record.is_current()? {
            net::remove(&record)?;
            release_forwarding(&self.cache, &record)?;
        }
        file::remove_tree(&self.cache.lab(&record.name))
    }

    /// A guard that takes the lab down when it goes out of scope.
    #[must_use]
    pub fn guard(self) -> LabGuard {
        LabGuard(self)
    }
}

/// A lab that goes down with its owner; made by [`Lab::guard`].
#[derive(Debug)]
pub struct LabGuard(Lab);

impl Deref for LabGuard {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.0
    }
}

impl Drop for LabGuard {
    fn drop(&mut self) {
        // Nobody is left to tell; the records stay and `cargo xtask lab list` shows what remains.
        let _ = self.0.clone().down();
    }
}

/// Runs `work` on all hosts at once; the first error wins.
fn each(hosts: &[Host], work: impl Fn(&Host) -> Result<()> + Sync) -> Result<()> {
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let threads: Vec<_> = hosts.iter().map(|host| scope.spawn(|| work(host))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    results.into_iter().collect()
}

/// Writes the lab's record with net and hosts, so that nobody else takes them, and makes its network.
fn reserve(spec: &LabSpec, layers: Vec<std::path::PathBuf>) -> Result<LabRecord> {
    let _lock = spec.cache.lock("labs")?;
    let mut record = match LabRecord::read(&spec.cache, &spec.name)? {
        Some(old) if old.image != spec.image => {
            let (found, asked) = (old.image.name().to_owned(), spec.image.name().to_owned());
            return Err(LabError::OtherImage { lab: old.name, found, asked });
        }
        Some(old) if old.is_current()? => old,
        Some(old) => after_reboot(old)?,
        None => fresh(spec, layers)?,
    };
    let net = Net { number: record.number };
    let numbers = (record.hosts.len() + 1)..=spec.hosts;
    record.hosts.extend(numbers.filter_map(|number| u8::try_from(number).ok()).map(|number| {
        let name = format!("n{number}");
        let machine = format!("{}-{name}", net.tag());
        let veth = format!("vb-{machine}");
        HostRecord {
            addr: net.host(number),
            veth,
            dir: spec.cache.lab(&spec.name).join(&name),
            name,
            machine,
        }
    }));
    record.write(&spec.cache)?;
    net::create(&record)?;
    Ok(record)
}

/// What a record still means when the machine was booted anew: files and names, no processes.
fn after_reboot(old: LabRecord) -> Result<LabRecord> {
    for host in &old.hosts {
        let _ = std::fs::remove_file(host.dir.join("pid"));
    }
    let way_out = net::way_out()?;
    Ok(LabRecord {
        boot_id: record::boot_id()?,
        restore_forwarding: !net::forwards(&way_out)?,
        way_out,
        ..old
    })
}

fn fresh(spec: &LabSpec, layers: Vec<std::path::PathBuf>) -> Result<LabRecord> {
    let net = Net::choose(&spec.name, &LabRecord::read_all(&spec.cache)?)?;
    let way_out = net::way_out()?;
    let dir = spec.cache.lab(&spec.name);
    Ok(LabRecord {
        name: spec.name.clone(),
        boot_id: record::boot_id()?,
        image: spec.image,
        memory: spec.mem.clone(),
        number: net.number,
        net: net.cidr(),
        bridge: net.tag(),
        table: net.tag(),
        cgroup: net.tag(),
        restore_forwarding: !net::forwards(&way_out)?,
        way_out,
        layers,
        key: spec.cache.key(),
        inventory: dir.join("hosts"),
        known_hosts: dir.join("known_hosts"),
        ssh_config: dir.join("ssh_config"),
        hosts: Vec::new(),
    })
}

/// The lab that switched forwarding on hands the duty to switch it off to another one, or does it.
fn release_forwarding(cache: &Cache, record: &LabRecord) -> Result<()> {
    if !record.restore_forwarding {
        return Ok(());
    }
    let others = LabRecord::read_all(cache)?;
    let heir = others.into_iter().find(|other| other.name != record.name && other.way_out == record.way_out);
    match heir {
        Some(heir) => LabRecord { restore_forwarding: true, ..heir }.write(cache),
        None if net::others_forward(&record.way_out) => Ok(()),
        None => net::set_forwarding(&record.way_out, false),
    }
}

fn check_name(name: &str) -> Result<()> {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good =
        name.len() <= 32 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(rest);
    if good { Ok(()) } else { Err(LabError::BadName { name: name.to_owned() }) }
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
