//! `include_tasks` and `include_role` when their turn comes.

use super::batch::{Batch, RunError};
use crate::{
    actions::Kind,
    content::Content,
    event::{Diagnostic, Event, Status, TaskInfo, TaskResult},
    prepare::{imported_roles, push_own},
    run::Selection,
    task::{Ended, Outcome, ended, host_label, template_origin, to_bool},
    tree::{Builder, HandlerGroup, Parent, RunBlock, RunEntry, RunTask},
};
use rplay_playbook::{
    Cause, Entry, ErrorKind, Keywords, PlaybookError, RoleFiles, RoleOptions, TaskContext, imported_handlers,
};
use rplay_value::{Dict, Str, Value};
use std::sync::Arc;

/// One file or role to include, for the hosts that asked for just that.
struct Request {
    args: Dict,
    locals: Dict,
    label: Option<String>,
    members: Vec<usize>,
}

/// What an include brings.
struct Loaded {
    name: String,
    entries: Vec<RunEntry>,
    handlers: Vec<HandlerGroup>,
}

impl Batch<'_> {
    /// Carries out what the outcomes of an include task ask for, and gives the hosts that failed by it.
    pub(super) fn includes(
        &mut self,
        task: &Arc<RunTask>,
        info: &Arc<TaskInfo>,
        outcomes: &[(usize, Outcome)],
    ) -> Result<Vec<usize>, RunError> {
        let mut lost = Vec::new();
        if !matches!(task.kind, Kind::IncludeTasks | Kind::IncludeRole) {
            return Ok(lost);
        }
        let mut spliced = Vec::new();
        let mut blocks: Vec<(Vec<usize>, Arc<RunBlock>)> = Vec::new();
        for request in requests(outcomes) {
            match self.load(task, &request) {
                Ok(loaded) => {
                    self.included(info, &loaded.name, &request);
                    self.state.add_handlers(loaded.handlers);
                    let block = RunBlock {
                        body: loaded.entries,
                        rescue: Vec::new(),
                        always: Vec::new(),
                        ends_role: None,
                    };
                    block.flatten(&mut spliced);
                    blocks.push((request.members, Arc::new(block)));
                }
                Err(LoadError::Missing(error)) => {
                    let error = error.led_by(crate::explain::includes(&task.parent));
                    self.missing(info, &request, &error);
                    for index in request.members {
                        if !lost.contains(&index) {
                            lost.push(index);
                        }
                    }
                }
                Err(LoadError::Broken(error)) => return Err(RunError::Playbook(Box::new(error))),
            }
        }
        self.splice(spliced);
        // The block inserted last runs first: go backwards.
        for (members, block) in blocks.into_iter().rev() {
            for index in members {
                self.members[index].cursor.insert(block.clone());
            }
        }
        for index in &lost {
            let member = &mut self.members[*index];
            member.cursor.fail();
            member.removed = true;
            // Even if rescued: the host takes no part in the plays that follow.
            self.engine.lost().failed.insert(member.host.name.clone());
        }
        Ok(lost)
    }

    fn included(&self, info: &Arc<TaskInfo>, name: &str, request: &Request) {
        for index in &request.members {
            self.engine.count(&self.members[*index].host.name, |counters| counters.ok += 1);
        }
        self.engine.emit(Event::Included {
            task: info.clone(),
            name: name.to_owned(),
            hosts: request.members.iter().map(|index| self.members[*index].host.name.clone()).collect(),
            item: request.label.clone(),
        });
    }

    /// The hosts fail. Of an include in a loop only the error is shown: so it is in ansible-core.
    fn missing(&mut self, info: &Arc<TaskInfo>, request: &Request, error: &Diagnostic) {
        self.engine.emit(Event::Error(error.clone()));
        for index in &request.members {
            let host = self.members[*index].host.name.clone();
            let mut result = Dict::new();
            result.insert("failed", true.into());
            result.insert("changed", false.into());
            if let Some(file) = request.args.get("_file") {
                result.insert("include", file.clone());
            }
            result.insert("reason", error.summary().into());
            self.engine.count(&host, |counters| counters.failed += 1);
            if request.label.is_some() {
                continue;
            }
            self.engine.emit(Event::Result(Box::new(TaskResult {
                host: host_label(&host, None),
                delegated: None,
                task: info.clone(),
                status: Status::Failed,
                ignored: false,
                result,
                item: None,
                looped: false,
                error: None,
                notices: Vec::new(),
            })));
        }
    }

    fn load(&self, task: &Arc<RunTask>, request: &Request) -> Result<Loaded, LoadError> {
        let parent = child_parent(&self.engine.content, task, request)?;
        match task.kind {
            Kind::IncludeRole => self.load_role(task, request, parent),
            _ => self.load_tasks(task, request, parent),
        }
    }

    fn load_tasks(&self, task: &RunTask, request: &Request, parent: Parent) -> Result<Loaded, LoadError> {
        let Some(name) = request.args.get("_file").map(Value::to_text).filter(|name| !name.is_empty()) else {
            return Err(LoadError::missing("No include file was specified to the include", None));
        };
        let context = self.context(task, &parent);
        let loader = &self.engine.content.loader;
        let path = loader.tasks_path(&name, &task.task.place, &context);
        if !path.is_file() {
            return Err(LoadError::missing(not_there(&path), request.args.get("_file")));
        }
        let entries = loader.tasks_file(&path, &context);
        let entries = entries.map_err(|error| load_error(error, request.args.get("_file")))?;
        self.show_warnings();
        self.export(&entries);
        let select = Selection::new(self.engine, self.state);
        let builder = Builder::new(&self.engine.next_task, &select, self.state.play.dir.clone())
            .of_handlers(task.handler);
        let parent = Arc::new(parent);
        Ok(Loaded {
            name: path.to_string_lossy().into_owned(),
            handlers: builder.handlers(&imported_handlers(&entries), &parent),
            entries: builder.entries(&entries, &parent),
        })
    }

    fn load_role(&self, task: &RunTask, request: &Request, parent: Parent) -> Result<Loaded, LoadError> {
        let args = &request.args;
        let text = |key: &str| {
            args.get(key).filter(|value| !value.is_none()).map(|value| Str::from(value.to_text()))
        };
        let Some(name) = text("name").or_else(|| text("role")) else {
            return Err(LoadError::missing("'name' is a required field for include_role.", None));
        };
        let on = |key: &str, default: bool| args.get(key).and_then(to_bool).unwrap_or(default);
        let public = on("public", self.engine.content.loader.settings().public(false));
        let options = RoleOptions {
            from: RoleFiles {
                tasks: text("tasks_from"),
                vars: text("vars_from"),
                defaults: text("defaults_from"),
                handlers: text("handlers_from"),
            },
            allow_duplicates: on("allow_duplicates", true),
            public,
            validate: on("rolespec_validate", true),
            context: self.context(task, &parent),
            ..RoleOptions::default()
        };
        let role = self.engine.content.loader.role(&name, &task.task.place, options);
        let role = role.map_err(|error| load_error(error, args.get("name").or_else(|| args.get("role"))))?;
        self.show_warnings();
        if public {
            self.state.update_layers(|layers| push_own(layers, &role));
        }
        self.export(role.tasks.get().map_or(&[][..], Vec::as_slice));
        self.state.bring(vec![role.clone()]);
        let select = Selection::new(self.engine, self.state);
        let builder = Builder::new(&self.engine.next_task, &select, self.state.play.dir.clone());
        Ok(Loaded {
            name: name.to_string(),
            entries: builder.role(&role, &parent),
            handlers: builder.included_role_handlers(&role, &parent),
        })
    }

    fn context(&self, task: &RunTask, parent: &Parent) -> TaskContext {
        let vars = task.keywords.vars.iter().chain(&parent.include_params);
        TaskContext {
            role: parent.roles.last().cloned().or_else(|| task.task.role.clone()),
            play_dir: self.state.play.dir.clone(),
            handlers: task.handler,
            collections: task.keywords.own.collections.clone(),
            vars: vars.cloned().collect(),
        }
    }

    /// Roles that the entries import show the play their variables.
    fn export(&self, entries: &[Entry]) {
        let mut roles = Vec::new();
        imported_roles(entries, &mut roles);
        if !roles.is_empty() {
            let public = || roles.iter().filter(|role| role.public);
            self.state.update_layers(|layers| public().for_each(|role| push_own(layers, role)));
            self.state.bring(roles);
        }
    }

    fn show_warnings(&self) {
        crate::run::show_load_warnings(self.engine);
    }
}

