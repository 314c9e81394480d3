//! The real modules behind the agent's [`Runner`].

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rplay_modules::system::{Blobs, Outlet, Services, Settings};
use rplay_modules::{Call as ModuleCall, System, run};
use rplay_protocol::{Call, CallOptions};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Map, Value, json};

use crate::context::{CallContext, expand_home};
use crate::job::{self, JOB_MODULE};
use crate::worker::Runner;

/// Runs the modules of this build.
#[derive(Debug, Clone, Copy, Default)]
pub struct ModuleRunner;

impl Runner for ModuleRunner {
    fn run(&self, call: &Call, context: &Arc<CallContext>) -> Map<String, Value> {
        let args = match call.arguments() {
            Ok(args) => args,
            Err(error) => return unreadable(&error),
        };
        if call.module == JOB_MODULE {
            return job::start(args, &call.options);
        }
        let wire = Arc::new(Wire(Arc::clone(context)));
        let services = Services { blobs: wire.clone(), outlet: wire, ..Services::default() };
        let system = System::new(settings(&call.options), services);
        if let Some(refused) = without_interpreter(&args, &system) {
            return refused;
        }
        let _files = limit_files(&args);
        run(&ModuleCall { name: call.module.clone(), args }, &system)
    }
}

/// The argument that carries `ansible_python_module_rlimit_nofile`.
const FILES: &str = "_ansible_rlimit_nofile";

/// The argument that names an interpreter a strict run wants to be there.
const INTERPRETER: &str = "_ansible_interpreter";

/// The failure of a call whose interpreter is missing.
fn without_interpreter(args: &Map<String, Value>, system: &System) -> Option<Map<String, Value>> {
    let wanted = args.get(INTERPRETER)?.as_str()?;
    let missing = system.bin_path(wanted).is_none();
    let text = format!("The module interpreter '{wanted}' was not found.");
    missing.then(|| Map::from_iter([("failed".to_owned(), json!(true)), ("msg".to_owned(), json!(text))]))
}

/// Limits open files as the call asks, until the guard is dropped.
fn limit_files(args: &Map<String, Value>) -> Option<FileLimit> {
    let wanted = args.get(FILES)?.as_u64().filter(|wanted| *wanted > 0)?;
    let before = getrlimit(Resource::Nofile);
    let current = before.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    setrlimit(Resource::Nofile, Rlimit { current: Some(current), ..before }).ok()?;
    Some(FileLimit(before))
}

/// Restores the limit of open files.
struct FileLimit(Rlimit);

impl Drop for FileLimit {
    fn drop(&mut self) {
        // The soft limit goes up to the hard one again, which is always allowed.
        let _ = setrlimit(Resource::Nofile, self.0);
    }
}

fn unreadable(error: &serde_json::Error) -> Map<String, Value> {
    let text = format!("the arguments did not arrive as JSON: {error}");
    Map::from_iter([("failed".to_owned(), json!(true)), ("msg".to_owned(), json!(text))])
}

pub(crate) fn settings(options: &CallOptions) -> Settings {
    let usual = Settings::default();
    Settings {
        check_mode: options.check,
        diff: options.diff,
        no_log: options.no_log,
        verbosity: options.verbosity,
        environment: options.environment.iter().cloned().collect(),
        cwd: options.cwd.as_ref().map_or(usual.cwd, PathBuf::from),
        remote_tmp: options.tmpdir.as_ref().map_or(usual.remote_tmp, |path| expand_home(Path::new(path))),
        shell: options.shell.clone(),
    }
}

struct Wire(Arc<CallContext>);

impl Blobs for Wire {
    fn open(&self, id: &str) -> io::Result<Box<dyn Read>> {
        let reader: Box<dyn Read> = self.0.open_blob(id)?;
        Ok(reader)
    }
}

impl Outlet for Wire {
    fn send(&self, id: &str, content: &mut dyn Read) -> io::Result<()> {
        io::copy(content, &mut self.0.outlet(id)).map(|_| ())
    }
}
