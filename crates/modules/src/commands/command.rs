//! `command`: a program run without a shell; also what `shell` comes down to.

use crate::args::{Map, ModuleArgs, Value};
use crate::system::{Output, SystemError, command_text, errno_text};
use crate::text::{expand, glob, shlex};
use crate::{Failure, ModuleResult, Plan, System};
use std::path::{Path, PathBuf};

/// Run a command on the host.
#[derive(Debug, ModuleArgs)]
#[args(required_one_of("_raw_params", "cmd", "argv"), mutually_exclusive("_raw_params", "cmd", "argv"))]
pub(crate) struct Args {
    /// The command line, given free-form.
    #[arg(name = "_raw_params")]
    raw_params: Option<String>,
    /// Whether a shell reads the command line.
    #[arg(name = "_uses_shell", default = false)]
    uses_shell: bool,
    /// The command line.
    cmd: Option<String>,
    /// The command as a list of words.
    argv: Option<Vec<String>>,
    /// Change to this directory first.
    chdir: Option<PathBuf>,
    /// The shell to use.
    executable: Option<String>,
    /// Expand `~` and environment variables in the words.
    #[arg(default = true)]
    expand_argument_vars: bool,
    /// A file or pattern; when it exists, the command is not run.
    creates: Option<PathBuf>,
    /// A file or pattern; when it does not exist, the command is not run.
    removes: Option<PathBuf>,
    /// What the command reads.
    stdin: Option<String>,
    /// End the input with a newline.
    #[arg(default = true)]
    stdin_add_newline: bool,
    /// Take newlines off the end of the output.
    #[arg(default = true)]
    strip_empty_ends: bool,
}

impl Args {
    pub(super) fn through_shell(mut self) -> Self {
        self.uses_shell = true;
        self
    }
}

/// What is to be run.
enum Task {
    Words(Vec<String>),
    Line(String),
}

impl Task {
    fn shown(&self) -> Value {
        match self {
            Self::Words(words) => words.clone().into(),
            Self::Line(line) => line.clone().into(),
        }
    }
}

pub(crate) fn plan(mut args: Args, sys: &System) -> Result<Plan, Failure> {
    if let Some(executable) = args.executable.take_if(|_| !args.uses_shell) {
        sys.warn(format!(
            "As of Ansible 2.4, the parameter 'executable' is no longer supported with the 'command' module. \
             Not using '{executable}'."
        ));
    }
    let task = task(&args)?;
    let cwd = working_dir(&args, &task, sys)?;
    let verb = if sys.check_mode() { "Would" } else { "Did" };
    if let Some(why) = reason_to_skip(&args, &cwd) {
        let result = report(&task)
            .with("stdout", format!("skipped, since {why}"))
            .with("rc", 0)
            .with("msg", format!("{verb} not run command since {}", quoted_reason(&why)));
        return Ok(Plan::done(result));
    }
    let mut predicted =
        report(&task).with("rc", 0).with("msg", "Command would have run if not in check mode");
    let foreseeable = args.creates.is_some() || args.removes.is_some();
    predicted.changed = foreseeable;
    if !foreseeable {
        predicted.set("skipped", true);
    }
    Ok(Plan::change(predicted, move |sys, _| execute(&args, &task, &cwd, sys)))
}

fn task(args: &Args) -> Result<Task, Failure> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    match given(&args.raw_params).or_else(|| given(&args.cmd)) {
        Some(line) if args.uses_shell => Ok(Task::Line(line)),
        Some(line) => shlex::split(&line).map(Task::Words).map_err(Failure::new),
        None => {
            let words = args.argv.clone().unwrap_or_default();
            if args.uses_shell { Ok(Task::Line(command_text(&words))) } else { Ok(Task::Words(words)) }
        }
    }
}

/// The fields Ansible promises in every result of a command.
fn report(task: &Task) -> ModuleResult {
    let mut fields = Map::new();
    for (key, value) in
        [("stdout", "".into()), ("stderr", "".into()), ("rc", Value::Null), ("cmd", task.shown())]
    {
        fields.insert(key.to_owned(), value);
    }
    for key in ["start", "end", "delta"] {
        fields.insert(key.to_owned(), Value::Null);
    }
    fields.insert("msg".to_owned(), "".into());
    ModuleResult { fields, ..ModuleResult::default() }
}

fn working_dir(args: &Args, task: &Task, sys: &System) -> Result<PathBuf, Failure> {
    let Some(dir) = &args.chdir else { return Ok(sys.settings().cwd.clone()) };
    let path = sys.resolve(dir);
    let searchable = std::fs::metadata(&path).and_then(|found| {
        if found.is_dir() {
            Ok(())
        } else {
            Err(std::io::Error::from_raw_os_error(rustix::io::Errno::NOTDIR.raw_os_error()))
        }
    });
    match searchable {
        Ok(()) => Ok(path),
        Err(error) => Err(Failure::new("Unable to change directory before execution.")
            .with_all(report(task).fields)
            .with("msg", "Unable to change directory before execution.")
            .cause(errno_text(&error, dir))),
    }
}

/// Why the command need not run: `PATH exists` or `PATH does not exist`.
fn reason_to_skip(args: &Args, cwd: &Path) -> Option<String> {
    let there = |pattern: &PathBuf| !glob::glob(&pattern.to_string_lossy(), cwd).is_empty();
    if let Some(creates) = args.creates.as_ref().filter(|creates| there(creates)) {
        return Some(format!("{} exists", creates.display()));
    }
    let removes = args.removes.as_ref().filter(|removes| !there(removes))?;
    Some(format!("{} does not exist", removes.display()))
}

