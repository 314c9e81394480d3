//! The thread that runs modules, one after another.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};

use rplay_protocol::{Call, CallId};
use serde_json::{Map, Value, json};

use crate::context::CallContext;
use crate::panics;
use crate::state::{Current, Shared, Stop};

/// What the agent calls to run a module.
pub trait Runner: Send + Sync {
    /// Runs one call to its end. A panic becomes a failed result of this call only.
    fn run(&self, call: &Call, context: &Arc<CallContext>) -> Map<String, Value>;
}

impl<F> Runner for F
where
    F: Fn(&Call, &Arc<CallContext>) -> Map<String, Value> + Send + Sync,
{
    fn run(&self, call: &Call, context: &Arc<CallContext>) -> Map<String, Value> {
        self(call, context)
    }
}

/// Runs calls until there are no more to come or the controller is gone.
pub(crate) fn work(runner: &dyn Runner, calls: &Receiver<(CallId, Call)>, shared: &Shared) {
    while let Ok((id, call)) = calls.recv() {
        let result = run_one(runner, id, call, shared);
        let json = serde_json::to_vec(&result)
            .unwrap_or_else(|error| json!({"failed": true, "msg": error.to_string()}).to_string().into());
        if shared.outbox.result(id, &json).is_err() {
            return;
        }
    }
}

fn run_one(runner: &dyn Runner, id: CallId, mut call: Call, shared: &Shared) -> Map<String, Value> {
    let context = Arc::new(CallContext::new(id, &mut call, (shared.outbox.clone(), shared.desk.clone())));
    let current = Current::new(id, call.options.timeout_secs, Arc::clone(&context.stopped));
    if !shared.begin(current) {
        shared.finish();
        return failure("cancelled before it began");
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| runner.run(&call, &context)));
    context.remove_tmpdir();
    let stop = shared.finish();
    let result = outcome.unwrap_or_else(|panic| crash(&call.module, panic.as_ref()));
    match stop {
        None => result,
        Some(stop) => stopped_result(&stop, result),
    }
}

fn crash(module: &str, panic: &(dyn Any + Send)) -> Map<String, Value> {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    let place = panics::LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
    let place = place.map_or_else(String::new, |place| format!(" at {place}"));
    failure(&format!("module {module} crashed{place}: {text} (this is a bug in rplay)"))
}

/// The result of a call that was stopped: what the module still said, marked as failed.
pub(crate) fn stopped_result(stop: &Stop, mut result: Map<String, Value>) -> Map<String, Value> {
    result.insert("failed".into(), Value::Bool(true));
    match stop {
        Stop::Cancelled => {
            result.insert("msg".into(), "cancelled: its processes were killed".into());
            result.insert("cancelled".into(), Value::Bool(true));
        }
        Stop::TimedOut(after) => {
            let seconds = after.as_secs();
            let text = format!(
                "The remote action failed to execute in the expected time frame ({seconds}) and was terminated"
            );
            result.insert("msg".into(), text.into());
            result.insert("timedout".into(), json!({ "period": seconds }));
        }
    }
    result
}

fn failure(text: &str) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("failed".into(), Value::Bool(true));
    map.insert("changed".into(), Value::Bool(false));
    map.insert("msg".into(), text.into());
    map
}
