//! What the user's arguments for `ssh` mean for a connection inside this process.

/// Options that change nothing here: one connection serves all tasks, and the agent beats its own heart.
const INERT: [&str; 10] = [
    "batchmode",
    "compression",
    "controlmaster",
    "controlpersist",
    "escapechar",
    "loglevel",
    "numberofpasswordprompts",
    "serveralivecountmax",
    "serveraliveinterval",
    "tcpkeepalive",
];

/// Options that libssh2 takes no advice on, and ones that `ssh -G` does not tell from their defaults.
const ONLY_OPENSSH: [&str; 9] = [
    "casignaturealgorithms",
    "ciphers",
    "hostkeyalgorithms",
    "hostbasedacceptedalgorithms",
    "kexalgorithms",
    "macs",
    "preferredauthentications",
    "pubkeyacceptedalgorithms",
    "pubkeyacceptedkeytypes",
];

/// One argument.
#[derive(Debug, PartialEq, Eq)]
enum Arg {
    /// `-o KEY=VALUE`, the key in lower case.
    Option(String),
    /// A flag with its letters.
    Flag(String),
    /// Anything else.
    Word,
}

fn read(args: &[String]) -> Vec<Arg> {
    let mut out = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let option = match arg.strip_prefix("-o") {
            Some("") => rest.next().cloned(),
            Some(inline) => Some(inline.to_owned()),
            None => None,
        };
        out.push(match (option, arg.strip_prefix('-')) {
            (Some(option), _) => Arg::Option(key(&option)),
            (None, Some(letters)) => Arg::Flag(letters.to_owned()),
            (None, None) => Arg::Word,
        });
    }
    out
}

fn key(option: &str) -> String {
    option.trim_start().split(['=', ' ', '\t']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether the arguments change nothing about a connection inside this process.
pub(super) fn inert(args: &[String]) -> bool {
    read(args).iter().all(|arg| match arg {
        Arg::Option(key) => INERT.contains(&key.as_str()),
        Arg::Flag(letters) => letters.chars().all(|letter| "CqT".contains(letter)),
        Arg::Word => false,
    })
}

/// Whether only the OpenSSH client can do what the arguments say.
pub(super) fn only_openssh(args: &[String]) -> bool {
    read(args).iter().any(|arg| match arg {
        Arg::Option(key) => ONLY_OPENSSH.contains(&key.as_str()),
        // Flags that `ssh -G` folds into its answer; the rest (-v, -Q, -W, …) is the client's own business.
        Arg::Flag(letters) => {
            !letters.starts_with(['4', '6', 'A', 'C', 'F', 'J', 'T', 'a', 'i', 'l', 'p', 'q', 'x'])
        }
        Arg::Word => false,
    })
}

/// Whether the arguments name the user's file of known hosts.
pub(super) fn name_known_hosts(args: &[String]) -> bool {
    read(args).iter().any(|arg| matches!(arg, Arg::Option(key) if key == "userknownhostsfile"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(String::from).collect()
    }

    #[test]
    fn what_ansible_sets_itself_changes_nothing() {
        assert!(inert(&words("-C -o ControlMaster=auto -o ControlPersist=60s")));
        assert!(inert(&words("-o ServerAliveInterval=30 -oTCPKeepAlive=yes")));
        assert!(!inert(&words("-o ControlPath=/tmp/cm-%h")));
        assert!(!inert(&words("-o StrictHostKeyChecking=no")));
        assert!(!inert(&words("-F ssh.cfg")));
    }

    #[test]
    fn the_client_does_what_libssh2_cannot() {
        for line in
            ["-o KexAlgorithms=+diffie-hellman-group1-sha1", "-o ciphers=aes128-cbc", "-vvv", "-W a:22"]
        {
            assert!(only_openssh(&words(line)), "{line}");
        }
        for line in
            ["-F ssh.cfg -i key -p 2222", "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no"]
        {
            assert!(!only_openssh(&words(line)), "{line}");
        }
        assert!(name_known_hosts(&words("-o UserKnownHostsFile=/dev/null")));
    }
}