/// What ansible-core says of a file of tasks that is not there.
fn not_there(path: &std::path::Path) -> String {
    let shown = path.display();
    let missing = format!("Could not find or access '{shown}' on the Ansible Controller");
    format!(
        "{missing}: Unable to retrieve file contents.\n{missing}.\nIf you are using a module and expect the file to \
         exist on the remote, see the remote_src option: [Errno 2] No such file or directory: '{shown}'"
    )
}

enum LoadError {
    /// The file is not there: the hosts fail.
    Missing(Diagnostic),
    /// The file is wrong: the run ends.
    Broken(PlaybookError),
}

impl LoadError {
    /// `named` is what the include asked for.
    fn missing(message: impl Into<String>, named: Option<&Value>) -> Self {
        Self::Missing(Diagnostic::new(message, named.and_then(template_origin)))
    }
}

/// What cannot be found fails the hosts, what cannot be parsed ends the run. `named` is what the include asked for.
fn load_error(error: PlaybookError, named: Option<&Value>) -> LoadError {
    if error.kind == ErrorKind::Parse {
        return LoadError::Broken(error);
    }
    LoadError::missing(
        match error.cause.as_deref() {
            Some(Cause::Read { error, .. }) if error.kind() != std::io::ErrorKind::NotFound => {
                error.to_string()
            }
            Some(Cause::Read { path, .. }) => format!(
                "Could not find or access '{0}' on the Ansible Controller: {1}\nCould not find or access '{0}' on the \
                 Ansible Controller.",
                path.display(),
                error.message
            ),
            _ => error.message,
        },
        named,
    )
}

