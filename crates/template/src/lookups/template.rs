//! `template`: a rendered file.

use super::{
    options::{Options, error},
    search,
};
use crate::{Binding, Ctx, FileOptions, LookupArgs, Res, Scope, SyntaxOptions, Val, python::path};
use rplay_value::{Dict, Origin, Str, Tag, Value};
use std::{path::PathBuf, sync::Arc};

/// More variables over a scope.
struct Overlay {
    top: Dict,
    below: Arc<dyn Scope>,
}

impl Scope for Overlay {
    fn lookup(&self, name: &str) -> Option<Binding> {
        match self.top.get(name) {
            Some(value) => Some(Binding::Value(value.clone())),
            None => self.below.lookup(name),
        }
    }
    fn names(&self) -> Vec<Str> {
        let mut names = self.below.names();
        let more = self.top.keys().filter_map(|key| key.as_str()).map(Str::from);
        let more: Vec<Str> = more.filter(|name| !names.contains(name)).collect();
        names.extend(more);
        names
    }
}

pub(super) fn template(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let mut syntax = SyntaxOptions::default();
    for (name, slot) in [
        ("variable_start_string", &mut syntax.variable_start_string),
        ("variable_end_string", &mut syntax.variable_end_string),
        ("comment_start_string", &mut syntax.comment_start_string),
        ("comment_end_string", &mut syntax.comment_end_string),
        ("block_start_string", &mut syntax.block_start_string),
        ("block_end_string", &mut syntax.block_end_string),
    ] {
        if let Some(text) = options.maybe_text(ctx, name)? {
            *slot = text;
        }
    }
    syntax.trim_blocks = options.flag(ctx, "trim_blocks", syntax.trim_blocks)?;
    syntax.lstrip_blocks = options.flag(ctx, "lstrip_blocks", syntax.lstrip_blocks)?;
    let convert = options.flag(ctx, "convert_data", true)?;
    options.take("jinja2_native");
    let vars = match options.take("template_vars") {
        None | Some(Val::None) => Dict::new(),
        Some(vars) => match ctx.finalize(&vars)? {
            Value::Dict(vars) => (*vars).clone(),
            _ => return Err(error("the template lookup's template_vars must be a dictionary")),
        },
    };
    options.finish(ctx, "template");
    let mut out = Vec::new();
    for term in terms {
        let name = ctx.str(&term)?;
        let file = search::find(ctx, &name, Some("templates"))
            .ok_or_else(|| error(format!("the template file {name} could not be found for the lookup")))?;
        let content = search::read_text(ctx, &file, "utf-8")?;
        let mut roots = search::roots(ctx);
        roots.insert(0, path::dir_name(&file).to_owned());
        let search_path: Vec<PathBuf> = roots
            .iter()
            .flat_map(|root| [PathBuf::from(root).join("templates"), PathBuf::from(root)])
            .collect();
        let mut top = vars.clone();
        top.insert("template_path", Value::from(file.as_str()));
        top.insert("template_fullpath", Value::from(file.as_str()));
        top.insert("ansible_search_path", Value::list(roots.iter().map(|root| Value::from(root.as_str()))));
        if ctx.variable("ansible_managed").is_none() && !top.contains("ansible_managed") {
            top.insert("ansible_managed", Value::from("Ansible managed"));
        }
        let scope: Arc<dyn Scope> = Arc::new(Overlay { top, below: Arc::clone(ctx.scope()) });
        let origin = Some(Origin { file: file.as_str().into(), line: 1, column: 1 });
        let source = Str::tagged(content, Tag { trusted: true, origin, ..Tag::default() });
        let file_options = FileOptions { syntax: syntax.clone(), search_path: Some(search_path) };
        let value = ctx.templar().render_file_value(&scope, &source, &file_options)?;
        out.push(match value {
            Value::None => Val::None,
            value if convert => Val::from_value(&value),
            value => Val::from(value.to_text()),
        });
    }
    Ok(out)
}
