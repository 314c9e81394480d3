//! A host for tests: the file system, templates of plain variables, the names of modules in use.

use rplay_playbook::{FileText, Host, Loader, Settings, TemplateError};
use rplay_value::{Dict, Str, Value};
use std::{io, path::Path, sync::Arc};

pub(crate) struct Plain;

const ACTIONS: &[&str] = &[
    "debug",
    "command",
    "shell",
    "raw",
    "script",
    "meta",
    "copy",
    "file",
    "template",
    "set_fact",
    "include_vars",
    "service",
    "systemd",
    "systemd_service",
    "package",
    "apt",
    "fail",
    "assert",
    "stat",
    "user",
    "uri",
    "get_url",
    "unarchive",
    "slurp",
    "lineinfile",
    "replace",
    "blockinfile",
    "wait_for",
    "pause",
    "setup",
    "ping",
    "group_by",
    "add_host",
    "fetch",
    "cron",
    "hostname",
    "sysctl",
    "modprobe",
    "find",
    "tempfile",
    "dnf",
    "yum",
    "group",
    "package_facts",
    "service_facts",
    "set_stats",
    "git",
    "pip",
    "assemble",
    "wait_for_connection",
    "reboot",
    "getent",
    "known_hosts",
    "iptables",
    "rpm_key",
    "apt_key",
    "apt_repository",
    "yum_repository",
    "debconf",
    "mount_facts",
    "validate_argument_spec",
    "gather_facts",
    "deb822_repository",
    "async_status",
    "expect",
];

fn plain(name: &str) -> &str {
    ["ansible.builtin.", "ansible.legacy.", "ansible.posix.", "community.general."]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

impl Host for Plain {
    fn read(&self, path: &Path) -> io::Result<FileText> {
        Ok(FileText { text: std::fs::read_to_string(path)?, encrypted: path.ends_with("secret.yml") })
    }

    fn template(&self, template: &Value, scopes: &[&Dict]) -> Result<Value, TemplateError> {
        let mut text = template.to_text();
        while let (Some(start), Some(end)) = (text.find("{{"), text.find("}}")) {
            let name = text[start + 2..end].trim().to_owned();
            let value = scopes.iter().rev().find_map(|scope| scope.get(&name));
            let value = value.ok_or_else(|| format!("'{name}' is undefined"))?;
            text.replace_range(start..end + 2, &value.to_text());
        }
        Ok(Value::from(text))
    }

    fn is_action(&self, name: &str, _: &[Str]) -> bool {
        ACTIONS.contains(&plain(name))
    }

    fn action_names(&self) -> Vec<String> {
        ACTIONS.iter().map(ToString::to_string).collect()
    }

    fn is_lookup(&self, name: &str) -> bool {
        [
            "items",
            "dict",
            "list",
            "file",
            "fileglob",
            "nested",
            "together",
            "subelements",
            "sequence",
            "first_found",
            "indexed_items",
            "flattened",
            "lines",
            "random_choice",
            "inventory_hostnames",
        ]
        .contains(&name.strip_prefix("ansible.builtin.").unwrap_or(name))
    }
}

/// A loader over the file system.
#[allow(dead_code, reason = "not every test file uses both")]
pub(crate) fn loader(strict: bool) -> Loader {
    Loader::new(Arc::new(Plain), Settings { strict, ..Settings::default() })
}

/// Writes files into a directory.
#[allow(dead_code, reason = "not every test file writes")]
pub(crate) fn write(dir: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
