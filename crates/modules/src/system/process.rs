//! Running commands.

use super::children::{Children, kill_group};
use super::{System, SystemError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, OFlags, access, fcntl_getfl, fcntl_setfl};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A command to be run; made by [`System::command`].
pub struct Command<'a> {
    sys: &'a System,
    argv: Vec<String>,
    cwd: PathBuf,
    env: BTreeMap<String, String>,
    stdin: Option<Vec<u8>>,
    umask: Option<u32>,
    timeout: Option<Duration>,
}

/// What a command left behind.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The exit code; minus the signal's number when a signal ended it, as Python counts.
    pub rc: i32,
    /// Standard output, byte for byte.
    pub stdout: Vec<u8>,
    /// Standard error, byte for byte.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text, bytes that are no UTF-8 as `surrogateescape` reads them: the
    /// controller decides about them. Who needs the bytes themselves takes [`Output::stdout`].
    #[must_use]
    pub fn stdout_text(&self) -> String {
        rplay_surrogates::decode(&self.stdout)
    }

    /// Standard error as text, as [`Output::stdout_text`].
    #[must_use]
    pub fn stderr_text(&self) -> String {
        rplay_surrogates::decode(&self.stderr)
    }
}

/// A command line for people and results, quoted as a shell reads it.
#[must_use]
pub fn command_text(argv: &[String]) -> String {
    argv.iter().map(|word| crate::text::shlex::quote(word)).collect::<Vec<_>>().join(" ")
}

impl System {
    /// A command, program first. A program without `/` is searched in the task's `PATH`.
    ///
    /// Reading commands may run while a module plans; one that changes the host belongs in
    /// `apply`.
    pub fn command<S: Into<String>>(&self, argv: impl IntoIterator<Item = S>) -> Command<'_> {
        Command {
            sys: self,
            argv: argv.into_iter().map(Into::into).collect(),
            cwd: self.settings().cwd.clone(),
            env: BTreeMap::new(),
            stdin: None,
            umask: None,
            timeout: None,
        }
    }

    /// A command line for the shell: `executable`, else the play's shell, else `/bin/sh`.
    pub fn shell_command(&self, line: &str, executable: Option<&str>) -> Command<'_> {
        let shell = executable.or(self.settings().shell.as_deref()).unwrap_or("/bin/sh");
        self.command([shell, "-c", line])
    }

    /// Where a program lies: the task's `PATH`, then the sbin directories.
    #[must_use]
    pub fn bin_path(&self, program: &str) -> Option<String> {
        if program.contains('/') {
            let path = self.resolve(program);
            return is_program(&path).then(|| path.to_string_lossy().into_owned());
        }
        let found = self.search_path().into_iter().map(|dir| Path::new(&dir).join(program));
        found.into_iter().find(|path| is_program(path)).map(|path| path.to_string_lossy().into_owned())
    }

    /// As [`System::bin_path`], for a program that must be there.
    ///
    /// # Errors
    /// Names the program and the directories searched.
    pub fn require_bin(&self, program: &str) -> Result<String, SystemError> {
        self.bin_path(program).ok_or_else(|| SystemError::Missing {
            program: program.to_owned(),
            paths: self.search_path().join(":"),
        })
    }

    fn search_path(&self) -> Vec<String> {
        let path = self.env("PATH").unwrap_or_default();
        let mut dirs: Vec<String> =
            path.split(':').filter(|dir| !dir.is_empty()).map(str::to_owned).collect();
        for dir in ["/sbin", "/usr/sbin", "/usr/local/sbin"] {
            if !dirs.iter().any(|known| known == dir) && Path::new(dir).exists() {
                dirs.push(dir.to_owned());
            }
        }
        dirs
    }
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

