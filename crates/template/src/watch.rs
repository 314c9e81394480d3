//! What the template of a variable looks at while it is rendered: whether its result may be kept.

use crate::{Ctx, Rendered, Val, val::settled};
use rplay_value::Str;

/// What was looked at so far.
#[derive(Default)]
pub(crate) struct Watch {
    /// Names of variables, those that were not there too.
    reads: Vec<Str>,
    /// Something that may be another the next time: a file, the clock, chance.
    fleeting: bool,
}

impl Watch {
    /// A result with what it hangs on, if it may be kept.
    pub(crate) fn outcome(&mut self, value: &Val) -> Option<Rendered> {
        if self.fleeting {
            return None;
        }
        let value = settled(value)?;
        self.reads.sort_unstable();
        self.reads.dedup();
        Some(Rendered { value, reads: self.reads.as_slice().into() })
    }
}

impl Ctx<'_> {
    /// Takes note that the result of this operation hangs on more than variables.
    pub(crate) fn looks_outside(&mut self) {
        self.watch.fleeting = true;
    }

    /// Takes note of a variable that was asked for. Only the templates of variables are watched.
    pub(crate) fn reads(&mut self, name: &impl Fn() -> Str) {
        if self.nesting() > 0 {
            self.watch.reads.push(name());
        }
    }

    /// Takes over what the template of a variable of this operation looked at.
    pub(crate) fn looked_at(&mut self, watch: Watch) {
        if self.nesting() > 0 {
            self.watch.reads.extend(watch.reads);
            self.watch.fleeting |= watch.fleeting;
        }
    }

    /// Uses a result that was kept.
    pub(crate) fn recall(&mut self, kept: &Rendered) -> Val {
        if self.nesting() > 0 {
            self.watch.reads.extend(kept.reads.iter().cloned());
        }
        Val::from_value(&kept.value)
    }
}
