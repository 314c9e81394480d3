//! `async`: jobs that go on without the controller, and looking after them (`poll`).

use super::{Resolved, executor::HostTask, finish::Source, target};
use crate::{
    actions::{Call, Kind, Remote, Step, short_name},
    error::TaskError,
    event::{Event, JobState},
};
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use rplay_vars::TaskScope;
use std::{sync::Arc, time::Duration};

/// Modules that are controller-side actions in ansible-core and know no `async` there.
const WITHOUT_ASYNC: &[&str] = &["assemble"];

impl HostTask<'_> {
    /// The step that starts a job instead of waiting for the module.
    pub(super) fn as_job(
        &self,
        step: Step,
        scope: &TaskScope,
        keywords: &Resolved,
    ) -> Result<Step, TaskError> {
        let Some(limit) = keywords.job else { return Ok(step) };
        match step {
            Step::Call(call) => {
                let dir = self.job_dir(scope, keywords)?;
                let mut args = Dict::new();
                args.insert("limit", i64::try_from(limit).unwrap_or(i64::MAX).into());
                args.insert("dir", dir.into());
                args.insert("module", short_name(&call.module).into());
                args.insert("args", call.args.into());
                Ok(Step::Call(Call::new("async_wrapper", args)))
            }
            other => Ok(other),
        }
    }

    /// Refuses `async` for what is no module.
    pub(super) fn refuse_async(&self, keywords: &Resolved) -> Result<(), TaskError> {
        let name = &self.task.task.action.name;
        let short = short_name(name);
        let known = match &self.task.kind {
            Kind::Module => !WITHOUT_ASYNC.contains(&short),
            _ => short == "gather_facts",
        };
        if known || keywords.job.is_none() {
            return Ok(());
        }
        Err(TaskError::refused(format!("This action ({name}) does not support async.")))
    }

    fn job_dir(&self, scope: &TaskScope, keywords: &Resolved) -> Result<Str, TaskError> {
        let scope: Arc<dyn Scope> = match &keywords.delegate_to {
            None => Arc::new(scope.clone()),
            Some(delegate) => Arc::new(self.elsewhere(scope, delegate)),
        };
        target::async_dir(self.engine, &scope)
    }

    /// Waits for the job that `started` tells of, if the task is to: the result is the job's.
    pub(super) fn awaited(
        &self,
        scope: &TaskScope,
        (started, source): (Dict, Source),
        keywords: &Resolved,
    ) -> Result<(Dict, Source), TaskError> {
        let (Some(limit), Some(pause), Kind::Module) = (keywords.job, keywords.poll, self.task.kind) else {
            return Ok((started, source));
        };
        if ["failed", "skipped"].iter().any(|key| started.get(key).is_some_and(Value::is_true)) {
            return Ok((started, source));
        }
        let Some(jid) = started.get("ansible_job_id").map(Value::to_text) else {
            return Err(TaskError::refused("No job id was returned by the async task"));
        };
        let dir = self.job_dir(scope, keywords)?;
        let poll = Poll { jid: &jid, dir: &dir, limit, pause };
        let (result, source) = self.with_host(scope, keywords, |host| self.poll(host, &poll))?;
        let failed = result.get("failed").is_some_and(Value::is_true);
        self.tell(&jid, if failed { JobState::Failed } else { JobState::Ok });
        Ok((result, source))
    }

    fn poll(&self, host: &dyn Remote, poll: &Poll<'_>) -> Result<(Dict, Source), TaskError> {
        let mut left = poll.limit;
        let mut last = Dict::new();
        while left > 0 {
            self.engine.sleep(Duration::from_secs(poll.pause))?;
            left = left.saturating_sub(poll.pause);
            match host.call(poll.call("status")) {
                Ok(answer) => {
                    let is = |key| answer.get(key).is_some_and(Value::is_true);
                    if is("finished") {
                        // What is left on the host is no reason to lose the result.
                        let _ = host.call(poll.call("cleanup"));
                        return Ok((answer, Source::Module));
                    }
                    let ended = is("failed") || is("skipped");
                    last = answer;
                    if ended {
                        break;
                    }
                    self.tell(poll.jid, JobState::Running { started: true, finished: false });
                }
                Err(TaskError::Interrupted) => return Err(TaskError::Interrupted),
                Err(error) if left == 0 => return Err(error),
                // The host may be restarting: the job's file will still be there.
                Err(_) => host.reset(),
            }
        }
        Ok((poll.overdue(last), Source::Action))
    }

    fn tell(&self, jid: &str, state: JobState) {
        (self.emit)(Event::Job { host: self.host.name.clone(), jid: jid.to_owned(), state });
    }
}

/// A job that is waited for.
struct Poll<'a> {
    jid: &'a str,
    /// Directory of its file.
    dir: &'a Str,
    /// Seconds it may take.
    limit: u64,
    /// Seconds between looks.
    pause: u64,
}

impl Poll<'_> {
    fn call(&self, mode: &str) -> Call {
        let mut args = Dict::new();
        args.insert("jid", self.jid.into());
        args.insert("mode", mode.into());
        args.insert("_async_dir", self.dir.clone().into());
        Call::new("async_status", args)
    }

    /// The result of a task whose job did not end in time; `last` is what was heard of it.
    fn overdue(&self, mut last: Dict) -> Dict {
        for key in ["changed", "failed", "invocation"] {
            last.remove(key);
        }
        let message = format!("async task did not complete within the requested time - {}s", self.limit);
        let mut result = Dict::new();
        result.insert("failed", true.into());
        result.insert("msg", message.into());
        result.insert("async_result", last.into());
        result
    }
}