impl Command<'_> {
    /// Starts it in another directory than the call's.
    #[must_use]
    pub fn cwd(mut self, dir: impl AsRef<Path>) -> Self {
        self.cwd = self.sys.resolve(dir);
        self
    }

    /// Sets a variable of its environment, on top of the task's.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Asks tools for untranslated messages, for those whose output is parsed.
    #[must_use]
    pub fn c_locale(self) -> Self {
        ["LANG", "LC_ALL", "LC_MESSAGES", "LC_CTYPE"]
            .iter()
            .fold(self, |command, name| command.env(name, "C"))
    }

    /// Feeds it; without this its input is empty.
    #[must_use]
    pub fn stdin(mut self, content: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(content.into());
        self
    }

    /// Sets its umask.
    #[must_use]
    pub fn umask(mut self, mask: u32) -> Self {
        self.umask = Some(mask);
        self
    }

    /// Kills it and all it started after this time.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Runs it to its end. Any exit code is a result, not an error.
    ///
    /// As with Ansible, output still open after the command's end (a child in the background
    /// holds it) is read until a second passes in silence.
    ///
    /// # Errors
    /// It cannot be started (the system's error is inside), or its time is up.
    pub fn run(self) -> Result<Output, SystemError> {
        let program = self.argv.first().cloned().unwrap_or_default();
        let failed = |source| SystemError::Command { program: program.clone(), source };
        let mut child = self.spawn().map_err(failed)?;
        let group = i32::try_from(child.id()).unwrap_or(0);
        let children = &self.sys.services.children;
        children.add(group);
        let outcome = self.attend(&mut child);
        children.remove(group);
        match outcome {
            Ok(Some(output)) => Ok(output),
            Ok(None) => {
                end(&mut child, group);
                Err(SystemError::Timeout { program, seconds: self.timeout.unwrap_or_default().as_secs() })
            }
            Err(error) => {
                end(&mut child, group);
                Err(failed(error))
            }
        }
    }

    /// Runs it and takes any exit code but 0 as a failure in Ansible's form.
    ///
    /// # Errors
    /// As [`Command::run`]; otherwise `rc`, `cmd`, `stdout`, `stderr` stand in the failure.
    pub fn run_checked(self) -> Result<Output, crate::Failure> {
        let line = command_text(&self.argv);
        let output = self.run()?;
        if output.rc == 0 {
            return Ok(output);
        }
        Err(crate::Failure::new(output.stderr_text().trim_end())
            .with("cmd", line)
            .rc(output.rc)
            .with("stdout", output.stdout_text())
            .with("stderr", output.stderr_text()))
    }

    /// The list its process group is to be on while it runs.
    pub(super) fn children(&self) -> Children {
        self.sys.services.children.clone()
    }

    /// The command for who starts it otherwise, behind the words of a program that runs it.
    pub(super) fn into_std(self, through: &[&str]) -> io::Result<std::process::Command> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no program was given"));
        };
        let Some((runner, options)) = through.split_first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "nothing to run the program with"));
        };
        let mut command = std::process::Command::new(self.locate(runner));
        command.args(options).arg(self.locate(program)).args(arguments).current_dir(&self.cwd);
        command.envs(raw(&self.sys.settings().environment)?).envs(&self.env);
        Ok(command)
    }

    fn spawn(&self) -> io::Result<Child> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no program was given"));
        };
        let mut command = std::process::Command::new(self.locate(program));
        command.arg0(program).args(arguments);
        // The directory an agent was started in may be closed to the user it became; going there again fails.
        if std::env::current_dir().ok().as_ref() != Some(&self.cwd) {
            command.current_dir(&self.cwd);
        }
        command.envs(raw(&self.sys.settings().environment)?).envs(&self.env);
        // The agent's own input is the wire: a child must never see it.
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        if let Some(mask) = self.umask {
            set_umask(&mut command, mask);
        }
        command.spawn()
    }

    /// The program's path; searched here because the task's `PATH` counts, not the agent's.
    fn locate(&self, program: &str) -> PathBuf {
        if program.contains('/') {
            return PathBuf::from(program);
        }
        let path = self.env.get("PATH").cloned().or_else(|| self.sys.env("PATH")).unwrap_or_default();
        let dirs = path.split(':').map(|dir| if dir.is_empty() { "." } else { dir });
        let mut found = dirs.map(|dir| self.cwd.join(dir).join(program));
        found.find(|path| is_program(path)).unwrap_or_else(|| PathBuf::from(program))
    }

    /// Feeds and reads until the end; `None` when the time is up.
    fn attend(&self, child: &mut Child) -> io::Result<Option<Output>> {
        let deadline = self.timeout.map(|limit| Instant::now() + limit);
        let mut pipes = Pipes::new(child, self.stdin.as_deref().unwrap_or_default())?;
        loop {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(None);
            }
            if pipes.output_closed() {
                let Some(status) = wait(child, deadline)? else { return Ok(None) };
                return Ok(Some(pipes.output(status)));
            }
            let silent = !pipes.turn(remaining(deadline))?;
            if silent && let Some(status) = child.try_wait()? {
                return Ok(Some(pipes.output(status)));
            }
        }
    }
}

