//! Tests on the controller's files, and on URLs and addresses.

use crate::{
    Args, Ctx, Fault, Res, Val,
    filters::{paths, util},
    python::{netaddr::ipaddr, url},
};
use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

fn path(args: Args, name: &str) -> Res<String> {
    let value = util::only(args, name)?;
    let looks_at_links = matches!(name, "islink" | "lexists" | "ismount");
    if let (Val::Int(_) | Val::Bool(_), false) = (&value, looks_at_links) {
        // The number of an open file, of which a template has none.
        return Ok(String::new());
    }
    util::path(&value).map_err(|_| {
        let kinds = if looks_at_links {
            "lstat: path should be string, bytes or os.PathLike"
        } else {
            "stat: path should be string, bytes, os.PathLike or integer"
        };
        Fault::type_error(format!("{kinds}, not {}", value.type_name()))
    })
}

fn stat(ctx: &Ctx<'_>, path: &str, follow: bool) -> Option<Metadata> {
    ctx.templar().outside().metadata(Path::new(path), follow)
}

fn is(ctx: &Ctx<'_>, args: Args, function: &str, test: fn(&Metadata) -> bool) -> Res<Val> {
    let follow = !matches!(function, "islink" | "lexists");
    let path = path(args, function)?;
    Ok(Val::Bool(stat(ctx, &path, follow).is_some_and(|meta| test(&meta))))
}

pub(super) fn directory(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    is(ctx, args, "isdir", Metadata::is_dir)
}
pub(super) fn file(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    is(ctx, args, "isfile", Metadata::is_file)
}
pub(super) fn link(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    is(ctx, args, "islink", Metadata::is_symlink)
}
pub(super) fn exists(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    is(ctx, args, "exists", |_| true)
}
pub(super) fn link_exists(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    is(ctx, args, "lexists", |_| true)
}
pub(super) fn abs(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::path(&util::only(args, "isabs")?)?;
    Ok(Val::Bool(value.starts_with('/')))
}

pub(super) fn same_file(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [a, b] = args.bind("samefile", ["f1", "f2"], 2)?;
    let mut both = Vec::new();
    for side in [a, b] {
        let side = util::path(&side.unwrap_or(Val::None))?;
        let meta = stat(ctx, &side, true).ok_or_else(|| {
            let shown = rplay_value::str_repr(&side);
            Fault::raised("FileNotFoundError", format!("[Errno 2] No such file or directory: {shown}"))
        })?;
        both.push((meta.dev(), meta.ino()));
    }
    Ok(Val::Bool(both[0] == both[1]))
}

pub(super) fn mount(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let path = path(args, "ismount")?;
    let Some(here) = stat(ctx, &path, false).filter(|meta| !meta.is_symlink()) else {
        return Ok(Val::Bool(false));
    };
    let above = paths::real_path(ctx.templar().outside(), &format!("{path}/.."));
    let above = ctx.templar().outside().metadata(&PathBuf::from(above), false);
    let differs = |above: Metadata| above.dev() != here.dev() || above.ino() == here.ino();
    Ok(Val::Bool(above.is_some_and(differs)))
}

pub(super) fn vaulted_file(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "vaulted_file")?;
    let (path, shown) = (ctx.str(&value)?, ctx.repr(&value)?);
    let content = ctx.templar().outside().read(Path::new(&path)).map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => {
                format!("[Errno 2] No such file or directory: b{}", rplay_value::str_repr(&path))
            }
            _ => error.to_string(),
        };
        Fault::plugin(format!("Cannot test if the file {shown} is a vault: {why}"))
    })?;
    Ok(Val::Bool(content.starts_with(b"$ANSIBLE_VAULT")))
}

fn uri_parts(ctx: &mut Ctx<'_>, value: Val, schemes: Option<Val>) -> Res<Option<url::Url>> {
    let text = match value {
        Val::Str(text) => text,
        // Python's urlparse takes what is false for an empty text.
        other if !ctx.truth(&other)? => "".into(),
        _ => return Ok(None),
    };
    let Ok(parts) = url::split(&text) else { return Ok(None) };
    if let Some(schemes) = schemes
        && ctx.truth(&schemes)?
        && !ctx.contains(&schemes, &Val::from(parts.scheme.as_str())).unwrap_or(false)
    {
        // Ansible takes any failure for a no.
        return Ok(None);
    }
    Ok(Some(parts))
}

pub(super) fn uri(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, schemes] = args.bind("is_uri", ["value", "schemes"], 1)?;
    Ok(Val::Bool(uri_parts(ctx, value.unwrap_or(Val::None), schemes)?.is_some()))
}
pub(super) fn is_url(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, schemes] = args.bind("is_url", ["value", "schemes"], 1)?;
    let parts = uri_parts(ctx, value.unwrap_or(Val::None), schemes)?;
    Ok(Val::Bool(parts.is_some_and(|parts| !parts.netloc.is_empty() || parts.scheme == "file")))
}
pub(super) fn urn(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value] = args.bind("is_urn", ["value"], 1)?;
    let parts = uri_parts(ctx, value.unwrap_or(Val::None), None)?;
    Ok(Val::Bool(parts.is_some_and(|parts| parts.scheme == "urn")))
}

fn address(ctx: &mut Ctx<'_>, args: Args, version: Option<u8>, only_address: bool) -> Res<Val> {
    let value = util::only(args, "ip")?;
    let text = ctx.str(&value)?;
    let parsed = ipaddr::read(&text, version);
    let fits = |parsed: &ipaddr::Parsed| {
        version.is_none_or(|version| parsed.net.version == version) && !(only_address && parsed.is_network)
    };
    Ok(Val::Bool(parsed.is_some_and(|parsed| fits(&parsed))))
}

pub(super) fn ip(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    address(ctx, args, None, false)
}
pub(super) fn ipv4(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    address(ctx, args, Some(4), false)
}
pub(super) fn ipv6(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    address(ctx, args, Some(6), false)
}
pub(super) fn ip_address(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    address(ctx, args, None, true)
}
pub(super) fn ipv4_address(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    address(ctx, args, Some(4), true)
}
pub(super) fn ipv6_address(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    address(ctx, args, Some(6), true)
}
