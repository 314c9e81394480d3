//! `git`: checkouts of repositories.

use crate::args::{ModuleArgs, Value};
use crate::system::Output;
use crate::text::shlex::quote;
use crate::{Failure, ModuleResult, Plan, System};
use std::path::PathBuf;

/// Check a repository out and keep it up to date.
#[derive(Clone, Debug, ModuleArgs)]
#[args(mutually_exclusive("separate_git_dir", "bare"), mutually_exclusive("accept_hostkey", "accept_newhostkey"), required_by("archive_prefix", ["archive"]))]
pub(crate) struct Args {
    /// Where to.
    #[arg(ty = "path")]
    dest: Option<String>,
    /// Where from.
    #[arg(alias = "name")]
    repo: String,
    /// A branch, tag or commit.
    #[arg(default = "HEAD")]
    version: String,
    /// What the source is called.
    #[arg(default = "origin")]
    remote: String,
    /// What to fetch besides.
    refspec: Option<String>,
    /// A local repository to take objects from.
    reference: Option<String>,
    /// Throw local changes away.
    #[arg(default = false)]
    force: bool,
    /// How many commits of history.
    depth: Option<u32>,
    /// Whether to clone at all.
    #[arg(default = true)]
    clone: bool,
    /// Whether to fetch into what is there.
    #[arg(default = true)]
    update: bool,
    /// Verify the signature of the commit or tag.
    #[arg(default = false)]
    verify_commit: bool,
    /// Fingerprints that may have signed.
    #[arg(default = [], deprecated_alias("gpg_whitelist", "2.21"))]
    gpg_allowlist: Vec<String>,
    /// Trust any host key.
    #[arg(default = false)]
    accept_hostkey: bool,
    /// Trust the keys of new hosts.
    #[arg(default = false)]
    accept_newhostkey: bool,
    /// The SSH key to use.
    #[arg(ty = "path")]
    key_file: Option<String>,
    /// Options for SSH.
    ssh_opts: Option<String>,
    /// The git to use.
    #[arg(ty = "path")]
    executable: Option<String>,
    /// Without a working tree.
    #[arg(default = false)]
    bare: bool,
    /// Submodules too.
    #[arg(default = true)]
    recursive: bool,
    /// Only the branch itself.
    #[arg(default = false)]
    single_branch: bool,
    /// Submodules follow their branches.
    #[arg(default = false)]
    track_submodules: bool,
    /// The umask to work with.
    umask: Value,
    /// An archive to write.
    #[arg(ty = "path")]
    archive: Option<String>,
    /// What the archive's names begin with.
    archive_prefix: Option<String>,
    /// Where the repository itself lies.
    #[arg(ty = "path")]
    separate_git_dir: Option<String>,
}

pub(crate) fn plan(mut args: Args, sys: &System) -> Result<Plan, Failure> {
    let unsupported = [
        ("archive", args.archive.is_some()),
        ("separate_git_dir", args.separate_git_dir.is_some()),
        ("archive_prefix", args.archive_prefix.is_some()),
        ("gpg_allowlist", !args.gpg_allowlist.is_empty()),
    ];
    if let Some((name, _)) = unsupported.iter().find(|(_, given)| *given) {
        return Err(Failure::new(format!("'{name}' is not supported yet by this module")));
    }
    if args.repo.starts_with('/') {
        args.repo = format!("file://{}", args.repo);
    }
    if args.dest.is_none() && args.clone {
        return Err("the destination directory must be specified unless clone=no".into());
    }
    let git = Git::new(args, sys)?;
    let there = git.dest.as_ref().is_some_and(|_| sys.exists(git.dir().join("config")));
    match (there, git.args.clone, git.args.update) {
        (false, false, _) => {
            let after = git.remote_head(&git.args.repo, sys)?;
            Ok(Plan::done(ModuleResult::changed().with("before", Value::Null).with("after", after)))
        }
        (false, true, _) => {
            let predicted = ModuleResult::changed().with("before", Value::Null);
            if sys.check_mode() {
                let after = git.remote_head(&git.args.repo, sys)?;
                return Ok(Plan::done(predicted.with("after", after)));
            }
            Ok(Plan::change(predicted, move |sys, result| {
                git.clone_repo(sys)?;
                git.settle(sys)?;
                Ok(result.with("after", git.head(sys)?))
            }))
        }
        (true, _, false) => {
            let head = git.head(sys)?;
            Ok(Plan::done(
                ModuleResult::unchanged().with("before", head.as_str()).with("after", head.as_str()),
            ))
        }
        (true, _, true) => git.update(sys),
    }
}

