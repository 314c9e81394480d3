//! The time and the memory of one templating operation.

use crate::{Fault, Res, Val};
use rustix::{
    param::page_size,
    time::{ClockId, clock_gettime},
};
use std::{cell::Cell, fs, time::Duration};

/// Steps between two looks at the clock; a step is at most some microseconds.
const INTERVAL: usize = 4096;
/// Bytes and items that are as much work as a step.
const BYTES_OF_STEP: usize = 1024;
const ITEMS_OF_STEP: usize = 16;

/// What the program's memory may grow by during an operation, in bytes: more than the largest list and the
/// largest text together.
const MAX_GROWTH: usize = 2 << 30;

/// Ends an operation that takes too long or too much. The clock is the thread's: commands that a lookup waits
/// for and a busy machine do not count. The memory is the program's: the few operations that go on at the same
/// time share what it may grow by.
pub(crate) struct Meter {
    limit: Duration,
    /// Steps until the clock is looked at; none any more once something is used up.
    left: Cell<usize>,
    /// What there was at the first look; operations of a few steps never look.
    first: Cell<Option<Usage>>,
    spent: Cell<Option<Spent>>,
}

#[derive(Clone, Copy)]
struct Usage {
    /// What this thread has used of the processor.
    time: Duration,
    /// What the program holds in memory, in bytes.
    memory: usize,
}

/// What is used up.
#[derive(Clone, Copy)]
enum Spent {
    Time,
    Memory,
}

impl Meter {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, left: Cell::new(INTERVAL), first: Cell::new(None), spent: Cell::new(None) }
    }

    /// Counts work.
    ///
    /// # Errors
    /// The time or the memory is used up; from then on always.
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

    /// Fails when something was used up, even if the template made nothing of it.
    pub(crate) fn check(&self) -> Res<()> {
        self.spent.get().map_or(Ok(()), |spent| Err(self.fault(spent)))
    }

    #[cold]
    fn look(&self) -> Res<()> {
        self.check()?;
        let now = Usage::now();
        let first = self.first.get().unwrap_or(now);
        self.first.set(Some(first));
        let spent = if now.time.saturating_sub(first.time) > self.limit {
            Spent::Time
        } else if now.memory.saturating_sub(first.memory) > MAX_GROWTH {
            Spent::Memory
        } else {
            self.left.set(INTERVAL);
            return Ok(());
        };
        self.left.set(0);
        self.spent.set(Some(spent));
        Err(self.fault(spent))
    }

    fn fault(&self, spent: Spent) -> Fault {
        match spent {
            Spent::Time => Fault::raised(
                "TimeoutError",
                format!(
                    "the template takes longer than the {} s of processor time that one may take",
                    self.limit.as_secs_f64()
                ),
            ),
            Spent::Memory => {
                let most = MAX_GROWTH >> 20;
                let message =
                    format!("the template needs more than the {most} MiB of memory that one may take");
                Fault::raised("MemoryError", message)
            }
        }
    }
}

impl Usage {
    fn now() -> Self {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let time = Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default());
        Self { time, memory: resident().unwrap_or_default() }
    }
}

/// The second number of proc(5)'s `statm`, in bytes; none where there is no such file, as outside Linux.
fn resident() -> Option<usize> {
    let pages: usize = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(page_size()))
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

    #[test]
    fn what_the_program_holds_is_known() {
        assert!(resident().is_some_and(|bytes| bytes > 100_000));
    }
}
