//! `reboot`: a host goes down and comes back.

use super::{Action, ActionContext, Call, Remote, Step};
use crate::{error::TaskError, task::to_int};
use rplay_value::{Dict, Value};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// `reboot`.
pub(super) struct Reboot;

const OPTIONS: &[&str] = &[
    "boot_time_command",
    "connect_timeout",
    "msg",
    "post_reboot_delay",
    "pre_reboot_delay",
    "reboot_command",
    "reboot_timeout",
    "search_paths",
    "test_command",
];

/// Where `shutdown` is looked for.
const SEARCH_PATHS: &[&str] = &["/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"];
/// The longest pause between looks at a host that is not back. Seconds.
const LONGEST_PAUSE: u64 = 12;

impl Action for Reboot {
    fn name(&self) -> &'static str {
        "reboot"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let order = Order::read(context)?;
        let check = context.keywords.check;
        let unknown = context.options(OPTIONS).err();
        Ok(Step::Talk(Box::new(move |host| {
            if host.is_local()? {
                let msg =
                    format!("Running {} with local connection would reboot the control node.", order.action);
                return Ok(result(false, false, 0, Some(msg)));
            }
            if check {
                return Ok(result(true, true, 0, None));
            }
            match unknown {
                Some(error) => Err(error),
                None => order.carry_out(host),
            }
        })))
    }
}

/// The task's wishes.
struct Order {
    action: String,
    boot_time_command: String,
    msg: String,
    post_delay: Duration,
    pre_delay: u64,
    reboot_command: Option<String>,
    timeout: u64,
    search_paths: Vec<String>,
    test_command: String,
}

impl Order {
    fn read(context: &ActionContext<'_>) -> Result<Self, TaskError> {
        let seconds = |name: &str, default: u64| match context.args.get(name) {
            None => Ok(default),
            Some(value) => match to_int(value) {
                Some(seconds) => Ok(u64::try_from(seconds).unwrap_or(0)),
                None => Err(TaskError::failed(format!(
                    "'{name}' is not a number of seconds: {}",
                    value.to_text()
                ))),
            },
        };
        let text = |name: &str, default: &str| context.text(name).unwrap_or_else(|| default.to_owned());
        Ok(Self {
            action: context.task.task.action.name.to_string(),
            boot_time_command: text("boot_time_command", "cat /proc/sys/kernel/random/boot_id"),
            msg: text("msg", "Reboot initiated by Ansible"),
            post_delay: Duration::from_secs(seconds("post_reboot_delay", 0)?),
            pre_delay: seconds("pre_reboot_delay", 0)?,
            reboot_command: context.text("reboot_command"),
            timeout: seconds("reboot_timeout", 600)?,
            search_paths: search_paths(context),
            test_command: text("test_command", "whoami"),
        })
    }

    fn carry_out(&self, host: &dyn Remote) -> Result<Dict, TaskError> {
        let before = self.boot_time(host)?;
        let command = self.command(host)?;
        let answer = match shell(host, &command) {
            Ok(answer) => answer,
            // The host may be gone before it can answer.
            Err(TaskError::Unreachable(_)) => Answer::default(),
            Err(error) => return Err(error),
        };
        let start = Instant::now();
        if answer.rc != 0 {
            let (stdout, stderr) = (answer.stdout.trim(), answer.stderr.trim());
            let msg = format!("Reboot command failed. Error was: '{stdout}, {stderr}'");
            return Ok(result(false, false, 0, Some(msg)));
        }
        std::thread::sleep(self.post_delay);
        let back = self.wait("last boot time check", host, || {
            let now = self.boot_time(host)?;
            if now.is_empty() || now == before {
                Err(TaskError::failed("boot time has not changed"))
            } else {
                Ok(())
            }
        });
        let ready = back.and_then(|()| {
            self.wait("post-reboot test command", host, || {
                let answer = shell(host, &self.test_command)?;
                if answer.rc == 0 { Ok(()) } else { Err(TaskError::failed("the test command failed")) }
            })
        });
        let elapsed = start.elapsed().as_secs();
        match ready {
            Ok(()) => Ok(result(true, true, elapsed, None)),
            Err(Waiting::Vain(msg)) => Ok(result(false, true, elapsed, Some(msg))),
            Err(Waiting::Interrupted) => Err(TaskError::Interrupted),
        }
    }

