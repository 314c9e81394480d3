//! `include`, `import`, `extends` and `self`.

use super::{Env, Eval, frames::Frame};
use crate::{
    Args, Ctx, Fault, Marker, Obj, Res, Val,
    ast::{Stmt, Template},
    front::{Form, SyntaxOptions},
};
use rplay_value::{Str, Value, surrogates};
use std::{path::PathBuf, rc::Rc, sync::Arc};

fn not_found(message: String) -> Fault {
    Fault::raised("TemplateNotFound", message)
}

fn is_missing(fault: &Fault) -> bool {
    fault.is("TemplateNotFound") || fault.is("TemplatesNotFound")
}

/// Where templates are looked for.
fn search_path(ctx: &mut Ctx<'_>) -> Vec<PathBuf> {
    if let Some(dirs) = &ctx.search {
        return dirs.to_vec();
    }
    let Some(paths) = ctx.variable("ansible_search_path") else { return Vec::new() };
    let Ok(Value::List(paths)) = ctx.finalize(&paths) else { return Vec::new() };
    let roots = paths.iter().filter_map(Value::as_str).map(PathBuf::from);
    roots.flat_map(|root| [root.join("templates"), root]).collect()
}

/// Finds and parses the first of the templates named.
pub(super) fn load(ctx: &mut Ctx<'_>, options: &Arc<SyntaxOptions>, name: &Val) -> Res<Arc<Template>> {
    let names = match name {
        Val::Str(name) => vec![name.clone()],
        Val::Undef(marker) => return Err(marker.trip()),
        Val::List(_) | Val::Tuple(_) => {
            let mut names = Vec::new();
            for name in ctx.iterate(name)? {
                names.push(Str::from(ctx.str(&name)?));
            }
            names
        }
        other => {
            return Err(Fault::type_error(format!("'{}' object is not iterable", other.type_name())));
        }
    };
    ctx.looks_outside();
    let dirs = search_path(ctx);
    for name in &names {
        for dir in &dirs {
            // A name may not lead out of the search path.
            if name.split('/').any(|part| part == "..") {
                return Err(not_found(name.to_string()));
            }
            let path = dir.join(name.trim_start_matches('/'));
            let files = &ctx.templar().settings().files;
            if !files.exists(&path) {
                continue;
            }
            let bytes = files
                .read(&path)
                .map_err(|error| Fault::raised("OSError", format!("{}: {error}", path.display())))?;
            let source = Str::from(surrogates::decode(&bytes));
            return ctx.templar().compiled(&source, Form::Template, false, options).map_err(Fault::from);
        }
    }
    let shown: Vec<String> = dirs.iter().map(|dir| rplay_value::str_repr(&dir.to_string_lossy())).collect();
    let plural = if dirs.len() == 1 { "" } else { "s" };
    Err(match names.as_slice() {
        [name] => not_found(format!(
            "{} not found in search path{plural}: {}",
            rplay_value::str_repr(name),
            shown.join(", ")
        )),
        names => {
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            let message = format!("none of the templates given were found: {}", names.join(", "));
            Fault::raised("TemplatesNotFound", message)
        }
    })
}

impl Eval<'_, '_> {
    pub(super) fn include(&mut self, stmt: &Stmt, out: &mut Vec<Val>) -> Res<()> {
        let options = Arc::clone(&self.env.unit.options);
        match stmt {
            Stmt::Include { name, ignore_missing, context } => {
                let name = self.expr(name)?;
                let template = match load(self.ctx, &options, &name) {
                    Ok(template) => template,
                    Err(fault) if *ignore_missing && is_missing(&fault) => return Ok(()),
                    Err(fault) => return Err(fault),
                };
                let env = self.file_env(*context);
                self.within(env, |this| this.run(&template, out))
            }
            Stmt::Import { template, name, context } => {
                let module = self.module(template, *context)?;
                self.env.frame.set(name, Val::Obj(Rc::new(module)));
                Ok(())
            }
            Stmt::FromImport { template, names, context, line } => {
                let module = self.module(template, *context)?;
                for (name, alias) in names {
                    let value = module.env.root.own(name).unwrap_or_else(|| {
                        Val::Undef(Rc::new(Marker::hint(format!(
                            "the template {} (imported on line {line}) does not export the requested name '{name}'",
                            rplay_value::str_repr(&module.name)
                        ))))
                    });
                    self.env.frame.set(alias, value);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn file_env(&self, context: bool) -> Env {
        let frame = if context { Frame::included(&self.env.frame) } else { Frame::isolated() };
        Env::new(frame, Arc::clone(&self.env.unit.options))
    }

    fn module(&mut self, template: &crate::ast::Expr, context: bool) -> Res<Module> {
        let options = Arc::clone(&self.env.unit.options);
        let name = self.expr(template)?;
        let template = load(self.ctx, &options, &name)?;
        let env = self.file_env(context);
        self.ctx.captured().note(&env);
        let mut nodes = Vec::new();
        self.within(env.clone(), |this| this.run(&template, &mut nodes))?;
        Ok(Module { env, nodes, name: name.as_str().unwrap_or_default().to_owned() })
    }

    /// `self` of a template: its blocks as functions.
    pub(super) fn self_object(&self) -> Val {
        Val::Obj(Rc::new(SelfObject { env: self.held_env() }))
    }
}

/// An imported template.
struct Module {
    env: Env,
    nodes: Vec<Val>,
    name: String,
}

impl Obj for Module {
    fn type_name(&self) -> &'static str {
        "TemplateModule"
    }
    fn attribute(&self, _: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        Ok(if name.starts_with('_') { None } else { self.env.root.own(name) })
    }
    fn nodes(&self) -> Option<Vec<Val>> {
        Some(self.nodes.clone())
    }
    fn text(&self, ctx: &mut Ctx<'_>) -> Res<String> {
        let value = ctx.concat(self.nodes.clone())?;
        if value.is_none() {
            return Ok(format!("<TemplateModule {}>", rplay_value::str_repr(&self.name)));
        }
        ctx.str(&value)
    }
}

/// `self`.
struct SelfObject {
    env: Env,
}

impl Obj for SelfObject {
    fn type_name(&self) -> &'static str {
        "TemplateReference"
    }
    fn text(&self, _: &mut Ctx<'_>) -> Res<String> {
        Ok("<TemplateReference None>".into())
    }
    fn attribute(&self, _: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        if !self.env.unit.blocks.borrow().contains_key(name) {
            return Ok(None);
        }
        let (env, block) = (self.env.clone(), Str::from(name));
        Ok(Some(super::stmt::closure(name, move |ctx, _: Args| {
            let frame = Rc::clone(&env.root);
            let mut eval = Eval { ctx, env: env.clone() };
            let nodes = eval.block_at(&block, 0, &frame)?.unwrap_or_default();
            eval.ctx.concat(nodes)
        })))
    }
}
