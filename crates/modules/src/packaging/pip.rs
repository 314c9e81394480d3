//! `pip`: Python packages, with the host's own pip.

use crate::args::{Choice, ModuleArgs};
use crate::system::Output;
use crate::text::shlex;
use crate::{Failure, ModuleResult, Plan, System};
use std::path::{Path, PathBuf};

/// Manage Python packages.
#[derive(Clone, Debug, ModuleArgs)]
#[args(
    required_one_of("name", "requirements"),
    mutually_exclusive("name", "requirements"),
    mutually_exclusive("executable", "virtualenv")
)]
pub(crate) struct Args {
    /// What the packages are to be.
    #[arg(default = "present")]
    state: State,
    /// The packages, with version specifiers or URLs.
    name: Option<Vec<String>>,
    /// The version of the one package.
    version: Option<String>,
    /// A requirements file.
    requirements: Option<String>,
    /// The virtual environment; made when missing.
    #[arg(ty = "path")]
    virtualenv: Option<String>,
    /// Whether the environment sees the host's packages.
    #[arg(default = false)]
    virtualenv_site_packages: bool,
    /// What makes environments.
    #[arg(default = "virtualenv", ty = "path")]
    virtualenv_command: String,
    /// The environment's Python.
    virtualenv_python: Option<String>,
    /// Further arguments for pip.
    extra_args: Option<String>,
    /// Install editable.
    #[arg(default = false)]
    editable: bool,
    /// Change to this directory first.
    #[arg(ty = "path")]
    chdir: Option<String>,
    /// The pip to use.
    #[arg(ty = "path")]
    executable: Option<String>,
    /// The umask to work with.
    umask: Option<String>,
    /// Install among the packages of the host's own manager.
    #[arg(default = false)]
    break_system_packages: bool,
}

/// What packages are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Forcereinstall,
    Latest,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if args.state == State::Latest && args.version.is_some() {
        return Err("version is incompatible with state=latest".into());
    }
    let pip = Pip::new(args, sys)?;
    let missing_env = pip.env.as_ref().is_some_and(|env| !sys.exists(env.join("bin/activate")));
    let changed = missing_env || pip.predict(sys)?;
    if !changed {
        return Ok(Plan::done(pip.report(false, &Output::default(), sys)?));
    }
    if sys.check_mode() {
        return Ok(Plan::done(ModuleResult::changed()));
    }
    Ok(Plan::change(ModuleResult::changed(), move |sys, _| pip.carry_out(missing_env, sys)))
}

struct Pip {
    args: Args,
    env: Option<PathBuf>,
    cwd: PathBuf,
    umask: Option<u32>,
    /// The packages, with the version joined.
    packages: Vec<String>,
}

impl Pip {
    fn new(args: Args, sys: &System) -> Result<Self, Failure> {
        let cwd = args.chdir.as_ref().map_or_else(std::env::temp_dir, |dir| sys.resolve(dir));
        let env = args.virtualenv.as_ref().map(|env| cwd.join(env));
        let octal = |text: &String| {
            u32::from_str_radix(text, 8).map_err(|_| Failure::new("umask must be an octal integer"))
        };
        let umask = args.umask.as_ref().map(octal).transpose()?;
        let packages = packages(&args)?;
        Ok(Self { args, env, cwd, umask, packages })
    }

    fn program(&self, sys: &System) -> Result<Vec<String>, Failure> {
        if let Some(env) = &self.env {
            let found =
                ["pip3", "pip"].iter().map(|name| env.join("bin").join(name)).find(|path| sys.exists(path));
            let found = found.ok_or_else(|| {
                Failure::new(format!(
                    "Unable to find pip in the virtualenv, {}, under any of these names: pip3, pip. Make sure pip is present in the virtualenv.",
                    env.display()
                ))
            })?;
            return Ok(vec![found.to_string_lossy().into_owned()]);
        }
        let name = self.args.executable.as_deref().unwrap_or("pip3");
        sys.bin_path(name).map(|path| vec![path]).ok_or_else(|| {
            Failure::new(format!("Unable to find any of {name} to use.  pip needs to be installed."))
        })
    }

