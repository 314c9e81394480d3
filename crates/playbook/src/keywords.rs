//! Which keywords are known where.

/// What a mapping with keywords describes; its name stands in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A play.
    Play,
    /// A block.
    Block,
    /// A task.
    Task,
    /// A handler.
    Handler,
    /// `import_tasks` and `include_tasks`.
    TaskInclude,
    /// The same among handlers.
    HandlerTaskInclude,
    /// `import_role` and `include_role`.
    IncludeRole,
    /// An entry of `roles` or of a role's dependencies.
    RoleInclude,
    /// `meta/main.yml` of a role.
    RoleMetadata,
    /// `import_playbook`.
    PlaybookInclude,
    /// `loop_control`.
    LoopControl,
}

const BASE: &[&str] = &[
    "any_errors_fatal",
    "become",
    "become_exe",
    "become_flags",
    "become_method",
    "become_user",
    "check_mode",
    "connection",
    "debugger",
    "diff",
    "environment",
    "ignore_errors",
    "ignore_unreachable",
    "module_defaults",
    "name",
    "no_log",
    "port",
    "remote_user",
    "run_once",
    "throttle",
    "timeout",
    "vars",
];
const CONDITIONAL: &[&str] = &["when"];
const TAGGABLE: &[&str] = &["tags"];
const COLLECTIONS: &[&str] = &["collections"];
const DELEGATABLE: &[&str] = &["delegate_to", "delegate_facts"];
const NOTIFIABLE: &[&str] = &["notify"];
const PLAY: &[&str] = &[
    "hosts",
    "gather_facts",
    "gather_subset",
    "gather_timeout",
    "fact_path",
    "vars_files",
    "vars_prompt",
    "roles",
    "handlers",
    "pre_tasks",
    "post_tasks",
    "tasks",
    "force_handlers",
    "max_fail_percentage",
    "serial",
    "strategy",
    "order",
    "user",
];
const BLOCK: &[&str] = &["block", "rescue", "always"];
const TASK: &[&str] = &[
    "action",
    "args",
    "async",
    "async_val",
    "changed_when",
    "delay",
    "failed_when",
    "local_action",
    "loop",
    "loop_control",
    "poll",
    "register",
    "retries",
    "until",
];
const LISTEN: &[&str] = &["listen"];
const ROLE: &[&str] = &["role"];
const METADATA: &[&str] = &["allow_duplicates", "argument_specs", "dependencies", "galaxy_info"];
const IMPORT: &[&str] =
    &["import_playbook", "ansible.builtin.import_playbook", "ansible.legacy.import_playbook"];
const LOOP_CONTROL: &[&str] =
    &["loop_var", "index_var", "label", "pause", "extended", "extended_allitems", "break_when"];

/// What a dynamic include may say.
const INCLUDE: &[&str] = &[
    "action",
    "args",
    "collections",
    "debugger",
    "ignore_errors",
    "local_action",
    "loop",
    "loop_control",
    "name",
    "no_log",
    "register",
    "run_once",
    "tags",
    "timeout",
    "vars",
    "when",
];

impl Level {
    fn groups(self) -> &'static [&'static [&'static str]] {
        match self {
            Level::Play => &[PLAY, BASE, TAGGABLE, COLLECTIONS],
            Level::Block => &[BLOCK, BASE, CONDITIONAL, TAGGABLE, COLLECTIONS, NOTIFIABLE, DELEGATABLE],
            Level::Task | Level::TaskInclude | Level::IncludeRole => {
                &[TASK, BASE, CONDITIONAL, TAGGABLE, COLLECTIONS, NOTIFIABLE, DELEGATABLE]
            }
            Level::Handler | Level::HandlerTaskInclude => {
                &[TASK, LISTEN, BASE, CONDITIONAL, TAGGABLE, COLLECTIONS, NOTIFIABLE, DELEGATABLE]
            }
            Level::RoleInclude => &[ROLE, BASE, CONDITIONAL, TAGGABLE, COLLECTIONS, DELEGATABLE],
            Level::RoleMetadata => &[METADATA, BASE, COLLECTIONS],
            Level::PlaybookInclude => &[IMPORT, BASE, CONDITIONAL, TAGGABLE],
            Level::LoopControl => &[LOOP_CONTROL],
        }
    }

    /// All keywords of the level.
    pub fn keywords(self) -> impl Iterator<Item = &'static str> {
        self.groups().iter().flat_map(|group| group.iter().copied())
    }

    /// Whether the level knows the keyword.
    pub fn knows(self, keyword: &str) -> bool {
        self.keywords().any(|known| known == keyword)
    }

    /// Whether this is an include or import of tasks or of a role.
    pub(crate) fn is_include(self) -> bool {
        matches!(self, Level::TaskInclude | Level::HandlerTaskInclude | Level::IncludeRole)
    }

    /// Whether a dynamic include (`include_tasks`, `include_role`) at this level may say the keyword.
    pub fn allows_on_dynamic(self, keyword: &str) -> bool {
        INCLUDE.contains(&keyword) || (self == Level::HandlerTaskInclude && LISTEN.contains(&keyword))
    }
}

/// Whether a key of a task is a keyword of tasks or handlers rather than a module.
pub(crate) fn is_task_keyword(key: &str) -> bool {
    key == "static" || Level::Handler.knows(key)
}

/// Whether the name of an action is one of the names given, plain or of the built-in collections.
pub(crate) fn is_builtin(action: &str, names: &[&str]) -> bool {
    let plain = action
        .strip_prefix("ansible.builtin.")
        .or_else(|| action.strip_prefix("ansible.legacy."))
        .unwrap_or(action);
    names.contains(&plain)
}

/// Whether an action takes a free form text, in which `key=value` is not an argument.
pub(crate) fn is_free_form(action: &str) -> bool {
    is_builtin(action, &["command", "raw", "script", "shell", "win_command", "win_shell"])
        || matches!(action, "ansible.windows.win_command" | "ansible.windows.win_shell")
}
