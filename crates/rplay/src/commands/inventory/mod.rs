//! `rplay inventory`, which is `ansible-inventory`.

mod graph;
mod list;
mod options;
mod toml;
mod vars;

use crate::{
    Failure,
    cli::foreign,
    config, exit,
    wiring::{self, Opened, Wiring},
};
use clap::CommandFactory;
use options::Asked;
use rplay_engine::Notice;
use rplay_inventory::{HostId, Severity, Warning};
use rplay_output::{Screen, Style};
use rplay_value::Value;
use rplay_yaml::emit;
use std::{ffi::OsString, path::Path};
use vars::Vars;

/// Shows what is asked for; `args` without the program's name, which is `program`.
pub(crate) fn run(program: &str, args: &[OsString]) -> Result<u8, Failure> {
    let mut asked: Asked = foreign::parse(Asked::command(), program, args, &options::FOREIGN);
    if asked.common.version {
        return crate::commands::version::run(program);
    }
    asked.check()?;
    let config = wiring::config()?;
    asked.export |= config.bool("inventory", "export").map_err(wiring::config_failure)?.unwrap_or(false);
    let dir = wiring::playbook_dir(asked.playbook_dir.as_ref())?;
    let options = asked.shared();
    let opened = Wiring::new(&options, dir.clone().unwrap_or_default())?.inventory()?;
    let mut shown =
        Shown { screen: Screen::standard(Style { status: false, ..wiring::style() }), opened, asked };
    shown.begin(options.common.flush_cache)?;
    let text = shown.text(dir.as_deref())?;
    shown.give(text)
}

/// One call of the command.
struct Shown {
    screen: Screen,
    opened: Opened,
    asked: Asked,
}

impl Shown {
    fn begin(&mut self, flush: bool) -> Result<(), Failure> {
        if self.opened.settings.verbosity > 0 {
            let text = config::in_use(self.opened.settings.config_file.as_deref());
            self.screen.line(&text, None);
        }
        for message in std::mem::take(&mut self.opened.told) {
            self.screen.notice(&Notice::warning(message, None), true);
        }
        let warnings = std::mem::take(&mut self.opened.warnings);
        warnings.into_iter().for_each(|warning| self.warn(warning));
        if let Some(cache) = self.opened.facts.as_ref().filter(|_| flush) {
            for host in self.opened.inventory.hosts() {
                let forgotten = cache.forget(self.opened.inventory.host_name(host));
                forgotten.map_err(|error| Failure::new(exit::ERROR, error.to_string()))?;
            }
        }
        Ok(())
    }

    fn warn(&mut self, warning: Warning) {
        let message = warning.text();
        match warning.severity {
            Severity::Verbose if self.opened.settings.verbosity > 2 => self.screen.line(&message, None),
            Severity::Verbose => {}
            Severity::Deprecated => {
                self.screen.notice(&Notice::outdated(message, None), self.opened.deprecations);
            }
            Severity::Warning => self.screen.notice(&Notice::warning(message, None), true),
            Severity::Error => {
                let error = rplay_engine::Diagnostic::new(message, None);
                rplay_output::show_error(&mut self.screen, &error);
            }
        }
    }

    fn select(&mut self, pattern: &str, limit: Option<&str>) -> Result<Vec<HostId>, Failure> {
        let selected = self.opened.inventory.select(pattern, limit);
        let selected = selected.map_err(|error| Failure::new(exit::ERROR, error.to_string()))?;
        selected.warnings.into_iter().for_each(|warning| self.warn(warning));
        Ok(selected.hosts)
    }

    fn text(&mut self, dir: Option<&Path>) -> Result<String, Failure> {
        let here = std::path::absolute(dir.unwrap_or(Path::new("."))).unwrap_or_default();
        if let Some(pattern) = self.asked.host.clone() {
            let hosts = self.select(&pattern, None)?;
            let [host] = hosts.as_slice() else {
                return Err(Failure::new(
                    exit::OPTIONS,
                    "You must pass a single valid host to --host parameter",
                ));
            };
            let vars = Vars { opened: &self.opened, dir, here: &here, export: self.asked.export };
            let vars = Value::from(vars.of_host(*host)?);
            return self.dump(vars);
        }
        if self.asked.graph {
            let vars = Vars { opened: &self.opened, dir, here: &here, export: self.asked.export };
            let group = self.asked.group.as_deref().unwrap_or("all");
            return graph::text(&vars, group, self.asked.vars);
        }
        let limit = self.opened.settings.limit.clone();
        let hosts = self.select("all", limit.as_deref())?;
        let vars = Vars { opened: &self.opened, dir, here: &here, export: self.asked.export };
        let listing = list::Listing { vars: &vars, hosts: &hosts };
        let data = match () {
            () if self.asked.yaml => listing.yaml()?,
            () if self.asked.toml => listing.toml()?,
            () => listing.json()?,
        };
        self.dump(data)
    }

    fn dump(&self, data: Value) -> Result<String, Failure> {
        if self.asked.yaml {
            return emit::to_string(&data, &emit::Style { aliases: true, ..emit::Style::default() })
                .map_err(|error| Failure::new(exit::ERROR, error.to_string()));
        }
        if self.asked.toml {
            return toml::text(&data).map_err(|error| Failure::new(exit::ERROR, error));
        }
        Ok(rplay_output::json_text(&vars::marked(&data), 4))
    }

    fn give(&mut self, text: String) -> Result<u8, Failure> {
        if text.is_empty() {
            return Ok(exit::ERROR);
        }
        match &self.asked.output {
            None => self.screen.line(text.strip_suffix('\n').unwrap_or(&text), None),
            Some(path) => std::fs::write(path, text).map_err(|error| {
                let message = format!("Unable to write to destination file '{}'. {error}", path.display());
                Failure::new(exit::ERROR, message)
            })?,
        }
        Ok(exit::OK)
    }
}
