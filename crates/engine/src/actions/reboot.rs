//! `reboot`: restarts a host and waits until it is back.

use super::{Action, ActionContext, Call, RawResult, Remote, Step, raw::quote};
use crate::{error::TaskError, task::target_of};
use rplay_connection::Transport;
use rplay_playbook::Literal;
use rplay_value::{Dict, Value};
use std::time::{Duration, Instant};

const ARGUMENTS: &[&str] = &[
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
const SEARCH_PATHS: [&str; 5] = ["/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"];

/// The longest wait between two looks.
const MAX_PAUSE: Duration = Duration::from_secs(12);

/// `reboot`.
pub(super) struct Reboot;

impl Action for Reboot {
    fn name(&self) -> &'static str {
        "reboot"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let target =
            target_of(context.engine, &context.task.keywords.own, &context.connection_scope(), "reboot")?;
        let name = &context.task.task.action.name;
        if target.transport == Transport::Local {
            let message = format!("Running {name} with local connection would reboot the control node.");
            return Ok(Step::Done(ended(Duration::ZERO, false, Some(message))));
        }
        if context.keywords.check {
            return Ok(Step::Done(ended(Duration::ZERO, true, None)));
        }
        context.only_options(ARGUMENTS)?;
        let plan = Plan::new(context)?;
        Ok(Step::Talk(Box::new(move |host| plan.carry_out(host))))
    }
}

/// The arguments, read.
struct Plan {
    name: String,
    boot_time: String,
    test: String,
    command: Option<String>,
    search: Vec<String>,
    /// `shutdown`'s arguments.
    shutdown: String,
    timeout: Duration,
    /// How long one attempt to connect may take, if the task says so.
    connect: Option<Duration>,
    after: Duration,
}

impl Plan {
    fn new(context: &ActionContext<'_>) -> Result<Self, TaskError> {
        let seconds = |name: &str, default: i64| -> Result<u64, TaskError> {
            let Some(value) = context.args.get(name).filter(|value| !value.is_none()) else {
                return Ok(default.unsigned_abs());
            };
            let number: Option<i64> = Literal::of(value);
            let number =
                number.ok_or_else(|| TaskError::failed(format!("'{name}' must be a number of seconds")))?;
            Ok(u64::try_from(number).unwrap_or(0))
        };
        let text = |name: &str, default: &str| context.text(name).unwrap_or_else(|| default.to_owned());
        let minutes = seconds("pre_reboot_delay", 0)? / 60;
        Ok(Self {
            name: context.task.task.action.name.to_string(),
            boot_time: text("boot_time_command", "cat /proc/sys/kernel/random/boot_id"),
            test: text("test_command", "whoami"),
            command: context.text("reboot_command"),
            search: match context.args.get("search_paths") {
                Some(Value::List(paths)) => paths.iter().map(Value::to_text).collect(),
                Some(Value::Str(paths)) => paths.split(',').map(|path| path.trim().to_owned()).collect(),
                _ => SEARCH_PATHS.map(str::to_owned).to_vec(),
            },
            shutdown: format!("-r {minutes} {}", quote(&text("msg", "Reboot initiated by Ansible"))),
            timeout: Duration::from_secs(seconds("reboot_timeout", 600)?),
            connect: match context.args.get("connect_timeout") {
                None | Some(Value::None) => None,
                Some(_) => Some(Duration::from_secs(seconds("connect_timeout", 0)?)),
            },
            after: Duration::from_secs(seconds("post_reboot_delay", 0)?),
        })
    }

