//! `iptables`: rules, chains and policies of the packet filter.

use super::iptables_rule::{RuleArgs, Version, words};
use crate::args::{Choice, ModuleArgs};
use crate::system::Output;
use crate::{Failure, ModuleResult, Plan, System};

/// Manage rules of the packet filter.
#[derive(Clone, Debug, ModuleArgs)]
#[args(
    mutually_exclusive("set_dscp_mark", "set_dscp_mark_class"),
    mutually_exclusive("flush", "policy"),
    required_by("set_dscp_mark", ["jump"]),
    required_by("set_dscp_mark_class", ["jump"]),
    required_if("jump", "TEE", ["gateway"]),
    required_if("jump", "tee", ["gateway"]),
    required_if("flush", false, ["chain"])
)]
pub(crate) struct Args {
    /// The table.
    #[arg(default = "filter", choices("filter", "nat", "mangle", "raw", "security"))]
    table: String,
    /// Whether the rule or chain is to be there.
    #[arg(default = "present")]
    state: State,
    /// Where a new rule goes: the end, or `rule_num` (or the start).
    #[arg(default = "append")]
    action: Action,
    /// Which filter.
    #[arg(default = "ipv4")]
    ip_version: Version,
    /// The chain.
    chain: Option<String>,
    /// The place of an inserted rule.
    rule_num: Option<String>,
    /// Seconds to wait for the filter's lock.
    wait: Option<String>,
    /// Remove all rules of the chain, or of all chains.
    #[arg(default = false)]
    flush: bool,
    /// What becomes of packets no rule of the chain takes.
    #[arg(choices("ACCEPT", "DROP", "QUEUE", "RETURN"))]
    policy: Option<String>,
    /// Make or remove the chain itself.
    #[arg(default = false)]
    chain_management: bool,
    /// Do not look up names when looking for a chain.
    #[arg(default = false)]
    numeric: bool,
    /// What the rule says.
    #[arg(flatten)]
    rule: RuleArgs,
}

/// Whether the rule is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

/// Where a new rule goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Action {
    Append,
    Insert,
}

pub(crate) fn plan(mut args: Args, sys: &System) -> Result<Plan, Failure> {
    if args.rule.log_prefix.is_some() || args.rule.log_level.is_some() {
        match args.rule.jump.as_deref() {
            None => args.rule.jump = Some("LOG".to_owned()),
            Some("LOG") => {}
            Some(_) => return Err("Logging options can only be used with the LOG jump target.".into()),
        }
    }
    let versions = match args.ip_version {
        Version::Both => vec![Version::Ipv4, Version::Ipv6],
        one => vec![one],
    };
    let mut commands = Vec::new();
    let mut changed = false;
    for version in versions {
        let program = sys.require_bin(if version == Version::Ipv6 { "ip6tables" } else { "iptables" })?;
        let tables = Tables { args: &args, program, rule: words(&args.rule, version)?, sys };
        if let Some(command) = tables.change()? {
            changed = true;
            commands.extend(command);
        }
    }
    let shown = words(&args.rule, Version::Ipv4)?.join(" ");
    let result = ModuleResult { changed, ..ModuleResult::default() }
        .with("ip_version", args.ip_version.as_str())
        .with("table", args.table.as_str())
        .with("chain", args.chain.clone())
        .with("flush", args.flush)
        .with("rule", shown)
        .with("state", args.state.as_str())
        .with("chain_management", args.chain_management)
        .with("wait", args.wait.clone());
    if commands.is_empty() {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| {
        for command in commands {
            sys.command(command).c_locale().run_checked()?;
        }
        Ok(result)
    }))
}

/// One of the two filters.
struct Tables<'a> {
    args: &'a Args,
    program: String,
    rule: Vec<String>,
    sys: &'a System,
}

impl Tables<'_> {
    fn command(&self, action: &str, rest: &[String]) -> Vec<String> {
        let mut words =
            vec![self.program.clone(), "-t".to_owned(), self.args.table.clone(), action.to_owned()];
        words.extend(self.args.chain.clone());
        if action == "-I" {
            words.extend(self.args.rule_num.clone());
        }
        if let Some(wait) = &self.args.wait {
            words.extend(["-w".to_owned(), wait.clone()]);
        }
        words.extend(rest.iter().cloned());
        words
    }

    fn ask(&self, action: &str, rest: &[String]) -> Result<Output, Failure> {
        Ok(self.sys.command(self.command(action, rest)).c_locale().run()?)
    }

    /// The commands of the change (none where Ansible only reports one); `None`: nothing to do.
    fn change(&self) -> Result<Option<Vec<Vec<String>>>, Failure> {
        let args = self.args;
        if args.flush {
            return Ok(Some(vec![self.command("-F", &[])]));
        }
        if let Some(policy) = &args.policy {
            let current = self.policy()?.ok_or_else(|| Failure::new("Can't detect current policy"))?;
            return Ok((current != *policy).then(|| vec![self.command("-P", std::slice::from_ref(policy))]));
        }
        let wanted = args.state == State::Present;
        if self.rule.is_empty() {
            let there = self.chain_is_there()?;
            let action = if wanted { "-N" } else { "-X" };
            let commands = if args.chain_management { vec![self.command(action, &[])] } else { Vec::new() };
            return Ok((there != wanted).then_some(commands));
        }
        let there = self.ask("-C", &self.rule)?.rc == 0;
        let action = match (wanted, args.action) {
            (false, _) => "-D",
            (true, Action::Insert) => "-I",
            (true, Action::Append) => "-A",
        };
        Ok((there != wanted).then(|| vec![self.command(action, &self.rule)]))
    }

    fn policy(&self) -> Result<Option<String>, Failure> {
        let output = self.ask("-L", &["-n".to_owned()])?;
        if output.rc != 0 {
            return Err(Failure::new(output.stderr_text().trim()).rc(output.rc));
        }
        Ok(parse_policy(&output.stdout_text()).map(str::to_owned))
    }

    fn chain_is_there(&self) -> Result<bool, Failure> {
        let rest = if self.args.numeric { vec!["-n".to_owned()] } else { Vec::new() };
        Ok(self.ask("-L", &rest)?.rc == 0)
    }
}

/// The policy in `Chain INPUT (policy ACCEPT)`.
fn parse_policy(listed: &str) -> Option<&str> {
    let head = listed.lines().next()?.split("(policy ").nth(1)?;
    head.split([' ', ')']).next()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_policy_is_read() {
        assert_eq!(super::parse_policy("Chain INPUT (policy DROP 0 packets, 0 bytes)\ntarget"), Some("DROP"));
        assert_eq!(super::parse_policy("Chain MINE (1 references)\n"), None);
    }
}
