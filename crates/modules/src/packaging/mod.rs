//! Modules that manage packages and where they come from.

pub(crate) mod apt;
pub(crate) mod apt_key;
pub(crate) mod apt_repository;
pub(crate) mod deb822_repository;
pub(crate) mod debconf;
pub(crate) mod dnf;
pub(crate) mod dnf5;
pub(crate) mod dpkg_selections;
pub(crate) mod package;
pub(crate) mod package_facts;
pub(crate) mod pip;
pub(crate) mod rpm_key;
pub(crate) mod yum;
pub(crate) mod yum_repository;

pub(crate) mod download;

mod apt_cache;
mod apt_deb;
mod apt_lists;
mod apt_run;
mod repo_file;
mod sources;
