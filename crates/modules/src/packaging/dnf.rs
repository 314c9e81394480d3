//! `dnf`: packages of Fedora, RHEL and their kin, through `dnf` (or `yum`) and `rpm`.

use crate::args::{Choice, ModuleArgs, Value};
use crate::system::Output;
use crate::text::glob::matches;
use crate::{Failure, ModuleResult, Plan, System};

/// Manage dnf packages.
#[derive(Clone, Debug, ModuleArgs)]
#[args(
    required_one_of("name", "list", "update_cache"),
    mutually_exclusive("name", "list"),
    mutually_exclusive("best", "nobest")
)]
pub(crate) struct Args {
    /// Accept older versions.
    #[arg(default = false)]
    allow_downgrade: bool,
    /// Remove packages that are in the way.
    #[arg(default = false)]
    allowerasing: bool,
    /// Remove packages nothing needs any more.
    #[arg(default = false)]
    autoremove: bool,
    /// Only the best candidates.
    best: Option<bool>,
    /// Only updates that mend faults.
    #[arg(default = false)]
    bugfix: bool,
    /// Use what is in the cache only.
    #[arg(default = false)]
    cacheonly: bool,
    /// Another configuration file.
    conf_file: Option<String>,
    /// Which excludes not to heed.
    disable_excludes: Option<String>,
    /// Accept packages nobody signed.
    #[arg(default = false)]
    disable_gpg_check: bool,
    /// Plugins not to use.
    #[arg(default = [])]
    disable_plugin: Vec<String>,
    /// Repositories not to use.
    #[arg(default = [])]
    disablerepo: Vec<String>,
    /// Only download.
    #[arg(default = false)]
    download_only: bool,
    /// Where to download to.
    download_dir: Option<String>,
    /// Plugins to use.
    #[arg(default = [])]
    enable_plugin: Vec<String>,
    /// Repositories to use besides.
    #[arg(default = [])]
    enablerepo: Vec<String>,
    /// Packages to leave alone.
    #[arg(default = [])]
    exclude: Vec<String>,
    /// Another root.
    #[arg(default = "/")]
    installroot: String,
    /// Accepted for older content.
    #[arg(name = "install_repoquery", default = true)]
    _install_repoquery: bool,
    /// Install what packages recommend.
    #[arg(default = true)]
    install_weak_deps: bool,
    /// Show what is known of packages.
    list: Option<String>,
    /// The packages: names, versions, files, URLs, `@groups`.
    #[arg(default = [], alias = "pkg")]
    name: Vec<String>,
    /// Other candidates than the best will do.
    nobest: Option<bool>,
    /// The release to install from.
    releasever: Option<String>,
    /// Only updates that close holes.
    #[arg(default = false)]
    security: bool,
    /// Leave out packages that cannot be installed.
    #[arg(default = false)]
    skip_broken: bool,
    /// What the packages are to be; left out: present.
    state: Option<State>,
    /// Fetch the package lists first.
    #[arg(default = false, alias = "expire-cache")]
    update_cache: bool,
    /// Only upgrade what is installed.
    #[arg(default = false)]
    update_only: bool,
    /// Whether certificates are checked.
    #[arg(default = true)]
    validate_certs: bool,
    /// Whether certificates of repositories are checked.
    #[arg(default = true)]
    sslverify: bool,
    /// Accepted for Ansible's sake: dnf itself waits for its lock.
    #[arg(name = "lock_timeout", default = 30)]
    _lock_timeout: i64,
    /// Accepted for Ansible's sake: the backend is looked for.
    #[arg(name = "use_backend", default = "auto", choices("auto", "yum", "yum4", "dnf4", "dnf5", "dnf"))]
    _use_backend: String,
}

/// What packages are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Installed,
    Latest,
    Present,
    Removed,
}

