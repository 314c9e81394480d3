//! Which host to reach, how, and as whom.

use std::path::PathBuf;
use std::time::Duration;

use crate::Secret;

/// Everything that decides which connection serves a task. Equal targets share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Name in the inventory; what messages call the host.
    pub host: String,
    /// `ansible_host`, or the name again. For containers: the container.
    pub address: String,
    /// `ansible_port`; `None`: what `ssh_config` says, else 22.
    pub port: Option<u16>,
    /// `ansible_user`; `None`: what `ssh_config` says, else the user who runs rplay.
    pub user: Option<String>,
    /// `ansible_password`.
    pub password: Option<Secret>,
    /// `ansible_ssh_private_key_file`.
    pub private_key_file: Option<PathBuf>,
    /// `ansible_connection`.
    pub transport: Transport,
    /// Limit for connecting and logging in.
    pub timeout: Duration,
    /// A task's own limit for connecting, above `timeout` and what `ssh_config` says.
    pub connect_limit: Option<Duration>,
    /// `ansible_host_key_checking`.
    pub host_key_checking: bool,
    /// `ansible_ssh_args`, common and extra args, split into words. Not empty: the OpenSSH client
    /// is used, which understands them all.
    pub ssh_args: Vec<String>,
    /// `ansible_ssh_executable`.
    pub ssh_executable: Option<PathBuf>,
    /// `remote_tmp`: the directory under which the agent is kept, `~/.ansible/tmp` by default.
    pub remote_tmp: String,
    /// How to become another user, if wanted.
    pub r#become: Option<Become>,
    /// `ansible_local_become_success_timeout`; `None`: the limit for starting the agent.
    pub become_timeout: Option<Duration>,
}

impl Target {
    /// A target with Ansible's defaults: this name, over `transport`.
    #[must_use]
    pub fn new(host: &str, transport: Transport) -> Self {
        Self {
            host: host.to_owned(),
            address: host.to_owned(),
            port: None,
            user: None,
            password: None,
            private_key_file: None,
            transport,
            timeout: Duration::from_secs(10),
            connect_limit: None,
            host_key_checking: true,
            ssh_args: Vec::new(),
            ssh_executable: None,
            remote_tmp: "~/.ansible/tmp".to_owned(),
            r#become: None,
            become_timeout: None,
        }
    }

    /// The same host as the login user: what the network connection is shared by.
    pub(crate) fn without_become(&self) -> Self {
        Self { r#become: None, ..self.clone() }
    }
}

/// `ansible_connection`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// In-process SSH; the OpenSSH client where the host's configuration needs it.
    Ssh,
    /// Always the OpenSSH client.
    OpenSsh,
    /// This machine.
    Local,
    /// `docker exec`.
    Docker,
    /// `podman exec`.
    Podman,
    /// `kubectl exec`; the address is `pod`, `namespace/pod` or `namespace/pod/container`.
    Kubectl,
}

/// Becoming another user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Become {
    /// `ansible_become_method`.
    pub method: BecomeMethod,
    /// `ansible_become_user`.
    pub user: String,
    /// `ansible_become_password`.
    pub password: Option<Secret>,
    /// `ansible_become_flags`; `None`: the method's defaults.
    pub flags: Option<String>,
    /// `ansible_become_exe`; `None`: the method's own name.
    pub exe: Option<String>,
    /// `ansible_sudo_chdir`: where `sudo` is started.
    pub chdir: Option<String>,
    /// `ansible_su_prompt_l10n`: what `su` asks with, without the colon; empty: anything that ends in a colon.
    pub prompts: Vec<String>,
}

impl Become {
    /// The command line that becomes the user, for people: what it runs is left out.
    pub fn shown(&self) -> String {
        let line = crate::r#become::method(self).command(self, "...", "password:");
        line.strip_prefix("exec ").unwrap_or(&line).to_owned()
    }
}

/// The ways of becoming another user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BecomeMethod {
    /// `sudo`
    Sudo,
    /// `su`
    Su,
    /// `doas`
    Doas,
}
