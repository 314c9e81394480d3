//! Finding files beside roles and playbooks.

use super::ActionContext;
use crate::error::TaskError;
use rplay_value::Value;
use std::path::{Path, PathBuf};

impl ActionContext<'_> {
    /// The directories a relative name is looked for in, best first (`ansible_search_path`, the play's).
    fn search_path(&self) -> Vec<PathBuf> {
        let path =
            self.task.layers.magic.get("ansible_search_path").and_then(Value::as_list).unwrap_or_default();
        let mut dirs: Vec<PathBuf> = path.iter().filter_map(Value::as_str).map(PathBuf::from).collect();
        // The play's directory is the last resort, and stands in the variable already where no task of it does.
        let beside = Path::new(&*self.task.task.place.source.name).parent();
        if dirs.is_empty() || beside == Some(self.playbook_dir()) {
            dirs.push(self.playbook_dir().to_path_buf());
        }
        dirs
    }

    /// The file `name`, looked for in the `kind` folder (`files`, `templates`, `vars`) of roles and playbook.
    pub fn find(&self, kind: &str, name: &str) -> Result<PathBuf, TaskError> {
        let expanded = expand_home(name);
        if expanded.is_absolute() {
            return if expanded.exists() { Ok(expanded) } else { Err(not_found(name, &[expanded])) };
        }
        let tried = candidates(&self.search_path(), kind, &expanded);
        match tried.iter().find(|path| path.exists()) {
            Some(path) => Ok(path.clone()),
            None => Err(not_found(name, &tried)),
        }
    }
}

/// Where ansible-core looks, in its order: each directory's folder, then the directory; the play's own again at
/// the end.
fn candidates(dirs: &[PathBuf], kind: &str, name: &Path) -> Vec<PathBuf> {
    dirs.iter().flat_map(|dir| [dir.join(kind).join(name), dir.join(name)]).collect()
}

fn not_found(name: &str, tried: &[PathBuf]) -> TaskError {
    let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
    TaskError::failed(format!(
        "Could not find or access '{name}'\nSearched in:\n\t{} on the Ansible Controller.\nIf you are using a module \
         and expect the file to exist on the remote, see the remote_src option",
        tried.join("\n\t")
    ))
}

/// A path with a leading `~` replaced by the home directory.
pub(super) fn expand_home(name: &str) -> PathBuf {
    match (name.strip_prefix("~"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            PathBuf::from(home).join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(name),
    }
}
