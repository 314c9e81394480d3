//! What can go wrong between controller and host, in words for people.

use std::time::Duration;

/// Why a host could not be reached or its agent not started. Nothing of the task has run.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{host}: {kind}")]
pub struct ConnectError {
    /// Name of the host in the inventory.
    pub host: String,
    /// What happened.
    pub kind: ConnectErrorKind,
}

impl ConnectError {
    pub(crate) fn new(host: &str, kind: ConnectErrorKind) -> Self {
        Self { host: host.to_owned(), kind }
    }
}

/// Kinds of [`ConnectError`].
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The name has no address.
    #[error("Could not resolve hostname {name}: {reason}")]
    Resolve {
        /// The name looked up.
        name: String,
        /// The resolver's words.
        reason: String,
    },
    /// Nothing answered in time.
    #[error("connect to {address}: Connection timed out after {} seconds", after.as_secs())]
    Timeout {
        /// Address and port.
        address: String,
        /// The limit.
        after: Duration,
    },
    /// The TCP connection failed: refused, no route, network unreachable.
    #[error("connect to {address}: {reason}")]
    Tcp {
        /// Address and port.
        address: String,
        /// The system's words.
        reason: String,
    },
    /// The SSH handshake failed.
    #[error("SSH handshake with {address} failed: {reason}")]
    Handshake {
        /// Address and port.
        address: String,
        /// What the library or server said.
        reason: String,
    },
    /// No known_hosts file knows the host.
    #[error(
        "Host key verification failed: no {key_type} host key is known for {name} (fingerprint {fingerprint}); looked in {}. Add it with ssh-keyscan after checking it, or set host_key_checking=False",
        files.join(", ")
    )]
    HostKeyUnknown {
        /// The name looked up, with port when it is not 22.
        name: String,
        /// Type of the key the host showed.
        key_type: String,
        /// SHA256 fingerprint as OpenSSH prints it.
        fingerprint: String,
        /// Files searched.
        files: Vec<String>,
    },
    /// The host shows another key than the one known.
    #[error(
        "Host key verification failed: the {key_type} host key of {name} has changed (now {fingerprint}), it may be another machine or someone in between; the known key is at {file}:{line}"
    )]
    HostKeyChanged {
        /// The name looked up.
        name: String,
        /// Type of the key the host showed.
        key_type: String,
        /// SHA256 fingerprint of the key shown.
        fingerprint: String,
        /// File with the known key.
        file: String,
        /// Line in it, counted from 1.
        line: usize,
    },
    /// The host shows a key marked `@revoked`.
    #[error("Host key verification failed: the {key_type} host key of {name} is revoked at {file}:{line}")]
    HostKeyRevoked {
        /// The name looked up.
        name: String,
        /// Type of the key.
        key_type: String,
        /// File with the revocation.
        file: String,
        /// Line in it, counted from 1.
        line: usize,
    },
    /// Every way of logging in was refused.
    #[error("{user}@{address}: Permission denied ({offered}). Tried: {}", tried_words(tried))]
    Auth {
        /// The login user.
        user: String,
        /// Address and port.
        address: String,
        /// Methods the server offers.
        offered: String,
        /// What was tried, and what became of it.
        tried: Vec<String>,
    },
    /// A setting that cannot be honoured.
    #[error("{0}")]
    Config(String),
    /// Becoming another user failed.
    #[error("{0}")]
    Become(#[from] BecomeError),
    /// The agent can't be put or run on the host.
    #[error(
        "the rplay agent cannot run on the host; tried {}. Set ansible_remote_tmp to a directory that is writable and not mounted noexec; raw and script work without the agent",
        tried.join("; ")
    )]
    AgentCannotRun {
        /// Directories and what was wrong with each.
        tried: Vec<String>,
    },
    /// There is no agent for the host's processor.
    #[error("no rplay agent for {machine}: this build carries {}", have.join(", "))]
    NoAgentFor {
        /// What `uname -m` says.
        machine: String,
        /// Agents at hand.
        have: Vec<String>,
    },
    /// The agent speaks another version of the protocol.
    #[error("the agent on the host is another version ({found}) than this rplay ({wanted})")]
    Version {
        /// The agent's.
        found: String,
        /// Ours.
        wanted: String,
    },
    /// The connection or the command on the host ended before the agent answered.
    #[error("{0}")]
    Start(String),
}

