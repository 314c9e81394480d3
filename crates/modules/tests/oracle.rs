//! Runs the calls of `cases/*.json` through Ansible and through this crate, and compares results
//! and files.
//!
//! A case: `{"module": …, "args": …, "files": {"name": "content"}, "check": true}`; `@` at the
//! start of an argument's text stands for a fresh directory. Keys that differ from run to run, or
//! that only one side's plumbing adds, do not count; a case may name more in `"ignore"`.

use rplay_modules::system::{Services, Settings};
use rplay_modules::{Call, System, run};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Volatile keys, and those a controller adds or takes away.
const IGNORED: &[&str] = &[
    "invocation",
    "ansible_facts",
    "deprecations",
    "exception",
    "src",
    "stdout_lines",
    "stderr_lines",
    "uid",
    "gid",
    "start",
    "end",
    "delta",
    "backup_file",
    "warnings",
    "_ansible_no_log",
    "failed_when_result",
    "content_lines",
];

#[derive(Clone)]
struct Case {
    name: String,
    module: String,
    args: Map<String, Value>,
    files: BTreeMap<String, String>,
    check: bool,
    ignore: Vec<String>,
}

#[test]
fn results_and_files_are_ansibles() {
    let Some(oracle) = std::env::var_os("RPLAY_ORACLE").map(PathBuf::from) else {
        panic!(
            "RPLAY_ORACLE must name the virtual environment of ansible-core 2.19, in which bin/ansible lies"
        );
    };
    let only = std::env::var("RPLAY_ORACLE_ONLY").unwrap_or_default();
    let base = std::env::temp_dir().join(format!("rplay-oracle-{}", std::process::id()));
    std::fs::create_dir(&base).unwrap();
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.name.contains(&only)).collect();
    let roots: Vec<PathBuf> = (0..cases.len()).map(|number| base.join(number.to_string())).collect();
    for (case, root) in cases.iter().zip(&roots) {
        prepare(case, &root.join("theirs"));
        prepare(case, &root.join("ours"));
    }
    let answers = ansible(&oracle, &cases, &roots, &base);
    let mut wrong = Vec::new();
    for ((case, root), answer) in cases.iter().zip(&roots).zip(answers) {
        let (theirs, ours) = (root.join("theirs"), root.join("ours"));
        let wanted = (comparable(answer, case, &theirs), tree(&theirs));
        let found = (comparable(rplay(case, &ours), case, &ours), tree(&ours));
        if wanted != found {
            wrong.push(format!(
                "{}\n  Ansible: {} {:?}\n  here:    {} {:?}",
                case.name, wanted.0, wanted.1, found.0, found.1
            ));
        }
    }
    std::fs::remove_dir_all(base).unwrap();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn cases() -> Vec<Case> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let listed: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (number, case) in listed.iter().enumerate() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let module = text(&case["module"]);
            cases.push(Case {
                name: format!(
                    "{}[{number}] {module} {}",
                    file.file_name().unwrap().to_string_lossy(),
                    case["args"]
                ),
                module,
                args: case["args"].as_object().unwrap().clone(),
                files: case["files"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, content)| (name.clone(), text(content)))
                    .collect(),
                check: case["check"] == true,
                ignore: case["ignore"].as_array().into_iter().flatten().map(text).collect(),
            });
        }
    }
    cases
}

/// Makes a directory with the case's files; a name that ends in `/` is a directory, content after
/// `->` the target of a link.
fn prepare(case: &Case, root: &Path) {
    std::fs::create_dir_all(root).unwrap();
    for (name, content) in &case.files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if name.ends_with('/') {
            std::fs::create_dir_all(path).unwrap();
        } else if let Some(target) = content.strip_prefix("->") {
            std::os::unix::fs::symlink(target, path).unwrap();
        } else {
            std::fs::write(path, content).unwrap();
        }
    }
}

fn placed(value: &Value, root: &Path) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(name) => Value::from(format!("{}/{name}", root.display())),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| placed(item, root)).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), placed(value, root))).collect(),
        other => other.clone(),
    }
}

fn rplay(case: &Case, root: &Path) -> Value {
    let settings =
        Settings { check_mode: case.check, diff: true, cwd: root.to_owned(), ..Settings::default() };
    let sys = System::new(settings, Services::default());
    let Value::Object(args) = placed(&Value::Object(case.args.clone()), root) else { unreachable!() };
    Value::Object(run(&Call { name: case.module.clone(), args }, &sys))
}

/// Runs all cases in one play, which writes their results to a file.
fn ansible(oracle: &Path, cases: &[Case], roots: &[PathBuf], base: &Path) -> Vec<Value> {
    let task = |(number, (case, root)): (usize, (&Case, &PathBuf))| {
        let args = placed(&Value::Object(case.args.clone()), &root.join("theirs"));
        json!({&case.module: args, "register": format!("case{number}"), "ignore_errors": true, "check_mode": case.check, "diff": true})
    };
    let mut tasks: Vec<Value> = cases.iter().zip(roots).enumerate().map(task).collect();
    let names: Vec<String> = (0..cases.len()).map(|number| format!("case{number}")).collect();
    let (play, results) = (base.join("play.json"), base.join("results.json"));
    tasks.push(
        json!({"copy": {"dest": results, "content": format!("{{{{ [{}] | to_json }}}}", names.join(","))}}),
    );
    let vars = json!({"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"});
    let plays = json!([{"hosts": "localhost", "gather_facts": false, "vars": vars, "tasks": tasks}]);
    std::fs::write(&play, plays.to_string()).unwrap();
    let mut command = Command::new(oracle.join("bin/ansible-playbook"));
    let output = command.args(["-i", "localhost,"]).arg(&play).current_dir(base).output().unwrap();
    let said =
        || format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let text =
        std::fs::read_to_string(&results).unwrap_or_else(|error| panic!("no results: {error}: {}", said()));
    serde_json::from_str(&text).unwrap()
}

fn comparable(result: Value, case: &Case, root: &Path) -> Value {
    let Value::Object(mut map) = result else { panic!("{}: no result: {result}", case.name) };
    map.retain(|key, _| {
        !IGNORED.contains(&key.as_str())
            && !case.ignore.contains(key)
            && !key.starts_with("_ansible")
            && key != "action"
    });
    if map.get("failed") == Some(&Value::Bool(false)) {
        map.remove("failed");
    }
    if let Some(diff) = map.get_mut("diff") {
        let listed = if diff.is_array() { diff.take() } else { Value::Array(vec![diff.take()]) };
        *diff = listed;
    }
    map.sort_keys();
    let root = root.to_string_lossy().into_owned();
    let text = Value::Object(map).to_string().replace(&root, "@");
    serde_json::from_str(&text).unwrap()
}

/// Every file below, with kind, mode and content.
fn tree(root: &Path) -> Vec<(String, String)> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = std::fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let content = if meta.is_symlink() {
                format!(
                    "-> {}",
                    std::fs::read_link(&path)
                        .unwrap()
                        .display()
                        .to_string()
                        .replace(&*root.to_string_lossy(), "@")
                )
            } else if meta.is_dir() {
                open.push(path.clone());
                "directory".to_owned()
            } else {
                String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()
            };
            // Names of backups and temporary files differ from run to run.
            let name = if name.ends_with('~') { "BACKUP".to_owned() } else { name };
            found.push((name, format!("{:o} {content}", meta.permissions().mode())));
        }
    }
    found.sort();
    found
}
