//! `script`: a script of the controller, run on the host.

use crate::args::ModuleArgs;
use crate::system::os_text;
use crate::text::shlex;
use crate::{Failure, ModuleResult, Plan, System};
use rustix::fs::StatVfsMountFlags;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// Run a script of the controller on the host.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The script's name and its arguments.
    #[arg(alias = "_raw_params")]
    cmd: String,
    /// Set by other actions: the id of the script the controller holds.
    #[arg(name = "_content")]
    content: String,
    /// When this file exists, the script is not run.
    creates: Option<PathBuf>,
    /// When this file does not exist, the script is not run.
    removes: Option<PathBuf>,
    /// Change to this directory first; an absolute path.
    chdir: Option<PathBuf>,
    /// The program that runs the script.
    executable: Option<String>,
    /// Meant for the controller, which has decrypted the script by now.
    #[arg(name = "decrypt", default = true)]
    _decrypt: bool,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let skipped =
        |msg: String| Ok(Plan::done(ModuleResult::unchanged().with("skipped", true).with("msg", msg)));
    if let Some(creates) = args.creates.as_ref().filter(|path| sys.exists(path)) {
        return skipped(format!("{} exists, matching creates option", creates.display()));
    }
    if let Some(removes) = args.removes.as_ref().filter(|path| !sys.exists(path)) {
        return skipped(format!("{} does not exist, matching removes option", removes.display()));
    }
    if let Some(dir) = args.chdir.as_ref().filter(|dir| !dir.is_absolute()) {
        return Err(Failure::new(format!(
            "chdir {} must be an absolute path for a Unix-aware remote node",
            dir.display()
        )));
    }
    let (name, rest) = first_word(args.cmd.trim()).ok_or_else(|| Failure::new("No closing quotation"))?;
    let predicted = if args.creates.is_some() || args.removes.is_some() {
        ModuleResult::changed()
    } else {
        let msg = "Check mode is not supported for this task.";
        ModuleResult::unchanged().with("skipped", true).with("msg", msg)
    };
    let rest = rest.to_owned();
    Ok(Plan::change(predicted, move |sys, _| execute(&args, &name, &rest, sys)))
}

/// The first word of a command line, unquoted, and the rest as it stands, for the shell.
fn first_word(line: &str) -> Option<(String, &str)> {
    let ends = line.char_indices().filter(|(_, letter)| letter.is_whitespace()).map(|(at, _)| at);
    ends.chain([line.len()]).find_map(|end| {
        let words = shlex::split(&line[..end]).ok()?;
        Some((words.into_iter().next()?, &line[end..]))
    })
}

fn execute(args: &Args, name: &str, rest: &str, sys: &System) -> Result<ModuleResult, Failure> {
    let dir = sys.temp_dir()?;
    let file = name.rsplit('/').next().filter(|file| !file.is_empty()).unwrap_or("script");
    let path = dir.join(file);
    store(&args.content, &path, sys)?;
    let quoted = shlex::quote(&path.to_string_lossy());
    let line = match &args.executable {
        Some(program) => format!("{program} {quoted}{rest}"),
        None if forbids_execution(dir) => format!("{} {quoted}{rest}", interpreter(&path, sys)?),
        None => format!("{quoted}{rest}"),
    };
    let mut command = sys.shell_command(&line, None);
    if let Some(dir) = &args.chdir {
        if !sys.is_dir(dir) {
            return Err(Failure::new(format!("chdir {}: there is no such directory", dir.display())));
        }
        command = command.cwd(dir);
    }
    let output = command.run();
    sys.remove_file(&path)?;
    let output = output?;
    let result = ModuleResult::changed()
        .with("rc", output.rc)
        .with("stdout", output.stdout_text())
        .with("stderr", output.stderr_text());
    if output.rc == 0 {
        return Ok(result);
    }
    Err(Failure::new("non-zero return code").with_all(result.fields).with("changed", true))
}

fn store(id: &str, path: &Path, sys: &System) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::new(format!("storing the script failed: {}", os_text(&error)));
    let mut content = sys.blobs().open(id).map_err(failed)?;
    let mut file = sys.create_new(path, 0o700)?;
    std::io::copy(&mut content, &mut file).map(drop).map_err(failed)
}

fn forbids_execution(dir: &Path) -> bool {
    rustix::fs::statvfs(dir).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::NOEXEC))
}

/// What the script's first line asks for; the shell when it asks for nothing.
fn interpreter(path: &Path, sys: &System) -> Result<String, Failure> {
    let mut first = Vec::new();
    let read = BufReader::new(sys.open(path)?.take(4096)).read_until(b'\n', &mut first);
    read.map_err(|error| Failure::new(format!("reading the script failed: {}", os_text(&error))))?;
    let first = String::from_utf8_lossy(&first);
    let named = first.strip_prefix("#!").map(str::trim).filter(|line| !line.is_empty());
    Ok(named.unwrap_or("/bin/sh").to_owned())
}

#[cfg(test)]
mod tests {
    use super::first_word;
    use crate::args::{Map, Value};
    use crate::system::{Blobs, Services, Settings, System};
    use crate::{Call, run};
    use serde_json::json;
    use std::io::{self, Read};
    use std::sync::Arc;

    struct Held(&'static str);

    impl Blobs for Held {
        fn open(&self, _id: &str) -> io::Result<Box<dyn Read>> {
            Ok(Box::new(self.0.as_bytes()))
        }
    }

    fn script(content: &'static str, args: Value, check_mode: bool) -> Map {
        let services = Services { blobs: Arc::new(Held(content)), ..Services::default() };
        let sys = System::new(Settings { check_mode, ..Settings::default() }, services);
        let Value::Object(mut args) = args else { panic!("arguments are an object") };
        args.insert("_content".to_owned(), json!("id"));
        run(&Call { name: "script".to_owned(), args }, &sys)
    }

    #[test]
    fn scripts_run_with_their_arguments() {
        let made = script(
            "#!/bin/sh\nprintf '%s|' \"$@\"; pwd",
            json!({"cmd": "x.sh a 'b c' $((1+1))", "chdir": "/"}),
            false,
        );
        assert_eq!((&made["stdout"], &made["changed"]), (&json!("a|b c|2|/\n"), &json!(true)));
        let failed = script("exit 3", json!({"cmd": "dir/x.sh"}), false);
        assert_eq!((&failed["rc"], &failed["msg"]), (&json!(3), &json!("non-zero return code")));
        let through = script("echo $0", json!({"cmd": "x.sh", "executable": "/bin/sh -e"}), false);
        assert!(through["stdout"].as_str().unwrap().ends_with("/x.sh\n"));
        let skipped = script("", json!({"cmd": "x", "creates": "/"}), false);
        assert_eq!(skipped["msg"], "/ exists, matching creates option");
        assert_eq!(script("", json!({"cmd": "x"}), true)["skipped"], true);
        assert_eq!(script("", json!({"cmd": "x", "removes": "/"}), true)["changed"], true);
    }

    #[test]
    fn names_may_be_quoted() {
        assert_eq!(first_word("'a b.sh' c 'd'"), Some(("a b.sh".to_owned(), " c 'd'")));
        assert_eq!(first_word("a"), Some(("a".to_owned(), "")));
        assert_eq!(first_word("'a"), None);
    }
}
