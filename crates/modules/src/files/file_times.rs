//! Access and modification times of `file`.

use super::metadata::seconds;
use crate::system::errno_text;
use crate::{Diff, Failure, System};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

type Moment = (i64, i64);

/// What is wanted of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Preserve,
    Now,
    At(Moment),
}

impl Wish {
    /// `preserve`, `now`, or a time in the given `strptime` format; `absent` when none is given.
    pub(super) fn parse(text: Option<&str>, format: &str, absent: Self) -> Result<Self, Failure> {
        match text {
            None => Ok(absent),
            Some("preserve") => Ok(Self::Preserve),
            Some("now") => Ok(Self::Now),
            Some(time) => moment(time, format).map(Self::At).map_err(|why| {
                let msg = format!("Error while obtaining timestamp for time {time} using format {format}");
                Failure::new(format!("{msg}: time data '{time}' does not match format '{format}'")).cause(why)
            }),
        }
    }
}

fn moment(time: &str, format: &str) -> Result<Moment, jiff::Error> {
    let parsed = jiff::fmt::strtime::parse(format, time)?.to_datetime()?;
    let zoned = parsed.to_zoned(jiff::tz::TimeZone::system())?;
    Ok((zoned.timestamp().as_second(), 0))
}

/// The two wishes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wishes {
    pub(super) access: Wish,
    pub(super) modification: Wish,
}

/// Times to be set.
#[derive(Clone, Debug)]
pub(super) struct TimeChange {
    path: PathBuf,
    found: [Moment; 2],
    wanted: [Moment; 2],
    both_now: bool,
}

impl Wishes {
    /// What is to be set on a file, links followed; `None` when its times are as wanted.
    pub(super) fn compare(self, path: &Path, sys: &System) -> Result<Option<TimeChange>, Failure> {
        if (self.access, self.modification) == (Wish::Preserve, Wish::Preserve) {
            return Ok(None);
        }
        let full = sys.resolve(path);
        let metadata = std::fs::metadata(&full).map_err(|error| refused(path, &errno_text(&error, path)))?;
        let found = [(metadata.atime(), metadata.atime_nsec()), (metadata.mtime(), metadata.mtime_nsec())];
        let now = sys.now().timestamp();
        let now = (now.as_second(), i64::from(now.subsec_nanosecond()));
        let choose = |wish: Wish, found: Moment| match wish {
            Wish::Preserve => found,
            Wish::Now => now,
            Wish::At(moment) => moment,
        };
        let wanted = [choose(self.access, found[0]), choose(self.modification, found[1])];
        let both_now = (self.access, self.modification) == (Wish::Now, Wish::Now);
        Ok((wanted != found).then(|| TimeChange { path: path.to_owned(), found, wanted, both_now }))
    }

    /// Compares and sets at once; tells whether anything was set.
    pub(super) fn ensure(self, path: &Path, sys: &System, diff: Option<&mut Diff>) -> Result<bool, Failure> {
        let Some(change) = self.compare(path, sys)? else { return Ok(false) };
        if let Some(diff) = diff {
            change.describe(diff);
        }
        change.apply(sys)?;
        Ok(true)
    }
}

impl TimeChange {
    pub(super) fn describe(&self, diff: &mut Diff) {
        for (index, key) in [(1, "mtime"), (0, "atime")] {
            let (found, wanted) = (self.found[index], self.wanted[index]);
            if found != wanted {
                diff.set(key, seconds(found.0, found.1), seconds(wanted.0, wanted.1));
            }
        }
    }

    pub(super) fn apply(&self, sys: &System) -> Result<(), Failure> {
        // "Now" for both is the one case the kernel grants to users who may write but do not own.
        let times = if self.both_now { None } else { Some(self.wanted) };
        sys.set_times(&self.path, times).map_err(|error| {
            let why = error.io().map_or_else(|| error.to_string(), |io| errno_text(io, &self.path));
            refused(&self.path, &why)
        })
    }
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::new(format!("Error while updating modification or access time: {why}"))
        .with("path", path.to_string_lossy().into_owned())
}
