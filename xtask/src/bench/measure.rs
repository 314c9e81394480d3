//! One run of a program: how long, how much processor, how much memory.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// What a run cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Processor seconds of the program and of the children it waited for.
    pub(crate) cpu: f64,
    /// Peak resident memory of the largest of those processes, MB.
    pub(crate) memory: f64,
}

/// Runs a command with its output in `log`; the error is what a table says of a failed run.
pub(crate) fn run(command: &mut Command, log: &Path, limit: Duration) -> Result<Cost, String> {
    let output = File::create(log).and_then(|file| Ok((file.try_clone()?, file)));
    let (output, errors) = output.map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
    let began = Instant::now();
    let child = command.spawn().map_err(|error| format!("cannot be started: {error}"))?;
    let (code, usage) = end_of(child, limit)?;
    let wall = began.elapsed().as_secs_f64();
    if code != 0 {
        return Err(format!("fails (exit code {code}): {}", last_words(log)));
    }
    Ok(Cost { wall, ..usage })
}

/// Waits for the end, at most until `limit`; then the program's whole process group is killed.
fn end_of(child: Child, limit: Duration) -> Result<(i32, Cost), String> {
    let id = i32::try_from(child.id()).map_err(|_| "has an odd process id".to_owned())?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(wait(id)));
    if let Ok(ended) = receiver.recv_timeout(limit) {
        return ended.map_err(|error| format!("cannot be waited for: {error}"));
    }
    if let Some(group) = Pid::from_raw(id) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = receiver.recv();
    Err(format!("over {} s, stopped", limit.as_secs()))
}

/// Exit code (128 + n after signal n) and resource usage of a child.
#[allow(unsafe_code, reason = "no safe wrapper tells the resource usage of one child")]
fn wait(id: i32) -> std::io::Result<(i32, Cost)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live, writable values of the types wait4 fills; rusage is plain numbers, so
    // the zeroed value is valid whatever the call does.
    let (found, usage) =
        unsafe { (libc::wait4(id, &raw mut status, 0, usage.as_mut_ptr()), usage.assume_init()) };
    if found < 0 {
        return Err(std::io::Error::last_os_error());
    }
    let code =
        if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    // Kilobytes on Linux.
    Ok((code, Cost { wall: 0.0, cpu, memory: usage.ru_maxrss as f64 * 1024.0 / 1e6 }))
}

/// The last line of a log that says something, cut to fit a table.
fn last_words(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no output");
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect()
}

/// The run in the middle by time.
pub(crate) fn median(costs: &[Cost]) -> Option<Cost> {
    let mut sorted = costs.to_vec();
    sorted.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Result<Cost, String> {
        let log = std::env::temp_dir().join(format!("rplay-measure-{}-{}", std::process::id(), script.len()));
        let cost = run(Command::new("sh").args(["-c", script]), &log, limit);
        let _ = std::fs::remove_file(log);
        cost
    }

    #[test]
    fn costs_failures_and_limits() {
        let long = Duration::from_secs(20);
        let cost = sh("sleep 0.1", long).unwrap();
        assert!(cost.wall >= 0.1 && cost.memory > 0.1);
        assert_eq!(sh("echo why; exit 3", long).unwrap_err(), "fails (exit code 3): why");
        assert_eq!(sh("sleep 30 & wait", Duration::from_millis(100)).unwrap_err(), "over 0 s, stopped");
    }
}
