//! Carrying out `meta` tasks.

use super::{
    batch::{Batch, RunError, fatal},
    handlers, settle,
};
use crate::{
    event::{Diagnostic, Event, Status, TaskResult},
    hosts::{self, Addition},
    magic,
    meta::Meta,
    task::target_of,
    tree::RunTask,
};
use rplay_inventory::InventoryError;
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use std::sync::{Arc, PoisonError};

impl Batch<'_> {
    /// Carries out a `meta` task for the hosts that are at it.
    pub(super) fn meta(
        &mut self,
        meta: Meta,
        task: &Arc<RunTask>,
        members: &[usize],
    ) -> Result<(), RunError> {
        // What concerns all hosts is done once, for the first of them.
        let once = matches!(
            meta,
            Meta::RefreshInventory
                | Meta::ClearFacts
                | Meta::ClearHostErrors
                | Meta::EndPlay
                | Meta::EndBatch
        );
        let members = if once { &members[..1.min(members.len())] } else { members };
        if meta == Meta::FlushHandlers {
            if task.handler
                && let Some(first) = members.first()
            {
                self.announce(task, *first);
                let message = "flush_handlers cannot be used as a handler";
                return Err(RunError::Content(Diagnostic::new(message, None)));
            }
            self.splice_handlers();
        }
        for index in members {
            let host = self.members[*index].host.name.clone();
            if is_implicit(task) && meta == Meta::FlushHandlers && !self.anything_notified(*index) {
                self.engine.trace(|| format!("No handler notifications for {host}, skipping."));
                continue;
            }
            let info = if is_implicit(task) { None } else { Some(self.announce(task, *index)) };
            if meta.unconditional() && !task.keywords.own.when.is_empty() {
                self.engine.warn(format!("{} task does not support when conditional", meta.word()), None);
            }
            let held = meta.unconditional() || self.holds(task, *index)?;
            let (done, instead) = self.words(meta, task, *index);
            if held {
                self.carry_out(meta, task, *index)?;
            }
            // ansible-core looks at the end of the role by then, which nobody wrote.
            let said = !(held && meta == Meta::EndRole);
            let header = || format!("META: {}", if held { &done } else { &instead });
            if info.is_none() {
                self.engine.trace(header);
            } else if said && self.engine.settings.verbosity >= 2 {
                self.engine.emit(Event::Verbose(header()));
            }
            if let (false, Some(info)) = (held, info) {
                let mut result = Dict::new();
                let msg = match meta {
                    Meta::EndHost => instead.replace("False", "false"),
                    _ => meta.word().to_owned(),
                };
                result.insert("msg", msg.into());
                result.insert("skip_reason", instead.into());
                self.engine.emit(Event::Result(Box::new(TaskResult {
                    host: self.members[*index].host.name.clone(),
                    delegated: None,
                    task: info,
                    status: Status::Skipped,
                    ignored: false,
                    result,
                    item: None,
                    looped: false,
                    error: None,
                })));
            }
        }
        Ok(())
    }

    /// What a meta task does, and that its condition keeps it from that.
    fn words(&self, meta: Meta, task: &RunTask, index: usize) -> (String, String) {
        let host = &self.members[index].host.name;
        let role = task.task.role.as_ref().map_or("", |role| role.name.as_str());
        let (done, instead) = match meta {
            Meta::FlushHandlers => (
                format!("triggered running handlers for {host}"),
                format!(", not running handlers for {host}"),
            ),
            Meta::ClearFacts => {
                ("facts cleared".into(), format!(", not clearing facts and fact cache for {host}"))
            }
            Meta::ClearHostErrors => {
                ("cleared host errors".into(), format!(", not clearing host error state for {host}"))
            }
            Meta::EndBatch => ("ending batch".into(), ", continuing current batch".into()),
            Meta::EndPlay => ("ending play".into(), ", continuing play".into()),
            Meta::EndHost => {
                (format!("ending play for {host}"), format!(", continuing execution for {host}"))
            }
            Meta::EndRole => {
                (format!("ending role {role} for {host}"), format!("continuing role {role} for {host}"))
            }
            Meta::ResetConnection => ("reset connection".into(), String::new()),
            Meta::RefreshInventory => ("inventory successfully refreshed".into(), String::new()),
            Meta::Noop | Meta::Unknown => ("noop".into(), String::new()),
        };
        (done, format!("{} conditional evaluated to False{instead}", meta.word()))
    }

    fn holds(&self, task: &RunTask, index: usize) -> Result<bool, RunError> {
        let host = &self.members[index].host;
        let scope: Arc<dyn Scope> = Arc::new(self.state.scope(self.engine, host, &task.layers));
        for condition in &task.keywords.own.when {
            if !self.engine.templar.condition(&scope, condition).map_err(|error| fatal(error.into()))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn anything_notified(&self, index: usize) -> bool {
        let running = || self.members.iter().any(|member| member.cursor.has_handlers_left());
        self.members[index].cursor.has_noted() || running()
    }

    /// Finds the handlers that the notified names mean now.
    fn flush(&mut self, index: usize) {
        let member = &mut self.members[index];
        for name in member.cursor.take_noted() {
            let found = handlers::matching(self.engine, self.state, &name);
            settle::notify_now(self.engine, member, &found);
        }
        member.cursor.flush(self.state.handlers());
    }

    fn splice_handlers(&mut self) {
        let mut ids = Vec::new();
        self.state.handlers().flatten(&mut ids);
        self.splice(ids);
    }

    fn carry_out(&mut self, meta: Meta, task: &RunTask, index: usize) -> Result<(), RunError> {
        match meta {
            Meta::Noop => {}
            Meta::FlushHandlers => self.flush(index),
            Meta::ClearFacts => self.members.iter().for_each(|member| self.engine.clear_facts(&member.host)),
            Meta::ClearHostErrors => self.clear_errors(),
            Meta::EndPlay => {
                self.end_all();
                self.ended.play_over = true;
            }
            Meta::EndBatch => self.end_all(),
            Meta::EndHost => {
                self.members[index].cursor.end();
                self.members[index].removed = true;
            }
            Meta::EndRole => {
                if let Some(role) = self.members[index].cursor.end_role() {
                    self.state.complete(&self.members[index].host.name, &role);
                }
            }
            Meta::ResetConnection => self.reset(task, index)?,
            Meta::RefreshInventory => self.refresh()?,
            Meta::Unknown => {
                let word = task.task.action.args.get("_raw_params").map(Value::to_text).unwrap_or_default();
                let place = &task.task.place;
                let origin = rplay_value::Origin {
                    file: place.source.name.clone(),
                    line: place.span.line,
                    column: place.span.column,
                };
                return Err(RunError::Content(crate::event::Diagnostic::new(
                    format!("invalid meta action requested: {word}"),
                    Some(origin),
                )));
            }
        }
        Ok(())
    }

    fn end_all(&mut self) {
        for member in self.members.iter_mut().filter(|member| !member.unreachable) {
            member.cursor.end();
        }
    }

    fn clear_errors(&mut self) {
        let mut lost = self.engine.lost();
        for member in &mut self.members {
            lost.forget(&member.host.name);
            member.unreachable = false;
            member.cursor.clear_errors();
        }
    }

    fn reset(&mut self, task: &RunTask, index: usize) -> Result<(), RunError> {
        let host = &self.members[index].host;
        let scope: Arc<dyn Scope> = Arc::new(self.state.scope(self.engine, host, &task.layers));
        let target = target_of(self.engine, &task.keywords.own, &scope, &host.name).map_err(fatal)?;
        self.engine.connections.reset(&target);
        Ok(())
    }

    fn refresh(&mut self) -> Result<(), RunError> {
        let fresh = (self.engine.reload)().map_err(|error| graph_error(&error))?;
        let mut inventory = self.engine.inventory.write().unwrap_or_else(PoisonError::into_inner);
        *inventory = fresh;
        // What tasks added stays, hosts before memberships.
        let additions = self.engine.additions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (added, grouped): (Vec<_>, Vec<_>) = additions.iter().partition(|addition| addition.is_host());
        for addition in added.into_iter().chain(grouped) {
            addition.apply(&mut inventory).map_err(|error| graph_error(&error))?;
        }
        let dir = self.engine.settings.playbook_dir.as_deref();
        let locked = hosts::fill(&self.engine.hosts, &inventory, dir).map_err(|error| graph_error(&error))?;
        *self.engine.locked.lock().unwrap_or_else(PoisonError::into_inner) = locked;
        self.engine.hosts.retain(|name| inventory.host(name).is_some());
        let groups = magic::groups(&inventory);
        drop(inventory);
        self.tell_groups(groups);
        Ok(())
    }

    pub(super) fn add_host(&mut self, add: &Dict) -> Result<(), RunError> {
        self.add(Addition::Host {
            name: add.get("host_name").map(Value::to_text).unwrap_or_default().into(),
            groups: names(add.get("groups")),
            vars: add.get("host_vars").and_then(Value::as_dict).cloned().unwrap_or_default(),
        })
    }

    pub(super) fn add_group(&mut self, index: usize, group: &str, result: &Dict) -> Result<(), RunError> {
        self.add(Addition::Group {
            host: self.members[index].host.name.clone(),
            group: group.into(),
            parents: names(result.get("parent_groups")),
        })
    }

    fn add(&mut self, addition: Addition) -> Result<(), RunError> {
        let mut inventory = self.engine.inventory.write().unwrap_or_else(PoisonError::into_inner);
        let changed = addition.apply(&mut inventory).map_err(|error| graph_error(&error))?;
        self.engine.additions.lock().unwrap_or_else(PoisonError::into_inner).push(addition);
        if let Some(host) = changed {
            let dir = self.engine.settings.playbook_dir.as_deref();
            hosts::update(&self.engine.hosts, &inventory, host, dir).map_err(|error| graph_error(&error))?;
        }
        let groups = magic::groups(&inventory);
        drop(inventory);
        self.tell_groups(groups);
        Ok(())
    }

    fn tell_groups(&self, groups: Value) {
        self.engine.hosts.update_base(|base| {
            if let Some(run) = base.magic.first_mut() {
                Arc::make_mut(run).insert("groups", groups.clone());
            }
        });
        self.state.update_layers(|layers| {
            if let Some(run) = layers.magic.first_mut() {
                Arc::make_mut(run).insert("groups", groups);
            }
        });
    }
}

fn names(list: Option<&Value>) -> Vec<Str> {
    let items = list.and_then(Value::as_list).unwrap_or_default();
    items.iter().map(|item| Str::from(item.to_text())).collect()
}

fn graph_error(error: &InventoryError) -> RunError {
    RunError::Content(crate::event::Diagnostic::new(error.to_string(), None))
}

fn is_implicit(task: &RunTask) -> bool {
    task.task.place.span.line == 0
}
