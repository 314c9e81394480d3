//! The environment that ansible-test gives a target.

use std::fmt::Write as _;
use std::path::Path;

use rplay_lab::CONFORMANCE_VERSION;

use super::target::Target;
use super::tree::Tree;

/// Python of the managed host and of the targets' helper scripts.
pub(crate) const PYTHON: &str = "/usr/bin/python3";
/// ansible-core's source in the host.
pub(crate) const SOURCE: &str = "/opt/sdist";
/// The commands under test, and Python, in the host; leads PATH.
pub(crate) const BIN: &str = "/opt/conformance/bin";
/// The rest of PATH: what a log-in as root has.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The same for all targets.
const FIXED: &[(&str, &str)] = &[
    ("HOME", "/root"),
    ("LC_ALL", "en_US.UTF-8"),
    ("PAGER", "/bin/cat"),
    ("ANSIBLE_PYTHON_MODULE_RLIMIT_NOFILE", "1024"),
    ("ANSIBLE_FORCE_COLOR", "false"),
    ("ANSIBLE_FORCE_HANDLERS", "true"),
    ("ANSIBLE_HOST_PATTERN_MISMATCH", "error"),
    ("ANSIBLE_INVENTORY", "/dev/null"),
    ("ANSIBLE_DEPRECATION_WARNINGS", "false"),
    ("ANSIBLE_HOST_KEY_CHECKING", "false"),
    ("ANSIBLE_RETRY_FILES_ENABLED", "false"),
    ("ANSIBLE_DISPLAY_TRACEBACK", "never"),
    ("ANSIBLE_LIBRARY", "/dev/null"),
    ("ANSIBLE_DEVEL_WARNING", "false"),
    ("ANSIBLE_WORKER_SHUTDOWN_POLL_COUNT", "100"),
    ("ANSIBLE_WORKER_SHUTDOWN_POLL_DELAY", "0.1"),
    ("ANSIBLE_PYTHON_INTERPRETER", "/set/ansible_python_interpreter/in/inventory"),
    ("ANSIBLE_TEST_PYTHON_INTERPRETER", PYTHON),
    ("ANSIBLE_TEST_CI", ""),
    ("ANSIBLE_TEST_COVERAGE", ""),
    ("ANSIBLE_TEST_ANSIBLE_VERSION", CONFORMANCE_VERSION),
    ("ANSIBLE_CALLBACKS_ENABLED", "junit"),
    ("JUNIT_REPLACE_OUT_OF_TREE_PATH", "out-of-tree:"),
    // Not ansible-test's: what 2.19 refuses is to be refused.
    ("RPLAY_STRICT", "1"),
];

/// Kinds of plugins that ansible-core's tests may bring in a directory for all targets.
const PLUGINS: &[&str] = &[
    "action",
    "become",
    "cache",
    "callback",
    "connection",
    "filter",
    "inventory",
    "lookup",
    "strategy",
    "terminal",
    "test",
    "vars",
];

/// What the environment depends on beside the target.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    /// ansible-core's source on this machine.
    pub(crate) source: &'a Path,
    /// The version of [`PYTHON`]: major and minor.
    pub(crate) python: &'a str,
    /// Whether helper scripts may import ansible.
    pub(crate) pylib: bool,
}

/// The script that runs the target in its tree, writing to `log`. Paths are the host's.
pub(crate) fn script(target: &Target, tree: &Tree, setting: &Setting<'_>, log: &Path) -> String {
    let mut text = format!("exec >{} 2>&1 </dev/null\n", quote(&log.to_string_lossy()));
    let _ = writeln!(text, "cd {} || exit 125", quote(&tree.cwd.to_string_lossy()));
    text.push_str("exec env -i");
    for (name, value) in variables(target, tree, setting) {
        let _ = write!(text, " \\\n  {}", quote(&format!("{name}={value}")));
    }
    for word in &tree.command {
        let _ = write!(text, " {}", quote(word));
    }
    text.push('\n');
    text
}

fn variables(target: &Target, tree: &Tree, setting: &Setting<'_>) -> Vec<(String, String)> {
    let library = format!("{SOURCE}/lib");
    let junit = tree.output.with_file_name("junit");
    let mut found: Vec<(String, String)> =
        FIXED.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut add = |name: &str, value: String| found.push((name.to_owned(), value));
    let path = |path: &Path| path.to_string_lossy().into_owned();
    add("PATH", format!("{BIN}:{PATH}"));
    add(
        "PYTHONPATH",
        if setting.pylib { library.clone() } else { path(&junit.with_file_name("no-python-lib")) },
    );
    add("ANSIBLE_CONFIG", path(&tree.integration.join("integration.cfg")));
    add("ANSIBLE_TEST_ANSIBLE_LIB_ROOT", format!("{library}/ansible"));
    add("ANSIBLE_TEST_PYTHON_VERSION", setting.python.to_owned());
    add("JUNIT_OUTPUT_DIR", path(&junit));
    add("JUNIT_TASK_RELATIVE_PATH", path(&tree.root));
    add("OUTPUT_DIR", path(&tree.output));
    add("INVENTORY_PATH", path(&tree.integration.join("inventory")));
    add("ANSIBLE_PLAYBOOK_DIR", path(&tree.cwd));
    if !target.script {
        add("ANSIBLE_ROLES_PATH", path(&tree.integration.join("targets")));
    }
    if target.says("non_local") {
        add("ANSIBLE_TEST_REMOTE_INTERPRETER", String::new());
    }
    for (name, dir) in plugins(setting.source) {
        add(&name, dir);
    }
    for (name, value) in target.having("env/set/").filter_map(|set| set.split_once('/')) {
        add(name, value.to_owned());
    }
    found
}

/// Settings for the plugins that all targets share, those there are.
fn plugins(source: &Path) -> Vec<(String, String)> {
    let mut settings: Vec<(String, String)> = PLUGINS
        .iter()
        .map(|kind| (format!("ANSIBLE_{}_PLUGINS", kind.to_uppercase()), (*kind).to_owned()))
        .collect();
    settings.push(("ANSIBLE_LIBRARY".to_owned(), "modules".to_owned()));
    settings.push(("ANSIBLE_MODULE_UTILS".to_owned(), "module_utils".to_owned()));
    let below = "test/support/integration/plugins";
    let there = settings.into_iter().filter(|(_, dir)| source.join(below).join(dir).is_dir());
    there.map(|(name, dir)| (name, format!("{SOURCE}/{below}/{dir}"))).collect()
}

/// Quotes a word for the shell.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
