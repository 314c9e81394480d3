//! The private copy of a target and its needs that a run works in.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::target::{Target, Targets};
use crate::error::{Result, TaskError};

/// Ends the directory's name, so that what cannot handle paths beyond ASCII shows.
const UNICODE: &str = "ÅÑŚÌβŁÈ";

/// Where things lie in the host. Paths are as the host sees them.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The copy's top.
    pub(crate) root: PathBuf,
    /// `test/integration` in it: configuration, inventory, a role's playbook.
    pub(crate) integration: PathBuf,
    /// The directory the target may write to.
    pub(crate) output: PathBuf,
    /// Where the command is started.
    pub(crate) cwd: PathBuf,
    /// What is started there.
    pub(crate) command: Vec<String>,
}

/// What trees are made from.
#[derive(Debug)]
pub(crate) struct Maker<'a> {
    /// The host's file system seen from this machine.
    pub(crate) files: PathBuf,
    /// ansible-core's source on this machine.
    pub(crate) source: &'a Path,
    /// The source's targets.
    pub(crate) targets: &'a Targets,
}

impl Maker<'_> {
    /// Makes the tree of `target` below `dir`, a directory of the host.
    pub(crate) fn make(&self, target: &Target, dir: &Path) -> Result<Tree> {
        let ending = if target.says("no/temp_unicode") { "ansible" } else { UNICODE };
        let root = dir.join(format!("{}-conf-{ending}", target.name));
        let integration = root.join("test/integration");
        for part in self.targets.with_needs(target)? {
            copy(&part.path, &self.outside(&integration.join("targets").join(&part.name)))?;
            for file in part.having("needs/file/").filter(|file| self.source.join(file).is_file()) {
                let to = self.outside(&root.join(file));
                make_dir(to.parent().unwrap_or(&to))?;
                copy(&self.source.join(file), &to)?;
            }
        }
        let output = dir.join("output_dir");
        let outside = self.outside(&output);
        if outside.exists() {
            fs::remove_dir_all(&outside).map_err(TaskError::io("cannot remove", &outside))?;
        }
        make_dir(&outside)?;
        self.write(&integration.join("integration.cfg"), "")?;
        self.write(&integration.join("inventory"), &inventory(target))?;
        if target.script {
            let cwd = integration.join("targets").join(&target.name);
            return Ok(Tree { root, integration, output, cwd, command: words(&["./runme.sh", "-v"]) });
        }
        let name = format!("{}-conf.yml", target.name);
        self.write(&integration.join(&name), &playbook(target, &output))?;
        let command = words(&["ansible-playbook", &name, "-i", "inventory", "-v"]);
        Ok(Tree { root, cwd: integration.clone(), integration, output, command })
    }

    /// Where this machine sees a path of the host.
    pub(crate) fn outside(&self, path: &Path) -> PathBuf {
        self.files.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Writes a file of the host.
    pub(crate) fn write(&self, path: &Path, text: &str) -> Result<()> {
        let path = self.outside(path);
        fs::write(&path, text).map_err(TaskError::io("cannot write", &path))
    }
}

/// The one host of the tests is the one they run on: reached over ssh by those that ask for it.
fn inventory(target: &Target) -> String {
    let ssh = target.says("needs/ssh")
        && !target.says("context/controller")
        && !target.name.starts_with("connection_");
    let connection = if ssh {
        "ansible_connection='ssh' ansible_pipelining='yes' ansible_host='localhost' ansible_user='root'"
    } else {
        "ansible_connection='local' ansible_pipelining='yes'"
    };
    format!(
        "[testgroup]\ntesthost {connection} ansible_python_interpreter='{}'\n",
        super::environment::PYTHON
    )
}

/// The playbook for a role.
fn playbook(target: &Target, output: &Path) -> String {
    let play = serde_json::json!([{
        "gather_facts": !target.says("gather_facts/no"),
        "hosts": "testhost",
        "roles": [target.name],
        "vars": { "output_dir": output },
        "vars_files": [],
    }]);
    format!("{play:#}\n")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Copies a file or a tree with modes and times; links stay links.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let meta = fs::symlink_metadata(from).map_err(TaskError::io("cannot look at", from))?;
    if meta.is_symlink() {
        let target = fs::read_link(from).map_err(TaskError::io("cannot read the link", from))?;
        return symlink(target, to).map_err(TaskError::io("cannot link", to));
    }
    if !meta.is_dir() {
        fs::copy(from, to).map_err(TaskError::io("cannot copy", from))?;
        return keep_time(&meta, to);
    }
    make_dir(to)?;
    for entry in fs::read_dir(from).map_err(TaskError::io("cannot list", from))?.flatten() {
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    fs::set_permissions(to, meta.permissions()).map_err(TaskError::io("cannot chmod", to))?;
    keep_time(&meta, to)
}

fn keep_time(meta: &fs::Metadata, to: &Path) -> Result<()> {
    let failed = |source| TaskError::io("cannot set the time of", to)(source);
    let time = meta.modified().map_err(failed)?;
    fs::File::open(to).and_then(|file| file.set_modified(time)).map_err(failed)
}

/// Makes a directory and those above it.
pub(crate) fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(TaskError::io("cannot create the directory", path))
}
