//! Filters: one family per file, one line per filter here.

mod attr;
pub(crate) mod attribute;
mod combinatorial;
pub(crate) mod combine;
mod comment;
mod community;
mod data;
mod default;
mod dict;
mod encode;
pub(crate) mod flatten;
mod group;
mod ipaddr;
pub(crate) mod markup;
pub(crate) mod number;
pub(crate) mod paths;
pub(crate) mod pprint;
mod profile;
pub(crate) mod protomatter;
mod query;
pub(crate) mod random;
pub(crate) mod regex;
mod select;
mod sequence;
mod sets;
mod text;
mod time;
mod timeunit;
mod undefined;
mod urlize;
pub(crate) mod util;
mod vault;
mod x509;

use crate::{Args, Ctx, Markers, Plugin, PluginFn, Res, Val};

type Filter = fn(&mut Ctx<'_>, Args) -> Res<Val>;

const fn builtin(name: &'static str, call: Filter) -> Plugin<PluginFn> {
    Plugin::builtin(name, call)
}
const fn general(name: &'static str, call: Filter) -> Plugin<PluginFn> {
    Plugin::builtin(name, call).of("community.general")
}
const fn matter(name: &'static str, call: Filter) -> Plugin<PluginFn> {
    Plugin::builtin(name, call).of("ansible._protomatter")
}
const fn utils(name: &'static str, call: Filter) -> Plugin<PluginFn> {
    Plugin::builtin(name, call).of("ansible.utils")
}

const fn crypto(name: &'static str, call: Filter) -> Plugin<PluginFn> {
    Plugin::builtin(name, call).of("community.crypto")
}

/// All filters.
pub(crate) const FILTERS: &[Plugin<PluginFn>] = &[
    builtin("default", default::default).markers(Markers::Accept),
    builtin("d", default::default).markers(Markers::Accept),
    builtin("mandatory", undefined::mandatory).markers(Markers::Accept),
    builtin("ternary", undefined::ternary).markers(Markers::Accept),
    builtin("type_debug", undefined::type_debug).markers(Markers::Accept),
    builtin("map", select::map).markers(Markers::AcceptLazy),
    builtin("select", select::select).markers(Markers::AcceptLazy),
    builtin("reject", select::reject).markers(Markers::AcceptLazy),
    builtin("selectattr", select::selectattr).markers(Markers::AcceptLazy),
    builtin("rejectattr", select::rejectattr).markers(Markers::AcceptLazy),
    builtin("length", sequence::length),
    builtin("count", sequence::length),
    builtin("list", sequence::list),
    builtin("first", sequence::first),
    builtin("last", sequence::last),
    builtin("reverse", sequence::reverse),
    builtin("join", sequence::join),
    builtin("sort", sequence::sort),
    builtin("min", sequence::min),
    builtin("max", sequence::max),
    builtin("sum", sequence::sum),
    builtin("batch", sequence::batch),
    builtin("slice", sequence::slice),
    builtin("unique", sequence::unique),
    builtin("groupby", sequence::groupby),
    builtin("intersect", sets::intersect),
    builtin("difference", sets::difference),
    builtin("union", sets::union),
    builtin("symmetric_difference", sets::symmetric_difference),
    builtin("product", combinatorial::product),
    builtin("permutations", combinatorial::permutations),
    builtin("combinations", combinatorial::combinations),
    builtin("zip", combinatorial::zip),
    builtin("zip_longest", combinatorial::zip_longest),
    builtin("random", random::random).outside(),
    builtin("shuffle", random::shuffle).outside(),
    builtin("flatten", flatten::flatten),
    builtin("subelements", flatten::subelements),
    builtin("extract", flatten::extract),
    builtin("combine", combine::combine),
    builtin("items", dict::items),
    builtin("dictsort", dict::dictsort),
    builtin("dict2items", dict::dict2items),
    builtin("items2dict", dict::items2dict),
    builtin("rekey_on_member", dict::rekey_on_member),
    builtin("xmlattr", dict::xmlattr),
    builtin("upper", text::upper),
    builtin("lower", text::lower),
    builtin("capitalize", text::capitalize),
    builtin("title", text::title),
    builtin("string", text::string),
    builtin("trim", text::trim),
    builtin("center", text::center),
    builtin("replace", text::replace),
    builtin("split", text::split),
    builtin("format", text::format),
    builtin("wordcount", text::wordcount),
    builtin("indent", text::indent),
    builtin("truncate", text::truncate),
    builtin("wordwrap", text::wordwrap),
    builtin("quote", text::quote),
    builtin("comment", comment::comment),
    builtin("escape", markup::escape),
    builtin("e", markup::escape),
    builtin("forceescape", markup::forceescape),
    builtin("safe", markup::safe),
    builtin("striptags", markup::striptags),
    builtin("regex_replace", regex::regex_replace),
    builtin("regex_findall", regex::regex_findall),
    builtin("regex_search", regex::regex_search),
    builtin("regex_escape", regex::regex_escape),
    builtin("int", number::int),
    builtin("float", number::float),
    builtin("abs", number::abs),
    builtin("round", number::round),
    builtin("bool", number::to_bool),
    builtin("log", number::log),
    builtin("pow", number::pow),
    builtin("root", number::root),
    builtin("human_readable", number::human_readable),
    builtin("human_to_bytes", number::human_to_bytes),
    builtin("filesizeformat", number::filesizeformat),
    builtin("to_json", data::to_json),
    builtin("to_nice_json", data::to_nice_json),
    builtin("tojson", data::tojson),
    builtin("from_json", data::from_json),
    builtin("to_yaml", data::to_yaml).markers(Markers::AcceptLazy),
    builtin("to_nice_yaml", data::to_nice_yaml).markers(Markers::AcceptLazy),
    builtin("from_yaml", data::from_yaml),
    builtin("from_yaml_all", data::from_yaml_all),
    builtin("b64encode", encode::b64encode),
    builtin("b64decode", encode::b64decode),
    builtin("hash", encode::hash),
    builtin("md5", encode::md5),
    builtin("sha1", encode::sha1),
    builtin("checksum", encode::sha1),
    builtin("password_hash", encode::password_hash).outside(),
    builtin("to_uuid", encode::to_uuid),
    builtin("urlencode", encode::urlencode),
    builtin("urldecode", encode::urldecode),
    builtin("urlsplit", encode::urlsplit),
    builtin("vault", vault::vault).outside(),
    builtin("unvault", vault::unvault).markers(Markers::Accept),
    builtin("basename", paths::basename),
    builtin("dirname", paths::dirname),
    builtin("normpath", paths::normpath),
    builtin("win_basename", paths::win_basename),
    builtin("win_dirname", paths::win_dirname),
    builtin("win_splitdrive", paths::win_splitdrive),
    builtin("splitext", paths::splitext),
    builtin("path_join", paths::path_join),
    builtin("commonpath", paths::commonpath),
    builtin("relpath", paths::relpath).outside(),
    builtin("expanduser", paths::expanduser).outside(),
    builtin("expandvars", paths::expandvars).outside(),
    builtin("realpath", paths::realpath).outside(),
    builtin("fileglob", paths::fileglob).outside(),
    builtin("to_datetime", time::to_datetime),
    builtin("strftime", time::strftime).outside(),
    builtin("attr", attr::attr),
    builtin("pprint", pprint::pprint),
    builtin("urlize", urlize::urlize),
    matter("apply_trust", protomatter::apply_trust),
    matter("dump_object", protomatter::dump_object).markers(Markers::Accept),
    matter("finalize", protomatter::finalize).markers(Markers::AcceptLazy),
    matter("origin", protomatter::origin),
    matter("python_literal_eval", protomatter::python_literal_eval),
    matter("tag_names", protomatter::tag_names),
    matter("true_type", protomatter::true_type).markers(Markers::Accept),
    matter("unmask", protomatter::unmask),
    general("from_toml", data::from_toml),
    general("dict_kv", community::dict_kv),
    general("dict", community::dict),
    general("groupby_as_dict", community::groupby_as_dict),
    general("from_toml", data::from_toml),
    general("counter", community::counter),
    general("version_sort", community::version_sort),
    general("random_mac", community::random_mac).outside(),
    general("lists_union", community::lists_union),
    general("lists_intersect", community::lists_intersect),
    general("lists_difference", community::lists_difference),
    general("lists_symmetric_difference", community::lists_symmetric_difference),
    general("lists_mergeby", community::lists_mergeby),
    general("keep_keys", community::keep_keys),
    general("remove_keys", community::remove_keys),
    general("replace_keys", community::replace_keys),
    general("to_time_unit", timeunit::to_time_unit),
    general("to_milliseconds", timeunit::to_milliseconds),
    general("to_seconds", timeunit::to_seconds),
    general("to_minutes", timeunit::to_minutes),
    general("to_hours", timeunit::to_hours),
    general("to_days", timeunit::to_days),
    general("to_weeks", timeunit::to_weeks),
    general("to_months", timeunit::to_months),
    general("to_years", timeunit::to_years),
    general("json_query", query::json_query),
    general("from_csv", query::from_csv),
    crypto("x509_certificate_info", x509::x509_certificate_info).outside(),
    crypto("openssl_publickey_info", x509::openssl_publickey_info),
    crypto("split_pem", x509::split_pem),
    crypto("to_serial", x509::to_serial),
    crypto("parse_serial", x509::parse_serial),
    utils("ipaddr", ipaddr::ipaddr),
    utils("ipv4", ipaddr::ipv4),
    utils("ipv6", ipaddr::ipv6),
    utils("ipwrap", ipaddr::ipwrap),
    utils("ipsubnet", ipaddr::ipsubnet),
    utils("nthhost", ipaddr::nthhost),
    utils("next_nth_usable", ipaddr::next_nth_usable),
    utils("previous_nth_usable", ipaddr::previous_nth_usable),
    utils("network_in_usable", ipaddr::network_in_usable),
    utils("network_in_network", ipaddr::network_in_network),
    utils("reduce_on_network", ipaddr::reduce_on_network),
    utils("cidr_merge", ipaddr::cidr_merge),
    utils("ipmath", ipaddr::ipmath),
    utils("hwaddr", ipaddr::hwaddr),
    utils("macaddr", ipaddr::macaddr),
    utils("slaac", ipaddr::slaac),
    utils("ip4_hex", ipaddr::ip4_hex),
];
