//! `package`: packages through whatever manager the host has.

use super::{apt, dnf};
use crate::args::{Map, ModuleArgs, Value, validate};
use crate::{Failure, Plan, System};

/// Manage packages with the host's own manager.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The packages.
    #[arg(alias = "pkg")]
    name: Option<Value>,
    /// What they are to be.
    state: Option<String>,
    /// The manager; `auto` looks.
    #[arg(name = "use", default = "auto")]
    use_: String,
    /// Fetch the package lists first.
    update_cache: Option<Value>,
    /// apt: lists younger than this many seconds are not fetched.
    cache_valid_time: Option<Value>,
    /// apt: remove configuration files too.
    purge: Option<Value>,
    /// Remove packages nothing needs any more.
    autoremove: Option<Value>,
    /// apt: whether recommended packages are installed.
    install_recommends: Option<Value>,
    /// apt: go on over doubts.
    force: Option<Value>,
    /// Accept older versions.
    allow_downgrade: Option<Value>,
    /// dnf: repositories to use besides.
    enablerepo: Option<Value>,
    /// dnf: repositories not to use.
    disablerepo: Option<Value>,
    /// dnf: accept packages nobody signed.
    disable_gpg_check: Option<Value>,
    /// dnf: packages to leave alone.
    exclude: Option<Value>,
    /// dnf: plugins not to use.
    disable_plugin: Option<Value>,
    /// dnf: show what is known of packages.
    list: Option<Value>,
    /// dnf: whether certificates are checked.
    validate_certs: Option<Value>,
    /// apt, dnf: seconds to wait for others.
    lock_timeout: Option<Value>,
}

/// The managers known, with what shows that a host has them.
const MANAGERS: [(&str, &str); 9] = [
    ("apt", "/usr/bin/apt-get"),
    ("dnf5", "/usr/bin/dnf5"),
    ("dnf", "/usr/bin/dnf"),
    ("yum", "/usr/bin/yum"),
    ("zypper", "/usr/bin/zypper"),
    ("apk", "/sbin/apk"),
    ("pacman", "/usr/bin/pacman"),
    ("portage", "/usr/bin/emerge"),
    ("xbps", "/usr/bin/xbps-install"),
];

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let named = args.use_.clone();
    let wanted = named.rsplit('.').next().unwrap_or_default();
    let manager = match wanted {
        "auto" => MANAGERS.iter().find(|(_, program)| sys.exists(program)).map(|(name, _)| *name).ok_or_else(|| {
            Failure::new("Could not detect which package manager to use. Try gathering facts or setting the \"use\" option.")
        })?,
        other => other,
    };
    match manager {
        "apt" => apt::plan(arguments::<apt::Args>(args, manager, sys)?, sys),
        "dnf" | "dnf5" | "yum" => dnf::plan(arguments::<dnf::Args>(args, manager, sys)?, sys),
        other => Err(Failure::new(format!(
            "the package manager {other} is not supported yet: apt, dnf and yum are"
        ))),
    }
}

/// The manager's own arguments; one it does not know is refused by its name.
fn arguments<A: ModuleArgs>(args: Args, manager: &str, sys: &System) -> Result<A, Failure> {
    let given = [
        ("name", args.name),
        ("state", args.state.map(Value::from)),
        ("update_cache", args.update_cache),
        ("cache_valid_time", args.cache_valid_time),
        ("purge", args.purge),
        ("autoremove", args.autoremove),
        ("install_recommends", args.install_recommends),
        ("force", args.force),
        ("allow_downgrade", args.allow_downgrade),
        ("enablerepo", args.enablerepo),
        ("disablerepo", args.disablerepo),
        ("disable_gpg_check", args.disable_gpg_check),
        ("exclude", args.exclude),
        ("disable_plugin", args.disable_plugin),
        ("list", args.list),
        ("validate_certs", args.validate_certs),
        ("lock_timeout", args.lock_timeout),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let map: Map = given.filter(|(_, value)| !value.is_null()).collect();
    let mut valid = validate(&A::SPEC, map, manager, sys).map_err(|invalid| Failure::new(invalid.msg))?;
    A::from_params(&mut valid.params).map_err(Failure::new)
}
