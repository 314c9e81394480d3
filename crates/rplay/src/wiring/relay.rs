//! Warnings of templates on their way to the output.

use rplay_engine::{Engine, Notice};
use rplay_template::{Remark, Severity, WarningSink};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// Hands warnings of templates to the engine, once there is one.
#[derive(Default)]
pub(super) struct Relay {
    engine: OnceLock<Weak<Engine>>,
    early: Mutex<Vec<Notice>>,
}

impl Relay {
    pub(super) fn connect(&self, engine: &Arc<Engine>) {
        let _ = self.engine.set(Arc::downgrade(engine));
        self.early().into_iter().for_each(|notice| engine.tell(notice));
    }

    /// What was said before there was an engine.
    pub(super) fn early(&self) -> Vec<Notice> {
        std::mem::take(&mut self.early.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl WarningSink for Relay {
    fn remark(&self, remark: Remark) {
        let notice = notice(remark);
        match self.engine.get().and_then(Weak::upgrade) {
            Some(engine) => engine.tell(notice),
            None => self.early.lock().unwrap_or_else(PoisonError::into_inner).push(notice),
        }
    }
}

fn notice(remark: Remark) -> Notice {
    let Remark { message, origin, help, severity } = remark;
    let notice = match severity {
        Severity::Warning => Notice::warning(message, origin),
        Severity::Deprecated { dropped_in: Some(version) } => Notice::dropped_in(version, message, origin),
        Severity::Deprecated { dropped_in: None } => Notice::outdated(message, origin),
    };
    Notice { help: help.map(str::to_owned), ..notice }
}
