//! `subversion`: working copies and exports of Subversion repositories.

use crate::args::{ModuleArgs, Value};
use crate::{Failure, ModuleResult, Plan, System};

/// Check out a Subversion repository.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// Where to.
    #[arg(ty = "path")]
    dest: Option<String>,
    /// Its URL.
    #[arg(aliases("name", "repository"))]
    repo: String,
    /// The revision.
    #[arg(default = "HEAD", aliases("rev", "version"))]
    revision: String,
    /// Throw changes of the working copy away; write over what an export finds.
    #[arg(default = false)]
    force: bool,
    /// Who logs in.
    username: Option<String>,
    /// With which password.
    #[arg(no_log)]
    password: Option<String>,
    /// The program.
    #[arg(ty = "path")]
    executable: Option<String>,
    /// Export in place of a working copy.
    #[arg(default = false)]
    export: bool,
    /// Make a working copy where there is none.
    #[arg(default = true)]
    checkout: bool,
    /// Bring a working copy to the revision.
    #[arg(default = true)]
    update: bool,
    /// Switch a working copy to the URL first.
    #[arg(default = true)]
    switch: bool,
    /// Make a working copy of a directory that holds something.
    #[arg(default = false)]
    in_place: bool,
    /// Whether certificates are checked.
    #[arg(default = false)]
    validate_certs: bool,
}

const MODIFIED: &str = "ERROR: modified files exist in the repository.";

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let program = match &args.executable {
        Some(program) => program.clone(),
        None => sys.require_bin("svn")?,
    };
    let by_input = args.password.is_none() || takes_password(&program, sys)?;
    if !by_input {
        return Err(
            "svn before 1.10.0 takes a password only as an argument, which every user of the host could read"
                .into(),
        );
    }
    let svn = Svn { program, args };
    let args = &svn.args;
    if !args.export && !args.update && !args.checkout {
        let after = svn.revision_of(&args.repo, sys)?;
        return Ok(Plan::done(ModuleResult::unchanged().with("after", after)));
    }
    let Some(dest) = args.dest.clone() else {
        return Err(
            "the destination directory must be specified unless checkout=no, update=no, and export=no".into(),
        );
    };
    if args.export || !sys.exists(&dest) {
        if !args.export && !args.checkout {
            return Ok(Plan::done(ModuleResult::unchanged()));
        }
        return Ok(Plan::change(ModuleResult::changed(), move |sys, result| svn.bring(&dest, result, sys)));
    }
    if svn.run(&["info", &dest], sys)?.rc == 0 {
        if !args.update {
            return Ok(Plan::done(ModuleResult::unchanged()));
        }
        let modified = svn.is_modified(&dest, sys)?;
        if modified && !args.force {
            return Err(MODIFIED.into());
        }
        let predicted = if sys.check_mode() { svn.predict(&dest, sys)? } else { ModuleResult::changed() };
        return Ok(Plan::change(predicted, move |sys, _| svn.renew(&dest, modified, sys)));
    }
    if args.in_place {
        return Ok(Plan::change(ModuleResult::changed(), move |sys, result| {
            svn.take_over(&dest, result, sys)
        }));
    }
    Err(Failure::new(format!("ERROR: {dest} folder already exists, but its not a subversion repository.")))
}