impl State {
    fn absent(self) -> bool {
        matches!(self, Self::Absent | Self::Removed)
    }
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let dnf = Dnf::new(args, sys)?;
    if let Some(wanted) = &dnf.args.list {
        return dnf.list(wanted, sys).map(Plan::done);
    }
    let args = &dnf.args;
    let state = args.state.unwrap_or(if args.autoremove { State::Absent } else { State::Present });
    let names: Vec<String> =
        args.name.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    if names.is_empty() && !args.autoremove {
        let result = ModuleResult::unchanged()
            .with("msg", "Cache updated")
            .with("results", Vec::<String>::new())
            .with("rc", 0);
        return Ok(if sys.check_mode() {
            Plan::done(result)
        } else {
            Plan::change(result, move |sys, result| {
                dnf.run(&["makecache".to_owned()], sys)?;
                Ok(result)
            })
        });
    }
    let words = dnf.transaction(state, &names, sys)?;
    let nothing = ModuleResult::unchanged()
        .with("msg", "Nothing to do")
        .with("results", Vec::<String>::new())
        .with("rc", 0);
    let Some(words) = words else { return Ok(Plan::done(nothing)) };
    if !sys.check_mode() {
        let refresh = dnf.args.update_cache;
        return Ok(Plan::change(ModuleResult::changed(), move |sys, _| {
            if refresh {
                dnf.run(&["makecache".to_owned()], sys)?;
            }
            let mut line = vec!["-y".to_owned()];
            line.extend(words);
            let output = dnf.run(&line, sys)?;
            Ok(report(&output, nothing))
        }));
    }
    // `--assumeno` computes the transaction and stops with 1 before it.
    let mut line = vec!["--assumeno".to_owned()];
    line.extend(words);
    let output = dnf.call(&line, sys)?;
    let summary = transaction(&output.stdout_text());
    if output.rc != 0 && summary.is_empty() && !does_nothing(&output.stdout_text()) {
        return Err(failed(&output));
    }
    Ok(Plan::done(
        report(&output, nothing)
            .with("msg", "Check mode: No changes made, but would have if not in check mode"),
    ))
}

fn report(output: &Output, nothing: ModuleResult) -> ModuleResult {
    let results = transaction(&output.stdout_text());
    if results.is_empty() && does_nothing(&output.stdout_text()) {
        return nothing;
    }
    ModuleResult::changed().with("msg", "").with("results", results).with("rc", 0)
}

fn does_nothing(out: &str) -> bool {
    out.contains("Nothing to do")
}

fn failed(output: &Output) -> Failure {
    let (out, err) = (output.stdout_text(), output.stderr_text());
    let missing = out.lines().chain(err.lines()).find(|line| {
        ["No match for argument", "Unable to find a match", "No package "]
            .iter()
            .any(|words| line.contains(words))
    });
    let msg = match missing {
        Some(line) => format!("Failed to install some of the specified packages: {}", line.trim()),
        None => format!("Depsolve Error occurred: {}", err.trim()),
    };
    Failure::new(msg)
        .rc(output.rc)
        .with("failures", vec![err])
        .with("results", Vec::<String>::new())
        .with("stdout", out)
}

struct Dnf {
    program: String,
    args: Args,
}

impl Dnf {
    fn new(args: Args, sys: &System) -> Result<Self, Failure> {
        let program = ["dnf", "dnf5", "yum"].iter().find_map(|name| sys.bin_path(name));
        match program {
            Some(program) => Ok(Self { program, args }),
            None => Err("Could not detect which major revision of dnf is in use, which is required to determine module backend.".into()),
        }
    }

