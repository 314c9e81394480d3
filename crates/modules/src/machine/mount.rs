//! `mount`: mounts, in fstab and now.

use super::fstab::{Entry, Mount, mounts, with, without};
use crate::args::{Choice, Map, ModuleArgs, Value};
use crate::{Diff, Failure, ModuleResult, Plan, System};
use std::path::{Path, PathBuf};

/// Manage mount points.
#[derive(Clone, Debug, ModuleArgs)]
#[args(
    required_if("state", "mounted", ["src", "fstype"]),
    required_if("state", "present", ["src", "fstype"]),
    required_if("state", "ephemeral", ["src", "fstype"])
)]
pub(crate) struct Args {
    /// Where it is mounted.
    #[arg(ty = "path", alias = "name")]
    path: String,
    /// What is mounted.
    #[arg(ty = "path")]
    src: Option<String>,
    /// The file system.
    fstype: Option<String>,
    /// Mount options.
    opts: Option<String>,
    /// The options are secret.
    #[arg(default = false)]
    opts_no_log: bool,
    /// The dump field.
    #[arg(default = "0")]
    dump: String,
    /// The check order field.
    #[arg(default = "0")]
    passno: String,
    /// What is wanted.
    state: State,
    /// Another table than `/etc/fstab`.
    #[arg(ty = "path")]
    fstab: Option<String>,
    /// Mount at boot; otherwise `noauto` is added.
    #[arg(default = true)]
    boot: bool,
    /// Copy the table first.
    #[arg(default = false)]
    backup: bool,
}

/// What is wanted of a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    AbsentFromFstab,
    Mounted,
    Present,
    Unmounted,
    Remounted,
    Ephemeral,
}

const FSTAB: &str = "/etc/fstab";

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let task = Task::new(args, sys)?;
    match task.args.state {
        State::Present => Ok(task.present()),
        State::Mounted => Ok(task.mounted()),
        State::Absent | State::AbsentFromFstab => Ok(task.absent()),
        State::Unmounted => Ok(task.unmounted()),
        State::Remounted => Ok(task.remounted()),
        State::Ephemeral => task.ephemeral(),
    }
}

struct Task {
    args: Args,
    opts: String,
    file: PathBuf,
    table: String,
    /// The mounts at the path, the one on top last.
    here: Vec<Mount>,
}

impl Task {
    fn new(args: Args, sys: &System) -> Result<Self, Failure> {
        let mut opts = args.opts.clone().unwrap_or_else(|| "defaults".to_owned());
        if !args.boot && !opts.split(',').any(|opt| opt == "noauto") {
            opts.push_str(",noauto");
        }
        let file = PathBuf::from(args.fstab.as_deref().unwrap_or(FSTAB));
        let table = if sys.exists(&file) { sys.read_text(&file)? } else { String::new() };
        let real = sys.real_path(&args.path).to_string_lossy().into_owned();
        let info = sys.read_text("/proc/self/mountinfo")?;
        let here = mounts(&info).into_iter().filter(|mount| mount.path == real).collect();
        Ok(Self { args, opts, file, table, here })
    }

    fn entry(&self) -> Entry {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Entry {
            src: text(&self.args.src),
            path: self.args.path.clone(),
            fstype: text(&self.args.fstype),
            opts: self.opts.clone(),
            dump: self.args.dump.clone(),
            passno: self.args.passno.clone(),
        }
    }

    fn report(&self, changed: bool) -> ModuleResult {
        let args = &self.args;
        let mut fields = Map::new();
        let mut set = |key: &str, value: &str| fields.insert(key.to_owned(), Value::from(value));
        set("name", &args.path);
        set("opts", if args.opts_no_log { crate::args::CENSORED } else { &self.opts });
        set("dump", &args.dump);
        set("passno", &args.passno);
        set("fstab", &self.file.to_string_lossy());
        set("boot", if args.boot { "yes" } else { "no" });
        for (key, value) in [("src", &args.src), ("fstype", &args.fstype)] {
            if let Some(value) = value {
                set(key, value);
            }
        }
        ModuleResult { changed, fields, ..ModuleResult::default() }
    }

    /// The result with the table's difference.
    fn predicted(&self, table: Option<&str>, changed: bool) -> ModuleResult {
        let result = self.report(changed);
        match table.filter(|_| !self.args.opts_no_log) {
            Some(after) => {
                let file = self.file.to_string_lossy();
                result.with_diff(Diff::new(self.table.as_str(), after).headers(file.as_ref(), file.as_ref()))
            }
            None => result,
        }
    }

    fn write(&self, table: &str, sys: &System, result: &mut ModuleResult) -> Result<(), Failure> {
        if self.args.backup
            && let Some(copy) = sys.backup_local(&self.file)?
        {
            result.set("backup_file", copy.to_string_lossy().into_owned());
        }
        let new = !sys.exists(&self.file);
        sys.atomic_write(&self.file, &mut table.as_bytes(), false)?;
        if new {
            sys.set_mode(&self.file, 0o644)?;
        }
        Ok(())
    }

    fn present(self) -> Plan {
        let Some(table) = with(&self.table, &self.entry()) else { return Plan::done(self.report(false)) };
        Plan::change(self.predicted(Some(&table), true), move |sys, mut result| {
            self.write(&table, sys, &mut result)?;
            Ok(result)
        })
    }