    fn run(&self, words: &[String], sys: &System) -> Result<Output, Failure> {
        let mut command = sys.command(words.iter().map(String::as_str)).cwd(&self.cwd);
        if let Some(env) = &self.env {
            // What is built for the environment finds the environment's tools.
            let path = format!("{}:{}", env.join("bin").display(), sys.env("PATH").unwrap_or_default());
            command = command.env("PATH", &path);
        }
        if self.args.break_system_packages {
            command = command.env("PIP_BREAK_SYSTEM_PACKAGES", "1");
        }
        if let Some(umask) = self.umask {
            command = command.umask(umask);
        }
        Ok(command.run()?)
    }

    fn installed(&self, sys: &System) -> Result<String, Failure> {
        let mut words = self.program(sys)?;
        words.extend(["list", "--format=freeze"].map(str::to_owned));
        let output = self.run(&words, sys)?;
        if output.rc == 0 { Ok(output.stdout_text()) } else { Err(failed(&words, &output)) }
    }

    /// Whether something is to be done, as far as the list of installed packages tells. Only what is
    /// sure is called done: pip itself decides about ranges, URLs and files.
    fn predict(&self, sys: &System) -> Result<bool, Failure> {
        let args = &self.args;
        let sure = args.extra_args.is_none() && !args.editable && args.requirements.is_none();
        if !sure || matches!(args.state, State::Latest | State::Forcereinstall) {
            return Ok(true);
        }
        let listed = self.installed(sys)?;
        let absent = args.state == State::Absent;
        Ok(self.packages.iter().any(|package| has(&listed, package).is_none_or(|there| there == absent)))
    }

    fn words(&self, sys: &System) -> Result<Vec<String>, Failure> {
        let args = &self.args;
        let mut words = self.program(sys)?;
        let verb: &[&str] = match args.state {
            State::Present => &["install"],
            State::Absent => &["uninstall", "-y"],
            State::Latest => &["install", "-U"],
            State::Forcereinstall => &["install", "-U", "--force-reinstall"],
        };
        words.extend(verb.iter().map(|word| (*word).to_owned()));
        let extra = shlex::split(args.extra_args.as_deref().unwrap_or_default()).map_err(Failure::new)?;
        let editable = args.editable && !extra.iter().any(|word| word == "-e");
        words.extend(extra);
        if editable {
            words.push("-e".to_owned());
        }
        match &args.requirements {
            Some(file) => words.extend(["-r".to_owned(), file.clone()]),
            None => words.extend(self.packages.iter().cloned()),
        }
        Ok(words)
    }

    fn carry_out(&self, missing_env: bool, sys: &System) -> Result<ModuleResult, Failure> {
        let mut made = Output::default();
        if missing_env {
            made = self.make_env(sys)?;
        }
        let words = self.words(sys)?;
        let vcs = self.packages.iter().any(|name| is_vcs(name));
        let compare = self.args.requirements.is_some() || vcs;
        let before = if compare { Some(self.installed(sys)?) } else { None };
        let output = self.run(&words, sys)?;
        let (out, err) = (output.stdout_text(), output.stderr_text());
        let absent = self.args.state == State::Absent;
        let nothing =
            output.rc == 1 && absent && (out.contains("not installed") || err.contains("not installed"));
        if output.rc != 0 && !nothing {
            return Err(failed(&words, &output));
        }
        let changed = match before {
            _ if absent => out.contains("Successfully uninstalled"),
            Some(before) => before != self.installed(sys)?,
            None => out.contains("Successfully installed"),
        };
        made.stdout.extend(output.stdout);
        made.stderr.extend(output.stderr);
        self.report(changed || missing_env, &made, sys)
    }

    fn report(&self, changed: bool, output: &Output, sys: &System) -> Result<ModuleResult, Failure> {
        let args = &self.args;
        let env = self.env.as_ref().map(|env| env.to_string_lossy().into_owned());
        Ok(ModuleResult { changed, ..ModuleResult::default() }
            .with("cmd", self.words(sys)?)
            .with("name", args.name.clone())
            .with("version", args.version.clone())
            .with("state", args.state.as_str())
            .with("requirements", args.requirements.clone())
            .with("virtualenv", env)
            .with("stdout", output.stdout_text())
            .with("stderr", output.stderr_text()))
    }