struct Git {
    args: Args,
    program: String,
    dest: Option<PathBuf>,
    ssh: Option<String>,
    umask: Option<u32>,
}

impl Git {
    fn new(args: Args, sys: &System) -> Result<Self, Failure> {
        let program = match &args.executable {
            Some(program) => program.clone(),
            None => sys.require_bin("git")?,
        };
        let umask = match &args.umask {
            Value::Null => None,
            Value::String(text) => Some(
                u32::from_str_radix(text, 8).map_err(|_| Failure::new("umask must be an octal integer"))?,
            ),
            _ => return Err("umask must be defined as a quoted octal integer".into()),
        };
        let dest = args.dest.as_ref().map(|dest| sys.resolve(dest));
        let ssh = ssh(&args);
        Ok(Self { args, program, dest, ssh, umask })
    }

    /// The repository's own directory.
    fn dir(&self) -> PathBuf {
        let dest = self.dest.clone().unwrap_or_default();
        if self.args.bare { dest } else { dest.join(".git") }
    }

    fn run(&self, words: &[&str], sys: &System) -> Result<Output, Failure> {
        let cwd = self.dest.clone().filter(|dest| sys.is_dir(dest)).unwrap_or_else(|| PathBuf::from("/"));
        let all = [self.program.as_str()].into_iter().chain(words.iter().copied());
        let mut command =
            sys.command(all).c_locale().env("LANGUAGE", "C").env("GIT_TERMINAL_PROMPT", "0").cwd(cwd);
        if let Some(ssh) = &self.ssh {
            command = command.env("GIT_SSH_COMMAND", ssh);
        }
        if let Some(umask) = self.umask {
            command = command.umask(umask);
        }
        Ok(command.run()?)
    }

    fn tell(&self, words: &[&str], msg: &str, sys: &System) -> Result<Output, Failure> {
        let output = self.run(words, sys)?;
        if output.rc == 0 {
            return Ok(output);
        }
        let why = output.stderr_text();
        Err(Failure::new(format!("{msg}: {} {}", output.stdout_text().trim(), why.trim()).trim_end())
            .with("stdout", output.stdout_text())
            .with("stderr", why)
            .rc(output.rc))
    }

    fn head(&self, sys: &System) -> Result<String, Failure> {
        let output = self.run(&["rev-parse", "HEAD"], sys)?;
        Ok(output.stdout_text().trim().to_owned())
    }

    fn is_hash(&self) -> bool {
        let version = &self.args.version;
        version.len() == 40 && version.chars().all(|digit| digit.is_ascii_hexdigit())
    }

    /// The commit the version means at the source.
    fn remote_head(&self, from: &str, sys: &System) -> Result<String, Failure> {
        if self.is_hash() {
            return Ok(self.args.version.clone());
        }
        let version = self.args.version.as_str();
        let msg = format!("Could not determine remote revision for {version}");
        let output = self.tell(&["ls-remote", from], &msg, sys)?;
        parse_refs(&output.stdout_text(), version).ok_or_else(|| Failure::new(msg))
    }

