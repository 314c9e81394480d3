//! The files that make one host out of the shared layers.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};

use crate::base::USERS;
use crate::cache::Cache;
use crate::error::{LabError, Result};
use crate::net::Net;
use crate::record::{HostRecord, LabRecord};
use crate::{command, file};

/// Directories that must lie on the machine's file system: container runtimes cannot use overlay over overlay.
pub(crate) const DATA: &[&str] = &["containerd", "kubelet", "docker"];

/// Mounts a host's root if it is not mounted, and writes its own files when it is new.
pub(crate) fn prepare(cache: &Cache, lab: &LabRecord, host: &HostRecord) -> Result<PathBuf> {
    let root = host.dir.join("root");
    let new = !host.dir.join("machine-id").exists();
    for part in ["up", "work", "root"] {
        file::make_dirs(&host.dir.join(part))?;
    }
    for name in DATA {
        file::make_dirs(&host.dir.join("data").join(name))?;
    }
    if !is_mounted(&root)? {
        mount(lab, host, &root)?;
    }
    if new {
        write_identity(cache, lab, host, &root)?;
        write_boot(lab, host, &root)?;
        authorize(cache, &root)?;
        // Written last: a host whose preparation broke off is prepared again.
        file::copy(&root.join("etc/machine-id"), &host.dir.join("machine-id"))?;
    }
    Ok(root)
}

fn mount(lab: &LabRecord, host: &HostRecord, root: &Path) -> Result<()> {
    let lower: Vec<_> = lab.layers.iter().map(|path| path.to_string_lossy()).collect();
    let (upper, work) = (host.dir.join("up"), host.dir.join("work"));
    let options =
        format!("lowerdir={},upperdir={},workdir={}", lower.join(":"), upper.display(), work.display());
    command::run("mount", &["-t", "overlay", "overlay", "-o", &options, &root.to_string_lossy()]).map(drop)
}

/// Whether something is mounted on `path`.
pub(crate) fn is_mounted(path: &Path) -> Result<bool> {
    let mounts = file::read(Path::new("/proc/self/mounts"))?;
    Ok(mounts.lines().any(|line| line.split(' ').nth(1).is_some_and(|point| Path::new(point) == path)))
}

fn write_identity(cache: &Cache, lab: &LabRecord, host: &HostRecord, root: &Path) -> Result<()> {
    let uuid = file::read(Path::new("/proc/sys/kernel/random/uuid"))?;
    file::write(&root.join("etc/machine-id"), &uuid.replace('-', ""))?;
    file::write(&root.join("etc/hostname"), &format!("{}\n", host.name))?;
    for key in file::entries(&ensure_keys(cache, lab, host)?) {
        file::copy(&key, &root.join("etc/ssh").join(key.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// Makes the host's ssh keys once and returns their directory.
pub(crate) fn ensure_keys(cache: &Cache, lab: &LabRecord, host: &HostRecord) -> Result<PathBuf> {
    let keys = cache.host_keys(&lab.name, &host.name);
    let ssh = keys.join("etc/ssh");
    file::make_dirs(&ssh)?;
    command::run("ssh-keygen", &["-q", "-A", "-f", &keys.to_string_lossy()])?;
    Ok(ssh)
}

fn write_boot(lab: &LabRecord, host: &HostRecord, root: &Path) -> Result<()> {
    file::write_mode(&root.join("usr/sbin/lab-init"), include_str!("../assets/lab-init.sh"), 0o755)?;
    let units = root.join("etc/systemd/system");
    let gateway = Net { number: lab.number }.gateway();
    let unit = format!(
        "[Unit]\nDescription=Address of this lab host\nDefaultDependencies=no\n\
         Before=network-pre.target ssh.service sysinit.target\nWants=network-pre.target\n\
         [Service]\nType=oneshot\nRemainAfterExit=yes\n\
         ExecStart=/bin/sh -c 'ip link set lo up; ip addr add {}/24 dev host0; ip link set host0 up; ip route add default via {gateway}'\n\
         [Install]\nWantedBy=sysinit.target\n",
        host.addr
    );
    file::write(&units.join("lab-net.service"), &unit)?;
    let wants = units.join("sysinit.target.wants");
    file::make_dirs(&wants)?;
    let link = wants.join("lab-net.service");
    let _ = fs::remove_file(&link);
    symlink("../lab-net.service", &link).map_err(LabError::io("cannot link", &link))
}

/// Lets the lab's key log in as root and as both users.
fn authorize(cache: &Cache, root: &Path) -> Result<()> {
    let key = cache.ensure_key()?;
    let homes = USERS.iter().map(|(name, id)| (root.join("home").join(name), *id));
    for (home, id) in homes.chain([(root.join("root"), 0)]) {
        let dir = home.join(".ssh");
        file::make_dirs(&dir)?;
        let keys = dir.join("authorized_keys");
        file::write_mode(&keys, &key, 0o600)?;
        fs::set_permissions(&dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .map_err(LabError::io("cannot chmod", &dir))?;
        for path in [&dir, &keys] {
            chown(path, Some(id), Some(id)).map_err(LabError::io("cannot chown", path))?;
        }
    }
    Ok(())
}

/// Adds the lab's names to `/etc/hosts`, leaving what tests wrote there.
pub(crate) fn write_hosts(lab: &LabRecord, host: &HostRecord) -> Result<()> {
    let path = host.dir.join("root/etc/hosts");
    let mut text = if path.exists() { file::read(&path)? } else { String::new() };
    let mut add = |line: String| {
        if !text.lines().any(|have| have == line) {
            text.push_str(&line);
            text.push('\n');
        }
    };
    add("127.0.0.1 localhost".to_owned());
    add("::1 localhost ip6-localhost ip6-loopback".to_owned());
    for host in &lab.hosts {
        add(format!("{} {}", host.addr, host.name));
    }
    file::write(&path, &text)
}
