//! What a person may say to the task debugger.

mod assign;
mod view;

use crate::{
    actions::short_name,
    engine::Engine,
    event::{Diagnostic, Event},
    run::RunError,
    task::{Outcome, rendered_args},
    tree::{RunTask, task_label},
};
use assign::Change;
use rplay_playbook::{Action, Task};
use rplay_template::Scope;
use rplay_value::{Dict, Value};
use rplay_vars::TaskLayers;
use std::sync::Arc;
use view::View;

/// What to do with a result.
pub(crate) enum Answer {
    /// Leave it as it is.
    Continue,
    /// Run the task again, as it is now.
    Redo(Arc<RunTask>),
    /// End the run.
    Quit,
}

const HELP: &str = "
Commands: p EXPRESSION (print), task.args['NAME'] = VALUE, task_vars['NAME'] = VALUE, u(pdate_task), r(edo),
c(ontinue), q(uit), h(elp)
";

/// A task in the debugger: what was changed so far.
#[derive(Default)]
pub(crate) struct Session {
    /// Variables set by hand.
    vars: Dict,
    /// Arguments in place of the written ones; none: as written.
    args: Option<Dict>,
    /// The task as the playbook has it.
    written: Option<Arc<RunTask>>,
    last: String,
}

impl Session {
    /// Takes commands until one of them says how to go on.
    ///
    /// # Errors
    /// When the terminal fails.
    pub(crate) fn ask(
        &mut self,
        engine: &Engine,
        task: &Arc<RunTask>,
        scope: Arc<dyn Scope>,
        outcome: &Outcome,
    ) -> Result<Answer, RunError> {
        let written = self.written.get_or_insert_with(|| task.clone()).clone();
        self.last.clear();
        let mut view = View::new(engine, &written, scope, outcome);
        self.args = self.args.take().or_else(|| finalized(&view, &written));
        let prompt = format!("[{}] {} (debug)> ", outcome.host, task_label(&written));
        loop {
            view.show(&self.vars, self.args.as_ref().unwrap_or(&written.task.action.args));
            engine.emit(Event::Ask(prompt.clone()));
            let Some(line) = engine.prompt.line().map_err(unreadable)? else { return Ok(quit(engine)) };
            let line = if line.trim().is_empty() { self.last.clone() } else { line.trim().to_owned() };
            self.last.clone_from(&line);
            match line.as_str() {
                "" => {}
                "c" | "continue" => return Ok(Answer::Continue),
                "q" | "quit" | "EOF" => return Ok(quit(engine)),
                "r" | "redo" => return Ok(Answer::Redo(Arc::new(self.changed(&written)))),
                "u" | "update_task" => self.args = finalized(&view, &written),
                "h" | "help" | "?" => engine.emit(Event::Prompt(HELP.into())),
                _ => self.other(engine, &view, &line),
            }
        }
    }

    fn other(&mut self, engine: &Engine, view: &View<'_>, line: &str) {
        let said = match line.strip_prefix("pprint ").or_else(|| line.strip_prefix("p ")) {
            Some(expression) => view.print(expression.trim()).map(Some),
            None => self.change(view, line).map(|()| None),
        };
        match said {
            Ok(None) => {}
            Ok(Some(text)) | Err(text) => engine.emit(Event::Prompt(text)),
        }
    }

    fn change(&mut self, view: &View<'_>, line: &str) -> Result<(), String> {
        match Change::read(line)? {
            Change::SetVar(name, expression) => {
                let value = view.evaluate(&expression)?;
                self.vars.insert(name, value);
            }
            Change::SetArg(name, expression) => {
                let value = view.evaluate(&expression)?;
                self.args_mut(view).insert(name, value);
            }
            Change::DropArg(name) => {
                if self.args_mut(view).remove(&name).is_none() {
                    return Err(format!("***KeyError:KeyError('{name}')"));
                }
            }
        }
        Ok(())
    }

    fn args_mut(&mut self, view: &View<'_>) -> &mut Dict {
        self.args.get_or_insert_with(|| (*view.written().task.action.args).clone())
    }

    /// The task with what was changed.
    fn changed(&self, written: &RunTask) -> RunTask {
        let mut magic = (*written.layers.magic).clone();
        magic.extend(self.vars.iter().map(|(key, value)| (key.clone(), value.clone())));
        let layers = Arc::new(TaskLayers { magic: Arc::new(magic), ..(*written.layers).clone() });
        let task = match &self.args {
            None => written.task.clone(),
            Some(args) => Arc::new(Task {
                action: Action {
                    args: Arc::new(args.clone()),
                    template: None,
                    ..written.task.action.clone()
                },
                ..(*written.task).clone()
            }),
        };
        RunTask { task, layers, ..written.clone() }
    }
}

/// The arguments as the task gets them; none where they cannot be rendered, or are conditions that must not be.
fn finalized(view: &View<'_>, written: &RunTask) -> Option<Dict> {
    if short_name(&written.task.action.name) == "assert" {
        return None;
    }
    let args = rendered_args(view.engine(), written, &view.variables()).ok()?;
    match Value::from(args).with_trust(false) {
        Value::Dict(args) => Some(Arc::unwrap_or_clone(args)),
        _ => None,
    }
}

fn quit(engine: &Engine) -> Answer {
    engine.emit(Event::Prompt("User interrupted execution".into()));
    Answer::Quit
}

fn unreadable(error: std::io::Error) -> RunError {
    RunError::Content(Diagnostic::new(format!("cannot read from the terminal: {error}"), None))
}
