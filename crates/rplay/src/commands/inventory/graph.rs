//! `--graph`: groups as a tree.

use super::vars::Vars;
use crate::{Failure, exit, wiring};
use rplay_engine::Decrypt;
use rplay_engine::Diagnostic;
use rplay_inventory::GroupId;
use rplay_output::{Screen, Style};
use rplay_template::VaultDecrypt;
use rplay_value::{Dict, Value};

/// The tree from a group on; with `all`, variables too.
pub(super) fn text(vars: &Vars<'_>, name: &str, show_vars: bool) -> Result<String, Failure> {
    let inventory = &vars.opened.inventory;
    let top = inventory
        .group(name)
        .ok_or_else(|| Failure::new(exit::OPTIONS, "Pattern must be valid group name when using --graph"))?;
    let mut graph = Graph { vars, show_vars, lines: Vec::new() };
    graph.group(top, 0)?;
    Ok(graph.lines.join("\n"))
}

struct Graph<'a> {
    vars: &'a Vars<'a>,
    show_vars: bool,
    lines: Vec<String>,
}

impl Graph<'_> {
    fn line(&mut self, text: &str, depth: usize) {
        let branch = if depth == 0 { "" } else { "--" };
        self.lines.push(format!("{}{branch}{text}", "  |".repeat(depth)));
    }

    fn group(&mut self, group: GroupId, depth: usize) -> Result<(), Failure> {
        let inventory = &self.vars.opened.inventory;
        let name = inventory.group_name(group);
        self.line(&format!("@{name}:"), depth);
        for child in inventory.children(group) {
            self.group(child, depth + 1)?;
        }
        let hosts = inventory.own_hosts(group).filter(|_| name != "all");
        for host in hosts {
            self.line(inventory.host_name(host), depth + 1);
            if self.show_vars {
                self.variables(&self.vars.of_host(host)?, depth + 2)?;
            }
        }
        if self.show_vars {
            self.variables(&self.vars.of_group(group)?, depth + 1)?;
        }
        Ok(())
    }

    fn variables(&mut self, vars: &Dict, depth: usize) -> Result<(), Failure> {
        let shown = vars.iter().map(|(key, value)| Ok((key.as_value().to_text(), self.shown(value)?)));
        let mut shown: Vec<(String, String)> = shown.collect::<Result<_, Failure>>()?;
        shown.sort();
        for (name, value) in shown {
            self.line(&format!("{{{name} = {value}}}"), depth);
        }
        Ok(())
    }

    /// An encrypted value is shown in plain text; one inside of other data is not.
    fn shown(&self, value: &Value) -> Result<String, Failure> {
        let Value::Vaulted(vaulted) = value else { return Ok(value.to_text()) };
        let plain = match self.vars.opened.vault.has_secrets() {
            true => VaultDecrypt::decrypt(&*self.vars.opened.vault, vaulted),
            false => Err("Attempting to decrypt but no vault secrets found.".into()),
        };
        plain.map_err(|message| {
            let diagnostic = Diagnostic::new(message, vaulted.origin.clone());
            let mut screen = Screen::standard(Style { status: false, ..wiring::style() });
            rplay_output::show_error(&mut screen, &diagnostic);
            Failure::new(exit::ERROR, "")
        })
    }
}
