//! Warnings of templates on their way to the output.

use rplay_engine::Engine;
use rplay_template::WarningSink;
use rplay_value::Origin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// Hands warnings of templates to the engine, once there is one.
#[derive(Default)]
pub(super) struct Relay {
    engine: OnceLock<Weak<Engine>>,
    early: Mutex<Vec<(bool, String, Option<Origin>)>>,
}

impl Relay {
    pub(super) fn connect(&self, engine: &Arc<Engine>) {
        let _ = self.engine.set(Arc::downgrade(engine));
        for (deprecated, message, origin) in
            self.early.lock().unwrap_or_else(PoisonError::into_inner).drain(..)
        {
            tell(engine, deprecated, message, origin);
        }
    }

    /// What was said before there was an engine.
    pub(super) fn early(&self) -> Vec<(bool, String, Option<Origin>)> {
        std::mem::take(&mut self.early.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, deprecated: bool, message: &str, origin: Option<&Origin>) {
        match self.engine.get().and_then(Weak::upgrade) {
            Some(engine) => tell(&engine, deprecated, message.to_owned(), origin.cloned()),
            None => {
                let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
                early.push((deprecated, message.to_owned(), origin.cloned()));
            }
        }
    }
}

fn tell(engine: &Engine, deprecated: bool, message: String, origin: Option<Origin>) {
    if deprecated { engine.deprecated(message, origin) } else { engine.warn(message, origin) }
}

impl WarningSink for Relay {
    fn warning(&self, message: &str, origin: Option<&Origin>) {
        self.take(false, message, origin);
    }
    fn deprecated(&self, message: &str, origin: Option<&Origin>) {
        self.take(true, message, origin);
    }
}
