//! Plays run by rplay and the answers ansible-core gave to them.
//!
//! A case is an archive: command lines that begin with `$ `, then files, each after a line `-- NAME --`.
//! `NAME.expected` holds what ansible-core printed, recorded by `record.py`. Words on the command line of the
//! test choose cases by parts of their names.

use regex::Regex;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Regular expression and what stands for its match in both texts.
const MASKS: &[(&str, &str)] = &[
    // What led to an error is told by rplay alone.
    (r"(?m)^'\w+' is defined( at .*)?(, which uses .*)?\n\n?", ""),
    (r"(?m)^The task was reached through\n(  .*\n)+\n?", ""),
    (r#""delta": "[^"]*""#, r#""delta": "T""#),
    (r#""(start|end)": "\d{4}-[^"]*""#, r#""$1": "T""#),
    (r"(?m)^( *)(delta|start|end): '[^']*'$", "$1$2: T"),
    (r#""(pid|ctime|mtime|atime|inode|ino)": [0-9.]+"#, r#""$1": N"#),
    (r"\bj\d+\.\d+\b", "JID"),
    (r#""child_pid": \d+"#, r#""child_pid": N"#),
    (r"\.ansible/tmp/[^/ ]+/", "TMP/"),
];

struct Case {
    name: String,
    commands: Vec<String>,
    files: Vec<(String, String)>,
    expected: PathBuf,
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let cases = match cases(&wanted) {
        Ok(cases) => cases,
        Err(error) => return fail(&format!("the cases cannot be read: {error}")),
    };
    let failed = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(cases.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(problem) = check(case) {
                        say(&format!("--- {}\n{problem}", case.name));
                        failed.lock().unwrap().push(case.name.clone());
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    if failed.is_empty() {
        say(&format!("{} cases answer as ansible-core does", cases.len()));
        return ExitCode::SUCCESS;
    }
    fail(&format!("{} of {} cases differ: {}", failed.len(), cases.len(), failed.join(" ")))
}

#[allow(clippy::print_stdout)]
fn say(text: &str) {
    println!("{text}");
}

fn fail(text: &str) -> ExitCode {
    say(text);
    ExitCode::FAILURE
}

fn cases(wanted: &[String]) -> io::Result<Vec<Case>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat");
    let mut cases = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let chosen = wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
        if path.extension().is_some_and(|extension| extension == "case") && chosen {
            let (commands, files) = parse(&fs::read_to_string(&path)?);
            cases.push(Case { name, commands, files, expected: path.with_extension("expected") });
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

fn parse(text: &str) -> (Vec<String>, Vec<(String, String)>) {
    let mut commands = Vec::new();
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if let Some(name) = bare.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            files.push((name.to_owned(), String::new()));
        } else if let Some((_, content)) = files.last_mut() {
            content.push_str(line);
        } else if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.trim().to_owned());
        }
    }
    (commands, files)
}

fn check(case: &Case) -> Result<(), String> {
    let expected = fs::read_to_string(&case.expected)
        .map_err(|error| format!("no recorded answer {}: {error}", case.expected.display()))?;
    let actual = run(case).map_err(|error| error.to_string())?;
    let (expected, actual) = (masked(&expected), masked(&actual));
    if expected == actual {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&expected, &actual);
    Err(diff.unified_diff().context_radius(3).header("ansible-core", "rplay").to_string())
}

fn masked(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, stand_in) in MASKS {
        let pattern = Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, *stand_in).into_owned();
    }
    text
}

fn run(case: &Case) -> io::Result<String> {
    let temp = tempfile::Builder::new().prefix("compat").tempdir()?;
    let root = temp.path().canonicalize()?;
    let (home, dir, bin) = (root.join(".home"), root.join("case"), root.join("bin"));
    for path in [&home, &dir, &bin] {
        fs::create_dir_all(path)?;
    }
    for (name, content) in &case.files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&dir))?;
        fs::write(path, content)?;
    }
    const NAMES: [&str; 6] = ["", "-config", "-console", "-inventory", "-playbook", "-vault"];
    for name in NAMES.map(|end| format!("ansible{end}")) {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rplay"), bin.join(name))?;
    }
    let mut out = String::new();
    for command in &case.commands {
        let done = Command::new("sh")
            .args(["-c", command])
            .current_dir(&dir)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("HOME", &home)
            .env("LC_ALL", "C.UTF-8")
            .env("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3")
            .env("ANSIBLE_FORKS", "1")
            .env("ANSIBLE_NOCOLOR", "1")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()?;
        let text = String::from_utf8_lossy(&done.stdout)
            .replace(&*dir.to_string_lossy(), "DIR")
            .replace(&*home.to_string_lossy(), "HOME");
        let code = done.status.code().map_or_else(|| "signal".into(), |code| code.to_string());
        out.push_str(&format!("$ {command}\n{text}[exit {code}]\n"));
    }
    Ok(out)
}
