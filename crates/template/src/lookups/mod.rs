//! Lookups: one family per file, one line per lookup here.

mod dig;
mod file;
mod filetree;
mod first_found;
pub(crate) mod glob;
mod items;
mod lists;
mod options;
mod password;
mod search;
mod subelements;
mod tables;
mod template;
mod url;
mod variables;

use crate::{Ctx, LookupArgs, LookupFn, Markers, Plugin, Res, Val};

type Lookup = fn(&mut Ctx<'_>, LookupArgs) -> Res<Vec<Val>>;

const fn builtin(name: &'static str, call: Lookup) -> Plugin<LookupFn> {
    Plugin::builtin(name, call)
}
const fn general(name: &'static str, call: Lookup) -> Plugin<LookupFn> {
    Plugin::builtin(name, call).of("community.general")
}

/// All lookups.
pub(crate) const LOOKUPS: &[Plugin<LookupFn>] = &[
    builtin("items", items::items),
    builtin("file", file::file),
    builtin("unvault", file::unvault),
    builtin("fileglob", file::fileglob),
    builtin("pipe", file::pipe),
    builtin("lines", file::lines),
    builtin("env", file::env).markers(Markers::Accept),
    builtin("list", lists::list).markers(Markers::AcceptLazy),
    builtin("dict", lists::dict),
    builtin("indexed_items", lists::indexed_items),
    builtin("nested", lists::nested),
    builtin("together", lists::together),
    builtin("subelements", subelements::subelements),
    builtin("random_choice", lists::random_choice),
    builtin("sequence", lists::sequence),
    builtin("vars", variables::vars).markers(Markers::Accept),
    builtin("varnames", variables::varnames),
    builtin("config", variables::config),
    builtin("inventory_hostnames", variables::inventory_hostnames),
    builtin("template", template::template),
    builtin("first_found", first_found::first_found).markers(Markers::Accept),
    builtin("password", password::password),
    builtin("csvfile", tables::csvfile),
    builtin("ini", tables::ini),
    builtin("url", url::url),
    general("dig", dig::dig),
    general("filetree", filetree::filetree),
    general("flattened", lists::flattened),
    general("random_string", lists::random_string),
    general("merge_variables", lists::merge_variables),
];