fn tried_words(tried: &[String]) -> String {
    if tried.is_empty() { "nothing (no key, agent or password to try)".to_owned() } else { tried.join("; ") }
}

/// Why becoming another user failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BecomeError {
    /// A password is needed and none was given.
    #[error("Missing {method} password")]
    Missing {
        /// The become method.
        method: &'static str,
    },
    /// The password given is wrong. It was tried once.
    #[error("Incorrect {method} password")]
    Incorrect {
        /// The become method.
        method: &'static str,
    },
    /// Refused for another reason, in the tool's own words.
    #[error("{method}: {words}")]
    Refused {
        /// The become method.
        method: &'static str,
        /// What the tool printed.
        words: String,
    },
    /// Neither a prompt nor success came.
    #[error("{}, by {method}{}", waited(*local, *after), seen_words(seen))]
    Timeout {
        /// The become method.
        method: &'static str,
        /// The limit.
        after: Duration,
        /// On this machine, not on a host.
        local: bool,
        /// What was printed until then.
        seen: String,
    },
}

/// ansible-core's words for it, of its local and its ssh connection.
fn waited(local: bool, after: Duration) -> String {
    let seconds = after.as_secs();
    match local {
        true => format!("Timed out waiting for become success or become password prompt ({seconds}s)"),
        false => format!("Timeout ({seconds}s) waiting for privilege escalation prompt"),
    }
}

fn seen_words(seen: &str) -> String {
    if seen.is_empty() { String::new() } else { format!(": {seen}") }
}

/// Why a call has no result.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// No connection, nothing has run.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection was lost while the task ran. Whether it finished is unknown; it is never
    /// run again by itself.
    #[error(
        "{host}: connection lost while the task was running ({reason}); its outcome is unknown and it was not run again"
    )]
    Lost {
        /// Name of the host.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The agent process ended while the task ran (killed, out of memory).
    #[error("{host}: the agent ended while the task was running: {reason}")]
    AgentDied {
        /// Name of the host.
        host: String,
        /// Signal or exit status, and the last words on standard error.
        reason: String,
    },
    /// The host answers no heartbeat.
    #[error("{host}: no sign of life for {} seconds, the host is frozen or cut off; the outcome of the task is unknown", silence.as_secs())]
    Frozen {
        /// Name of the host.
        host: String,
        /// How long nothing was heard.
        silence: Duration,
    },
    /// The host broke the protocol.
    #[error("{host}: unintelligible answer from the agent: {reason}")]
    Protocol {
        /// Name of the host.
        host: String,
        /// What was wrong.
        reason: String,
    },
    /// Content from the host could not be stored at the controller.
    #[error("{host}: {reason}")]
    Local {
        /// Name of the host.
        host: String,
        /// What failed.
        reason: String,
    },
}

impl CallError {
    /// True when the host counts as unreachable (as opposed to the task having failed).
    #[must_use]
    pub fn unreachable(&self) -> bool {
        match self {
            // Ansible reports a wrong become password as a failed task on a reachable host, but no answer
            // as a connection that failed.
            Self::Connect(error) => match &error.kind {
                ConnectErrorKind::Become(cause) => matches!(cause, BecomeError::Timeout { .. }),
                _ => true,
            },
            Self::Lost { .. } | Self::Frozen { .. } => true,
            Self::AgentDied { .. } | Self::Protocol { .. } | Self::Local { .. } => false,
        }
    }
}
