//! Reading a role.

use super::{files::Wanted, find::Located, specs, uses::Dependent};
use crate::{
    Cause, Entry, Keywords, Place, PlaybookError, Role, RoleFiles, RoleMeta,
    load::{Reading, Result},
    suggest::did_you_mean,
};
use rplay_value::{Dict, Str, Value};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// A use of a role, not read yet.
pub(super) struct Use {
    pub(super) name: Str,
    pub(super) from: RoleFiles,
    pub(super) from_include: bool,
    pub(super) public: bool,
    /// Whether the role's argument specification is checked.
    pub(super) validate: bool,
    /// Overrides what the role's metadata says.
    pub(super) allow_duplicates: Option<bool>,
    pub(super) params: Arc<Dict>,
    pub(super) keywords: Keywords,
    pub(super) parent: Option<Arc<Role>>,
    /// The directory beside which the role is looked for too.
    pub(super) basedir: Option<PathBuf>,
    pub(super) place: Place,
}

impl Use {
    pub(super) fn new(name: Str, place: Place) -> Self {
        Self {
            name,
            from: RoleFiles::default(),
            from_include: false,
            public: true,
            validate: true,
            allow_duplicates: None,
            params: Arc::default(),
            keywords: Keywords::default(),
            parent: None,
            basedir: None,
            place,
        }
    }

    fn error(&self, message: impl Into<String>) -> PlaybookError {
        PlaybookError::new(message).at(self.place.clone())
    }
}

impl Reading<'_> {
    pub(super) fn read_role(&self, wanted: Use) -> Result<Arc<Role>> {
        let located = self.find_role(&wanted)?;
        let key = (located.path.clone(), wanted.from.tasks.clone());
        if self.roles.contains(&key) && (wanted.from.tasks.is_none() || self.is_too_deep())
            || self.is_too_deep()
        {
            let message = "A recursion loop was detected with the roles specified. Make sure child roles do not \
                           have dependencies on parent roles";
            return Err(wanted.error(message).general().suggest(self.way_to(&located)));
        }
        let mut inner = self.clone();
        inner.roles.push(key);
        inner.handlers = false;
        inner.files.clear();
        inner.build(wanted, &located)
    }

    fn way_to(&self, located: &Located) -> String {
        let names = self.roles.iter().map(|(path, _)| path.as_path()).chain([located.path.as_path()]);
        let names: Vec<_> =
            names.filter_map(Path::file_name).map(|name| name.to_string_lossy().into_owned()).collect();
        format!("The roles lead to each other: {}.", names.join(" -> "))
    }

    fn find_role(&self, wanted: &Use) -> Result<Located> {
        let written = Value::Str(wanted.name.clone());
        let name = if self.is_template(&written) {
            let failed =
                |cause: Cause| wanted.error("The name of the role has no value.").general().because(cause);
            self.evaluate(&written, &wanted.keywords.vars).map_err(failed)?.to_text()
        } else {
            wanted.name.to_string()
        };
        let basedir = wanted.basedir.as_deref();
        self.locate(&name, basedir).map_err(|searched| {
            let names = self.role_names(basedir);
            wanted
                .error(format!("the role '{name}' was not found in {}", searched.join(":")))
                .general()
                .suggest(did_you_mean(&name, names.iter().map(String::as_str)))
        })
    }

    /// Reads the role's files in Ansible's order: variables, metadata, dependencies, tasks, handlers.
    fn build(&self, wanted: Use, located: &Located) -> Result<Arc<Role>> {
        let file = |subdir: &'static str| Wanted {
            role: &located.path,
            role_name: &located.name,
            subdir,
            from: match subdir {
                "tasks" => wanted.from.tasks.as_ref(),
                "vars" => wanted.from.vars.as_ref(),
                "defaults" => wanted.from.defaults.as_ref(),
                "handlers" => wanted.from.handlers.as_ref(),
                _ => None,
            },
            place: &wanted.place,
        };
        let vars = file("vars").vars(self.loader)?;
        let defaults = file("defaults").vars(self.loader)?;
        let mut parents = Vec::new();
        if let Some(parent) = &wanted.parent {
            parents.extend(parent.parents.iter().cloned());
            parents.push(parent.clone());
        }
        let mut role = Role {
            name: located.name.clone(),
            fqcn: located
                .collection
                .as_ref()
                .map(|collection| format!("{collection}.{}", located.name).into()),
            path: located.path.clone(),
            defaults,
            vars,
            params: wanted.params.clone(),
            keywords: wanted.keywords.clone(),
            dependencies: Vec::new(),
            parents,
            meta: RoleMeta::default(),
            from: wanted.from.clone(),
            from_include: wanted.from_include,
            tasks: OnceLock::new(),
            handlers: OnceLock::new(),
            public: wanted.public,
        };
        if let Some(document) = file("meta").document(self.loader)? {
            let mut reading = self.clone();
            reading.source = document.source.clone();
            let metadata = reading.metadata(&document.root, &located.name)?;
            role.meta = metadata.meta;
            reading.collections = dependency_collections(&role, located);
            if !metadata.dependencies.is_empty() {
                let shell = shell(&role);
                let basedir = located.path.parent().unwrap_or(Path::new("/"));
                let dependent = Dependent { role: &shell, basedir };
                for node in metadata.dependencies {
                    role.dependencies.push(reading.role_use(node, Some(&dependent))?);
                }
            }
        }
        if let Some(allow) = wanted.allow_duplicates {
            role.meta.allow_duplicates = allow;
        }
        let mut spec_place = wanted.place.clone();
        if let Some((specs, place)) = specs::of_file(&file("meta"), self.loader)? {
            role.meta.argument_specs = specs;
            spec_place = place;
        }
        let role = Arc::new(role);
        let mut inner = self.clone();
        inner.role = Some(role.clone());
        inner.collections = own_collections(&role, located).into();
        let mut tasks: Vec<Entry> = Vec::new();
        if wanted.validate {
            tasks.extend(specs::task(&role, &spec_place));
        }
        tasks.extend(inner.role_entries(&file("tasks"))?);
        let handlers = Reading { handlers: true, ..inner }.role_entries(&file("handlers"))?;
        // Nothing else sees the role before this, so both are still empty.
        let _ = role.tasks.set(tasks);
        let _ = role.handlers.set(handlers);
        Ok(role)
    }

    fn role_entries(&self, file: &Wanted<'_>) -> Result<Vec<Entry>> {
        let Some(document) = file.document(self.loader)? else { return Ok(Vec::new()) };
        let mut reading = self.clone();
        reading.source = document.source.clone();
        let message = format!(
            "The {}/main.yml file for role {} must contain a list of tasks.",
            file.subdir,
            rplay_value::str_repr(file.role_name)
        );
        if !document.root.to_value().is_true() {
            return Ok(Vec::new());
        }
        reading.list(&document.root, &message)
    }
}