    /// The options all calls share.
    fn options(&self) -> Vec<String> {
        let args = &self.args;
        let mut words = Vec::new();
        let flags = [
            (args.cacheonly, "-C"),
            (args.disable_gpg_check, "--nogpgcheck"),
            (args.allowerasing, "--allowerasing"),
            (args.skip_broken, "--skip-broken"),
            (args.best == Some(true) || args.nobest == Some(false), "--best"),
            (args.nobest == Some(true) || args.best == Some(false), "--nobest"),
            (args.bugfix, "--bugfix"),
            (args.security, "--security"),
            (args.download_only, "--downloadonly"),
            (!args.install_weak_deps, "--setopt=install_weak_deps=False"),
            (!args.sslverify || !args.validate_certs, "--setopt=sslverify=False"),
        ];
        words.extend(flags.iter().filter(|(given, _)| *given).map(|(_, word)| (*word).to_owned()));
        let texts = [
            ("--config", &args.conf_file),
            ("--disableexcludes", &args.disable_excludes),
            ("--downloaddir", &args.download_dir),
            ("--releasever", &args.releasever),
        ];
        words.extend(texts.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?))));
        if args.installroot != "/" {
            words.push(format!("--installroot={}", args.installroot));
        }
        let lists = [
            ("--disableplugin", &args.disable_plugin),
            ("--enableplugin", &args.enable_plugin),
            ("--disablerepo", &args.disablerepo),
            ("--enablerepo", &args.enablerepo),
            ("--exclude", &args.exclude),
        ];
        for (name, values) in lists {
            words.extend(values.iter().map(|value| format!("{name}={value}")));
        }
        words
    }

    fn call(&self, words: &[String], sys: &System) -> Result<Output, Failure> {
        let options = self.options();
        let all = [self.program.as_str()].into_iter().chain(options.iter().chain(words).map(String::as_str));
        Ok(sys.command(all).c_locale().run()?)
    }

    fn run(&self, words: &[String], sys: &System) -> Result<Output, Failure> {
        let output = self.call(words, sys)?;
        if output.rc == 0 { Ok(output) } else { Err(failed(&output)) }
    }

    /// The words of the transaction; `None` when rpm's own books show that nothing is to be done.
    fn transaction(
        &self,
        state: State,
        names: &[String],
        sys: &System,
    ) -> Result<Option<Vec<String>>, Failure> {
        let args = &self.args;
        let mut words: Vec<String> = Vec::new();
        if state.absent() {
            let installed = self.installed(names, sys)?;
            let there: Vec<String> =
                names.iter().filter(|name| name.starts_with('@') || installed.has(name)).cloned().collect();
            if there.is_empty() && !args.autoremove {
                return Ok(None);
            }
            words.push(if args.autoremove { "autoremove" } else { "remove" }.to_owned());
            words.extend(there);
            return Ok(Some(words));
        }
        if state == State::Latest && names.iter().any(|name| name == "*") {
            return Ok(Some(vec!["upgrade".to_owned()]));
        }
        let installed = self.installed(names, sys)?;
        let missing: Vec<String> = names.iter().filter(|name| !installed.has(name)).cloned().collect();
        if state == State::Latest {
            let verb = if args.update_only || missing.is_empty() { "upgrade" } else { "install" };
            words.push(verb.to_owned());
            words.extend(names.iter().cloned());
            return Ok(Some(words));
        }
        if missing.is_empty() || args.update_only {
            return Ok(None);
        }
        words.push("install".to_owned());
        if args.allow_downgrade {
            words.push("--setopt=best=True".to_owned());
        }
        words.extend(missing);
        Ok(Some(words))
    }

    fn installed(&self, names: &[String], sys: &System) -> Result<Installed, Failure> {
        if names.iter().all(|name| name.starts_with('@')) {
            return Ok(Installed::default());
        }
        let rpm = sys.require_bin("rpm")?;
        let mut words = vec![rpm.as_str(), "-qa", "--queryformat", FORMAT];
        if self.args.installroot != "/" {
            words.extend(["--root", self.args.installroot.as_str()]);
        }
        let mut installed = Installed::parse(&sys.command(words).c_locale().run()?.stdout_text());
        // A capability or a file stands for the package that provides it.
        let unknown: Vec<&String> =
            names.iter().filter(|name| !name.starts_with('@') && !installed.has(name)).collect();
        for name in unknown {
            let words = [rpm.as_str(), "-q", "--whatprovides", "--", name.as_str()];
            if sys.command(words).c_locale().run()?.rc == 0 {
                installed.provided.push(name.clone());
            }
        }
        Ok(installed)
    }

    fn list(&self, wanted: &str, sys: &System) -> Result<ModuleResult, Failure> {
        let rows = match wanted {
            "installed" => self.installed(&["*".to_owned()], sys)?.rows,
            "repos" | "repositories" | "available" | "updates" => {
                return Err(Failure::new(format!(
                    "list={wanted} is not supported yet: 'installed' and names of packages are"
                )));
            }
            name => self
                .installed(&[name.to_owned()], sys)?
                .rows
                .into_iter()
                .filter(|row| row.fits(name))
                .collect(),
        };
        let results: Vec<Value> = rows.iter().map(Row::value).collect();
        Ok(ModuleResult::unchanged().with("msg", "").with("results", results))
    }
}

const FORMAT: &str = "%{NAME}\\t%{EPOCHNUM}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\n";

/// A line of `rpm -qa`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    name: String,
    epoch: String,
    version: String,
    release: String,
    arch: String,
}