/// The task's environment as it is for the system: bytes that were no UTF-8 are those bytes again.
fn raw(environment: &BTreeMap<String, String>) -> io::Result<Vec<(&String, OsString)>> {
    let value =
        |text: &str| rplay_surrogates::encode(text).map(|bytes| OsString::from_vec(bytes.into_owned()));
    let pairs = environment.iter().map(|(name, text)| Ok((name, value(text)?)));
    pairs
        .collect::<Result<_, rplay_surrogates::NotUtf8>>()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

fn end(child: &mut Child, group: i32) {
    kill_group(group);
    // Reaped, so that no dead process stays in the table; its status no longer matters.
    let _ = child.wait();
}

/// At most a second, so that a command's end is noticed while others hold its output open.
fn remaining(deadline: Option<Instant>) -> Duration {
    let second = Duration::from_secs(1);
    deadline.map_or(second, |deadline| deadline.saturating_duration_since(Instant::now()).min(second))
}

fn wait(child: &mut Child, deadline: Option<Instant>) -> io::Result<Option<ExitStatus>> {
    let Some(deadline) = deadline else { return child.wait().map(Some) };
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The three pipes of a child, served together so that none can block another.
struct Pipes<'a> {
    input: &'a [u8],
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    read: Output,
}

impl<'a> Pipes<'a> {
    fn new(child: &mut Child, input: &'a [u8]) -> io::Result<Self> {
        let (mut stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        if input.is_empty() {
            stdin = None;
        }
        let descriptors = [
            stdin.as_ref().map(AsFd::as_fd),
            stdout.as_ref().map(AsFd::as_fd),
            stderr.as_ref().map(AsFd::as_fd),
        ];
        for descriptor in descriptors.into_iter().flatten() {
            fcntl_setfl(descriptor, fcntl_getfl(descriptor)? | OFlags::NONBLOCK)?;
        }
        Ok(Self { input, stdin, stdout, stderr, read: Output::default() })
    }

    fn output_closed(&self) -> bool {
        self.stdout.is_none() && self.stderr.is_none()
    }

    fn output(self, status: ExitStatus) -> Output {
        let rc = status.code().unwrap_or_else(|| -status.signal().unwrap_or(1));
        Output { rc, ..self.read }
    }

    /// One round; `false` when nothing happened in the given time.
    fn turn(&mut self, patience: Duration) -> io::Result<bool> {
        if !self.wait_ready(patience)? {
            return Ok(false);
        }
        self.feed()?;
        if drain(self.stdout.as_mut(), &mut self.read.stdout)? {
            self.stdout = None;
        }
        if drain(self.stderr.as_mut(), &mut self.read.stderr)? {
            self.stderr = None;
        }
        Ok(true)
    }

    fn wait_ready(&self, patience: Duration) -> io::Result<bool> {
        fn watch<T: AsFd>(pipe: Option<&T>, events: PollFlags) -> Option<PollFd<'_>> {
            pipe.map(|pipe| PollFd::from_borrowed_fd(borrowed(pipe), events))
        }
        fn borrowed<T: AsFd>(pipe: &T) -> BorrowedFd<'_> {
            pipe.as_fd()
        }
        let watched = [
            watch(self.stdin.as_ref(), PollFlags::OUT),
            watch(self.stdout.as_ref(), PollFlags::IN),
            watch(self.stderr.as_ref(), PollFlags::IN),
        ];
        let mut watched: Vec<PollFd<'_>> = watched.into_iter().flatten().collect();
        let limit = Timespec {
            tv_sec: i64::try_from(patience.as_secs()).unwrap_or(1),
            tv_nsec: i64::from(patience.subsec_nanos()),
        };
        match poll(&mut watched, Some(&limit)) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    fn feed(&mut self) -> io::Result<()> {
        let Some(stdin) = self.stdin.as_mut() else { return Ok(()) };
        match stdin.write(self.input) {
            Ok(size) => self.input = &self.input[size..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // It closed its input unread, as it may.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.input = &[],
            Err(error) => return Err(error),
        }
        if self.input.is_empty() {
            self.stdin = None;
        }
        Ok(())
    }
}

/// Reads what is there; `true` at the end of the stream.
fn drain(pipe: Option<&mut impl io::Read>, into: &mut Vec<u8>) -> io::Result<bool> {
    let Some(pipe) = pipe else { return Ok(false) };
    let mut block = [0; 32 * 1024];
    loop {
        match pipe.read(&mut block) {
            Ok(0) => return Ok(true),
            Ok(size) => into.extend_from_slice(&block[..size]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[allow(unsafe_code, reason = "a child's umask can only be set between fork and exec")]
fn set_umask(command: &mut std::process::Command, mask: u32) {
    let mask = rustix::fs::Mode::from_raw_mode(mask);
    // SAFETY: umask(2) is async-signal-safe and the closure neither allocates nor locks.
    unsafe {
        command.pre_exec(move || {
            rustix::process::umask(mask);
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Services, Settings, System, SystemError};
    use std::time::{Duration, Instant};

    fn sys() -> System {
        System::new(Settings::default(), Services::default())
    }

    #[test]
    fn big_streams_in_all_directions_do_not_block_each_other() {
        let input = vec![b'x'; 3_000_000];
        let output = sys().shell_command("tee /dev/stderr", None).stdin(input.clone()).run().unwrap();
        assert_eq!((output.rc, output.stdout.len(), output.stderr.len()), (0, input.len(), input.len()));
    }

    #[test]
    fn a_background_child_does_not_hold_the_result_for_long() {
        let begin = Instant::now();
        let output = sys().shell_command("sleep 30 & echo out", None).run().unwrap();
        assert_eq!(output.stdout_text(), "out\n");
        assert!(begin.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn time_ends_and_so_does_the_whole_group() {
        let limit = Duration::from_millis(200);
        let error = sys().shell_command("sleep 30 | sleep 30", None).timeout(limit).run().unwrap_err();
        assert!(matches!(error, SystemError::Timeout { .. }));
    }

    #[test]
    fn umask_environment_and_exit_codes_arrive() {
        let output =
            sys().shell_command("umask; echo $A; exit 3", None).umask(0o27).env("A", "b").run().unwrap();
        assert_eq!((output.rc, output.stdout_text().as_str()), (3, "0027\nb\n"));
        assert_eq!(sys().shell_command("kill -9 $$", None).run().unwrap().rc, -9);
    }
}
