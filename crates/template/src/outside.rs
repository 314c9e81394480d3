//! What templates may ask of the world: clock, environment, files, processes, network.

use std::{
    fs::{self, Metadata},
    io::{self, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// A finished process.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Exit code; negative for a signal.
    pub code: i32,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
}

/// A request of the `url` lookup.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// User and password for basic authentication.
    pub login: Option<(String, String)>,
    /// Whether the server's certificate must be valid.
    pub validate_certs: bool,
    /// Whether a proxy of the environment is used.
    pub use_proxy: bool,
    /// Seconds until it gives up.
    pub timeout: f64,
    /// Send the login with the first request.
    pub force_basic_auth: bool,
    /// Ask caches for a fresh answer.
    pub force: bool,
    /// What the client calls itself.
    pub http_agent: String,
    /// Which redirects are followed: `urllib2`, `all`, `safe`, `none`.
    pub follow_redirects: String,
    /// Log in with Kerberos.
    pub use_gssapi: bool,
    /// Take user and password from `~/.netrc`.
    pub use_netrc: bool,
    /// A socket of this machine to connect to.
    pub unix_socket: Option<String>,
    /// Certificates the server's is checked against.
    pub ca_path: Option<String>,
    /// Headers left out after a redirect.
    pub unredirected_headers: Vec<String>,
    /// Ciphers that may be used.
    pub ciphers: Vec<String>,
}

/// Why a URL could not be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// The server answered with an error.
    #[error("HTTP Error {status}: {reason}")]
    Status {
        /// The status code.
        status: u16,
        /// The server's words for it.
        reason: String,
    },
    /// No answer came.
    #[error("{0}")]
    Unreached(String),
}

/// The world outside. Filters that only compute never touch it.
pub trait Outside: Send + Sync {
    /// The time.
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
    /// The local time zone.
    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::system()
    }
    /// A variable of the environment.
    fn env(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }
    /// The directory relative paths begin at.
    fn working_dir(&self) -> String {
        std::env::current_dir().map_or_else(|_| "/".into(), |path| path.to_string_lossy().into_owned())
    }
    /// The home directory of a user of this machine; of the one who runs this when no name is given.
    fn home(&self, user: Option<&str>) -> Option<String> {
        if user.is_none()
            && let Some(home) = self.env("HOME")
        {
            return Some(home);
        }
        let users = fs::read_to_string("/etc/passwd").ok()?;
        let wanted = user.map_or_else(|| self.env("USER").unwrap_or_else(|| "root".into()), str::to_owned);
        let line = users.lines().find(|line| line.split(':').next() == Some(wanted.as_str()))?;
        line.split(':').nth(5).map(str::to_owned)
    }
    /// The content of a file, decrypted if it is a vault.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }
    /// Writes a file that only its owner may read, and the directories above it.
    fn write_secret(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt;
        if let Some(parent) = path.parent() {
            use std::os::unix::fs::DirBuilderExt;
            fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(content)
    }
    /// What is known about a path, of the target of a link if `follow`.
    fn metadata(&self, path: &Path, follow: bool) -> Option<Metadata> {
        if follow { fs::metadata(path).ok() } else { fs::symlink_metadata(path).ok() }
    }
    /// The target of a link.
    fn read_link(&self, path: &Path) -> Option<PathBuf> {
        fs::read_link(path).ok()
    }
    /// The names in a directory, in the file system's order.
    fn list(&self, path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
    /// Runs a command line with the shell.
    fn run(&self, command: &str, directory: &Path) -> io::Result<Finished> {
        use std::os::unix::process::ExitStatusExt;
        let output = Command::new("/bin/sh")
            .args(["-c", command])
            .current_dir(directory)
            .stdin(Stdio::inherit())
            .output()?;
        let code =
            output.status.code().or_else(|| output.status.signal().map(|signal| -signal)).unwrap_or(-1);
        Ok(Finished { code, stdout: output.stdout, stderr: output.stderr })
    }
    /// The addresses of a name, as the system knows them.
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok((name, 53).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
    /// Sends a question to a name server and waits for the answer.
    fn ask_dns(
        &self,
        server: SocketAddr,
        question: &[u8],
        tcp: bool,
        patience: Duration,
    ) -> io::Result<Vec<u8>> {
        if tcp { ask_over_tcp(server, question, patience) } else { ask_over_udp(server, question, patience) }
    }
    /// Fetches a URL; the error says why it could not be had.
    fn fetch(&self, request: &Request) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Unreached(format!("no HTTP client is available to templates for {}", request.url)))
    }
}

fn ask_over_udp(server: SocketAddr, question: &[u8], patience: Duration) -> io::Result<Vec<u8>> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.set_read_timeout(Some(patience))?;
    // Connected: only that server's packets arrive.
    socket.connect(server)?;
    socket.send(question)?;
    let mut answer = vec![0; 4096];
    let length = socket.recv(&mut answer)?;
    answer.truncate(length);
    Ok(answer)
}

fn ask_over_tcp(server: SocketAddr, question: &[u8], patience: Duration) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

/// This machine.
pub struct System;

impl Outside for System {}
