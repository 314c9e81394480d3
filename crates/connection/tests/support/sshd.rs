//! A real sshd on a free port of this machine, with keys of its own.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rplay_connection::{AgentBinaries, AgentBinary, Options, Target, Transport};

pub(crate) struct Sshd {
    pub(crate) port: u16,
    pub(crate) directory: tempfile::TempDir,
    child: Child,
}

impl Sshd {
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// Starts sshd with further lines of configuration.
    pub(crate) fn start_with(extra: &str) -> Self {
        assert!(rustix::process::geteuid().is_root(), "these tests start sshd, which needs root");
        assert!(Path::new("/usr/sbin/sshd").exists(), "these tests need openssh-server");
        fs::create_dir_all("/run/sshd").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for (name, kind) in
            [("host_ed25519", "ed25519"), ("host_ecdsa", "ecdsa"), ("id", "ed25519"), ("other", "ed25519")]
        {
            keygen(&path(name), kind, "");
        }
        keygen(&path("locked"), "ed25519", "open sesame");
        let keys = ["id.pub", "locked.pub"].map(|name| fs::read_to_string(path(name)).unwrap()).concat();
        fs::write(path("authorized_keys"), keys).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/host_ed25519\nHostKey {0}/host_ecdsa\n\
             AuthorizedKeysFile {0}/authorized_keys\nStrictModes no\nUsePAM no\nPidFile none\n\
             PasswordAuthentication no\nMaxSessions 30\n{extra}\n",
            directory.path().display()
        );
        fs::write(path("sshd_config"), config).unwrap();
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(path("sshd_config"))
            .stderr(fs::File::create(path("log")).unwrap())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "sshd does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        let sshd = Self { port, directory, child };
        sshd.write_known_hosts("host_ed25519", port);
        sshd
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes `key` the known key of the server at `port`.
    pub(crate) fn write_known_hosts(&self, key: &str, port: u16) {
        let public = fs::read_to_string(self.path(&format!("{key}.pub"))).unwrap();
        fs::write(self.path("known_hosts"), format!("# known\n[127.0.0.1]:{port} {public}")).unwrap();
    }

    /// A target that logs in with the right key; agents are kept in the server's own directory.
    pub(crate) fn target(&self) -> Target {
        let mut target = Target::new("testhost", Transport::Ssh);
        target.address = "127.0.0.1".into();
        target.port = Some(self.port);
        target.user = Some("root".into());
        target.private_key_file = Some(self.path("id"));
        target.remote_tmp = self.path("tmp").display().to_string();
        target
    }

    pub(crate) fn options(&self, mut options: Options) -> Options {
        // Agents are cached by content: bytes of its own keep one test's agent from serving another.
        let mut bytes = fs::read(super::test_agent()).unwrap();
        bytes.extend_from_slice(self.directory.path().as_os_str().as_encoded_bytes());
        fs::write(self.path("agent"), bytes).unwrap();
        let agent = AgentBinary::file(std::env::consts::ARCH, self.path("agent"));
        options.agents = AgentBinaries::new(vec![agent]);
        options.known_hosts = Some(vec![self.path("known_hosts")]);
        let config = self.path("ssh_config");
        fs::write(&config, "IdentityFile none\n").unwrap();
        options.ssh_config = Some(config);
        options
    }

    /// The cached agent of root.
    pub(crate) fn cached_agent(&self) -> PathBuf {
        let mut files = fs::read_dir(self.path("tmp/rplay-0")).unwrap().flatten().map(|entry| entry.path());
        files.next().unwrap()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keygen(path: &Path, kind: &str, passphrase: &str) {
    let status = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", passphrase, "-f"])
        .arg(path)
        .status()
        .unwrap();
    assert!(status.success());
}
