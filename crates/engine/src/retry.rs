//! `.retry` files: the hosts to run a playbook on again.

use crate::{engine::Engine, event::Event};
use rplay_value::Str;
use std::{collections::BTreeSet, fs, path::Path};

/// Writes the file of a playbook with the hosts that failed or could not be reached, if that is asked for,
/// and says how to use it.
pub(crate) fn write(engine: &Engine, playbook: &Path) {
    if !engine.settings.retry_files {
        return;
    }
    let lost = engine.lost();
    let hosts: BTreeSet<Str> = lost.failed.union(&lost.unreachable).cloned().collect();
    drop(lost);
    if hosts.is_empty() {
        return;
    }
    let playbook = std::path::absolute(playbook).unwrap_or_else(|_| playbook.to_owned());
    let name = format!("{}.retry", playbook.file_stem().unwrap_or_default().to_string_lossy());
    let beside = playbook.parent().unwrap_or(Path::new("."));
    let path = engine.settings.retry_dir.as_deref().unwrap_or(beside).join(name);
    let text: String = hosts.iter().map(|host| format!("{host}\n")).collect();
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    match made.and_then(|()| fs::write(&path, text)) {
        Ok(()) => engine.emit(Event::Verbose(format!("\tto retry, use: --limit @{}", path.display()))),
        Err(error) => {
            engine.warn(format!("Could not create retry file '{}'. {error}", path.display()), None);
        }
    }
}