/// What included tasks inherit: the levels around the include, `apply`, and the include's variables. The
/// include's own keywords are its own.
fn child_parent(content: &Content, task: &RunTask, request: &Request) -> Result<Parent, LoadError> {
    let mut parent = (*task.parent).clone();
    parent.came_by(task.task.action.name.clone(), &task.task.place);
    let own = &task.task.keywords.vars;
    let mut vars: Dict = (**own).clone();
    vars.extend(request.locals.iter().map(|(key, value)| (key.clone(), value.clone())));
    if !vars.is_empty() {
        parent.include_params.push(Arc::new(vars));
    }
    let apply = match request.args.get("apply") {
        None | Some(Value::None) => return Ok(parent),
        Some(apply) => apply,
    };
    let keywords: Keywords =
        content.loader.apply_keywords(apply, &task.task.place).map_err(LoadError::Broken)?;
    Ok(parent.inside(&keywords))
}

/// Equal requests of several hosts are one.
fn requests(outcomes: &[(usize, Outcome)]) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    let mut sorted: Vec<&(usize, Outcome)> = outcomes.iter().collect();
    sorted.sort_by_key(|(index, _)| *index);
    for (index, outcome) in sorted {
        for (result, locals) in outcome.results().into_iter().zip(&outcome.locals) {
            if !matches!(ended(result), Ended::Ok | Ended::Changed) {
                continue;
            }
            let Some(args) = result.get("include_args").and_then(Value::as_dict) else { continue };
            let mut args = args.clone();
            if let Some(file) = result.get("include") {
                args.insert("_file", file.clone());
            }
            // A label that is false is not shown, as with ansible-core.
            let label = result.get("_ansible_item_label").and_then(|label| match outcome.keywords.no_log {
                true => Some("(censored due to no_log)".to_owned()),
                false => label.is_true().then(|| label.to_text()),
            });
            let known = requests.iter_mut().find(|known| {
                known.args == args && known.locals == *locals && !known.members.contains(index)
            });
            match known {
                Some(known) => known.members.push(*index),
                None => requests.push(Request { args, locals: locals.clone(), label, members: vec![*index] }),
            }
        }
    }
    requests
}
