//! The console's commands and state.

use crate::{
    Failure,
    cli::Options,
    commands::{adhoc, complain, complain_all},
    wiring::{self, Wiring},
};
use rplay_engine::Engine;
use rplay_output::{Minimal, Screen, Style};
use std::{
    path::Path,
    sync::{Arc, PoisonError},
};

/// What happens after a line.
pub(super) enum Then {
    /// The next line.
    Go,
    /// The end.
    Leave,
}

/// The console's commands with what `help` says about them.
const COMMANDS: [(&str, &str); 16] = [
    ("become", "Become another user for tasks, or not: become yes"),
    ("become_method", "Set how to become another user: become_method su"),
    ("become_user", "Set the user to become: become_user jenkins"),
    ("cd", "Change the pattern of hosts: cd webservers:!staging"),
    ("check", "Only predict changes, or not: check yes"),
    ("collections", "Set collections that short names are looked for in: collections a.b, c.d"),
    ("diff", "Show what changes in files, or not: diff yes"),
    ("exit", "Leave the console"),
    ("forks", "Set how many hosts are worked on at the same time: forks 10"),
    ("help", "Tell about commands and modules: help copy"),
    ("list", "List the hosts of the pattern, or all groups: list groups"),
    ("remote_user", "Set the user to log in as: remote_user root"),
    ("serial", "The same as forks"),
    ("shell", "Run a shell command: shell uptime, or !uptime"),
    ("timeout", "Set the seconds a task may take, 0 for any number: timeout 30"),
    ("verbosity", "Set how much is told: verbosity 3"),
];

/// A console.
pub(super) struct Session {
    options: Options,
    /// Only asked about hosts and groups.
    engine: Arc<Engine>,
    pattern: String,
}

impl Session {
    /// A console with the options of the command line.
    pub(super) fn new(options: Options) -> Result<Self, Failure> {
        let dir = wiring::playbook_dir_or_here(options.adhoc.playbook_dir.as_ref())?;
        let wiring = Wiring::new(&options, dir)?;
        let screen = Screen::standard(Style { status: false, ..wiring::style() });
        let engine = wiring.engine(Box::new(Minimal::new(screen, options.common.verbose, true)))?;
        let pattern = options.targets.first().cloned().unwrap_or_else(|| "all".into());
        wiring::begin(&engine, &options);
        wiring::warn_if_no_hosts(&engine, &pattern)?;
        if wiring::select(&engine, &pattern)?.is_empty() && wiring::has_hosts(&engine) {
            return Err(wiring::no_hosts_left());
        }
        Ok(Self { options, engine, pattern })
    }

    pub(super) fn say(&self, text: &str) {
        let mut screen = Screen::standard(Style { status: false, ..wiring::style() });
        screen.line(text, None);
    }

    /// What is only said to those who ask for more.
    fn detail(&self, text: &str) {
        if self.options.common.verbose > 0 {
            self.say(text);
        }
    }

    /// `user@pattern (hosts)[f:forks]$ `, with `#` for whoever becomes root.
    pub(super) fn prompt(&self) -> Result<String, Failure> {
        let connection = &self.options.connection;
        let user = connection.user.clone().unwrap_or_else(own_name);
        let hosts = self.hosts(&self.pattern).len();
        let forks = self.engine.settings.forks;
        let root = connection.become_user.as_deref().is_none_or(|user| user == "root");
        let sign = if connection.r#become && root { '#' } else { '$' };
        let forks = self.options.common.forks.unwrap_or(forks);
        Ok(format!("{user}@{} ({hosts})[f:{forks}]{sign} ", self.pattern))
    }

    fn hosts(&self, pattern: &str) -> Vec<String> {
        let inventory = self.engine.inventory.read().unwrap_or_else(PoisonError::into_inner);
        let limit = self.engine.settings.limit.as_deref();
        match inventory.select(pattern, limit) {
            Ok(selected) => {
                selected.hosts.iter().map(|host| inventory.host_name(*host).to_string()).collect()
            }
            Err(_) => Vec::new(),
        }
    }

    /// Does what a line says.
    pub(super) fn obey(&mut self, line: &str) -> Then {
        let line = match line.chars().next() {
            None | Some('#') => return Then::Go,
            Some('?') => format!("help {}", &line[1..]),
            Some('!') => format!("shell {}", &line[1..]),
            Some(_) => line.to_owned(),
        };
        let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(line.len());
        let (word, rest) = (&line[..end], line[end..].trim());
        if word == "exit" || word == "EOF" {
            self.say("\nAnsible-console was exited.");
            return Then::Leave;
        }
        if word == "shell" {
            self.task("shell", rest);
        } else if COMMANDS.iter().any(|(name, _)| *name == word) {
            self.command(word, rest);
        } else {
            match line.split_once(char::is_whitespace) {
                Some((module, args)) if self.is_module(module) => self.task(module, args.trim()),
                None if self.is_module(&line) => self.task(&line, ""),
                _ => self.task("shell", &line),
            }
        }
        Then::Go
    }