fn quoted_reason(why: &str) -> String {
    let split = why.strip_suffix(" does not exist").map(|path| (path, "does not exist"));
    match split.or_else(|| why.strip_suffix(" exists").map(|path| (path, "exists"))) {
        Some((path, state)) => format!("'{path}' {state}"),
        None => why.to_owned(),
    }
}

fn execute(args: &Args, task: &Task, cwd: &Path, sys: &System) -> Result<ModuleResult, Failure> {
    let command = match task {
        Task::Line(line) => sys.shell_command(line, args.executable.as_deref()),
        Task::Words(words) if args.expand_argument_vars => {
            sys.command(words.iter().map(|word| expand::path(word, sys)))
        }
        Task::Words(words) => sys.command(words.iter().map(String::as_str)),
    };
    let mut command = command.cwd(cwd);
    if let Some(text) = args.stdin.as_ref().filter(|text| !text.is_empty()) {
        let newline = if args.stdin_add_newline { "\n" } else { "" };
        command = command.stdin(format!("{text}{newline}"));
    }
    let start = sys.now();
    let output = command.run().map_err(|error| not_started(&error, task))?;
    let end = sys.now();
    let mut result = report(task);
    result.changed = true;
    outputs(&mut result, &output, args.strip_empty_ends);
    result.set("rc", output.rc);
    result.set("start", start.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string());
    result.set("end", end.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string());
    result.set("delta", delta(end.timestamp().as_microsecond() - start.timestamp().as_microsecond()));
    if output.rc == 0 {
        return Ok(result);
    }
    let msg = "non-zero return code";
    Err(Failure::new(msg).with_all(result.fields).with("msg", msg).with("changed", true))
}

fn outputs(result: &mut ModuleResult, output: &Output, strip: bool) {
    for (key, text) in [("stdout", output.stdout_text()), ("stderr", output.stderr_text())] {
        let text = if strip { text.trim_end_matches(['\r', '\n']).to_owned() } else { text };
        result.set(key, text);
    }
}

/// A span as Python prints a `timedelta`.
pub(super) fn delta(microseconds: i64) -> String {
    let seconds = microseconds / 1_000_000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let fraction = match microseconds % 1_000_000 {
        0 => String::new(),
        part => format!(".{part:06}"),
    };
    let clock = format!("{}:{:02}:{:02}{fraction}", rest / 3600, rest / 60 % 60, rest % 60);
    match days {
        0 => clock,
        1 => format!("1 day, {clock}"),
        days => format!("{days} days, {clock}"),
    }
}

fn not_started(error: &SystemError, task: &Task) -> Failure {
    let cmd = match task {
        Task::Words(words) => command_text(words),
        Task::Line(line) => line.clone(),
    };
    let failure =
        Failure::new("Error executing command.").with("stdout", "").with("stderr", "").with("cmd", cmd);
    match (error, error.io()) {
        (SystemError::Command { program, .. }, Some(io)) => {
            failure.rc(io.raw_os_error().unwrap_or(257)).cause(errno_text(io, Path::new(program)))
        }
        _ => failure.rc(257).cause(error),
    }
}

#[cfg(test)]
mod tests {
    use super::delta;
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn commands_and_shells_report_as_ansibles_do() {
        let bench = Bench::new();
        bench.write("f", "x");
        let echo = bench.run("command", json!({"_raw_params": "echo 'a  b' $HOME"}));
        assert_eq!(echo["cmd"], json!(["echo", "a  b", "$HOME"]));
        assert_eq!(echo["stdout"], format!("a  b {}", std::env::var("HOME").unwrap()));
        let shell =
            bench.run("shell", json!({"cmd": "cat; echo e >&2; exit 3", "stdin": "in", "chdir": "/"}));
        assert_eq!(
            (&shell["rc"], &shell["msg"], &shell["failed"]),
            (&json!(3), &json!("non-zero return code"), &json!(true))
        );
        assert_eq!(
            (&shell["stdout"], &shell["stderr"], &shell["changed"]),
            (&json!("in"), &json!("e"), &json!(true))
        );
        let missing = bench.run("command", json!({"argv": ["/nonexistent", "a b"]}));
        assert_eq!((&missing["rc"], &missing["cmd"]), (&json!(2), &json!("/nonexistent 'a b'")));
        let skipped = bench.run("command", json!({"cmd": "false", "creates": "@*"}));
        assert_eq!((&skipped["changed"], &skipped["rc"]), (&json!(false), &json!(0)));
        assert!(skipped["msg"].as_str().unwrap().starts_with("Did not run command since '"));
    }

    #[test]
    fn check_mode_runs_nothing() {
        let bench = Bench::new();
        let plain = bench.check("command", json!({"cmd": "touch f", "chdir": "@"}));
        assert_eq!((&plain["skipped"], &plain["changed"]), (&json!(true), &json!(false)));
        let guarded = bench.check("command", json!({"cmd": "touch f", "chdir": "@", "creates": "f"}));
        assert_eq!((guarded.get("skipped"), &guarded["changed"]), (None, &json!(true)));
        assert!(!bench.path("f").exists());
    }

    #[test]
    fn spans_read_as_python_prints_them() {
        assert_eq!(delta(1_234_567), "0:00:01.234567");
        assert_eq!(delta(90_061_000_000), "1 day, 1:01:01");
    }
}