impl Row {
    /// Whether a specification names this package: any of dnf's forms from `name` to
    /// `name-epoch:version-release.arch`.
    fn fits(&self, spec: &str) -> bool {
        let Self { name, epoch, version, release, arch } = self;
        let forms = [
            name.clone(),
            format!("{name}.{arch}"),
            format!("{name}-{version}"),
            format!("{name}-{version}-{release}"),
            format!("{name}-{version}-{release}.{arch}"),
            format!("{name}-{epoch}:{version}"),
            format!("{name}-{epoch}:{version}-{release}"),
            format!("{name}-{epoch}:{version}-{release}.{arch}"),
            format!("{epoch}:{name}-{version}-{release}.{arch}"),
        ];
        forms.iter().any(|form| form == spec || (spec.contains(['*', '?', '[']) && matches(spec, form)))
    }

    fn value(&self) -> Value {
        let Self { name, epoch, version, release, arch } = self;
        serde_json::json!({
            "name": name, "epoch": epoch, "version": version, "release": release, "arch": arch,
            "yumstate": "installed", "repo": "installed", "nevra": format!("{epoch}:{name}-{version}-{release}.{arch}"),
            "envra": format!("{epoch}:{name}-{version}-{release}.{arch}"),
        })
    }
}

#[derive(Clone, Debug, Default)]
struct Installed {
    rows: Vec<Row>,
    provided: Vec<String>,
}

impl Installed {
    fn parse(text: &str) -> Self {
        let rows = text.lines().filter_map(|line| {
            let parts: Vec<&str> = line.split('\t').collect();
            let [name, epoch, version, release, arch] = parts.as_slice() else { return None };
            let text = |part: &&str| (*part).to_owned();
            Some(Row {
                name: text(name),
                epoch: text(epoch),
                version: text(version),
                release: text(release),
                arch: text(arch),
            })
        });
        Self { rows: rows.collect(), provided: Vec::new() }
    }

    fn has(&self, spec: &str) -> bool {
        self.provided.iter().any(|name| name == spec) || self.rows.iter().any(|row| row.fits(spec))
    }
}

/// What a transaction's table says, in Ansible's words: `Installed: name-version.arch`.
fn transaction(out: &str) -> Vec<String> {
    let mut results = Vec::new();
    let mut verb = "";
    for line in out.lines() {
        verb = match line.trim_end().trim_end_matches(':').trim() {
            "Installing"
            | "Installing dependencies"
            | "Installing weak dependencies"
            | "Upgrading"
            | "Reinstalling"
            | "Downgrading" => "Installed",
            "Removing" | "Removing dependent packages" | "Removing unused dependencies" => "Removed",
            "" | "Transaction Summary" => "",
            _ => verb,
        };
        let parts: Vec<&str> = line.split_whitespace().collect();
        if let (true, false, [name, arch, version, ..]) =
            (line.starts_with(' '), verb.is_empty(), parts.as_slice())
        {
            results.push(format!("{verb}: {name}-{version}.{arch}"));
        }
    }
    results
}

#[cfg(test)]
mod tests {
    use super::{Installed, transaction};

    #[test]
    fn rpms_rows_fit_dnfs_forms() {
        let found = Installed::parse("bash\t0\t5.1.8\t9.el9\tx86_64\nbad\n");
        for spec in [
            "bash",
            "bash.x86_64",
            "bash-5.1.8",
            "bash-5.1.8-9.el9",
            "bash-0:5.1.8-9.el9.x86_64",
            "ba*",
            "bash-5.1*",
        ] {
            assert!(found.has(spec), "{spec}");
        }
        for spec in ["bas", "bash-5.2", "bash.aarch64"] {
            assert!(!found.has(spec), "{spec}");
        }
    }

    #[test]
    fn the_transaction_table_is_read() {
        let out = "Dependencies resolved.\n====\n Package  Arch  Version  Repository  Size\n====\nInstalling:\n tree  x86_64  1.8.0-10.el9  baseos  56 k\nInstalling dependencies:\n lib  noarch  1-1  baseos  1 k\nRemoving:\n old  x86_64  1-2  @baseos  1 k\n\nTransaction Summary\n====\nInstall  2 Packages\n";
        assert_eq!(
            transaction(out),
            ["Installed: tree-1.8.0-10.el9.x86_64", "Installed: lib-1-1.noarch", "Removed: old-1-2.x86_64"]
        );
        assert!(transaction("Nothing to do.\n").is_empty());
    }
}
