//! Paths as text says them.

use std::path::{Component, Path, PathBuf};

/// The path made absolute, without `.` and `..` (taken literally: links are not followed).
pub(crate) fn normal(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut out = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

/// The directories of a collection below directories that hold collections.
pub(crate) fn collection_dirs(roots: &[PathBuf], namespace: &str, name: &str) -> Vec<PathBuf> {
    let inside = |root: &PathBuf| {
        let root = match root.ends_with("ansible_collections") {
            true => root.clone(),
            false => root.join("ansible_collections"),
        };
        root.join(namespace).join(name)
    };
    roots.iter().map(inside).filter(|dir| dir.is_dir()).collect()
}