    fn is_module(&self, name: &str) -> bool {
        self.engine.content.is_action(name)
    }

    fn command(&mut self, word: &str, rest: &str) {
        match word {
            "cd" => self.cd(rest),
            "list" => self.list(rest),
            "help" => self.help(rest),
            "collections" => self.complain("the command 'collections' is not supported: use full names"),
            "forks" | "serial" => match rest.parse() {
                Ok(0) => self.say("forks must be greater than or equal to 1"),
                Ok(forks) => self.options.common.forks = Some(forks),
                Err(_) => self.say("Usage: forks <number>"),
            },
            "verbosity" => match rest.parse() {
                Ok(verbosity) => {
                    self.options.common.verbose = verbosity;
                    self.detail(&format!("verbosity level set to {verbosity}"));
                }
                Err(_) if rest.is_empty() => self.say("Usage: verbosity <number>"),
                Err(error) => self.complain(&format!("The verbosity must be a valid integer: {error}")),
            },
            "timeout" => match rest.parse::<i64>() {
                Ok(seconds) if seconds >= 0 => self.options.adhoc.task_timeout = Some(seconds),
                Ok(_) => {
                    self.complain("The timeout must be greater than or equal to 1, use 0 to disable");
                }
                Err(_) if rest.is_empty() => self.say("Usage: timeout <seconds>"),
                Err(error) => self.complain(&format!(
                    "The timeout must be a valid positive integer, or 0 to disable: {error}"
                )),
            },
            _ if rest.is_empty() => {
                let help = COMMANDS.iter().find(|(name, _)| *name == word).map_or("", |(_, help)| help);
                self.say(help);
            }
            "become" => {
                self.options.connection.r#become = truth(rest);
                self.detail(&format!("become changed to {}", python(truth(rest))));
            }
            "become_user" => self.options.connection.become_user = Some(rest.to_owned()),
            "become_method" => {
                self.options.connection.become_method = Some(rest.to_owned());
                self.detail(&format!("become_method changed to {rest}"));
            }
            "remote_user" => self.options.connection.user = Some(rest.to_owned()),
            "check" => {
                self.options.common.check = truth(rest);
                self.say(&format!("check mode changed to {}", python(self.options.common.check)));
            }
            _ => {
                self.options.common.diff = truth(rest);
                self.say(&format!("diff mode changed to {}", python(self.options.common.diff)));
            }
        }
    }

    fn cd(&mut self, pattern: &str) {
        match pattern {
            "" => self.pattern = "*".into(),
            "/" | "*" | "/*" => self.pattern = "all".into(),
            other if self.hosts(other).is_empty() => self.say("no host matched"),
            other => self.pattern = other.to_owned(),
        }
    }

    fn list(&self, what: &str) {
        match what {
            "" => self.hosts(&self.pattern).iter().for_each(|host| self.say(host)),
            "groups" => {
                let inventory = self.engine.inventory.read().unwrap_or_else(PoisonError::into_inner);
                let mut names: Vec<String> =
                    inventory.groups().map(|group| inventory.group_name(group).to_owned()).collect();
                names.sort_unstable();
                names.iter().for_each(|name| self.say(name));
            }
            _ => self.help("list"),
        }
    }

    fn help(&self, about: &str) {
        if about.is_empty() {
            COMMANDS.iter().for_each(|(name, help)| self.say(&format!("{name:<14} {help}")));
            return;
        }
        if let Some((_, help)) = COMMANDS.iter().find(|(name, _)| *name == about) {
            return self.say(help);
        }
        let Ok(module) = rplay_modules::find(about) else {
            return self.say(&format!("*** No help on {about}"));
        };
        self.say(module.spec.doc.lines().next().unwrap_or_default().trim());
        self.say("Parameters:");
        for param in module.spec.all() {
            let first = param.doc.trim().lines().next().unwrap_or_default();
            self.say(&format!("  {} {first}", param.name));
        }
    }

    /// Runs a task; what goes wrong is told and the console goes on.
    fn task(&mut self, module: &str, args: &str) {
        let mut options = self.options.clone();
        options.targets = vec![self.pattern.clone()];
        options.adhoc.module_name = Some(module.to_owned());
        options.adhoc.args = Some(args.to_owned());
        match adhoc::run_next(options, &self.engine) {
            Ok(engine) => self.engine = engine,
            Err(failure) => complain(&failure),
        }
        crate::signals::forget();
    }

    fn complain(&self, problem: &str) {
        complain_all(&[problem.to_owned()]);
    }
}

fn truth(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "y" | "yes" | "on" | "1" | "true" | "t")
}

fn python(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

/// The name of whoever runs this.
fn own_name() -> String {
    let named = ["LOGNAME", "USER", "LNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.unwrap_or_else(|| {
        let id = rustix::process::getuid().as_raw().to_string();
        let users = std::fs::read_to_string(Path::new("/etc/passwd")).unwrap_or_default();
        let line = users.lines().find(|line| line.split(':').nth(2) == Some(id.as_str()));
        line.and_then(|line| line.split(':').next()).unwrap_or("?").to_owned()
    })
}
