//! `apt`: packages of Debian and its kin, through `apt-get`, `apt-cache` and `dpkg-query`.

use super::apt_cache::{Selection, Spec, select};
use super::apt_run::{self, Apt};
use super::{apt_deb, apt_lists};
use crate::args::{Choice, ModuleArgs};
use crate::{Failure, ModuleResult, Plan, System};

/// Manage apt packages.
#[derive(Clone, Debug, ModuleArgs)]
#[args(
    mutually_exclusive("deb", "package", "upgrade"),
    required_one_of("autoremove", "deb", "package", "update_cache", "upgrade")
)]
pub(crate) struct Args {
    /// What the packages are to be.
    #[arg(default = "present")]
    pub(super) state: State,
    /// Fetch the package lists first.
    #[arg(alias = "update-cache")]
    pub(super) update_cache: Option<bool>,
    /// How often fetching is tried.
    #[arg(default = 5)]
    pub(super) update_cache_retries: u32,
    /// The longest pause between tries, in seconds.
    #[arg(default = 12)]
    pub(super) update_cache_retry_max_delay: u64,
    /// Lists younger than this many seconds are not fetched.
    #[arg(default = 0)]
    pub(super) cache_valid_time: i64,
    /// Remove configuration files too.
    #[arg(default = false)]
    pub(super) purge: bool,
    /// The packages, each with an optional `=version` or `>=version`, wildcards allowed.
    #[arg(aliases("pkg", "name"))]
    pub(super) package: Option<Vec<String>>,
    /// A package file, or its URL.
    #[arg(ty = "path")]
    pub(super) deb: Option<String>,
    /// The release to prefer.
    #[arg(alias = "default-release")]
    pub(super) default_release: Option<String>,
    /// Whether recommended packages are installed; left out: as the host is set.
    #[arg(alias = "install-recommends")]
    pub(super) install_recommends: Option<bool>,
    /// Go on over doubts (`--force-yes`).
    #[arg(default = false)]
    pub(super) force: bool,
    /// Upgrade the whole host.
    #[arg(default = "no")]
    pub(super) upgrade: Upgrade,
    /// Options for dpkg, comma separated, without the dashes.
    #[arg(default = "force-confdef,force-confold")]
    pub(super) dpkg_options: String,
    /// Remove packages nothing needs any more.
    #[arg(default = false)]
    pub(super) autoremove: bool,
    /// Remove downloaded files that are out of date.
    #[arg(default = false)]
    pub(super) autoclean: bool,
    /// Fail when a package would be removed.
    #[arg(default = false)]
    pub(super) fail_on_autoremove: bool,
    /// What `policy-rc.d` answers meanwhile: 101 keeps services from being started.
    pub(super) policy_rc_d: Option<i32>,
    /// Only upgrade what is installed.
    #[arg(default = false)]
    pub(super) only_upgrade: bool,
    /// Use `apt-get` where `aptitude` would be used.
    #[arg(default = false)]
    pub(super) force_apt_get: bool,
    /// Remove all downloaded files.
    #[arg(default = false)]
    pub(super) clean: bool,
    /// Accept packages nobody signed.
    #[arg(default = false, alias = "allow-unauthenticated")]
    pub(super) allow_unauthenticated: bool,
    /// Accept older versions.
    #[arg(default = false, aliases("allow-downgrade", "allow_downgrades", "allow-downgrades"))]
    pub(super) allow_downgrade: bool,
    /// Change packages that are on hold.
    #[arg(default = false)]
    pub(super) allow_change_held_packages: bool,
    /// Seconds to wait for others who use apt.
    #[arg(default = 60)]
    pub(super) lock_timeout: u64,
    /// Accepted for Ansible's sake: no Python bindings are needed here.
    #[arg(name = "auto_install_module_deps", default = true)]
    _auto_install_module_deps: bool,
}

/// What packages are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    #[choice("build-dep")]
    BuildDep,
    Fixed,
    Latest,
    Present,
}

