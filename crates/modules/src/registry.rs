//! The table of modules: one line each.

use crate::args::{Map, ModuleArgs, Spec};
use crate::{Failure, Plan, System};
use rplay_value::nearest;

/// A module the runtime knows.
pub struct Module {
    /// Its short name.
    pub name: &'static str,
    /// The collection it comes from, such as `ansible.builtin`.
    pub collection: &'static str,
    /// Its parameters and docs.
    pub spec: &'static Spec,
    /// What it does in check mode.
    pub check_mode: CheckMode,
    pub(crate) plan: fn(Map, &System) -> Result<Plan, Failure>,
}

/// What a module does in check mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckMode {
    /// It predicts.
    Predicts,
    /// It is skipped, as Ansible skips modules without check mode.
    Skips,
    /// It acts all the same: what it changes is the run's own bookkeeping.
    Acts,
}

macro_rules! modules {
    ($($collection:literal $family:ident :: $module:ident $($check:ident)? ;)*) => {
        /// All modules.
        static MODULES: &[Module] = &[$(
            Module {
                name: stringify!($module),
                collection: $collection,
                spec: &<crate::$family::$module::Args as ModuleArgs>::SPEC,
                check_mode: modules!(@check $($check)?),
                plan: |mut params, sys| {
                    let args = <crate::$family::$module::Args as ModuleArgs>::from_params(&mut params)?;
                    crate::$family::$module::plan(args, sys)
                },
            },
        )*];
    };
    (@check) => { CheckMode::Predicts };
    (@check skips) => { CheckMode::Skips };
    (@check acts) => { CheckMode::Acts };
}

// `skips` after the path: the module has no check mode and is skipped in it.
modules! {
    "ansible.posix" accounts::authorized_key;
    "ansible.builtin" accounts::getent;
    "ansible.builtin" accounts::group;
    "ansible.builtin" accounts::known_hosts;
    "ansible.builtin" accounts::user;
    "ansible.builtin" commands::command;
    "ansible.builtin" commands::expect skips;
    "ansible.builtin" commands::script;
    "ansible.builtin" commands::shell;
    "ansible.builtin" files::assemble;
    "ansible.builtin" files::blockinfile;
    "ansible.builtin" files::copy;
    "ansible.builtin" files::fetch;
    "ansible.builtin" facts::mount_facts;
    "ansible.builtin" facts::setup;
    "ansible.builtin" files::file;
    "ansible.builtin" files::find;
    "ansible.builtin" files::lineinfile;
    "ansible.builtin" files::replace;
    "ansible.builtin" files::slurp;
    "ansible.builtin" files::stat;
    "ansible.builtin" files::tempfile skips;
    "community.general" machine::alternatives;
    "ansible.builtin" machine::cron;
    "ansible.builtin" machine::hostname;
    "ansible.builtin" machine::iptables;
    "community.general" machine::locale_gen;
    "community.general" machine::modprobe;
    "ansible.posix" machine::mount;
    "ansible.posix" machine::seboolean;
    "ansible.posix" machine::selinux;
    "ansible.posix" machine::sysctl;
    "community.general" machine::timezone;
    "ansible.builtin" packaging::apt;
    "ansible.builtin" packaging::apt_key;
    "ansible.builtin" packaging::apt_repository;
    "ansible.builtin" packaging::deb822_repository;
    "ansible.builtin" packaging::debconf;
    "ansible.builtin" packaging::dnf;
    "ansible.builtin" packaging::dnf5;
    "ansible.builtin" packaging::dpkg_selections;
    "ansible.builtin" packaging::package;
    "ansible.builtin" packaging::package_facts;
    "ansible.builtin" packaging::pip;
    "ansible.builtin" packaging::rpm_key;
    "ansible.builtin" packaging::yum;
    "ansible.builtin" packaging::yum_repository;
    "ansible.builtin" services::service;
    "ansible.builtin" services::service_facts;
    "ansible.builtin" services::systemd;
    "ansible.builtin" services::systemd_service;
    "ansible.builtin" services::sysvinit;
    "ansible.builtin" files::unarchive;
    "ansible.builtin" net_tools::get_url;
    "ansible.builtin" net_tools::uri skips;
    "ansible.builtin" utilities::async_status acts;
    "ansible.builtin" utilities::git;
    "community.general" utilities::ini_file;
    "ansible.builtin" utilities::ping;
    "ansible.builtin" utilities::subversion;
    "ansible.builtin" utilities::wait_for skips;
}

/// All modules, for listings and docs.
#[must_use]
pub fn modules() -> &'static [Module] {
    MODULES
}

/// The module of a short or full name. What moved out of ansible.builtin into a collection is
/// found under its old full name too.
///
/// # Errors
/// A sentence naming the nearest known module, if any.
pub fn find(name: &str) -> Result<&'static Module, String> {
    let (origin, short) = name.rsplit_once('.').map_or((None, name), |(origin, short)| (Some(origin), short));
    let known = |module: &&Module| {
        module.name == short
            && origin.is_none_or(|origin| {
                ["ansible.builtin", "ansible.legacy", module.collection].contains(&origin)
            })
    };
    MODULES.iter().find(known).ok_or_else(|| {
        let hint = nearest(short, MODULES.iter().map(|module| module.name));
        let hint = hint.map_or(String::new(), |near| format!(" Did you mean '{near}'?"));
        format!("The module {name} was not found on this host's agent.{hint}")
    })
}
