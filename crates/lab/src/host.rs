//! One host: started, reached, ended.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::cache::Cache;
use crate::cgroup::HostCgroup;
use crate::error::{LabError, Result};
use crate::process::{self, Process};
use crate::record::{HostRecord, LabRecord};
use crate::{command, file, guest, net};

/// How long a host may take from start to answering ssh. Seconds.
const BOOT_LIMIT: u64 = 90;

/// A host of a lab.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its name in the lab and its host name.
    pub name: String,
    /// Its address.
    pub addr: Ipv4Addr,
    pub(crate) record: HostRecord,
    pub(crate) lab: LabRecord,
    pub(crate) cache: Cache,
}

impl Host {
    pub(crate) fn new(cache: &Cache, lab: &LabRecord, record: &HostRecord) -> Self {
        Self {
            name: record.name.clone(),
            addr: record.addr,
            record: record.clone(),
            lab: lab.clone(),
            cache: cache.clone(),
        }
    }

    pub(crate) fn cgroup(&self) -> Result<HostCgroup> {
        HostCgroup::new(&self.lab.cgroup, &self.name)
    }

    fn pid_file(&self) -> PathBuf {
        self.record.dir.join("pid")
    }

    fn log(&self) -> PathBuf {
        self.record.dir.join("log")
    }

    /// The recorded supervisor, if it is of this boot of the machine.
    fn supervisor(&self) -> Option<Process> {
        let current = self.lab.is_current().unwrap_or(false);
        Process::recorded(&self.pid_file()).filter(|_| current)
    }

