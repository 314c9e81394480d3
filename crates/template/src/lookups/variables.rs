//! `vars`, `varnames`, `config`, `inventory_hostnames`.

use super::options::{Options, error};
use crate::{
    Ctx, Fault, LookupArgs, Marker, Res, Val,
    python::re::{self, Flags},
};
use rplay_value::Value;
use std::rc::Rc;

pub(super) fn vars(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let default = options.take("default");
    options.finish(ctx, "vars");
    let mut out = Vec::new();
    for term in terms {
        let Val::Str(name) = &term else {
            return Err(Fault::ansible_type(format!(
                "Variable name must be 'str' not '{}'.",
                term.type_name()
            )));
        };
        let mut found = ctx.variable(name);
        if found.is_none()
            && let Some(Val::Dict(hostvars)) = ctx.variable("hostvars")
            && let Some(Val::Str(host)) = ctx.variable("inventory_hostname")
            && let Some(Val::Dict(host)) = hostvars.get_str(ctx, &host)?
        {
            found = host.get_str(ctx, name)?;
        }
        out.push(match (found, &default) {
            (Some(value), _) if !value.is_undefined() => value,
            (_, Some(default)) => default.clone(),
            (Some(value), None) => value,
            (None, None) => {
                let marker = Marker::hint(format!("No variable named '{name}' was found."));
                Val::Undef(Rc::new(marker))
            }
        });
    }
    Ok(out)
}

pub(super) fn varnames(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let names = ctx.scope().names();
    let mut out = Vec::new();
    for term in args.terms {
        let Val::Str(pattern) = &term else {
            let shown = ctx.repr(&term)?;
            return Err(error(format!(
                "Invalid setting identifier, \"{shown}\" is not a string, it is a <class '{}'>",
                term.type_name()
            )));
        };
        let text = pattern;
        let pattern = re::compile(text, Flags::default()).map_err(|fault| {
            error(format!("Unable to use \"{text}\" as a search parameter: {}", fault.cause().message))
        })?;
        for name in &names {
            if pattern.is_found(name)? {
                out.push(Val::from(name.as_str()));
            }
        }
    }
    Ok(out)
}

pub(super) fn config(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let missing = options.text(ctx, "on_missing", "error")?;
    let kind = options.maybe_text(ctx, "plugin_type")?;
    let name = options.maybe_text(ctx, "plugin_name")?;
    let show_origin = options.flag(ctx, "show_origin", false)?;
    options.finish(ctx, "config");
    let plugin = match (&kind, &name) {
        (Some(kind), Some(name)) => Some((kind.as_str(), name.as_str())),
        (None, None) => None,
        _ => {
            return Err(error(
                "Both plugin_type and plugin_name are required, cannot use one without the other.",
            ));
        }
    };
    let Some(source) = ctx.templar().settings().config.clone() else {
        return Err(error("the config lookup is not available here"));
    };
    let mut out = Vec::new();
    for term in terms {
        let Val::Str(term) = &term else {
            let shown = ctx.repr(&term)?;
            let kind = term.type_name();
            return Err(error(format!(
                "Invalid setting identifier, {shown} is not a <class 'str'>, its a <class '{kind}'>."
            )));
        };
        let mut variable = |name: &str| {
            let value = ctx.variable(name)?;
            ctx.finalize(&value).ok()
        };
        let found = source.option(term, plugin, &mut variable).map_err(error)?;
        let unknown = || format!("No config definition exists for {}.", rplay_value::str_repr(term));
        match (found, missing.as_str()) {
            (Some((value, origin)), _) if show_origin => {
                let pair = Value::list([value, Value::from(origin)]);
                out.push(Val::from_value(&pair));
            }
            (Some((value, _)), _) => out.push(Val::from_value(&value)),
            (None, "skip") => {}
            (None, "warn") => ctx.warn(&format!("Skipping {term}. {}", unknown())),
            (None, "error") => return Err(error(unknown())),
            (None, other) => {
                return Err(error(format!(
                    "Invalid value '{other}' for 'on_missing' of the config lookup: error, skip, warn"
                )));
            }
        }
    }
    Ok(out)
}

/// Hosts of group names and simple patterns (`a:b`, `a:!b`, `a:&b`), from the `groups` variable.
pub(super) fn inventory_hostnames(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let mut out: Vec<String> = Vec::new();
    for term in args.terms {
        let patterns = ctx.str(&term)?;
        for pattern in patterns.split([':', ',']).map(str::trim).filter(|pattern| !pattern.is_empty()) {
            let (mode, name) = match pattern.strip_prefix('!') {
                Some(name) => ('!', name),
                None => match pattern.strip_prefix('&') {
                    Some(name) => ('&', name),
                    None => (' ', pattern),
                },
            };
            let hosts = hosts_of(ctx, name)?;
            match mode {
                '!' => out.retain(|host| !hosts.contains(host)),
                '&' => out.retain(|host| hosts.contains(host)),
                _ => {
                    for host in hosts {
                        if !out.contains(&host) {
                            out.push(host);
                        }
                    }
                }
            }
        }
    }
    Ok(out.into_iter().map(Val::from).collect())
}

fn hosts_of(ctx: &mut Ctx<'_>, pattern: &str) -> Res<Vec<String>> {
    let Some(Val::Dict(groups)) = ctx.variable("groups") else {
        return Err(error("inventory_hostnames needs the variable 'groups'"));
    };
    let fits =
        |name: &str| pattern == name || pattern == "*" && name == "all" || super::glob::fits(name, pattern);
    let mut out = Vec::new();
    let mut all = Vec::new();
    for (name, hosts) in groups.entries(ctx)? {
        let mut names = Vec::new();
        for host in ctx.iterate(&hosts)? {
            names.push(ctx.str(&host)?);
        }
        if name.as_str() == Some("all") {
            all.clone_from(&names);
        }
        if name.as_str().is_some_and(fits) {
            out.extend(names);
        }
    }
    if out.is_empty() {
        out.extend(all.into_iter().filter(|host| fits(host)));
    }
    out.dedup();
    Ok(out)
}