    fn make_env(&self, sys: &System) -> Result<Output, Failure> {
        let args = &self.args;
        let env = self.env.clone().unwrap_or_default();
        let mut words = shlex::split(&args.virtualenv_command).map_err(Failure::new)?;
        let Some(first) = words.first_mut() else { return Err("virtualenv_command is empty".into()) };
        if !first.contains('/') {
            *first = sys.require_bin(first)?;
        }
        let venv = words.iter().any(|word| word == "venv")
            || words.first().is_some_and(|word| word.ends_with("pyvenv"));
        if args.virtualenv_site_packages {
            words.push("--system-site-packages".to_owned());
        }
        match (&args.virtualenv_python, venv) {
            (Some(_), true) => {
                return Err("virtualenv_python should not be used when using the venv module or pyvenv as virtualenv_command".into());
            }
            (Some(python), false) => words.push(format!("-p{python}")),
            (None, _) => {}
        }
        words.push(env.to_string_lossy().into_owned());
        let cwd: &Path = &self.cwd;
        let mut command = sys.command(words.iter().map(String::as_str)).cwd(cwd);
        if let Some(umask) = self.umask {
            command = command.umask(umask);
        }
        let output = command.run()?;
        if output.rc == 0 { Ok(output) } else { Err(failed(&words, &output)) }
    }
}

fn failed(words: &[String], output: &Output) -> Failure {
    let (out, err) = (output.stdout_text(), output.stderr_text());
    let mut msg = String::new();
    if !out.is_empty() {
        msg.push_str(&format!("stdout: {out}"));
    }
    if !err.is_empty() {
        msg.push_str(&format!("\n:stderr: {err}"));
    }
    Failure::new(msg).with("cmd", words.to_vec()).rc(output.rc)
}

/// The packages; a list split inside a specifier (`a>=1,<2`) is joined again.
fn packages(args: &Args) -> Result<Vec<String>, Failure> {
    let mut packages: Vec<String> = Vec::new();
    for part in args.name.iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        match packages.last_mut() {
            Some(last) if part.starts_with(['<', '>', '=', '!', '~']) => {
                last.push(',');
                last.push_str(part);
            }
            _ => packages.push(part.to_owned()),
        }
    }
    let Some(version) = &args.version else { return Ok(packages) };
    match packages.as_mut_slice() {
        [only] if only.contains(['<', '>', '=', '!', '~']) => Err(
            "The 'version' argument conflicts with any version specifier provided along with a package name. Please keep the version specifier, but remove the 'version' argument.".into(),
        ),
        [only] => {
            let operator = if version.starts_with(['<', '>', '=', '!', '~']) { "" } else { "==" };
            only.push_str(&format!("{operator}{version}"));
            Ok(packages)
        }
        _ => Err("'version' argument is ambiguous when installing multiple package distributions. Please specify version restrictions next to each package in 'name' argument.".into()),
    }
}

fn is_vcs(name: &str) -> bool {
    ["git+", "hg+", "svn+", "bzr+"].iter().any(|start| name.starts_with(start))
}

/// A project's name as pip compares it.
fn canonical(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Whether the package is there; `None`: the list does not tell.
fn has(listed: &str, package: &str) -> Option<bool> {
    if package.contains(['/', ':', '@', ';', ' ']) || is_vcs(package) {
        return None;
    }
    let end = package.find(['<', '>', '=', '!', '~', '[']).unwrap_or(package.len());
    let (name, specifier) = package.split_at(end);
    let specifier = if specifier.starts_with('[') {
        specifier.split_once(']').map_or("", |(_, rest)| rest)
    } else {
        specifier
    };
    let found = listed
        .lines()
        .filter_map(|line| line.split_once("=="))
        .find(|(known, _)| canonical(known) == canonical(name));
    let Some((_, version)) = found else { return Some(false) };
    match specifier.strip_prefix("==") {
        _ if specifier.is_empty() => Some(true),
        Some(wanted) if wanted == version.trim() => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn the_list_tells_what_is_sure() {
        let listed = "Flask-Login==0.6.3\nrequests==2.31.0\n";
        let table = [
            ("flask_login", Some(true)),
            ("requests==2.31.0", Some(true)),
            ("requests[socks]", Some(true)),
            ("requests==2.30", None),
            ("requests>=2", None),
            ("absent", Some(false)),
            ("git+https://x/y", None),
            ("./dir", None),
        ];
        for (package, there) in table {
            assert_eq!(has(listed, package), there, "{package}");
        }
    }
}
