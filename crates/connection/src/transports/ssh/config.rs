//! What OpenSSH would do for a host: its effective configuration, as `ssh -G` prints it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::ConnectErrorKind as Kind;
use crate::options::Options;
use crate::target::Target;

use super::args;

/// How to treat host keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strict {
    /// Only known keys.
    Yes,
    /// Known keys, and unknown ones that a person accepts.
    Ask,
    /// Unknown keys are noted and accepted, changed ones refused.
    AcceptNew,
    /// Any key.
    No,
}

/// The effective configuration, as far as libssh2 can follow it.
#[derive(Debug, Clone)]
pub(crate) struct Effective {
    pub(crate) hostname: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) identity_files: Vec<PathBuf>,
    pub(crate) identities_only: bool,
    pub(crate) identity_agent: Option<String>,
    pub(crate) known_hosts: Vec<PathBuf>,
    pub(crate) strict: Strict,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) host_key_alias: Option<String>,
    /// Something is set that only the OpenSSH client does.
    pub(crate) needs_openssh: bool,
}

const DEFAULT_KEYS: [&str; 3] = ["id_rsa", "id_ecdsa", "id_ed25519"];

/// Settings in the system's file that change nothing here, as distributions ship them.
const HARMLESS: [&str; 4] = ["sendenv", "hashknownhosts", "gssapiauthentication", "host"];

/// Finds the effective configuration. `ssh -G` is only asked when arguments or a configuration file say anything.
pub(crate) fn effective(target: &Target, options: &Options) -> Result<Effective, Kind> {
    let found = match &options.ssh_config {
        Some(file) => Some(ask_ssh(target, Some(file))?),
        None if !args::inert(&target.ssh_args) || any_configuration() => Some(ask_ssh(target, None)?),
        None => None,
    };
    let mut effective = match found {
        Some(text) => parse(&text, target)?,
        None => defaults(target)?,
    };
    if let Some(files) = options.known_hosts.as_ref().filter(|_| !args::name_known_hosts(&target.ssh_args)) {
        effective.known_hosts.clone_from(files);
    }
    if !target.host_key_checking {
        effective.strict = Strict::No;
    }
    Ok(effective)
}

fn home() -> PathBuf {
    std::env::home_dir().unwrap_or_else(|| PathBuf::from("/"))
}

fn login_name() -> Result<String, Kind> {
    let from_env = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let name = from_env.filter(|name| !name.is_empty()).or_else(|| {
        let uid = rustix::process::geteuid().as_raw().to_string();
        let passwd = fs::read_to_string("/etc/passwd").ok()?;
        let line = passwd.lines().find(|line| line.split(':').nth(2) == Some(uid.as_str()))?;
        line.split(':').next().map(str::to_owned)
    });
    name.ok_or_else(|| Kind::Config("no login name: set ansible_user".to_owned()))
}

fn defaults(target: &Target) -> Result<Effective, Kind> {
    let ssh = home().join(".ssh");
    let user = match &target.user {
        Some(user) => user.clone(),
        None => login_name()?,
    };
    let etc = Path::new("/etc/ssh");
    Ok(Effective {
        hostname: target.address.clone(),
        port: target.port.unwrap_or(22),
        user,
        identity_files: DEFAULT_KEYS.iter().map(|name| ssh.join(name)).collect(),
        identities_only: false,
        identity_agent: None,
        known_hosts: vec![
            ssh.join("known_hosts"),
            ssh.join("known_hosts2"),
            etc.join("ssh_known_hosts"),
            etc.join("ssh_known_hosts2"),
        ],
        strict: Strict::Ask,
        connect_timeout: None,
        host_key_alias: None,
        needs_openssh: false,
    })
}

fn any_configuration() -> bool {
    let user = home().join(".ssh/config");
    user.exists() || !harmless(Path::new("/etc/ssh/ssh_config"))
}

fn harmless(file: &Path) -> bool {
    let Ok(text) = fs::read_to_string(file) else {
        return !file.exists();
    };
    text.lines().all(|line| {
        let line = line.trim();
        let word = line.split([' ', '\t', '=']).next().unwrap_or_default().to_ascii_lowercase();
        let rest = line.get(word.len()..).unwrap_or_default().trim();
        match word.as_str() {
            "include" => rest == "/etc/ssh/ssh_config.d/*.conf" && nothing_in("/etc/ssh/ssh_config.d"),
            "host" => rest == "*",
            "gssapiauthentication" => !has_ticket(),
            word => word.is_empty() || word.starts_with('#') || HARMLESS.contains(&word),
        }
    })
}

fn nothing_in(directory: &str) -> bool {
    let Ok(entries) = fs::read_dir(directory) else {
        return true;
    };
    let mut files = entries.flatten().map(|entry| entry.path());
    files.all(|path| path.extension().is_none_or(|extension| extension != "conf") || harmless(&path))
}

/// A Kerberos ticket is at hand, so GSSAPI could be what logs in.
fn has_ticket() -> bool {
    let uid = rustix::process::geteuid().as_raw();
    std::env::var_os("KRB5CCNAME").is_some() || Path::new(&format!("/tmp/krb5cc_{uid}")).exists()
}

