//! Playbooks.

use super::{code, listing};
use crate::{
    Failure,
    cli::Options,
    exit,
    wiring::{self, Wiring},
};
use rplay_output::Default as DefaultOutput;
use rplay_playbook::{Playbook, collection_playbook};
use std::path::{Path, PathBuf};

/// Runs (or lists, or checks) playbooks.
pub(crate) fn run(options: Options) -> Result<u8, Failure> {
    if options.targets.is_empty() {
        return Err(Failure::new(exit::FAILED, "the following arguments are required: playbook"));
    }
    let collections = wiring::collections_path()?;
    let paths: Vec<PathBuf> = options.targets.iter().map(|name| file(&collections, name)).collect();
    for path in &paths {
        check(path)?;
    }
    let dir = paths.first().and_then(|path| path.parent()).map(Path::to_path_buf).unwrap_or_default();
    let wiring = Wiring::new(&options, absolute(&dir))?;
    let output = DefaultOutput::new(wiring::screen(wiring.verbosity())?, wiring.output_options(&options));
    let engine = wiring.engine(Box::new(output))?;
    wiring::begin(&engine, &options);
    wiring::warn_if_no_hosts(&engine, "all")?;
    let loaded: Result<Vec<Playbook>, _> =
        paths.iter().map(|path| engine.content.loader.playbook(path)).collect();
    engine.show_load_warnings();
    let playbooks = loaded.map_err(|error| wiring::playbook_failure(&error))?;
    if options.common.syntax_check {
        return Ok(listing::syntax(&paths));
    }
    if options.common.list_hosts || options.playing.list_tasks || options.playing.list_tags {
        return listing::run(&engine, &options, &playbooks);
    }
    wiring::check_limit(&engine)?;
    let ended = engine.run(&playbooks);
    code(&engine, ended)
}

/// The file of a playbook: of a collection, where its name is one in a collection, else as written.
fn file(collections: &[PathBuf], name: &str) -> PathBuf {
    let found = collection_playbook(collections, name);
    found.map_or_else(|| name.into(), |path| absolute(&path))
}

fn check(path: &Path) -> Result<(), Failure> {
    if !path.exists() {
        return Err(Failure::new(
            exit::ERROR,
            format!("the playbook: {} could not be found", path.display()),
        ));
    }
    if path.is_dir() {
        return Err(Failure::new(
            exit::ERROR,
            format!("the playbook: {} does not appear to be a file", path.display()),
        ));
    }
    Ok(())
}

fn absolute(dir: &Path) -> PathBuf {
    std::path::absolute(if dir.as_os_str().is_empty() { Path::new(".") } else { dir })
        .unwrap_or_else(|_| dir.into())
}
