//! The kinds of inventory sources, by the names of Ansible's plugins.

use crate::{
    Inventory, InventoryError, Options, constructed, generator, host_list, ini, plugin_config, script,
    toml_source, yaml_source,
};
use rplay_yaml::Source;
use std::{
    fs,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::Path,
    sync::Arc,
};

/// A source that some kind may read.
pub(crate) struct Candidate<'a> {
    /// The source as it was given: a path or a list of hosts.
    pub(crate) text: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) options: &'a Options,
}

impl Candidate<'_> {
    fn is_readable(&self) -> bool {
        // A pipe is not opened to try it: its writer would see that.
        fs::metadata(self.path).is_ok_and(|metadata| {
            let kind = metadata.file_type();
            !kind.is_dir() && (kind.is_fifo() || fs::File::open(self.path).is_ok())
        })
    }

    fn is_executable(&self) -> bool {
        fs::metadata(self.path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
    }

    /// The extension with its dot; empty where there is none.
    fn extension(&self) -> String {
        let extension = self.path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
        extension.unwrap_or_default()
    }

    fn is_yaml(&self, others: &[&str]) -> bool {
        let extension = self.extension();
        extension.is_empty()
            || others.contains(&extension.as_str())
            || self.options.yaml_extensions.contains(&extension)
    }

    /// The file's text, decrypted where it is a vault.
    pub(crate) fn source(&self, inventory: &Inventory) -> Result<Arc<Source>, InventoryError> {
        let text = inventory.files.text(self.path)?;
        Ok(Arc::new(Source::new(self.path.display().to_string(), text)))
    }

    /// An error about the source as a whole.
    pub(crate) fn fault(&self, message: impl Into<String>) -> InventoryError {
        InventoryError::Graph(message.into())
    }
}

/// A kind of source: whether it takes a source, and how it reads it.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) accepts: fn(&Candidate<'_>) -> bool,
    pub(crate) read: fn(&mut Inventory, &Candidate<'_>) -> Result<(), InventoryError>,
}

/// Kinds that are tried unless configured otherwise, in this order.
pub(crate) const ENABLED: [&str; 6] = ["host_list", "script", "auto", "yaml", "ini", "toml"];

const KINDS: [Kind; 9] = [
    Kind { name: "host_list", accepts: host_list::accepts, read: host_list::read },
    Kind { name: "advanced_host_list", accepts: host_list::accepts, read: host_list::read_ranges },
    Kind {
        name: "script",
        accepts: |candidate| candidate.is_readable() && candidate.is_executable(),
        read: script::read,
    },
    Kind {
        name: "auto",
        accepts: |candidate| {
            matches!(candidate.extension().as_str(), ".yml" | ".yaml") && candidate.is_readable()
        },
        read: plugin_config::auto,
    },
    Kind {
        name: "yaml",
        accepts: |candidate| candidate.is_yaml(&[]) && candidate.is_readable(),
        read: |inventory, candidate| yaml_source::read(inventory, &candidate.source(inventory)?),
    },
    Kind {
        name: "ini",
        accepts: |candidate| candidate.extension() != ".toml" && candidate.is_readable(),
        read: |inventory, candidate| {
            let text = inventory.files.text_with_odd_comments(candidate.path)?;
            ini::read(inventory, &Arc::new(Source::new(candidate.path.display().to_string(), text)))
        },
    },
    Kind {
        name: "toml",
        accepts: |candidate| candidate.extension() == ".toml" && candidate.is_readable(),
        read: |inventory, candidate| toml_source::read(inventory, &*candidate.source(inventory)?),
    },
    Kind { name: "constructed", accepts: is_config, read: constructed::read },
    Kind { name: "generator", accepts: is_config, read: generator::read },
];

fn is_config(candidate: &Candidate<'_>) -> bool {
    candidate.is_yaml(&[".config"]) && candidate.is_readable()
}

/// The kind of a plugin's short or full name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    let short = ["ansible.builtin.", "ansible.legacy."]
        .iter()
        .find_map(|collection| name.strip_prefix(collection))
        .unwrap_or(name);
    KINDS.iter().find(|kind| kind.name == short)
}