    fn clone_repo(&self, sys: &System) -> Result<(), Failure> {
        let args = &self.args;
        let dest = self.dest.as_ref().map(|dest| dest.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(parent) =
            self.dest.as_ref().and_then(|dest| dest.parent()).filter(|parent| !sys.exists(parent))
        {
            sys.command(["mkdir", "-p", "--", &parent.to_string_lossy()]).run_checked()?;
        }
        let depth = args.depth.map(|depth| depth.to_string());
        let named = args.version != "HEAD" && !self.is_hash() && self.named_at_source(sys)?;
        let mut words = vec!["clone"];
        if args.bare {
            words.push("--bare");
        } else {
            words.extend(["--origin", args.remote.as_str()]);
        }
        if let Some(depth) = depth.as_deref().filter(|_| named || args.version == "HEAD") {
            words.extend(["--depth", depth]);
        }
        if args.single_branch {
            words.push("--single-branch");
        }
        if named && (args.depth.is_some() || args.single_branch) {
            words.extend(["--branch", args.version.as_str()]);
        }
        if let Some(reference) = &args.reference {
            words.extend(["--reference", reference.as_str()]);
        }
        words.extend(["--", args.repo.as_str(), dest.as_str()]);
        self.tell(&words, "Failed to clone", sys)?;
        if let Some(refspec) = &args.refspec {
            self.tell(&["fetch", &args.remote, refspec], "Failed to fetch the refspec", sys)?;
        }
        Ok(())
    }

    fn named_at_source(&self, sys: &System) -> Result<bool, Failure> {
        let output = self.run(&["ls-remote", &self.args.repo], sys)?;
        Ok(output.rc == 0 && parse_refs(&output.stdout_text(), &self.args.version).is_some())
    }

    /// Goes to the version wanted, and updates the submodules.
    fn settle(&self, sys: &System) -> Result<(), Failure> {
        let args = &self.args;
        if args.bare {
            return Ok(());
        }
        let remote_branch = format!("{}/{}", args.remote, args.version);
        let full = format!("refs/remotes/{remote_branch}");
        if args.version == "HEAD" {
            let head = format!("{}/HEAD", args.remote);
            let known = self.run(&["rev-parse", "--verify", "-q", &head], sys)?.rc == 0;
            if known {
                self.tell(&["reset", "--hard", &head, "--"], "Failed to checkout branch", sys)?;
            }
        } else if self.run(&["show-ref", "--verify", "-q", &full], sys)?.rc == 0 {
            let words = ["checkout", "--force", "-B", &args.version, "--track", &remote_branch, "--"];
            self.tell(&words, &format!("Failed to checkout branch {}", args.version), sys)?;
            self.tell(&["reset", "--hard", &remote_branch, "--"], "Failed to reset", sys)?;
        } else {
            if self.is_hash() && self.run(&["cat-file", "-e", &args.version], sys)?.rc != 0 {
                self.tell(
                    &["fetch", "--depth=1", &args.remote, &args.version],
                    "Failed to fetch the commit",
                    sys,
                )?;
            }
            let msg = format!("Failed to checkout {}", args.version);
            self.tell(&["checkout", "--force", &args.version, "--"], &msg, sys)?;
        }
        if args.verify_commit {
            self.verify(sys)?;
        }
        if args.recursive && sys.exists(self.dest.clone().unwrap_or_default().join(".gitmodules")) {
            self.tell(&["submodule", "sync", "--recursive"], "Failed to sync submodules", sys)?;
            let mut words = vec!["submodule", "update", "--init", "--recursive"];
            if args.track_submodules {
                words.push("--remote");
            }
            if args.force {
                words.push("--force");
            }
            self.tell(&words, "Failed to init/update submodules", sys)?;
        }
        Ok(())
    }

    fn verify(&self, sys: &System) -> Result<(), Failure> {
        let version = self.args.version.as_str();
        let tags = self.run(&["tag", "-l", version], sys)?.stdout_text();
        let verb = if tags.trim().is_empty() { "verify-commit" } else { "verify-tag" };
        let msg = format!("Failed to verify GPG signature of commit/tag \"{version}\"");
        self.tell(&[verb, version], &msg, sys).map(drop)
    }

    fn update(self, sys: &System) -> Result<Plan, Failure> {
        let before = self.head(sys)?;
        let dirty = !self.args.bare
            && !self.run(&["status", "--porcelain", "-uno"], sys)?.stdout_text().trim().is_empty();
        let dest = self.args.dest.clone().unwrap_or_default();
        if dirty && !self.args.force {
            let msg = format!("Local modifications exist in the destination: {dest} (force=no).");
            return Err(Failure::new(msg).with("before", before));
        }
        let url = self.run(&["remote", "get-url", &self.args.remote], sys)?;
        let moved = url.rc != 0 || url.stdout_text().trim() != self.args.repo;
        let mut result = ModuleResult::unchanged().with("before", before.as_str());
        if dirty {
            result.set("msg", format!("Local modifications exist in the destination: {dest}"));
        }
        let head = self.remote_head(&self.args.repo, sys);
        let settled =
            head.as_ref().is_ok_and(|head| *head == before) && !self.args.bare && self.on_version(sys)?;
        if settled && !dirty && !moved && self.args.refspec.is_none() && !self.submodules_behind(sys)? {
            return Ok(Plan::done(result.with("after", before).with("remote_url_changed", false)));
        }
        let head = match head {
            Ok(head) => head,
            // A tag or short hash the source does not list may still be known here.
            Err(_) if !sys.check_mode() => before.clone(),
            Err(why) => return Err(why),
        };
        result.changed = head != before || dirty || moved;
        result.set("remote_url_changed", moved);
        let predicted = result.clone().with("after", head);
        Ok(Plan::change(predicted, move |sys, _| {
            if dirty {
                self.tell(&["reset", "--hard"], "Failed to reset", sys)?;
            }
            let modules = self.submodules(sys)?;
            self.fetch(moved, sys)?;
            self.settle(sys)?;
            let after = self.head(sys)?;
            let submodules = modules != self.submodules(sys)?;
            let mut result = result;
            result.changed = after != before || dirty || moved || submodules;
            if submodules {
                result.set("submodules_changed", true);
            }
            Ok(result.with("after", after))
        }))
    }

    /// Whether the branch checked out is the wanted one.
    fn on_version(&self, sys: &System) -> Result<bool, Failure> {
        let output = self.run(&["symbolic-ref", "-q", "--short", "HEAD"], sys)?;
        let branch = output.stdout_text();
        let full = format!("refs/remotes/{}/{}", self.args.remote, self.args.version);
        let is_branch = self.run(&["show-ref", "--verify", "-q", &full], sys)?.rc == 0;
        Ok(!is_branch || branch.trim() == self.args.version)
    }

    fn submodules(&self, sys: &System) -> Result<String, Failure> {
        if self.args.bare || !self.args.recursive {
            return Ok(String::new());
        }
        Ok(self.run(&["submodule", "status", "--recursive"], sys)?.stdout_text())
    }

    fn submodules_behind(&self, sys: &System) -> Result<bool, Failure> {
        let text = self.submodules(sys)?;
        Ok(text.lines().any(|line| line.starts_with(['-', '+']))
            || (self.args.track_submodules && !text.is_empty()))
    }

    fn fetch(&self, moved: bool, sys: &System) -> Result<(), Failure> {
        let args = &self.args;
        if moved {
            let known = self.run(&["remote", "get-url", &args.remote], sys)?.rc == 0;
            let verb = if known { "set-url" } else { "add" };
            self.tell(&["remote", verb, &args.remote, &args.repo], "Failed to set a new url", sys)?;
        }
        let depth = args.depth.map(|depth| format!("--depth={depth}"));
        let mut words = vec!["fetch", "--force"];
        words.extend(depth.as_deref());
        if !args.single_branch {
            words.push("--tags");
        }
        words.push(&args.remote);
        words.extend(args.refspec.as_deref());
        let branches = format!(
            "+refs/heads/*:refs/{}/*",
            if args.bare { "heads".to_owned() } else { format!("remotes/{}", args.remote) }
        );
        if args.refspec.is_some() || args.bare {
            words.push(&branches);
        }
        self.tell(&words, "Failed to download remote objects and refs", sys).map(drop)
    }
}

/// The SSH command with the task's key and options.
fn ssh(args: &Args) -> Option<String> {
    let mut opts = args.ssh_opts.clone().unwrap_or_default();
    let decided =
        opts.contains("StrictHostKeyChecking=no") || opts.contains("StrictHostKeyChecking=accept-new");
    if args.accept_hostkey && !decided {
        opts.push_str(" -o StrictHostKeyChecking=no");
    }
    if args.accept_newhostkey && !decided {
        opts.push_str(" -o StrictHostKeyChecking=accept-new");
    }
    if let Some(key) = &args.key_file {
        opts.push_str(&format!(" -i {} -o IdentitiesOnly=yes", quote(key)));
    }
    (!opts.is_empty()).then(|| format!("ssh -o BatchMode=yes {}", opts.trim()))
}

/// The commit of a branch, tag (what it points to) or HEAD in `git ls-remote`.
fn parse_refs(listed: &str, version: &str) -> Option<String> {
    let find = |name: &str| {
        let mut lines = listed.lines().filter_map(|line| line.split_once('\t'));
        lines.find(|(_, found)| *found == name).map(|(hash, _)| hash.to_owned())
    };
    if version == "HEAD" {
        return find("HEAD");
    }
    find(&format!("refs/heads/{version}"))
        .or_else(|| find(&format!("refs/tags/{version}^{{}}")))
        .or_else(|| find(&format!("refs/tags/{version}")))
        .or_else(|| find(version))
}

#[cfg(test)]
mod tests {
    use super::parse_refs;

    #[test]
    fn references_are_found() {
        let listed =
            "aaa\tHEAD\naaa\trefs/heads/main\nbbb\trefs/heads/dev\nccc\trefs/tags/v1\nddd\trefs/tags/v1^{}\n";
        let table = [
            ("HEAD", Some("aaa")),
            ("dev", Some("bbb")),
            ("v1", Some("ddd")),
            ("refs/heads/dev", Some("bbb")),
            ("x", None),
        ];
        for (version, hash) in table {
            assert_eq!(parse_refs(listed, version).as_deref(), hash);
        }
    }
}
