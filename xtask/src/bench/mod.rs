//! Timing rplay beside other engines. A case is one file under `cases` and one line in [`cases::CASES`].

mod cases;
mod contest;
mod document;
mod engine;
mod home;
mod line;
mod measure;
mod report;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use rplay_lab::{Image, Lab, LabSpec};

pub(crate) use cases::{CASES, Case};
pub(crate) use document::write;
pub(crate) use report::{Report, conditions};

use crate::error::Result;
use crate::say;
use engine::Programs;
use home::Home;

/// The lab whose hosts are used; it stays up for the next run.
const LAB: &str = "bench";
const HOSTS: usize = 4;

/// How much is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    /// A reduced size.
    pub(crate) quick: bool,
    /// Leave out engines other than rplay and the shell.
    pub(crate) only_rplay: bool,
    /// Runs that the median is taken of.
    pub(crate) runs: usize,
    /// The longest a single run may take.
    pub(crate) limit: Duration,
}

/// What all cases share.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) scope: Scope,
    home: Home,
    programs: Programs,
    lab: OnceCell<Lab>,
}

impl Bench {
    /// Installs the other engines as far as they can be had, and makes an empty home for all.
    pub(crate) fn prepare(scope: Scope, rplay: PathBuf) -> Result<Self> {
        let programs = Programs::prepare(rplay, scope.only_rplay);
        Ok(Self { scope, home: Home::create()?, programs, lab: OnceCell::new() })
    }

    /// The hosts, brought up when a case first asks for them.
    fn lab(&self) -> Result<&Lab> {
        if let Some(lab) = self.lab.get() {
            return Ok(lab);
        }
        let spec = LabSpec { progress: say, ..LabSpec::new(LAB, HOSTS).image(Image::Python) };
        let lab = Lab::up(spec)?;
        Ok(self.lab.get_or_init(|| lab))
    }

    /// A size in the full run and in the quick one.
    fn size(&self, full: usize, quick: usize) -> usize {
        if self.scope.quick { quick } else { full }
    }
}