    /// Whether the host runs (or is just rebooting).
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.supervisor().is_some_and(Process::alive)
    }

    /// The machine's id of the host's process 1.
    ///
    /// # Errors
    /// The host is not running.
    pub fn leader(&self) -> Result<i32> {
        let found = self.cgroup()?.processes().into_iter().find(|pid| process::is_init(*pid));
        found.ok_or_else(|| LabError::NotRunning { host: self.name.clone() })
    }

    /// The host's file system as its own processes see it, reached from this machine while the host runs. An
    /// absolute symbolic link in it leads to this machine's files.
    ///
    /// # Errors
    /// The host is not running.
    pub fn files(&self) -> Result<PathBuf> {
        Ok(PathBuf::from(format!("/proc/{}/root", self.leader()?)))
    }

    /// The host's disk as it is mounted on this machine, without what the host mounts over it.
    #[must_use]
    pub fn disk(&self) -> PathBuf {
        self.record.dir.join("root")
    }

    /// Starts the host on its disk as it is; returns once ssh answers. A running host is left alone.
    ///
    /// # Errors
    /// What a mount, a control group or the container said; [`LabError::Died`], [`LabError::Silent`].
    pub fn start(&self) -> Result<()> {
        if !self.is_up() {
            self.boot()?;
        }
        // The lab may have grown since this host was made.
        guest::write_hosts(&self.lab, &self.record)?;
        self.wait_ready()
    }

    /// Makes the host's keys, so that they can be listed before it runs.
    pub(crate) fn prepare_keys(&self) -> Result<()> {
        guest::ensure_keys(&self.cache, &self.lab, &self.record).map(drop)
    }

    /// Starts the host without waiting for it.
    pub(crate) fn boot(&self) -> Result<()> {
        let root = guest::prepare(&self.cache, &self.lab, &self.record)?;
        let cgroup = self.cgroup()?;
        cgroup.create(&self.lab.memory)?;
        // A killed host's end of the cable goes away late, and its name would be taken.
        net::remove_link(&self.record.veth)?;
        let groups = self.record.dir.join("cgroups");
        let dirs: String = cgroup.dirs().iter().map(|dir| format!("{}\n", dir.display())).collect();
        file::write(&groups, &dirs)?;
        let _ = std::fs::remove_file(self.pid_file());
        self.spawn(&root, &groups)?;
        self.wait_recorded()
    }

    fn spawn(&self, root: &Path, groups: &Path) -> Result<()> {
        let path = self.log();
        let log = std::fs::File::create(&path).map_err(LabError::io("cannot create", &path))?;
        let errors = log.try_clone().map_err(LabError::io("cannot share", &path))?;
        let mut setsid = Command::new("setsid");
        setsid.args(["--fork", "bash", "-c", include_str!("../assets/supervise.sh"), "bash"]);
        setsid.arg(self.pid_file()).arg(groups).args(self.nspawn(root)?);
        setsid.current_dir("/").stdin(Stdio::null()).stdout(log).stderr(errors);
        let source = |source| LabError::Spawn { program: "setsid".to_owned(), source };
        setsid.status().map(drop).map_err(source)
    }

    fn nspawn(&self, root: &Path) -> Result<Vec<String>> {
        let id = file::read(&self.record.dir.join("machine-id"))?;
        let mut args = vec![
            "systemd-nspawn".to_owned(),
            "--quiet".to_owned(),
            "--register=no".to_owned(),
            "--keep-unit".to_owned(),
            format!("--directory={}", root.display()),
            format!("--machine={}", self.record.machine),
            format!("--hostname={}", self.name),
            format!("--uuid={}", id.trim()),
            format!("--network-bridge={}", self.lab.bridge),
            "--capability=all".to_owned(),
            // The clock is the machine's: a guest that sets it sets everybody's.
            "--drop-capability=CAP_SYS_TIME".to_owned(),
            // runc joins a session keyring; bpf and perf are used by its v2 device filters and by probes.
            "--system-call-filter=@keyring bpf perf_event_open".to_owned(),
            format!("--resolv-conf={}", resolv_conf()),
            "--kill-signal=SIGRTMIN+3".to_owned(),
            "--bind=/dev/kmsg".to_owned(),
        ];
        args.extend(
            ["/dev/fuse", "/dev/net/tun"]
                .iter()
                .filter(|dev| Path::new(dev).exists())
                .map(|dev| format!("--bind={dev}")),
        );
        for name in guest::DATA {
            let data = self.record.dir.join("data").join(name);
            args.push(format!("--bind={}:/var/lib/{name}", data.display()));
        }
        args.push("/usr/sbin/lab-init".to_owned());
        Ok(args)
    }

    /// The supervisor records itself before it starts the container.
    fn wait_recorded(&self) -> Result<()> {
        for _ in 0..500 {
            if self.pid_file().exists() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(self.died())
    }

    /// Waits until users may log in.
    ///
    /// # Errors
    /// [`LabError::Died`], [`LabError::Silent`].
    pub fn wait_ready(&self) -> Result<()> {
        let limit = Instant::now() + Duration::from_secs(BOOT_LIMIT);
        while Instant::now() < limit {
            if !self.is_up() {
                return Err(self.died());
            }
            if self.greets() && self.admits_users() && self.exec(&["true"])?.status.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let (host, addr, log) = (self.name.clone(), self.addr.to_string(), self.log());
        Err(LabError::Silent { host, addr, seconds: BOOT_LIMIT, log })
    }

    fn died(&self) -> LabError {
        let log = self.log();
        let tail = command::tail(&file::read(&log).unwrap_or_default());
        LabError::Died { host: self.name.clone(), log, tail }
    }

    /// Whether sshd sends its banner: cheaper than a login to ask for in a loop.
    fn greets(&self) -> bool {
        let wait = Duration::from_millis(500);
        let Ok(mut stream) = TcpStream::connect_timeout(&SocketAddr::from((self.addr, 22)), wait) else {
            return false;
        };
        let mut banner = [0; 4];
        stream.set_read_timeout(Some(wait)).is_ok()
            && stream.read_exact(&mut banner).is_ok()
            && &banner == b"SSH-"
    }

    /// Until the boot is done, `/run/nologin` keeps everybody but root out.
    fn admits_users(&self) -> bool {
        self.leader().is_ok_and(|pid| !Path::new(&format!("/proc/{pid}/root/run/nologin")).exists())
    }

    /// Runs a command as root over ssh; an exit code other than 0 is the caller's to judge (255: no connection).
    ///
    /// # Errors
    /// ssh could not be started.
    pub fn exec<S: AsRef<str>>(&self, args: &[S]) -> Result<Output> {
        self.exec_as("root", args)
    }

    /// Runs a command as `user` over ssh, its words quoted for the remote shell.
    ///
    /// # Errors
    /// ssh could not be started.
    pub fn exec_as<S: AsRef<str>>(&self, user: &str, args: &[S]) -> Result<Output> {
        let mut ssh = self.ssh(user);
        ssh.args(["-o", "BatchMode=yes"]).arg("--").arg(quote(args)).stdin(Stdio::null());
        ssh.output().map_err(|source| LabError::Spawn { program: "ssh".to_owned(), source })
    }

    /// An ssh command to this host, for callers who add to it.
    #[must_use]
    pub fn ssh(&self, user: &str) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.arg("-F").arg(&self.lab.ssh_config).args(["-l", user]).arg(&self.name);
        ssh
    }

    /// Runs a command inside the host without the network: for looking at a host that is cut off.
    ///
    /// # Errors
    /// The host is not running, or nsenter could not be started.
    pub fn enter<S: AsRef<str>>(&self, args: &[S]) -> Result<Output> {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["--all", "--target", &self.leader()?.to_string(), "--"]);
        nsenter.args(args.iter().map(AsRef::as_ref)).stdin(Stdio::null());
        nsenter.output().map_err(|source| LabError::Spawn { program: "nsenter".to_owned(), source })
    }

    /// Ends every process of the host at once, as a power cut does; its disk stays.
    ///
    /// # Errors
    /// [`LabError::Survivors`], or a control group that cannot be read.
    pub fn kill(&self) -> Result<()> {
        if let Some(supervisor) = self.supervisor() {
            supervisor.kill();
        }
        if !self.lab.is_current()? {
            return Ok(());
        }
        let cgroup = self.cgroup()?;
        if let Ok(leader) = self.leader() {
            process::kill(leader);
        }
        // The frozen only die once they are let go.
        let _ = cgroup.freeze(false);
        let mut quiet = 0;
        for round in 0..200 {
            let left = cgroup.processes();
            quiet = if left.is_empty() { quiet + 1 } else { 0 };
            // Looked at twice: a container about to start may join its groups only now.
            if quiet == 2 {
                return net::remove_link(&self.record.veth);
            }
            if round >= 10 {
                left.into_iter().for_each(process::kill);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(LabError::Survivors { host: self.name.clone(), pids: cgroup.processes() })
    }

    /// Ends the host and removes its disk.
    pub(crate) fn remove(&self) -> Result<()> {
        self.kill()?;
        if self.lab.is_current()? {
            self.cgroup()?.remove();
            let root = self.record.dir.join("root");
            if guest::is_mounted(&root)? {
                command::run("umount", &[&root.to_string_lossy().into_owned()])?;
            }
        }
        file::remove_tree(&self.record.dir)
    }
}

/// A stub resolver on the machine's loopback is not there for the hosts; what it asks is.
fn resolv_conf() -> &'static str {
    let uplink = Path::new("/run/systemd/resolve/resolv.conf").exists();
    let stub = file::read(Path::new("/etc/resolv.conf")).unwrap_or_default().contains("nameserver 127.");
    if uplink && stub { "copy-uplink" } else { "copy-host" }
}

/// Quotes words for a POSIX shell.
pub(crate) fn quote<S: AsRef<str>>(args: &[S]) -> String {
    let quoted = args.iter().map(|arg| format!("'{}'", arg.as_ref().replace('\'', r"'\''")));
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_remote_shell_whole() {
        assert_eq!(quote(&["a b", "it's", ""]), r"'a b' 'it'\''s' ''");
    }
}
