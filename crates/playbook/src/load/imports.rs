//! Static imports of task files.

use super::{Reading, Result, action::Found, include::add_vars, normal, typed::is_template};
use crate::{Block, BlockKind, Cause, Entry, PlaybookError, Task};
use rplay_value::{Dict, Value};
use rplay_yaml::{Document, Node};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

const IMPORT_HELP: &str = "When using static imports, ensure that any variables used in their names are defined in \
                           vars/vars_files or extra-vars passed in from the command line. Static imports cannot \
                           use variables from facts or inventory sources like group or host vars.";

impl Reading<'_> {
    /// `import_tasks`: a block of what the file holds.
    pub(crate) fn import_tasks(&self, node: &Node, found: Found, into: &mut Vec<Entry>) -> Result<()> {
        self.import_tasks_with(node, found, Dict::new(), into)
    }

    pub(crate) fn import_tasks_with(
        &self,
        node: &Node,
        mut found: Found,
        vars: Dict,
        into: &mut Vec<Entry>,
    ) -> Result<()> {
        self.check_include_options(node, &mut found)?;
        let file = found.args.get("_raw_params").cloned().unwrap_or_default();
        let mut task = self.task(node, found, self.include_level())?;
        add_vars(&mut task.keywords, vars);
        self.check_import(node, &task)?;
        let name = self.import_name(node, &file, &task)?;
        let path = self.tasks_path(&name);
        let step = self.step(node, format!("{}: {name}", task.action.name));
        let entries = self.import_file(node, &path, &task).map_err(|error| error.within(step))?;
        if entries.is_empty() {
            return Ok(());
        }
        into.push(Entry::Block(Arc::new(Block {
            name: task.name,
            kind: BlockKind::ImportTasks,
            keywords: task.keywords,
            body: entries,
            rescue: Vec::new(),
            always: Vec::new(),
            role: self.role.clone(),
            place: task.place,
        })));
        Ok(())
    }

    fn import_file(&self, node: &Node, path: &Path, task: &Task) -> Result<Vec<Entry>> {
        let seen = self.files.iter().filter(|file| *file == path).count();
        if self.is_too_deep() || seen > 8 {
            return Err(self
                .fail(node, format!("The file {} imports itself without end.", path.display()))
                .suggest("Use include_tasks, which is decided while the play runs.".to_owned()));
        }
        let document = self.loader.document(path).map_err(|error| match error.place {
            None => error.at(self.place(node.span)),
            Some(_) => error,
        })?;
        let mut inner = self.with_vars(&task.keywords.vars).entering(path);
        inner.source = document.source.clone();
        inner.included_file(&document, path)
    }

    /// The entries of a file of tasks that this reading is of.
    pub(crate) fn included_file(&self, document: &Document, path: &Path) -> Result<Vec<Entry>> {
        let root = &document.root;
        match root.as_seq() {
            Some(items) if !items.is_empty() => self.list(root, "A malformed block was encountered."),
            _ if !root.to_value().is_true() => {
                self.warn(root, format!("file {} is empty and had no tasks to include", path.display()));
                Ok(Vec::new())
            }
            _ => Err(self.no_list(root)),
        }
    }

    /// A file of tasks holds something else.
    pub(crate) fn no_list(&self, root: &Node) -> PlaybookError {
        self.fail(root, "included task files must contain a list of tasks")
    }

    /// Refuses a loop, and names keywords that have no effect on an import.
    pub(crate) fn check_import(&self, node: &Node, task: &Task) -> Result<()> {
        let name = &task.action.name;
        if task.r#loop.is_some() {
            let other = name.replace("import_", "include_");
            let message =
                format!("You cannot use loops on '{name}' statements. You should use '{other}' instead.");
            return Err(self.fail(node, message));
        }
        const WITHOUT_EFFECT: [&str; 10] = [
            "register",
            "until",
            "retries",
            "delay",
            "changed_when",
            "failed_when",
            "async",
            "poll",
            "loop_control",
            "listen",
        ];
        for key in WITHOUT_EFFECT.iter().filter_map(|key| node.entry(key)).map(|(key, _)| key) {
            let keyword = key.as_str().unwrap_or_default();
            self.warn(key, format!("'{keyword}' has no effect on '{name}'"));
        }
        Ok(())
    }

    /// The name in an import: evaluated now when it is a template.
    pub(crate) fn import_name(&self, node: &Node, written: &Value, task: &Task) -> Result<String> {
        if !is_template(written) {
            return Ok(written.to_text());
        }
        let value = self
            .evaluate(written, &task.keywords.vars)
            .map_err(|cause| self.unknown_name(node, written, cause))?;
        Ok(value.to_text())
    }

    fn unknown_name(&self, node: &Node, written: &Value, cause: Cause) -> PlaybookError {
        self.fail(node, format!("Error when evaluating variable in import path {}.", written.repr()))
            .because(cause)
            .suggest(IMPORT_HELP.to_owned())
    }

    /// The file that a task here names: beside the file it stands in and above it inside the role's or play's
    /// directory, then in the role, then beside the playbook.
    pub(crate) fn tasks_path(&self, name: &str) -> PathBuf {
        if let Some(rest) = name.strip_prefix("~/")
            && let Some(home) = std::env::home_dir()
        {
            return normal(&home.join(rest));
        }
        let candidates: Vec<PathBuf> = self.tasks_dirs().iter().map(|dir| normal(&dir.join(name))).collect();
        let found = candidates.iter().find(|path| path.exists()).or(candidates.last());
        found.cloned().unwrap_or_else(|| normal(Path::new(name)))
    }

    fn tasks_dirs(&self) -> Vec<PathBuf> {
        let file = Path::new(&*self.source.name);
        let here = file.parent().unwrap_or(Path::new(""));
        let subdir = if self.handlers { "handlers" } else { "tasks" };
        let play = &self.frame.dir;
        let Some(role) = &self.role else {
            return [around(here, play), vec![play.clone()]].concat();
        };
        let main = role.path.join(subdir);
        let from = if self.handlers { &role.from.handlers } else { &role.from.tasks };
        let entry = main.join(from.as_ref().map_or("main", |name| name.as_str()));
        let own =
            if file == entry || file.with_extension("") == entry { Vec::new() } else { around(here, &main) };
        let of_role = [main, role.path.join("tasks"), role.path.clone()];
        let of_play = [play.join(subdir), play.clone()];
        [own, of_role.to_vec(), of_play.to_vec()].concat()
    }
}

/// A directory and those above it up to a root; only itself when it is not inside the root.
fn around(here: &Path, root: &Path) -> Vec<PathBuf> {
    if !here.starts_with(root) {
        return vec![here.to_path_buf()];
    }
    here.ancestors().take_while(|dir| dir.starts_with(root)).map(Path::to_path_buf).collect()
}
