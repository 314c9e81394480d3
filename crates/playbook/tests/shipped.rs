//! The content that comes with the project is read without an error.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use rplay_playbook::{FileText, Host, Loader, Settings, TemplateError};
use rplay_value::{Dict, Str, Value};
use std::{io, path::Path, sync::Arc};

/// Takes every well-formed name for a module: which modules there are is not the question here.
struct AnyModule;

impl Host for AnyModule {
    fn read(&self, path: &Path) -> io::Result<FileText> {
        common::Plain.read(path)
    }

    fn template(&self, template: &Value, scopes: &[&Dict]) -> Result<Value, TemplateError> {
        common::Plain.template(template, scopes)
    }

    fn is_action(&self, name: &str, _: &[Str]) -> bool {
        name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || "._".contains(char))
    }

    fn action_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn is_lookup(&self, name: &str) -> bool {
        common::Plain.is_lookup(name)
    }
}

#[test]
fn shipped_playbooks_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = root.join("playbooks");
    let entries = std::fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    let playbooks: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "yml")).collect();
    assert!(!playbooks.is_empty(), "no playbooks in {}", dir.display());
    let settings = Settings { roles_path: vec![root.join("roles")], strict: true, ..Settings::default() };
    let loader = Loader::new(Arc::new(AnyModule), settings);
    let errors: Vec<String> =
        playbooks.iter().filter_map(|path| loader.playbook(path).err()).map(|error| error.report()).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n\n"));
    let warnings = loader.take_warnings();
    assert!(warnings.is_empty(), "{warnings:?}");
}
