//! A signal during a long task ends the run as ansible-core ends it, and leaves nothing running.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const PLAY: &str = "
- hosts: h1
  gather_facts: false
  tasks:
    - shell: echo $$ > pids; sleep 600 & echo $! >> pids; wait
      args: {chdir: '{{ playbook_dir }}'}
    - debug: msg=unreached
";

const LOOKUP: &str = "
- hosts: h1
  gather_facts: false
  tasks:
    - debug: msg={{ lookup('pipe', 'echo $$ > pids; exec sleep 600') }}
    - debug: msg=unreached
";

fn start(dir: &Path, play: &str) -> Child {
    fs::write(dir.join("hosts"), "h1 ansible_connection=local\n").unwrap();
    fs::write(dir.join("p.yml"), play).unwrap();
    Command::new(env!("CARGO_BIN_EXE_rplay"))
        .args(["-i", "hosts", "p.yml"])
        .current_dir(dir)
        .env("HOME", dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn alive(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

/// Sends `signal` while the play runs; its exit code and output. The play's processes must be gone then.
fn interrupted(play: &str, count: usize, signal: &str) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut child = start(dir.path(), play);
    let pids = dir.path().join("pids");
    let read = || fs::read_to_string(&pids).unwrap_or_default();
    until("the start of the task", || read().lines().count() == count);
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let began = Instant::now();
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    let code = child.wait().unwrap().code();
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    for pid in read().lines() {
        until("the end of the task's processes", || !alive(pid));
    }
    (code, output)
}

#[test]
fn sigint_ends_a_long_task_and_its_children() {
    let (code, output) = interrupted(PLAY, 2, "INT");
    assert_eq!(code, Some(99), "{output}");
    assert!(!output.contains("unreached"), "{output}");
}

#[test]
fn sigterm_ends_a_long_task_and_its_children() {
    let (code, output) = interrupted(PLAY, 2, "TERM");
    assert_eq!(code, Some(143), "{output}");
    assert!(!output.contains("unreached"), "{output}");
}

#[test]
fn sigint_ends_the_command_of_a_lookup() {
    let (code, output) = interrupted(LOOKUP, 1, "INT");
    assert_eq!(code, Some(99), "{output}");
    assert!(!output.contains("unreached"), "{output}");
}

/// A job survives the run that started it, and ends at its limit.
#[test]
fn jobs_outlive_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let play = "
- hosts: h1
  gather_facts: false
  tasks:
    - shell: sleep 2; echo done > survived; sleep 600
      args: {chdir: '{{ playbook_dir }}'}
      async: 5
      poll: 0
";
    let status = start(dir.path(), play).wait().unwrap();
    assert!(status.success());
    assert!(!dir.path().join("survived").exists(), "the run waited for the job");
    until("the job's work", || dir.path().join("survived").exists());
    let jobs = dir.path().join(".ansible_async");
    until("the job's end", || {
        fs::read_dir(&jobs)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| fs::read_to_string(entry.path()).unwrap_or_default().contains("Timeout exceeded"))
    });
}