/// How the whole host is upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Upgrade {
    Dist,
    Full,
    No,
    Safe,
    Yes,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let apt = Apt::new(args, sys)?;
    let packages = packages(&apt.args)?;
    if sys.check_mode() {
        return Ok(Plan::done(carry_out(&apt, packages, None, sys)?));
    }
    let args = &apt.args;
    let elsewhere = args.clean || args.upgrade != Upgrade::No || args.deb.is_some() || packages.is_empty();
    if elsewhere || apt_lists::outdated(args, sys)? {
        // What is to be done shows only once the lists are fetched, or apt itself decides it.
        if packages.is_empty() && !elsewhere_work(&apt.args) && !apt_lists::outdated(&apt.args, sys)? {
            return Ok(Plan::done(apt_lists::Lists::untouched(sys)?.report(ModuleResult::unchanged())));
        }
        return Ok(Plan::change(ModuleResult::unchanged(), move |sys, _| {
            carry_out(&apt, packages, None, sys)
        }));
    }
    let selection = select(&packages, &apt, sys)?;
    if selection.words.is_empty() && selection.to_mark.is_empty() {
        return Ok(Plan::done(finish(args, ModuleResult::unchanged(), &apt_lists::Lists::untouched(sys)?)));
    }
    let predicted = ModuleResult { changed: !selection.words.is_empty(), ..ModuleResult::default() };
    Ok(Plan::change(predicted, move |sys, _| carry_out(&apt, packages, Some(selection), sys)))
}

/// Whether there is work that is not about named packages or lists.
fn elsewhere_work(args: &Args) -> bool {
    args.clean
        || args.upgrade != Upgrade::No
        || args.deb.is_some()
        || args.autoclean
        || args.autoremove
        || all(args)
}

/// Whether all installed packages are meant to become the latest.
fn all(args: &Args) -> bool {
    args.state == State::Latest && args.package.iter().flatten().any(|name| name == "*")
}

fn packages(args: &Args) -> Result<Vec<Spec>, Failure> {
    let names = args.package.iter().flatten().filter(|name| *name != "*");
    let specs: Vec<Spec> = names.map(|name| Spec::parse(name.trim())).collect::<Result<_, _>>()?;
    if all(args) && !specs.is_empty() {
        return Err("unable to install additional packages when upgrading all installed packages".into());
    }
    if args.deb.is_some() && args.state != State::Present {
        return Err("deb only supports state=present".into());
    }
    Ok(specs)
}

/// Does everything in Ansible's order; in check mode apt only simulates.
fn carry_out(
    apt: &Apt,
    packages: Vec<Spec>,
    selection: Option<Selection>,
    sys: &System,
) -> Result<ModuleResult, Failure> {
    let args = &apt.args;
    let named = args.package.as_ref().is_some_and(|names| !names.is_empty());
    let only_lists = !named && args.upgrade == Upgrade::No && args.deb.is_none();
    if args.clean {
        let cleaned = apt_run::clean(apt, sys)?;
        if only_lists {
            return Ok(cleaned);
        }
    }
    let lists = apt_lists::refresh(args, sys)?;
    if only_lists && (args.update_cache == Some(true) || args.cache_valid_time != 0) {
        return Ok(lists.report(ModuleResult { changed: lists.updated, ..ModuleResult::default() }));
    }
    if args.upgrade != Upgrade::No {
        return apt_run::upgrade(apt, args.upgrade, sys);
    }
    if let Some(deb) = &args.deb {
        return apt_deb::install(apt, deb, sys);
    }
    if all(args) {
        return apt_run::upgrade(apt, Upgrade::Yes, sys);
    }
    if packages.is_empty() {
        let operation = [(args.autoclean, "autoclean"), (args.autoremove, "autoremove")];
        if let Some((_, operation)) = operation.iter().find(|(wanted, _)| *wanted) {
            return apt_run::cleanup(apt, operation, sys);
        }
    }
    let selection = match selection {
        Some(selection) => selection,
        None => select(&packages, apt, sys)?,
    };
    let result = match args.state {
        State::Absent => apt_run::remove(apt, &selection, sys)?,
        _ => apt_run::install(apt, &selection, sys)?,
    };
    Ok(finish(args, result, &lists))
}

/// Installing says how old the lists are; removing does not.
fn finish(args: &Args, result: ModuleResult, lists: &apt_lists::Lists) -> ModuleResult {
    if args.state == State::Absent { result } else { lists.report(result) }
}
