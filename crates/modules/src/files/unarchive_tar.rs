//! Archives of `tar`, compressed in whatever way GNU tar reads.

use super::unarchive::{Args, Comparison, Handler, Ran, no_handler, run};
use crate::text::{escape, glob, shlex};
use crate::{Failure, System};
use std::path::{Path, PathBuf};

/// A tar archive.
pub(super) struct Tar {
    args: Args,
    archive: PathBuf,
    program: String,
    name: &'static str,
    flag: &'static str,
    files: Vec<String>,
}

impl Tar {
    pub(super) fn new(
        args: &Args,
        archive: &Path,
        name: &'static str,
        flag: &'static str,
        sys: &System,
    ) -> Result<Self, Failure> {
        let Some(program) = sys.bin_path("gtar").or_else(|| sys.bin_path("tar")) else {
            return Err(no_handler(archive, "Unable to find required 'gtar' or 'tar' binary in the path"));
        };
        let version = sys.command([program.as_str(), "--version"]).c_locale().run()?.stdout_text();
        if !(version.starts_with("tar") && version.contains("GNU")) {
            let why = format!("Command \"{program}\" detected as another tar than GNU's. GNU tar required.");
            return Err(no_handler(archive, &why));
        }
        let args = args.clone();
        let mut tar = Self { args, archive: archive.to_owned(), program, name, flag, files: Vec::new() };
        tar.files = tar.list(sys)?;
        Ok(tar)
    }

    fn list(&self, sys: &System) -> Result<Vec<String>, Failure> {
        let said = run(self.command("--list", false), &self.dest(sys), sys)?.output;
        if said.rc != 0 {
            let why = format!(
                "Command \"{}\" could not handle archive: Unable to list files in the archive: {}",
                self.program,
                said.stderr_text()
            );
            return Err(no_handler(&self.archive, &why));
        }
        let excluded = |name: &String| self.excludes().any(|pattern| glob::matches(pattern, name));
        let files: Vec<String> = said
            .stdout_text()
            .lines()
            .map(|line| String::from_utf8_lossy(&escape::decode(line)).into_owned())
            // tar unpacks below the directory whatever the names say.
            .map(|name| name.strip_prefix('/').map_or(name.clone(), str::to_owned))
            .filter(|name| !excluded(name))
            .collect();
        if files.is_empty() {
            let why = format!(
                "Command \"{}\" found no files in archive. Empty archive files are not supported.",
                self.program
            );
            return Err(no_handler(&self.archive, &why));
        }
        Ok(files)
    }

    fn dest(&self, sys: &System) -> PathBuf {
        sys.resolve(&self.args.dest)
    }

    fn excludes(&self) -> impl Iterator<Item = &str> {
        self.args.exclude.iter().map(|path| path.trim_end_matches('/'))
    }

    fn command(&self, action: &str, with_owner: bool) -> Vec<String> {
        let mut cmd = vec![self.program.clone(), action.to_owned(), "-C".to_owned()];
        cmd.push(self.args.dest.to_string_lossy().into_owned());
        if !self.flag.is_empty() {
            cmd.push(self.flag.to_owned());
        }
        if !self.args.extra_opts.is_empty() {
            cmd.push("--show-transformed-names".to_owned());
            cmd.extend(self.args.extra_opts.iter().cloned());
        }
        if with_owner {
            let (owner, group) = (&self.args.file.owner, &self.args.file.group);
            cmd.extend(owner.iter().map(|owner| format!("--owner={}", shlex::quote(owner))));
            cmd.extend(group.iter().map(|group| format!("--group={}", shlex::quote(group))));
            if self.args.keep_newer {
                cmd.push("--keep-newer-files".to_owned());
            }
        }
        cmd.extend(self.excludes().map(|path| format!("--exclude={path}")));
        cmd.extend(["-f".to_owned(), self.archive.to_string_lossy().into_owned()]);
        cmd.extend(self.args.include.iter().cloned());
        cmd
    }

    /// Whether a line of `tar --diff` means that something is to be done. Owner, group and mode
    /// do not count where the task sets them itself.
    fn counts(&self, line: &str, is_root: bool) -> bool {
        if line.ends_with(": : Warning: Cannot stat: No such file or directory") {
            return false;
        }
        let file = &self.args.file;
        let always = [
            ": Mod time differs",
            ": Warning: Cannot stat: No such file or directory",
            ": Symlink differs",
            ": Contents differ",
            ": Size differs",
        ];
        always.iter().any(|end| line.ends_with(end))
            || line.contains(": Invalid owner")
            || line.contains(": Invalid group")
            || (is_root && file.owner.is_none() && line.ends_with(": Uid differs"))
            || (is_root && file.group.is_none() && line.ends_with(": Gid differs"))
            || (file.mode.is_null() && line.ends_with(": Mode differs"))
    }
}

impl Handler for Tar {
    fn name(&self) -> &'static str {
        self.name
    }

    fn files(&self) -> &[String] {
        &self.files
    }

    fn compare(&self, sys: &System) -> Result<Comparison, Failure> {
        let said = run(self.command("--diff", true), &self.dest(sys), sys)?.output;
        let is_root = sys.effective_user() == 0;
        let (out, err) = (said.stdout_text(), said.stderr_text());
        let differs = out.lines().chain(err.lines()).any(|line| self.counts(line, is_root));
        Ok(Comparison { unpacked: !differs, diff: None })
    }

    fn unpack(&self, sys: &System) -> Result<Ran, Failure> {
        run(self.command("--extract", true), &self.dest(sys), sys)
    }
}
