//! The time of one templating operation.

use crate::{Fault, Res, Val};
use rustix::time::{ClockId, clock_gettime};
use std::{cell::Cell, time::Duration};

/// Steps between two looks at the clock; a step is at most some microseconds.
const INTERVAL: usize = 4096;
/// Bytes and items that are as much work as a step.
const BYTES_OF_STEP: usize = 1024;
const ITEMS_OF_STEP: usize = 16;

/// Ends an operation that takes too long. The clock is the thread's: commands that a lookup waits for and a
/// busy machine do not count.
pub(crate) struct Meter {
    limit: Duration,
    /// Steps until the clock is looked at; none any more once the time is used up.
    left: Cell<usize>,
    /// When the clock was looked at first; operations of a few steps never do.
    since: Cell<Option<Duration>>,
    spent: Cell<bool>,
}

impl Meter {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, left: Cell::new(INTERVAL), since: Cell::new(None), spent: Cell::new(false) }
    }

    /// Counts work.
    ///
    /// # Errors
    /// The time is used up; from then on always.
    pub(crate) fn steps(&self, count: usize) -> Res<()> {
        match self.left.get().checked_sub(count) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => self.look(),
        }
    }

    /// Counts work on a text of that many bytes.
    pub(crate) fn bytes(&self, count: usize) -> Res<()> {
        self.steps(count / BYTES_OF_STEP)
    }

    /// Counts work on that many items.
    pub(crate) fn items(&self, count: usize) -> Res<()> {
        self.steps(count / ITEMS_OF_STEP)
    }

    /// Counts work on a value.
    pub(crate) fn value(&self, value: &Val) -> Res<()> {
        match value {
            Val::Str(text) => self.bytes(text.len()),
            Val::Bytes(bytes) => self.bytes(bytes.len()),
            Val::List(list) => self.items(list.len()),
            Val::Tuple(items) => self.items(items.len()),
            _ => Ok(()),
        }
    }

    /// Fails when the time was used up, even if the template made nothing of it.
    pub(crate) fn check(&self) -> Res<()> {
        if self.spent.get() { Err(self.fault()) } else { Ok(()) }
    }

    #[cold]
    fn look(&self) -> Res<()> {
        self.check()?;
        let now = processor_time();
        let since = self.since.get().unwrap_or(now);
        self.since.set(Some(since));
        if now.saturating_sub(since) <= self.limit {
            self.left.set(INTERVAL);
            return Ok(());
        }
        self.left.set(0);
        self.spent.set(true);
        Err(self.fault())
    }

    fn fault(&self) -> Fault {
        Fault::raised(
            "TimeoutError",
            format!(
                "the template takes longer than the {} s of processor time that one may take",
                self.limit.as_secs_f64()
            ),
        )
    }
}

/// What this thread has used of the processor.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_once_used_up_stays_so() {
        let meter = Meter::new(Duration::ZERO);
        meter.steps(INTERVAL).unwrap();
        assert!(meter.check().is_ok());
        while meter.steps(1).is_ok() {}
        assert!(meter.steps(1).is_err());
        assert!(meter.check().is_err());
    }
}
