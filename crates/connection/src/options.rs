//! What all connections of a run share.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use rplay_protocol::{FileSum, checksum};
use sha2::{Digest, Sha256};

use crate::Secret;

/// Whether an answer is seen while it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// It is.
    Shown,
    /// It is a secret.
    Hidden,
}

/// Asks the user; the argument is the question. `None`: no answer can be had.
pub type PromptHook = Arc<dyn Fn(&str, Echo) -> Option<Secret> + Send + Sync>;

/// Settings of [`crate::Connections`].
#[derive(Clone)]
pub struct Options {
    /// Agents to put on hosts.
    pub agents: AgentBinaries,
    /// Program and first arguments that run an agent on this machine.
    pub local_agent: LocalAgent,
    /// known_hosts files to use instead of the user's and the system's.
    pub known_hosts: Option<Vec<PathBuf>>,
    /// `ssh_config` to use instead of the user's and the system's.
    pub ssh_config: Option<PathBuf>,
    /// Asks for the passphrase of an encrypted key, and whether an unknown host key is the right one.
    pub prompt: Option<PromptHook>,
    /// Time between pings while a call is under way.
    pub ping_every: Duration,
    /// Silence after which a host counts as frozen.
    pub frozen_after: Duration,
    /// Limit for becoming another user and starting the agent, upload not counted.
    pub start_timeout: Duration,
    /// Agent processes per target for tasks of several threads at once.
    pub agents_per_target: usize,
    /// Passphrases already asked for, by key file: one question serves a thousand hosts.
    pub(crate) passphrases: Arc<Mutex<HashMap<PathBuf, Option<Secret>>>>,
    /// Hosts whose unknown key was asked about and declined.
    pub(crate) declined: Arc<Mutex<HashSet<String>>>,
}

impl Options {
    /// Usual settings with these agents.
    #[must_use]
    pub fn new(agents: AgentBinaries) -> Self {
        Self {
            agents,
            local_agent: LocalAgent::default(),
            known_hosts: None,
            ssh_config: None,
            prompt: None,
            ping_every: Duration::from_secs(10),
            frozen_after: Duration::from_secs(30),
            start_timeout: Duration::from_secs(60),
            agents_per_target: 8,
            passphrases: Arc::default(),
            declined: Arc::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("agents", &self.agents).finish_non_exhaustive()
    }
}

/// How to start an agent on the controller itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAgent {
    /// The program; `None`: the one that is running.
    pub program: Option<PathBuf>,
    /// Arguments before the agent's own.
    pub args: Vec<String>,
}

impl Default for LocalAgent {
    fn default() -> Self {
        Self { program: None, args: vec!["__agent".to_owned()] }
    }
}

/// The agents at hand, one per processor architecture.
#[derive(Debug, Clone, Default)]
pub struct AgentBinaries(Arc<Vec<AgentBinary>>);

impl AgentBinaries {
    /// Collects agents.
    #[must_use]
    pub fn new(binaries: Vec<AgentBinary>) -> Self {
        Self(Arc::new(binaries))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &AgentBinary> {
        self.0.iter()
    }
}

/// One agent.
#[derive(Debug)]
pub struct AgentBinary {
    /// Architecture as `uname -m` names it: `x86_64`, `aarch64`.
    pub arch: String,
    source: Source,
    loaded: OnceLock<Result<Loaded, String>>,
}

#[derive(Debug)]
enum Source {
    Embedded(&'static [u8]),
    File(PathBuf),
}

#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) bytes: Bytes,
    pub(crate) sha256: String,
    pub(crate) sum: FileSum,
}

pub(crate) enum Bytes {
    Embedded(&'static [u8]),
    Read(Vec<u8>),
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.as_slice().len())
    }
}

impl Bytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Embedded(bytes) => bytes,
            Self::Read(bytes) => bytes,
        }
    }
}

impl AgentBinary {
    /// An agent that is part of the program.
    #[must_use]
    pub fn embedded(arch: &str, bytes: &'static [u8]) -> Self {
        Self { arch: arch.to_owned(), source: Source::Embedded(bytes), loaded: OnceLock::new() }
    }

    /// An agent in a file, read when first needed.
    #[must_use]
    pub fn file(arch: &str, path: impl Into<PathBuf>) -> Self {
        Self { arch: arch.to_owned(), source: Source::File(path.into()), loaded: OnceLock::new() }
    }

    pub(crate) fn load(&self) -> Result<&Loaded, String> {
        self.loaded.get_or_init(|| self.read().map_err(|e| e.to_string())).as_ref().map_err(Clone::clone)
    }

    fn read(&self) -> io::Result<Loaded> {
        let bytes = match &self.source {
            Source::Embedded(bytes) => Bytes::Embedded(bytes),
            Source::File(path) => Bytes::Read(fs::read(path).map_err(|error| {
                io::Error::new(error.kind(), format!("agent {}: {error}", path.display()))
            })?),
        };
        let content = bytes.as_slice();
        let digest = Sha256::digest(content);
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let sum = FileSum { size: content.len() as u64, sum: checksum(content) };
        Ok(Loaded { bytes, sha256, sum })
    }
}