    fn boot_time(&self, host: &dyn Remote) -> Result<String, TaskError> {
        let answer = shell(host, &self.boot_time_command)?;
        if answer.rc == 0 {
            return Ok(answer.stdout.trim().to_owned());
        }
        Err(TaskError::failed(format!(
            "{}: failed to get host boot time info, rc: {}, stdout: {}, stderr: {}",
            self.action, answer.rc, answer.stdout, answer.stderr
        )))
    }

    /// The command that reboots, its program with its path.
    fn command(&self, host: &dyn Remote) -> Result<String, TaskError> {
        let minutes = self.pre_delay / 60;
        let default = || ("shutdown".to_owned(), format!("-r {minutes} \"{}\"", self.msg));
        let (program, args) = match &self.reboot_command {
            None => default(),
            Some(command) => match command.split_once(' ') {
                None => (command.clone(), String::new()),
                Some((program, args)) => (program.to_owned(), args.to_owned()),
            },
        };
        let path = if program.starts_with('/') { program } else { self.find(&program, host)? };
        Ok(format!("{path} {args}").trim_end().to_owned())
    }

    fn find(&self, program: &str, host: &dyn Remote) -> Result<String, TaskError> {
        let mut args = Dict::new();
        args.insert("paths", list(&self.search_paths));
        args.insert("patterns", list(&[program.to_owned()]));
        args.insert("file_type", "any".into());
        let found = host.call(Call::new("find", args))?;
        let first = match found.get("files") {
            Some(Value::List(files)) => files.first().cloned(),
            _ => None,
        };
        let path = first.and_then(|file| match file {
            Value::Dict(file) => file.get("path").map(Value::to_text),
            _ => None,
        });
        path.ok_or_else(|| {
            let paths: Vec<String> = self.search_paths.iter().map(|path| format!("'{path}'")).collect();
            TaskError::failed(format!(
                "Unable to find command \"{program}\" in search paths: [{}]",
                paths.join(", ")
            ))
        })
    }

    /// Tries until it works, with growing pauses and new connections.
    fn wait(
        &self,
        what: &str,
        host: &dyn Remote,
        attempt: impl Fn() -> Result<(), TaskError>,
    ) -> Result<(), Waiting> {
        let end = Instant::now() + Duration::from_secs(self.timeout);
        let mut pause = 1;
        while Instant::now() < end {
            match attempt() {
                Ok(()) => return Ok(()),
                Err(TaskError::Interrupted) => return Err(Waiting::Interrupted),
                Err(TaskError::Unreachable(_)) => host.reset(),
                Err(TaskError::Failed(_)) => {}
            }
            let left = end.saturating_duration_since(Instant::now());
            std::thread::sleep(Duration::from_secs(pause).min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(Waiting::Vain(format!("Timed out waiting for {what} (timeout={})", self.timeout)))
    }
}

/// Why waiting ended without what was waited for.
enum Waiting {
    Vain(String),
    Interrupted,
}

/// What a command on the host gave.
#[derive(Default)]
struct Answer {
    rc: i64,
    stdout: String,
    stderr: String,
}

fn shell(host: &dyn Remote, command: &str) -> Result<Answer, TaskError> {
    let mut args = Dict::new();
    args.insert("_raw_params", command.into());
    args.insert("_uses_shell", true.into());
    let result = host.call(Call::new("command", args))?;
    let text = |key: &str| result.get(key).map(Value::to_text).unwrap_or_default();
    // A command that could not be run at all has no output, only a message.
    let stderr =
        if text("stderr").is_empty() && result.get("rc").is_none() { text("msg") } else { text("stderr") };
    Ok(Answer { rc: result.get("rc").and_then(to_int).unwrap_or(1), stdout: text("stdout"), stderr })
}

fn search_paths(context: &ActionContext<'_>) -> Vec<String> {
    match context.args.get("search_paths") {
        Some(Value::List(paths)) => paths.iter().map(Value::to_text).collect(),
        Some(Value::None) | None => SEARCH_PATHS.iter().map(|path| (*path).to_owned()).collect(),
        Some(text) => text.to_text().split(',').map(|path| path.trim().to_owned()).collect(),
    }
}

fn list(texts: &[String]) -> Value {
    Value::List(Arc::new(texts.iter().map(|text| text.as_str().into()).collect()))
}

fn result(changed: bool, rebooted: bool, elapsed: u64, failed: Option<String>) -> Dict {
    let mut result = Dict::new();
    result.insert("changed", changed.into());
    result.insert("elapsed", i64::try_from(elapsed).unwrap_or(i64::MAX).into());
    result.insert("rebooted", rebooted.into());
    if let Some(msg) = failed {
        result.insert("failed", true.into());
        result.insert("msg", msg.into());
    }
    result
}