/// Whether the program reads a password from its input.
fn takes_password(program: &str, sys: &System) -> Result<bool, Failure> {
    let version = sys.command([program, "--version", "--quiet"]).c_locale().run_checked()?.stdout_text();
    let mut numbers = version.trim().split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    Ok((numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (1, 10))
}

/// The program with what every call of it has in common.
struct Svn {
    program: String,
    args: Args,
}

impl Svn {
    fn command<'a>(&self, words: &[&str], sys: &'a System) -> crate::system::Command<'a> {
        let mut line = vec![self.program.as_str(), "--non-interactive", "--no-auth-cache"];
        if !self.args.validate_certs {
            line.push("--trust-server-cert");
        }
        if let Some(user) = &self.args.username {
            line.extend(["--username", user]);
        }
        if self.args.password.is_some() {
            line.push("--password-from-stdin");
        }
        line.extend(words);
        let command = sys.command(line).env("LANG", "C.UTF-8").env("LC_MESSAGES", "C");
        match &self.args.password {
            Some(password) => command.stdin(password.as_bytes()),
            None => command,
        }
    }

    fn run(&self, words: &[&str], sys: &System) -> Result<crate::system::Output, Failure> {
        Ok(self.command(words, sys).run()?)
    }

    fn checked(&self, words: &[&str], sys: &System) -> Result<String, Failure> {
        Ok(self.command(words, sys).run_checked()?.stdout_text())
    }

    /// A working copy or an export where there is none.
    fn bring(&self, dest: &str, result: ModuleResult, sys: &System) -> Result<ModuleResult, Failure> {
        let Args { repo, revision, export, force, .. } = &self.args;
        let mut words = vec![if *export { "export" } else { "checkout" }];
        if *export && *force {
            words.push("--force");
        }
        words.extend(["-r", revision, repo, dest]);
        self.checked(&words, sys)?;
        if *export {
            return Ok(result);
        }
        Ok(result.with("before", Value::Null).with("after", self.place(dest, sys)?))
    }

    /// A working copy in a directory that holds something.
    fn take_over(&self, dest: &str, result: ModuleResult, sys: &System) -> Result<ModuleResult, Failure> {
        let Args { repo, revision, force, .. } = &self.args;
        self.checked(&["checkout", "--force", "-r", revision, repo, dest], sys)?;
        if *force && self.is_modified(dest, sys)? {
            self.checked(&["revert", "-R", dest], sys)?;
        }
        Ok(result.with("before", Value::Null).with("after", self.place(dest, sys)?))
    }

    /// The working copy at the wanted URL and revision.
    fn renew(&self, dest: &str, modified: bool, sys: &System) -> Result<ModuleResult, Failure> {
        let Args { repo, revision, switch, .. } = &self.args;
        let before = self.place(dest, sys)?;
        let mut changed = modified;
        // Switched before reverted: what is reverted to is the wanted repository's.
        if *switch {
            changed |= touches(&self.checked(&["switch", "--revision", revision, repo, dest], sys)?);
        }
        if modified {
            self.checked(&["revert", "-R", dest], sys)?;
        }
        changed |= touches(&self.checked(&["update", "-r", revision, dest], sys)?);
        let after = self.place(dest, sys)?;
        Ok(ModuleResult { changed, ..ModuleResult::default() }.with("before", before).with("after", after))
    }

    /// What an update would do.
    fn predict(&self, dest: &str, sys: &System) -> Result<ModuleResult, Failure> {
        let before = revision(&self.checked(&["info", dest], sys)?);
        let after = revision(&self.checked(&["info", "-r", &self.args.revision, dest], sys)?);
        let number =
            |line: &str| line.rsplit(':').next().and_then(|number| number.trim().parse::<u64>().ok());
        let changed = number(&before) < number(&after);
        Ok(ModuleResult { changed, ..ModuleResult::default() }.with("before", before).with("after", after))
    }

    fn is_modified(&self, dest: &str, sys: &System) -> Result<bool, Failure> {
        let text = self.checked(&["status", "--quiet", "--ignore-externals", dest], sys)?;
        Ok(text.lines().any(|line| !line.is_empty() && !line.starts_with(['?', 'X'])))
    }

    fn revision_of(&self, place: &str, sys: &System) -> Result<String, Failure> {
        Ok(revision(&self.checked(&["info", place], sys)?))
    }

    /// Revision and URL, each as the line that tells it.
    fn place(&self, dest: &str, sys: &System) -> Result<Vec<String>, Failure> {
        let text = self.checked(&["info", dest], sys)?;
        let url = text.lines().find(|line| line.starts_with("URL:")).unwrap_or("Unable to get URL");
        Ok(vec![revision(&text), url.to_owned()])
    }
}

/// The line `Revision: 5`.
fn revision(text: &str) -> String {
    let found = text.lines().find(|line| line.starts_with("Revision:"));
    found.unwrap_or("Unable to get revision").to_owned()
}

/// Whether a line tells of a file that was added, changed, deleted or merged.
fn touches(text: &str) -> bool {
    let mut lines = text.lines().map(str::chars);
    lines.any(|mut letters| {
        letters.next().is_some_and(|letter| "ABDUCGE".contains(letter))
            && letters.next().is_some_and(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::{revision, touches};

    #[test]
    fn output_is_understood() {
        assert!(touches("Updating 'x':\nU    x/a\n"));
        assert!(!touches("Updating 'x':\nUpdated to revision 2.\nAt revision 2.\n"));
        assert_eq!(revision("Path: x\nURL: file:///r\nRevision: 5\n"), "Revision: 5");
    }
}