fn ask_ssh(target: &Target, file: Option<&PathBuf>) -> Result<String, Kind> {
    let mut ssh = Command::new("ssh");
    ssh.arg("-G");
    if let Some(file) = file {
        ssh.arg("-F").arg(file);
    }
    // As with the client itself, the first value of an option counts.
    ssh.args(&target.ssh_args);
    if let Some(port) = target.port {
        ssh.args(["-p", &port.to_string()]);
    }
    if let Some(user) = &target.user {
        ssh.args(["-l", user]);
    }
    let failed = |words: &str| Kind::Config(format!("ssh -G {}: {words}", target.address));
    let output = ssh.args(["--", &target.address]).output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn parse(text: &str, target: &Target) -> Result<Effective, Kind> {
    let mut all: HashMap<&str, Vec<&str>> = HashMap::new();
    for (word, value) in text.lines().filter_map(|line| line.trim().split_once(' ')) {
        all.entry(word).or_default().push(value.trim());
    }
    let one = |word: &str| all.get(word).and_then(|values| values.first().copied());
    let set = |word: &str| one(word).filter(|value| !matches!(*value, "none" | ""));
    let base = defaults(target)?;
    let files = |word: &str| -> Vec<PathBuf> {
        let values = all.get(word).into_iter().flatten().flat_map(|value| value.split(' '));
        values.filter(|value| *value != "none").map(expand).collect()
    };
    let keys: Vec<PathBuf> = all.get("identityfile").into_iter().flatten().map(|file| expand(file)).collect();
    let needs_openssh = only_openssh(&one, &set, &keys);
    Ok(Effective {
        hostname: set("hostname").unwrap_or(&base.hostname).to_owned(),
        port: one("port").and_then(|port| port.parse().ok()).unwrap_or(base.port),
        user: set("user").unwrap_or(&base.user).to_owned(),
        identity_files: keys,
        identities_only: one("identitiesonly") == Some("yes"),
        identity_agent: one("identityagent").filter(|agent| *agent != "SSH_AUTH_SOCK").map(str::to_owned),
        known_hosts: [files("userknownhostsfile"), files("globalknownhostsfile")].concat(),
        strict: match one("stricthostkeychecking") {
            Some("false" | "no" | "off") => Strict::No,
            Some("accept-new") => Strict::AcceptNew,
            Some("true" | "yes") => Strict::Yes,
            _ => Strict::Ask,
        },
        connect_timeout: set("connecttimeout")
            .and_then(|secs| secs.parse().ok())
            .filter(|secs| *secs > 0)
            .map(Duration::from_secs),
        host_key_alias: set("hostkeyalias").map(str::to_owned),
        needs_openssh,
    })
}

/// True when something is set that libssh2 cannot do.
fn only_openssh<'a>(
    one: &dyn Fn(&str) -> Option<&'a str>,
    set: &dyn Fn(&str) -> Option<&'a str>,
    keys: &[PathBuf],
) -> bool {
    const ANY_VALUE: [&str; 13] = [
        "proxycommand",
        "proxyjump",
        "certificatefile",
        "pkcs11provider",
        "bindaddress",
        "bindinterface",
        "knownhostscommand",
        "revokedhostkeys",
        "setenv",
        "remotecommand",
        "dynamicforward",
        "localforward",
        "remoteforward",
    ];
    let yes = |word: &str| matches!(one(word), Some("yes" | "true"));
    ANY_VALUE.iter().any(|word| set(word).is_some())
        || yes("forwardagent")
        || yes("forwardx11")
        || yes("hostbasedauthentication")
        || yes("permitlocalcommand")
        || yes("proxyusefdpass")
        || (yes("gssapiauthentication") && has_ticket())
        || matches!(one("verifyhostkeydns"), Some("yes" | "true" | "ask"))
        || matches!(one("addressfamily"), Some("inet" | "inet6"))
        || one("pubkeyauthentication") == Some("false")
        // Somebody logged in already, perhaps in a way that cannot be repeated: use that connection.
        || set("controlpath").is_some_and(|path| Path::new(path).exists())
        || keys.iter().any(|key| needs_token_or_certificate(key))
}

/// FIDO keys and certificates lie beside the key under known names.
fn needs_token_or_certificate(key: &Path) -> bool {
    let name = key.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    (name.ends_with("_sk") && key.exists()) || key.with_file_name(format!("{name}-cert.pub")).exists()
}

fn expand(path: &str) -> PathBuf {
    match path.strip_prefix("~/") {
        Some(rest) => home().join(rest),
        None => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Transport;

    fn parsed(text: &str) -> Effective {
        parse(text, &Target::new("web", Transport::Ssh)).unwrap()
    }

    #[test]
    fn ssh_g_output_is_read() {
        let text = "host web\nuser deploy\nhostname 10.0.0.1\nport 2222\nidentitiesonly yes\n\
            stricthostkeychecking accept-new\nconnecttimeout 7\nidentityfile /k/a b\nidentityfile /k/c\n\
            userknownhostsfile /x/known_hosts /x/known_hosts2\nglobalknownhostsfile /etc/g\nproxycommand none\n";
        let found = parsed(text);
        assert_eq!((found.hostname.as_str(), found.port, found.user.as_str()), ("10.0.0.1", 2222, "deploy"));
        assert_eq!(found.identity_files, [PathBuf::from("/k/a b"), PathBuf::from("/k/c")]);
        assert_eq!(found.known_hosts.len(), 3);
        assert_eq!(found.strict, Strict::AcceptNew);
        assert_eq!(found.connect_timeout, Some(Duration::from_secs(7)));
        assert!(found.identities_only && !found.needs_openssh);
    }

    #[test]
    fn what_libssh2_cannot_do_goes_to_openssh() {
        for line in ["proxyjump bastion", "proxycommand nc %h %p", "certificatefile /c", "forwardagent yes"] {
            assert!(parsed(&format!("user a\n{line}\n")).needs_openssh, "{line}");
        }
        assert!(!parsed("user a\nforwardagent no\nproxyusefdpass no\n").needs_openssh);
    }
}
