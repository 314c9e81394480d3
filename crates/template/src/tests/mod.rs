//! Jinja tests (`is …`): one family per file, one line per test here.

mod compare;
mod defined;
mod files;
mod results;
mod types;

use crate::{Args, Ctx, Markers, Plugin, PluginFn, Res, Val};

type Test = fn(&mut Ctx<'_>, Args) -> Res<Val>;

const fn builtin(name: &'static str, call: Test) -> Plugin<PluginFn> {
    Plugin::builtin(name, call)
}
const fn matter(name: &'static str, call: Test) -> Plugin<PluginFn> {
    Plugin::builtin(name, call).of("ansible._protomatter")
}
const fn utils(name: &'static str, call: Test) -> Plugin<PluginFn> {
    Plugin::builtin(name, call).of("ansible.utils")
}

/// All tests.
pub(crate) const TESTS: &[Plugin<PluginFn>] = &[
    builtin("defined", defined::defined).markers(Markers::Accept),
    builtin("undefined", defined::undefined).markers(Markers::Accept),
    builtin("failed", results::failed),
    builtin("failure", results::failed),
    builtin("succeeded", results::succeeded),
    builtin("success", results::succeeded),
    builtin("successful", results::succeeded),
    builtin("reachable", results::reachable),
    builtin("unreachable", results::unreachable),
    builtin("timedout", results::timedout),
    builtin("changed", results::changed),
    builtin("change", results::changed),
    builtin("skipped", results::skipped),
    builtin("skip", results::skipped),
    builtin("finished", results::finished),
    builtin("started", results::started),
    builtin("none", types::none),
    builtin("boolean", types::boolean),
    builtin("true", types::is_true),
    builtin("false", types::is_false),
    builtin("integer", types::integer),
    builtin("float", types::float),
    builtin("number", types::number),
    builtin("string", types::string),
    builtin("mapping", types::mapping),
    builtin("callable", types::callable),
    builtin("sequence", types::sequence),
    builtin("escaped", types::escaped),
    builtin("nan", types::nan),
    builtin("isnan", types::nan),
    builtin("iterable", types::iterable),
    builtin("lower", types::lower),
    builtin("upper", types::upper),
    builtin("truthy", types::truthy),
    builtin("falsy", types::falsy),
    builtin("odd", types::odd),
    builtin("even", types::even),
    builtin("divisibleby", types::divisibleby),
    builtin("sameas", types::sameas),
    builtin("filter", types::filter),
    builtin("test", types::test),
    builtin("any", types::any),
    builtin("all", types::all),
    builtin("vault_encrypted", types::vault_encrypted).markers(Markers::Accept),
    builtin("eq", compare::eq),
    builtin("==", compare::eq),
    builtin("equalto", compare::eq),
    builtin("ne", compare::ne),
    builtin("!=", compare::ne),
    builtin("lt", compare::lt),
    builtin("<", compare::lt),
    builtin("lessthan", compare::lt),
    builtin("le", compare::le),
    builtin("<=", compare::le),
    builtin("gt", compare::gt),
    builtin(">", compare::gt),
    builtin("greaterthan", compare::gt),
    builtin("ge", compare::ge),
    builtin(">=", compare::ge),
    builtin("in", compare::within),
    builtin("contains", compare::contains),
    builtin("subset", compare::subset),
    builtin("issubset", compare::subset),
    builtin("superset", compare::superset),
    builtin("issuperset", compare::superset),
    builtin("search", compare::search),
    builtin("match", compare::match_start),
    builtin("regex", compare::regex_test),
    builtin("version", compare::version),
    builtin("version_compare", compare::version),
    builtin("directory", files::directory).outside(),
    builtin("is_dir", files::directory).outside(),
    builtin("file", files::file).outside(),
    builtin("is_file", files::file).outside(),
    builtin("link", files::link).outside(),
    builtin("is_link", files::link).outside(),
    builtin("exists", files::exists).outside(),
    builtin("link_exists", files::link_exists).outside(),
    builtin("abs", files::abs),
    builtin("is_abs", files::abs),
    builtin("same_file", files::same_file).outside(),
    builtin("is_same_file", files::same_file).outside(),
    builtin("mount", files::mount).outside(),
    builtin("is_mount", files::mount).outside(),
    builtin("vaulted_file", files::vaulted_file).outside(),
    builtin("uri", files::uri),
    builtin("url", files::is_url),
    builtin("urn", files::urn),
    matter("tagged", types::tagged),
    matter("tagged_with", types::tagged_with),
    utils("ip", files::ip),
    utils("ipv4", files::ipv4),
    utils("ipv6", files::ipv6),
    utils("ip_address", files::ip_address),
    utils("ipv4_address", files::ipv4_address),
    utils("ipv6_address", files::ipv6_address),
];
