//! What the configuration decides about groups and variables.

/// How names of groups that are no variable names are treated (`TRANSFORM_INVALID_GROUP_CHARS`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupNames {
    /// Kept, with a warning (`never`, the default).
    #[default]
    Keep,
    /// Kept in silence (`ignore`).
    Ignore,
    /// Changed, with a warning (`always`).
    Change,
    /// Changed in silence (`silently`).
    ChangeSilently,
}

/// What a pattern that matches nothing is (`HOST_PATTERN_MISMATCH`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mismatch {
    /// Worth a warning (the default).
    #[default]
    Warning,
    /// An error.
    Error,
    /// Nothing to speak of.
    Ignore,
}

/// A level of group variables whose place may be configured (`VARIABLE_PRECEDENCE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Variables of `all` in inventory sources.
    AllInventory,
    /// Variables of the other groups in inventory sources.
    GroupsInventory,
    /// `group_vars/all` beside inventories.
    AllFilesInventory,
    /// `group_vars/all` beside the playbook.
    AllFilesPlay,
    /// `group_vars/*` beside inventories.
    GroupsFilesInventory,
    /// `group_vars/*` beside the playbook.
    GroupsFilesPlay,
}

impl Level {
    /// The order without configuration, lowest precedence first.
    pub const DEFAULT: [Level; 6] = [
        Level::AllInventory,
        Level::GroupsInventory,
        Level::AllFilesInventory,
        Level::AllFilesPlay,
        Level::GroupsFilesInventory,
        Level::GroupsFilesPlay,
    ];

    /// The level of a word in the setting `precedence`.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "all_inventory" => Level::AllInventory,
            "groups_inventory" => Level::GroupsInventory,
            "all_plugins_inventory" => Level::AllFilesInventory,
            "all_plugins_play" => Level::AllFilesPlay,
            "groups_plugins_inventory" => Level::GroupsFilesInventory,
            "groups_plugins_play" => Level::GroupsFilesPlay,
            _ => return None,
        })
    }
}

/// When `group_vars` and `host_vars` are read (`RUN_VARS_PLUGINS`, and `stage` of `host_group_vars`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VarsStage {
    /// When variables are asked for (`demand`, stage `task`; the default).
    #[default]
    Demand,
    /// Once, when the inventory was read (`start`, stage `inventory`): those beside playbooks are not seen.
    Start,
    /// At both times (stage `all`).
    Both,
    /// Never: `host_group_vars` is not among the enabled plugins (`VARIABLE_PLUGINS_ENABLED`).
    Never,
}

impl VarsStage {
    pub(crate) fn at_start(self) -> bool {
        matches!(self, VarsStage::Start | VarsStage::Both)
    }

    pub(crate) fn on_demand(self) -> bool {
        matches!(self, VarsStage::Demand | VarsStage::Both)
    }
}

/// How groups and variables are put together.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Dictionaries of the same name are merged deeply (`hash_behaviour=merge`).
    pub merge_hashes: bool,
    /// What becomes of odd group names.
    pub group_names: GroupNames,
    /// What a pattern that matches nothing is.
    pub mismatch: Mismatch,
    /// The order of the levels of group variables, lowest precedence first; those left out are not read.
    pub precedence: Vec<Level>,
    /// When files of variables are read.
    pub vars_stage: VarsStage,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            merge_hashes: false,
            group_names: GroupNames::default(),
            mismatch: Mismatch::default(),
            precedence: Level::DEFAULT.to_vec(),
            vars_stage: VarsStage::default(),
        }
    }
}
