//! The words of an iptables rule.

use crate::Failure;
use crate::args::{Choice, ModuleArgs};

/// Which filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Version {
    Ipv4,
    Ipv6,
    Both,
}

/// TCP flags.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct TcpFlags {
    /// The flags looked at.
    flags: Option<Vec<String>>,
    /// Those of them that are set.
    flags_set: Option<Vec<String>>,
}

/// Whether the SYN flag is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Syn {
    Ignore,
    Match,
    Negate,
}

/// What a rule says; `!` before a text negates it.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct RuleArgs {
    /// The protocol.
    protocol: Option<String>,
    /// Where packets come from.
    source: Option<String>,
    /// The new source address.
    to_source: Option<String>,
    /// Where packets go.
    destination: Option<String>,
    /// The new destination address.
    to_destination: Option<String>,
    /// Extensions to load.
    #[arg(name = "match", default = [])]
    match_: Vec<String>,
    /// TCP flags.
    tcp_flags: Option<TcpFlags>,
    /// What becomes of the packet.
    pub(super) jump: Option<String>,
    /// Where copies go, with the target TEE.
    gateway: Option<String>,
    /// What log lines begin with.
    pub(super) log_prefix: Option<String>,
    /// The level of log lines.
    #[arg(choices(
        "0", "1", "2", "3", "4", "5", "6", "7", "emerg", "alert", "crit", "error", "warning", "notice",
        "info", "debug"
    ))]
    pub(super) log_level: Option<String>,
    /// The chain to go on in.
    goto: Option<String>,
    /// The interface packets come in by.
    in_interface: Option<String>,
    /// The interface packets go out by.
    out_interface: Option<String>,
    /// Only later fragments.
    fragment: Option<String>,
    /// Counters to begin with.
    set_counters: Option<String>,
    /// The source port or range.
    source_port: Option<String>,
    /// The destination port or range.
    destination_port: Option<String>,
    /// Destination ports.
    #[arg(default = [])]
    destination_ports: Vec<String>,
    /// The new ports.
    to_ports: Option<String>,
    /// The DSCP mark to set.
    set_dscp_mark: Option<String>,
    /// The DSCP class to set.
    set_dscp_mark_class: Option<String>,
    /// A remark.
    comment: Option<String>,
    /// States of connections.
    #[arg(default = [])]
    ctstate: Vec<String>,
    /// A range of source addresses.
    src_range: Option<String>,
    /// A range of destination addresses.
    dst_range: Option<String>,
    /// An address set.
    match_set: Option<String>,
    /// Which addresses are looked up in the set.
    #[arg(choices("src", "dst", "src,dst", "dst,src", "src,src", "dst,dst"))]
    match_set_flags: Option<String>,
    /// The average rate.
    limit: Option<String>,
    /// The burst.
    limit_burst: Option<String>,
    /// The user whose packets are meant.
    uid_owner: Option<String>,
    /// The group whose packets are meant.
    gid_owner: Option<String>,
    /// What is answered.
    reject_with: Option<String>,
    /// The ICMP type.
    icmp_type: Option<String>,
    /// Whether the SYN flag is looked at.
    #[arg(default = "ignore")]
    syn: Syn,
}

