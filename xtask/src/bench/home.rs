//! The directory engines run in: one home for all, so that none profits from what the user has set up.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rplay_lab::{Cache, Lab};

use super::line::Line;
use crate::error::{Result, TaskError};

/// Hosts worked on at a time, for every engine.
const FORKS: usize = 10;

/// What every engine reads; only ansible-core makes use of pipelining.
const CONFIGURATION: &str = "[defaults]\nforks = {forks}\n[ssh_connection]\npipelining = True\n";

/// Sends ssh to the lab's keys for an engine that has no setting for them.
const SSH_SHIM: &str = "#!/bin/sh\nexec /usr/bin/ssh -F {config} \"$@\"\n";

/// The directory; sockets lie in it, so its path is short.
#[derive(Debug)]
pub(crate) struct Home {
    root: PathBuf,
    /// Held as long as the directory is used.
    _lock: File,
}

impl Home {
    /// Makes it anew; waits while another run uses it.
    pub(crate) fn create() -> Result<Self> {
        let root = Cache::from_env().root().join("bench");
        let lock = lock(&root.with_extension("lock"))?;
        if root.exists() {
            std::fs::remove_dir_all(&root).map_err(TaskError::io("cannot remove", &root))?;
        }
        let home = Self { root, _lock: lock };
        for dir in [home.user().join(".ssh"), home.work(), home.logs(), home.shims()] {
            std::fs::create_dir_all(&dir).map_err(TaskError::io("cannot create the directory", &dir))?;
        }
        home.file("ansible.cfg", &CONFIGURATION.replace("{forks}", &FORKS.to_string()))?;
        Ok(home)
    }

    /// What HOME is set to.
    pub(crate) fn user(&self) -> PathBuf {
        self.root.join("h")
    }

    /// Where engines are started: playbooks, inventories, `ansible.cfg`.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Where the output of runs goes.
    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// A directory for the front of PATH, with an `ssh` that knows the lab.
    pub(crate) fn shims(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// The keys of hosts and lines.
    pub(crate) fn known_hosts(&self) -> PathBuf {
        self.user().join(".ssh/known_hosts")
    }

    /// What `ssh -F` reads.
    pub(crate) fn ssh_config(&self) -> PathBuf {
        self.work().join("ssh_config")
    }

    /// Writes a file of the work directory.
    pub(crate) fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.work().join(name);
        std::fs::write(&path, text).map_err(TaskError::io("cannot write", &path))?;
        Ok(path)
    }

    /// Writes the inventory `hosts` for the lab, and what ssh needs to know of it.
    pub(crate) fn near(&self, lab: &Lab) -> Result<PathBuf> {
        let all = lab.hosts().iter().map(|host| (host.name.clone(), host.addr.to_string(), 22));
        self.reach(lab, "hosts", &all.collect::<Vec<_>>())
    }

    /// Writes the inventory `far` for the lab's first host at the end of a line.
    pub(crate) fn far(&self, lab: &Lab, line: &Line) -> Result<PathBuf> {
        let first = lab.hosts().first().map(|host| host.name.clone()).unwrap_or_default();
        self.reach(lab, "far", &[(first, "127.0.0.1".to_owned(), line.port)])
    }

    fn reach(&self, lab: &Lab, name: &str, hosts: &[(String, String, u16)]) -> Result<PathBuf> {
        let record = lab.record();
        let known = std::fs::read_to_string(&record.known_hosts)
            .map_err(TaskError::io("cannot read", &record.known_hosts))?;
        let mut inventory = String::new();
        let mut config = String::new();
        let mut keys = known.clone();
        for (host, address, port) in hosts {
            inventory.push_str(&format!("{host} ansible_host={address} ansible_port={port}\n"));
            config.push_str(&format!("Host {host}\n  HostName {address}\n  Port {port}\n"));
            // Lines of known_hosts: ADDRESS,NAME KIND KEY.
            let own = known.lines().filter_map(|line| line.split_once(' '));
            for (_, key) in own.filter(|(names, _)| names.split(',').any(|name| name == host)) {
                keys.push_str(&format!("[{address}]:{port} {key}\n"));
            }
        }
        let key = record.key.display();
        inventory.push_str(&format!(
            "[all:vars]\nansible_user=root\nansible_ssh_private_key_file={key}\n\
             ansible_python_interpreter=/usr/bin/python3\n"
        ));
        let known_hosts = self.known_hosts();
        std::fs::write(&known_hosts, keys).map_err(TaskError::io("cannot write", &known_hosts))?;
        config.push_str(&format!(
            "Host *\n  User root\n  IdentityFile {key}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n  \
             StrictHostKeyChecking yes\n  LogLevel ERROR\n",
            known_hosts.display()
        ));
        self.file("ssh_config", &config)?;
        self.shim()?;
        self.file(name, &inventory)
    }

    fn shim(&self) -> Result<()> {
        let path = self.shims().join("ssh");
        let text = SSH_SHIM.replace("{config}", &self.ssh_config().display().to_string());
        let written = std::fs::write(&path, text);
        let set = written.and_then(|()| std::fs::set_permissions(&path, Permissions::from_mode(0o755)));
        set.map_err(TaskError::io("cannot write", &path))
    }

    /// Ends connections that OpenSSH keeps for the next run: each run opens its own.
    pub(crate) fn disconnect(&self) {
        let Ok(sockets) = std::fs::read_dir(self.user().join(".ansible/cp")) else { return };
        for socket in sockets.flatten().map(|entry| entry.path()) {
            end_master(&socket);
        }
    }
}

fn lock(path: &Path) -> Result<File> {
    let dir = path.parent().unwrap_or(path);
    std::fs::create_dir_all(dir).map_err(TaskError::io("cannot create the directory", dir))?;
    let lock = File::create(path).map_err(TaskError::io("cannot create", path))?;
    lock.lock().map_err(TaskError::io("cannot lock", path))?;
    Ok(lock)
}

fn end_master(socket: &Path) {
    let mut ssh = Command::new("ssh");
    ssh.arg("-o").arg(format!("ControlPath={}", socket.display())).args(["-O", "exit", "any"]);
    // A master that is gone already is what was wanted.
    let _ = ssh.output();
    let _ = std::fs::remove_file(socket);
}
