//! Groups of actions that `module_defaults` may name.

use super::{Loader, normal};
use rplay_yaml::Node;
use std::path::{Path, PathBuf};

/// How deep groups may extend each other.
const MAX_DEPTH: usize = 16;

impl Loader {
    /// Whether an action is in the group of actions that `group/NAMESPACE.COLLECTION.NAME` means, as
    /// `meta/runtime.yml` of the collection has it. `dir` is the playbook's, beside which collections may be.
    pub fn in_action_group(&self, group: &str, action: &str, dir: Option<&Path>) -> bool {
        self.group_has(group, action, dir, 0)
    }

    fn group_has(&self, group: &str, action: &str, dir: Option<&Path>, depth: usize) -> bool {
        let mut parts = group.splitn(3, '.');
        let (Some(namespace), Some(collection), Some(name)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let Some(path) = self.runtime_file(namespace, collection, dir) else { return false };
        let Ok(document) = self.document(&path) else { return false };
        let members = document.root.get("action_groups").and_then(|groups| groups.get(name));
        let prefix = format!("{namespace}.{collection}.");
        let full = |name: &str| if name.contains('.') { name.to_owned() } else { format!("{prefix}{name}") };
        members.and_then(Node::as_seq).unwrap_or_default().iter().any(|member| match member.as_str() {
            Some(member) => is_same(&full(member), action),
            None => extended(member)
                .iter()
                .any(|group| depth < MAX_DEPTH && self.group_has(&full(group), action, dir, depth + 1)),
        })
    }

    fn runtime_file(&self, namespace: &str, collection: &str, dir: Option<&Path>) -> Option<PathBuf> {
        let beside = dir.map(|dir| dir.join("collections"));
        let roots = beside.iter().chain(&self.settings().collections_path);
        let file = Path::new("ansible_collections").join(namespace).join(collection).join("meta/runtime.yml");
        roots.map(|root| normal(&root.join(&file))).find(|path| path.is_file())
    }
}

/// The groups that a group's metadata takes in.
fn extended(member: &Node) -> Vec<String> {
    let groups = member.get("metadata").and_then(|metadata| metadata.get("extend_group"));
    let Some(groups) = groups else { return Vec::new() };
    match groups.as_seq() {
        Some(list) => list.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        None => groups.as_str().map(str::to_owned).into_iter().collect(),
    }
}

/// A plain name is one of the built-in collection.
fn is_same(member: &str, action: &str) -> bool {
    let plain = |name: &str| -> String {
        let name = name.strip_prefix("ansible.legacy.").unwrap_or(name);
        name.strip_prefix("ansible.builtin.").unwrap_or(name).to_owned()
    };
    plain(member) == plain(action)
}
