//! Jobs: modules that go on when the agent and the connection are gone (`async`).
//!
//! The agent starts the program it is made of once more under the name [`JOB_NAME`]; that process starts
//! another and ends, so that the other belongs to init: it is no descendant of the agent and has a session
//! of its own. What it is to run comes through a pipe. It writes its state and its result into a file, in
//! the form of ansible-core's `async_wrapper`, where `async_status` reads it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rplay_modules::system::Services;
use rplay_modules::{Call as ModuleCall, System, run};
use rplay_protocol::CallOptions;
use rustix::fs::Mode;
use rustix::process::{Signal, setsid, umask};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::context::expand_home;
use crate::modules::settings;
use crate::processes::signal_descendants;

/// The name (`argv[0]`) under which the program runs a job instead of an agent.
pub const JOB_NAME: &str = "rplay-job";

/// The module name of calls that start a job.
pub(crate) const JOB_MODULE: &str = "async_wrapper";

/// Argument of the process that no longer belongs to the agent.
const DETACHED: &str = "detached";

/// Numbers of jobs are below this, as ansible-core draws them.
const NUMBERS: u64 = 999_999_999_999;

/// What a call of [`JOB_MODULE`] says.
#[derive(Deserialize, Serialize)]
struct Order {
    /// Seconds the module may take.
    limit: u64,
    /// Directory of job files.
    dir: String,
    /// The module.
    module: String,
    /// Its arguments.
    args: Map<String, Value>,
}

/// Everything a job needs to know.
#[derive(Deserialize, Serialize)]
struct Job {
    order: Order,
    options: CallOptions,
}

/// Starts a job from inside an agent; the result is what `async` tasks with `poll: 0` return.
pub(crate) fn start(args: Map<String, Value>, options: &CallOptions) -> Map<String, Value> {
    begin(args, options).unwrap_or_else(|error| failure(&format!("the job cannot be started: {error}")))
}

fn begin(args: Map<String, Value>, options: &CallOptions) -> io::Result<Map<String, Value>> {
    let order: Order = serde_json::from_value(Value::Object(args))?;
    let options = CallOptions { timeout_secs: None, ..options.clone() };
    let spec = serde_json::to_vec(&Job { order, options })?;
    let mut child = Command::new("/proc/self/exe")
        .arg0(JOB_NAME)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    if let Some(mut stdin) = stdin {
        stdin.write_all(&spec)?;
    }
    child.wait()?;
    let mut answer = String::new();
    if let Some(stdout) = stdout {
        BufReader::new(stdout).read_line(&mut answer)?;
    }
    Ok(serde_json::from_str(&answer)?)
}

/// Runs a job: what the program does under the name [`JOB_NAME`].
#[must_use]
pub fn run_job(args: impl Iterator<Item = String>) -> ExitCode {
    let outcome = match args.last().as_deref() {
        Some(DETACHED) => detached(),
        _ => Command::new("/proc/self/exe").arg0(JOB_NAME).arg(DETACHED).spawn().map(|_| ()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The agent reads it; where it is gone, nobody is left to tell.
            let _ = tell(&failure(&format!("the job cannot be started: {error}")));
            ExitCode::FAILURE
        }
    }
}

fn detached() -> io::Result<()> {
    setsid()?;
    umask(Mode::from_bits_truncate(0o022));
    let mut spec = Vec::new();
    io::stdin().read_to_end(&mut spec)?;
    let Job { order, options } = serde_json::from_slice(&spec)?;
    let jid = format!("j{}.{}", RandomState::new().build_hasher().finish() % NUMBERS, std::process::id());
    let dir = expand_home(Path::new(&order.dir));
    if let Err(error) = DirBuilder::new().recursive(true).mode(0o700).create(&dir) {
        return tell(&failure(&format!("could not create directory: {} - {error}", dir.display())));
    }
    let state = State { path: dir.join(&jid) };
    state.write(&json!({"started": true, "finished": false, "ansible_job_id": jid}))?;
    tell_value(&json!({
        "failed": false, "started": true, "finished": false, "ansible_job_id": jid,
        "results_file": state.path.to_string_lossy(), "changed": true,
    }))?;
    leave_streams()?;
    carry_out(order, options, &state, &jid)
}

/// Runs the module on a thread of its own; past the limit its processes are killed.
fn carry_out(order: Order, options: CallOptions, state: &State, jid: &str) -> io::Result<()> {
    let (done, result) = channel();
    report_panics(state.path.clone(), jid.to_owned());
    std::thread::Builder::new().name("job".into()).spawn(move || {
        let system = System::new(settings(&options), Services::default());
        let call = ModuleCall { name: order.module, args: order.args };
        let _ = done.send(run(&call, &system));
    })?;
    match result.recv_timeout(Duration::from_secs(order.limit)) {
        Ok(result) => state.write(&Value::Object(result)),
        Err(RecvTimeoutError::Timeout) => {
            signal_descendants(Signal::KILL);
            let pid = std::process::id();
            state.write(&json!({"msg": "Timeout exceeded", "failed": true, "child_pid": pid}))
        }
        // The module panicked, and the hook has written so.
        Err(RecvTimeoutError::Disconnected) => Ok(()),
    }
}

/// Agents are built without unwinding: the hook is the last that runs after a panic.
fn report_panics(path: PathBuf, jid: String) {
    std::panic::set_hook(Box::new(move |info| {
        let msg = format!("the module crashed: {info} (this is a bug in rplay)");
        let result = json!({"failed": true, "changed": false, "msg": msg, "ansible_job_id": jid});
        let _ = State { path: path.clone() }.write(&result);
    }));
}

/// The job's file.
struct State {
    path: PathBuf,
}

impl State {
    /// Written beside and renamed: readers see the old or the new content. Results may hold secrets, so it
    /// is for its owner only.
    fn write(&self, content: &Value) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".tmp");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&serde_json::to_vec(content)?)?;
        drop(file);
        fs::rename(&beside, &self.path)
    }
}

fn tell(answer: &Map<String, Value>) -> io::Result<()> {
    tell_value(&Value::Object(answer.clone()))
}

fn tell_value(answer: &Value) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{answer}")?;
    out.flush()
}

/// Nobody listens any more, and what is left open would keep the agent's pipes alive.
fn leave_streams() -> io::Result<()> {
    let null = OpenOptions::new().write(true).open("/dev/null")?;
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(())
}

fn failure(text: &str) -> Map<String, Value> {
    Map::from_iter([("failed".to_owned(), json!(true)), ("msg".to_owned(), json!(text))])
}
