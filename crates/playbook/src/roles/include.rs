//! `import_role` and `include_role`.

use super::{read::Use, role_blocks};
use crate::{
    Entry, Keywords, Level, Place, Role, RoleFiles, Task,
    load::{Found, Loader, Reading, Result, TaskContext},
};
use rplay_value::{Dict, Str, Value};
use rplay_yaml::Node;
use std::{collections::BTreeSet, sync::Arc};

/// How `include_role` asks for a role.
#[derive(Clone)]
pub struct RoleOptions {
    /// Files in place of `main`.
    pub from: RoleFiles,
    /// Whether the role may run again with the same parameters (default true for includes).
    pub allow_duplicates: bool,
    /// Whether defaults and vars are visible to the rest of the play (default false for includes).
    pub public: bool,
    /// Whether the role's argument specification is checked (`rolespec_validate`, default true).
    pub validate: bool,
    /// Parameters of the role.
    pub params: Arc<Dict>,
    /// Keywords of the use; `vars` of the include belong there.
    pub keywords: Keywords,
    /// The task that includes; the role it belongs to becomes the parent.
    pub context: TaskContext,
}

impl Default for RoleOptions {
    fn default() -> Self {
        Self {
            from: RoleFiles::default(),
            allow_duplicates: true,
            public: false,
            validate: true,
            params: Arc::default(),
            keywords: Keywords::default(),
            context: TaskContext::default(),
        }
    }
}

const FROM: [&str; 4] = ["tasks_from", "vars_from", "defaults_from", "handlers_from"];
const OPTIONS: [&str; 10] = [
    "name",
    "role",
    "tasks_from",
    "vars_from",
    "defaults_from",
    "handlers_from",
    "apply",
    "public",
    "allow_duplicates",
    "rolespec_validate",
];

impl Loader {
    /// Reads a role for `include_role`; `place` is where the include stands.
    ///
    /// # Errors
    /// When the role is not found, cannot be read or says what cannot be.
    pub fn role(&self, name: &str, place: &Place, options: RoleOptions) -> Result<Arc<Role>> {
        let reading = self.reading_in(&place.source, &options.context);
        let mut wanted = Use::new(name.into(), place.clone());
        wanted.from = options.from;
        wanted.from_include = true;
        wanted.public = options.public;
        wanted.validate = options.validate;
        wanted.allow_duplicates = Some(options.allow_duplicates);
        wanted.params = options.params;
        wanted.keywords = options.keywords;
        wanted.parent = options.context.role;
        reading.read_role(wanted)
    }
}

impl Reading<'_> {
    /// `import_role` becomes the role's blocks, `include_role` stays a task.
    pub(crate) fn role_task(&self, node: &Node, found: Found, into: &mut Vec<Entry>) -> Result<()> {
        if self.handlers {
            return Err(self.fail(node, format!("Using '{}' as a handler is not supported.", found.name)));
        }
        let level = Level::IncludeRole;
        let is_import = found.is(&["import_role"]);
        if !is_import {
            self.check_dynamic(node, &found, level)?;
        }
        self.check_role_options(node, &found)?;
        let task = self.task(node, found, level)?;
        if is_import {
            self.import_role(node, &task, into)
        } else {
            into.push(Entry::Task(Arc::new(task)));
            Ok(())
        }
    }

    fn check_role_options(&self, node: &Node, found: &Found) -> Result<()> {
        let action = &found.name;
        let name = found.args.get("name").or_else(|| found.args.get("role")).filter(|name| !name.is_none());
        if name.is_none() {
            return Err(self.fail(node, format!("'name' is a required field for {action}.")));
        }
        let unknown: BTreeSet<String> = found
            .args
            .keys()
            .map(|key| key.as_value().to_text())
            .filter(|key| !OPTIONS.contains(&key.as_str()))
            .collect();
        if !unknown.is_empty() {
            let names = unknown.into_iter().collect::<Vec<_>>().join(",");
            return Err(self.fail(node, format!("Invalid options for {action}: {names}")));
        }
        for key in FROM {
            if let Some(value) = found.args.get(key).filter(|value| value.as_str().is_none()) {
                let message =
                    format!("Expected a string for {key} but got <class '{}'> instead", value.type_name());
                return Err(self.fail(node, message));
            }
        }
        self.check_apply(node, found, &["include_role"])
    }

    fn import_role(&self, node: &Node, task: &Task, into: &mut Vec<Entry>) -> Result<()> {
        self.check_import(node, task)?;
        let args = &task.action.args;
        let name = args.get("name").or_else(|| args.get("role")).cloned().unwrap_or_default();
        let name = self.import_name(node, &name, task)?;
        let step = self.step(node, format!("{}: {name}", task.action.name));
        let mut wanted = Use::new(name.into(), task.place.clone());
        wanted.from = self.files_of(node, args, task)?;
        wanted.from_include = true;
        wanted.public = match args.get("public").filter(|public| !public.is_none()) {
            Some(_) => self.switch(node, args, "public")?,
            None => self.loader.settings().public(true),
        };
        wanted.validate = self.switch(node, args, "rolespec_validate")?;
        wanted.allow_duplicates = Some(self.switch(node, args, "allow_duplicates")?);
        wanted.keywords.vars = task.keywords.vars.clone();
        wanted.parent.clone_from(&self.role);
        let inner = self.with_vars(&task.keywords.vars);
        let role = inner.read_role(wanted).map_err(|error| match &error.place {
            Some(place) if place.source.name == self.source.name => error,
            _ => error.within(step),
        })?;
        into.extend(role_blocks(&role, &task.keywords, &task.place));
        Ok(())
    }

    fn files_of(&self, node: &Node, args: &Dict, task: &Task) -> Result<RoleFiles> {
        let file = |key: &str| -> Result<Option<Str>> {
            args.get(key).map(|value| Ok(self.import_name(node, value, task)?.into())).transpose()
        };
        Ok(RoleFiles {
            tasks: file("tasks_from")?,
            vars: file("vars_from")?,
            defaults: file("defaults_from")?,
            handlers: file("handlers_from")?,
        })
    }

    /// An option of `import_role` that is on when not written.
    fn switch(&self, node: &Node, args: &Dict, option: &str) -> Result<bool> {
        let Some(value) = args.get(option).filter(|value| !value.is_none()) else { return Ok(true) };
        let value = if self.is_template(value) {
            let failed =
                |cause| self.fail(node, format!("Error processing keyword '{option}'.")).because(cause);
            self.evaluate(value, &Dict::new()).map_err(failed)?
        } else {
            value.clone()
        };
        self.to_bool(&value).ok_or_else(|| {
            let shown = Value::repr(&value);
            self.fail(node, format!("The value {shown} of '{option}' could not be converted to 'bool'."))
        })
    }
}