/// The role as its dependencies know it: everything but dependencies and tasks, which come after them.
fn shell(role: &Role) -> Arc<Role> {
    Arc::new(Role {
        name: role.name.clone(),
        fqcn: role.fqcn.clone(),
        path: role.path.clone(),
        defaults: role.defaults.clone(),
        vars: role.vars.clone(),
        params: role.params.clone(),
        keywords: role.keywords.clone(),
        dependencies: Vec::new(),
        parents: role.parents.clone(),
        meta: role.meta.clone(),
        from: role.from.clone(),
        from_include: role.from_include,
        tasks: OnceLock::new(),
        handlers: OnceLock::new(),
        public: role.public,
    })
}

/// Collections that a role's tasks search: its own, then those its metadata names.
fn own_collections(role: &Role, located: &Located) -> Vec<Str> {
    let mut names: Vec<Str> = located.collection.iter().map(|name| name.as_str().into()).collect();
    names.extend(
        role.meta
            .collections
            .iter()
            .filter(|name| located.collection.as_deref() != Some(name.as_str()))
            .cloned(),
    );
    if !names.is_empty()
        && !names.iter().any(|name| matches!(name.as_str(), "ansible.builtin" | "ansible.legacy"))
    {
        names.push(if located.collection.is_some() { "ansible.builtin" } else { "ansible.legacy" }.into());
    }
    names
}

/// Collections that a role's dependencies are looked for in.
fn dependency_collections(role: &Role, located: &Located) -> Arc<[Str]> {
    let mut names: Vec<Str> = located.collection.iter().map(|name| name.as_str().into()).collect();
    names.extend(role.meta.collections.iter().cloned());
    if !names.iter().any(|name| name.as_str() == "ansible.legacy") {
        names.push("ansible.legacy".into());
    }
    names.into()
}