/// The rule's words in Ansible's order, which `iptables -C` compares.
pub(super) fn words(args: &RuleArgs, version: Version) -> Result<Vec<String>, Failure> {
    let mut rule = Words(Vec::new());
    let has = |name: &str| args.match_.iter().any(|known| known == name);
    let jump = args.jump.as_deref().map(str::to_lowercase);
    rule.text("-p", &args.protocol);
    rule.text("-s", &args.source);
    rule.text("-d", &args.destination);
    args.match_.iter().for_each(|name| rule.text("-m", &Some(name.clone())));
    if let Some(TcpFlags { flags: Some(flags), flags_set: Some(set) }) = &args.tcp_flags {
        rule.push(&["--tcp-flags", &flags.join(","), &set.join(",")]);
    }
    rule.text("-j", &args.jump);
    if jump.as_deref() == Some("tee") {
        rule.text("--gateway", &args.gateway);
    }
    rule.text("--log-prefix", &args.log_prefix);
    rule.text("--log-level", &args.log_level);
    rule.text("--to-destination", &args.to_destination);
    if !args.destination_ports.is_empty() {
        rule.push(&["-m", "multiport", "--dports", &args.destination_ports.join(",")]);
    }
    let plain = [
        ("--to-source", &args.to_source),
        ("-g", &args.goto),
        ("-i", &args.in_interface),
        ("-o", &args.out_interface),
        ("-f", &args.fragment),
        ("-c", &args.set_counters),
        ("--source-port", &args.source_port),
        ("--destination-port", &args.destination_port),
        ("--to-ports", &args.to_ports),
    ];
    plain.iter().for_each(|(flag, value)| rule.text(flag, value));
    for (flag, value) in
        [("--set-dscp", &args.set_dscp_mark), ("--set-dscp-class", &args.set_dscp_mark_class)]
    {
        rule.text(flag, value);
        if value.is_some() && jump.as_deref() != Some("dscp") {
            rule.push(&["-j", "DSCP"]);
        }
    }
    match args.syn {
        Syn::Ignore => {}
        Syn::Match => rule.push(&["--syn"]),
        Syn::Negate => rule.push(&["!", "--syn"]),
    }
    if !args.ctstate.is_empty() {
        let states = args.ctstate.join(",");
        match (has("conntrack"), has("state")) {
            (true, _) => rule.push(&["--ctstate", &states]),
            (false, true) => rule.push(&["--state", &states]),
            (false, false) => rule.push(&["-m", "conntrack", "--ctstate", &states]),
        }
    }
    rule.load("iprange", !has("iprange") && (args.src_range.is_some() || args.dst_range.is_some()));
    rule.text("--src-range", &args.src_range);
    rule.text("--dst-range", &args.dst_range);
    rule.load("set", !has("set") && args.match_set.is_some());
    rule.text("--match-set", &args.match_set);
    if let Some(flags) = args.match_set_flags.as_ref().filter(|_| args.match_set.is_some() || has("set")) {
        rule.push(&[flags]);
    }
    rule.load("limit", args.limit.is_some() || args.limit_burst.is_some());
    rule.text("--limit", &args.limit);
    rule.text("--limit-burst", &args.limit_burst);
    for (flag, value) in [("--uid-owner", &args.uid_owner), ("--gid-owner", &args.gid_owner)] {
        rule.load("owner", value.is_some());
        rule.text(flag, value);
    }
    if args.jump.is_none() && args.reject_with.is_some() {
        rule.push(&["-j", "REJECT"]);
    }
    rule.text("--reject-with", &args.reject_with);
    rule.text(if version == Version::Ipv6 { "--icmpv6-type" } else { "--icmp-type" }, &args.icmp_type);
    if let Some(comment) = args.comment.as_deref().filter(|comment| !comment.is_empty()) {
        rule.push(&["-m", "comment", "--comment", comment]);
    }
    if rule.0.iter().any(|word| word.contains('\0')) {
        return Err("a rule cannot hold null characters".into());
    }
    Ok(rule.0)
}

struct Words(Vec<String>);

impl Words {
    fn push(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(|word| (*word).to_owned()));
    }

    /// A flag with its value; `!` at the value's start stands before the flag.
    fn text(&mut self, flag: &str, value: &Option<String>) {
        match value.as_deref().map(|value| (value, value.strip_prefix('!'))) {
            Some((_, Some(negated))) => self.push(&["!", flag, negated]),
            Some((value, None)) => self.push(&[flag, value]),
            None => {}
        }
    }

    fn load(&mut self, extension: &str, needed: bool) {
        if needed {
            self.push(&["-m", extension]);
        }
    }
}