    fn carry_out(&self, host: &dyn Remote) -> Result<Dict, TaskError> {
        let before = match self.boot_time(host) {
            Ok(before) => before,
            Err(message) => return Ok(ended(Duration::ZERO, false, Some(message))),
        };
        let command = self.command(host)?;
        let start = Instant::now();
        // A host that goes down at once does not answer: that is what was asked for.
        if let Ok(output) = run(host, &command)
            && output.rc != 0
        {
            let (out, err) = (output.stdout.trim(), output.stderr.trim());
            let message = format!("Reboot command failed. Error was: '{out}, {err}'");
            return Ok(ended(start.elapsed(), false, Some(message)));
        }
        // What is left of the connection may never answer again.
        host.reset();
        if let Some(limit) = self.connect {
            host.connect_within(limit);
        }
        host.sleep(self.after)?;
        let back = self.until(host, "last boot time check", || match self.boot_time(host)? {
            now if now.is_empty() || now == before => Err("boot time has not changed".into()),
            _ => Ok(()),
        })?;
        let tested = match back {
            Err(message) => Err(message),
            Ok(()) => self.until(host, "post-reboot test command", || match run(host, &self.test) {
                Ok(output) if output.rc == 0 => Ok(()),
                Ok(output) => Err(format!("Test command failed: {} {}", output.stderr, output.stdout)),
                Err(error) => Err(error.summary()),
            })?,
        };
        Ok(ended(start.elapsed(), true, tested.err()))
    }

    fn boot_time(&self, host: &dyn Remote) -> Result<String, String> {
        let output = run(host, &self.boot_time).map_err(|error| error.summary())?;
        match output.rc {
            0 => Ok(output.stdout.trim().to_owned()),
            rc => Err(format!(
                "{}: failed to get host boot time info, rc: {rc}, stdout: {}, stderr: {}",
                self.name, output.stdout, output.stderr
            )),
        }
    }

    fn command(&self, host: &dyn Remote) -> Result<String, TaskError> {
        let own = self.command.as_deref().unwrap_or("shutdown");
        let (program, rest) = own.split_once(' ').unwrap_or((own, ""));
        let args = if self.command.is_some() { rest } else { &self.shutdown };
        if program.starts_with('/') {
            return Ok(format!("{program} {args}"));
        }
        let mut find = Dict::new();
        find.insert("paths", Value::list(self.search.iter().map(|path| path.as_str().into())));
        find.insert("patterns", program.into());
        find.insert("file_type", "any".into());
        let found = host.call(Call::new("find", find))?;
        let first = found
            .get("files")
            .and_then(Value::as_list)
            .and_then(|files| files.first()?.as_dict()?.get("path"));
        match first {
            Some(path) => Ok(format!("{} {args}", path.to_text())),
            None => Err(TaskError::failed(format!(
                "Unable to find command \"{program}\" in search paths: {}",
                Value::list(self.search.iter().map(|path| path.as_str().into())).repr()
            ))),
        }
    }

    /// Tries until it works, with growing pauses, on a new connection each time. The inner error says that it
    /// did not in time.
    fn until(
        &self,
        host: &dyn Remote,
        what: &str,
        attempt: impl Fn() -> Result<(), String>,
    ) -> Result<Result<(), String>, TaskError> {
        let end = Instant::now() + self.timeout;
        let mut pause = Duration::from_secs(1);
        while Instant::now() < end {
            if attempt().is_ok() {
                return Ok(Ok(()));
            }
            host.reset();
            host.sleep(pause)?;
            pause = (pause * 2).min(MAX_PAUSE);
        }
        Ok(Err(format!("Timed out waiting for {what} (timeout={})", self.timeout.as_secs())))
    }
}

/// Runs a command line as the task's user.
fn run(host: &dyn Remote, line: &str) -> Result<RawResult, TaskError> {
    host.raw(line, None)
}

fn ended(elapsed: Duration, rebooted: bool, failure: Option<String>) -> Dict {
    let mut result = Dict::new();
    result.insert("changed", (rebooted && failure.is_none()).into());
    result.insert("elapsed", i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX).into());
    result.insert("rebooted", rebooted.into());
    if let Some(message) = failure {
        result.insert("failed", true.into());
        result.insert("msg", message.into());
    }
    result
}
