//! `async_status`: the state or the result of a job, read from its file.

use crate::args::{Choice, Map, ModuleArgs, Value};
use crate::{Failure, ModuleResult, Plan, System};
use std::path::{Path, PathBuf};

/// Obtain status of an asynchronous task.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// Job or task identifier.
    jid: String,
    /// `status` obtains the status, `cleanup` removes the job's file.
    #[arg(default = "status")]
    mode: Mode,
    /// The directory of job files, filled in by the controller.
    #[arg(ty = "path", default = "~/.ansible_async")]
    _async_dir: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Mode {
    Status,
    Cleanup,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let path = Path::new(&args._async_dir).join(&args.jid);
    let known = base(&args, &path);
    if !sys.exists(&path) {
        let missing = known.into_iter().filter(|(key, _)| key != "started" && key != "finished");
        let failure = missing
            .fold(Failure::new("could not find job"), |failure, (key, value)| failure.with(&key, value));
        return Err(failure.with("started", true).with("finished", true));
    }
    match args.mode {
        Mode::Cleanup => Ok(erase(path, ModuleResult { fields: known, ..ModuleResult::default() })),
        Mode::Status => Ok(Plan::done(status(&path, known, sys))),
    }
}

/// What every answer says; the job's own words come over it.
fn base(args: &Args, path: &Path) -> Map {
    let asks = args.mode == Mode::Status;
    let place = if asks { "results_file" } else { "erased" };
    let mut map = Map::new();
    map.insert("started".to_owned(), asks.into());
    map.insert("finished".to_owned(), false.into());
    for stream in ["stdout", "stderr"] {
        map.insert(stream.to_owned(), "".into());
        map.insert(format!("{stream}_lines"), Value::Array(Vec::new()));
    }
    map.insert("ansible_job_id".to_owned(), args.jid.as_str().into());
    map.insert(place.to_owned(), path.to_string_lossy().into());
    map
}

fn erase(path: PathBuf, result: ModuleResult) -> Plan {
    Plan::change(result, move |sys, result| {
        sys.remove_file(&path)?;
        Ok(result)
    })
}

/// A file that cannot be read as JSON is being written: the job runs.
fn status(path: &Path, mut known: Map, sys: &System) -> ModuleResult {
    let content = sys.read(path).ok().and_then(|bytes| serde_json::from_slice::<Map>(&bytes).ok());
    if let Some(mut data) = content {
        if !data.contains_key("started") {
            known.insert("finished".to_owned(), true.into());
        }
        for stream in ["stdout", "stderr"] {
            // Lines are split anew from what the job printed.
            if data.contains_key(stream) && !data.contains_key(&format!("{stream}_lines")) {
                known.remove(&format!("{stream}_lines"));
            }
        }
        known.append(&mut data);
    }
    for flag in ["started", "finished"] {
        let set = known.get(flag).is_some_and(|value| *value == true || value.as_i64() == Some(1));
        known.insert(flag.to_owned(), set.into());
    }
    ModuleResult { fields: known, ..ModuleResult::default() }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;

    fn ask(content: Option<&str>, mode: &str) -> (serde_json::Map<String, serde_json::Value>, bool) {
        let bench = Bench::new();
        let dir = bench.path("");
        if let Some(content) = content {
            std::fs::write(bench.path("j1.2"), content).unwrap();
        }
        let result = bench.run("async_status", json!({"jid": "j1.2", "mode": mode, "_async_dir": dir}));
        (result, bench.path("j1.2").exists())
    }

    #[test]
    fn running_and_half_written_jobs_are_not_finished() {
        for content in
            [r#"{"started": true, "finished": false}"#, r#"{"started": 1, "finished": 0}"#, "{\"cha"]
        {
            let (result, _) = ask(Some(content), "status");
            assert_eq!((&result["started"], &result["finished"]), (&json!(true), &json!(false)), "{content}");
            assert_eq!(result["stdout"], "");
        }
    }

    #[test]
    fn finished_jobs_return_their_result() {
        let (result, kept) = ask(Some(r#"{"changed": true, "rc": 3, "stdout": "a\nb"}"#), "status");
        assert_eq!(result["finished"], true);
        assert_eq!(
            (&result["changed"], &result["rc"], &result["stdout"]),
            (&json!(true), &json!(3), &json!("a\nb"))
        );
        assert!(result.get("stdout_lines").is_none(), "the engine splits them");
        assert!(kept);
    }

    #[test]
    fn cleanup_removes_the_file_and_a_missing_job_fails() {
        let (result, kept) = ask(Some("{}"), "cleanup");
        assert!(result["erased"].as_str().unwrap().ends_with("j1.2"));
        assert_eq!((&result["changed"], kept), (&json!(false), false));
        let (result, _) = ask(None, "status");
        assert_eq!((&result["failed"], &result["finished"]), (&json!(true), &json!(true)));
        assert_eq!(result["msg"], "could not find job");
    }
}