    fn mounted(self) -> Plan {
        let table = with(&self.table, &self.entry());
        if table.is_none() && !self.here.is_empty() {
            return Plan::done(self.report(false));
        }
        Plan::change(self.predicted(table.as_deref(), true), move |sys, mut result| {
            let made = make_dirs(Path::new(&self.args.path), sys)?;
            if let Some(table) = &table {
                self.write(table, sys, &mut result)?;
            }
            let outcome = if self.here.is_empty() { self.mount(sys) } else { self.remount(sys) };
            let Err(why) = outcome else { return Ok(result) };
            // As before: the table and the directories.
            if table.is_some() {
                sys.atomic_write(&self.file, &mut self.table.as_bytes(), false)?;
            }
            for dir in made.iter().rev() {
                sys.remove_dir(dir)?;
            }
            Err(Failure::new(format!("Error mounting {}: {}", self.args.path, why.msg())))
        })
    }

    fn absent(self) -> Plan {
        let Some(table) = without(&self.table, &self.args.path, self.args.src.as_deref()) else {
            return Plan::done(self.report(false));
        };
        Plan::change(self.predicted(Some(&table), true), move |sys, mut result| {
            self.write(&table, sys, &mut result)?;
            if self.args.state == State::AbsentFromFstab {
                return Ok(result);
            }
            if !self.here.is_empty() {
                self.umount(sys)?;
            }
            if sys.exists(&self.args.path) {
                sys.remove_dir(&self.args.path)
                    .map_err(|error| Failure::new(format!("Error rmdir {}: {error}", self.args.path)))?;
            }
            Ok(result)
        })
    }

    fn unmounted(self) -> Plan {
        if self.here.is_empty() {
            return Plan::done(self.report(false));
        }
        Plan::change(self.report(true), move |sys, result| {
            self.umount(sys)?;
            Ok(result)
        })
    }

    fn remounted(self) -> Plan {
        Plan::change(self.report(true), move |sys, result| match self.remount(sys) {
            Ok(()) => Ok(result),
            Err(why) => Err(Failure::new(format!("Error remounting {}: {}", self.args.path, why.msg()))),
        })
    }

    /// A mount without a line in the table: Ansible mounts, or remounts what is there already.
    fn ephemeral(self) -> Result<Plan, Failure> {
        let same = |mount: &Mount| {
            let src = self.args.src.as_deref().unwrap_or_default();
            mount.source == src || mount.root == src
        };
        if self.here.last().is_some_and(|mount| !same(mount)) {
            return Err(Failure::new(
                "Ephemeral mount point is already mounted with a different source than the specified one. \
                 Failing in order to prevent an unwanted unmount or override operation. Try replacing this \
                 command with a \"state: unmounted\" followed by a \"state: ephemeral\", or use a different \
                 destination path.",
            ));
        }
        Ok(Plan::change(self.report(true), move |sys, result| {
            make_dirs(Path::new(&self.args.path), sys)?;
            let outcome = if self.here.is_empty() { self.mount(sys) } else { self.remount(sys) };
            match outcome {
                Ok(()) => Ok(result),
                Err(why) => Err(Failure::new(format!("Error mounting {}: {}", self.args.path, why.msg()))),
            }
        }))
    }

    fn table_option(&self) -> Vec<String> {
        if self.file == Path::new(FSTAB) {
            return Vec::new();
        }
        vec!["-T".to_owned(), self.file.to_string_lossy().into_owned()]
    }

    fn mount(&self, sys: &System) -> Result<(), Failure> {
        let mut words = vec![sys.require_bin("mount")?];
        if self.args.state == State::Ephemeral {
            let entry = self.entry();
            words.extend(["-t".to_owned(), entry.fstype, "-o".to_owned(), entry.opts, entry.src]);
        } else {
            words.extend(self.table_option());
        }
        words.push(self.args.path.clone());
        run(words, sys)
    }

    /// Where the kernel refuses to remount, Ansible unmounts and mounts.
    fn remount(&self, sys: &System) -> Result<(), Failure> {
        let program = sys.require_bin("mount")?;
        let opts = match &self.args.opts {
            Some(opts) if matches!(self.args.state, State::Remounted | State::Ephemeral) => {
                format!("remount,{opts}")
            }
            _ => "remount".to_owned(),
        };
        let mut words = vec![program];
        if self.args.state != State::Ephemeral {
            words.extend(self.table_option());
        }
        words.extend(["-o".to_owned(), opts, self.args.path.clone()]);
        let Err(refused) = run(words, sys) else { return Ok(()) };
        if self.args.state == State::Remounted && self.args.opts.is_some() {
            return Err(refused);
        }
        self.umount(sys)?;
        self.mount(sys)
    }

    fn umount(&self, sys: &System) -> Result<(), Failure> {
        let words = vec![sys.require_bin("umount")?, self.args.path.clone()];
        run(words, sys)
            .map_err(|why| Failure::new(format!("Error unmounting {}: {}", self.args.path, why.msg())))
    }
}

fn run(words: Vec<String>, sys: &System) -> Result<(), Failure> {
    let output = sys.command(words).c_locale().run()?;
    if output.rc == 0 {
        return Ok(());
    }
    Err(Failure::new(format!("{}{}", output.stdout_text(), output.stderr_text()).trim_end()))
}

/// Makes the directory and those above it; gives those made, uppermost first.
fn make_dirs(path: &Path, sys: &System) -> Result<Vec<PathBuf>, Failure> {
    let missing: Vec<&Path> = path.ancestors().take_while(|dir| !sys.exists(dir)).collect();
    let mut made = Vec::new();
    for dir in missing.into_iter().rev() {
        sys.make_dir(dir, 0o777)?;
        made.push(dir.to_owned());
    }
    Ok(made)
}
