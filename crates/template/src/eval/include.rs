//! `include`, `import`, `extends` and `self`.

use super::{Env, Eval, frames::Frame, stmt::BlockReference};
use crate::{
    Ctx, Fault, Marker, Obj, Res, Val,
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

/// Finds and parses the template named, for `import` and `extends`.
pub(super) fn load_one(ctx: &mut Ctx<'_>, options: &Arc<SyntaxOptions>, name: &Val) -> Res<Arc<Template>> {
    match name.clone().defined()? {
        Val::Str(name) => load_names(ctx, options, &[name]),
        list @ (Val::List(_) | Val::Dict(_)) => {
            Err(Fault::type_error(format!("unhashable type: '{}'", list.type_name())))
        }
        other => Err(not_a_name(&other)),
    }
}

fn not_a_name(value: &Val) -> Fault {
    Fault::attribute_error(format!("'{}' object has no attribute 'split'", value.type_name()))
}

/// Finds and parses the first of the templates named, for `include`.
fn load(ctx: &mut Ctx<'_>, options: &Arc<SyntaxOptions>, name: &Val) -> Res<Arc<Template>> {
    let names = match name.clone().defined()? {
        Val::Str(name) => return load_names(ctx, options, &[name]),
        Val::None => Vec::new(),
        several => ctx.iterate(&several)?,
    };
    if names.is_empty() {
        return Err(Fault::raised("TemplatesNotFound", "Tried to select from an empty list of templates."));
    }
    let mut texts = Vec::with_capacity(names.len());
    for name in names {
        match name.defined()? {
            Val::Str(name) => texts.push(name),
            other => return Err(not_a_name(&other)),
        }
    }
    load_names(ctx, options, &texts)
}

fn load_names(ctx: &mut Ctx<'_>, options: &Arc<SyntaxOptions>, names: &[Str]) -> Res<Arc<Template>> {
    ctx.looks_outside();
    let dirs = search_path(ctx);
    for name in names {
        for dir in &dirs {
            // A name may not lead out of the search path.
            if name.split('/').any(|part| part == "..") {
                return Err(not_found(name.to_string()));
            }
            let name = name.trim_start_matches('/');
            if name.is_empty() {
                continue;
            }
            let path = dir.join(name);
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
    Err(match names {
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
                self.import_as(name, Val::Obj(Rc::new(module)));
                Ok(())
            }
            Stmt::FromImport { template, names, context, line } => {
                let module = self.module(template, *context)?;
                for (name, alias) in names {
                    let value = module.exported(name).unwrap_or_else(|| {
                        Val::Undef(Rc::new(Marker::hint(format!(
                            "the template {} (imported on line {line}) does not export the requested name '{name}'",
                            rplay_value::str_repr(&module.name)
                        ))))
                    });
                    self.import_as(alias, value);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Sets an imported name, which the template itself does not export.
    fn import_as(&self, name: &Str, value: Val) {
        if Rc::ptr_eq(&self.env.frame, &self.env.root) {
            self.env.unit.imported.borrow_mut().push(name.clone());
        }
        self.env.frame.set(name, value);
    }

    fn file_env(&self, context: bool) -> Env {
        let frame = if context { Frame::included(&self.env.frame) } else { Frame::isolated() };
        Env::new(frame, Arc::clone(&self.env.unit.options))
    }

    fn module(&mut self, template: &crate::ast::Expr, context: bool) -> Res<Module> {
        let options = Arc::clone(&self.env.unit.options);
        let name = self.expr(template)?;
        let template = load_one(self.ctx, &options, &name)?;
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

impl Module {
    /// What the template set under a name.
    fn exported(&self, name: &str) -> Option<Val> {
        let imported = self.env.unit.imported.borrow().iter().any(|known| &**known == name);
        if imported { None } else { self.env.root.own(name) }
    }
}

impl Obj for Module {
    fn type_name(&self) -> &'static str {
        "TemplateModule"
    }
    fn attribute(&self, _: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        Ok(if name.starts_with('_') { None } else { self.exported(name) })
    }
    fn nodes(&self) -> Option<Vec<Val>> {
        Some(self.nodes.clone())
    }
    fn text(&self, ctx: &mut Ctx<'_>) -> Res<String> {
        let mut out = String::new();
        for (index, node) in self.nodes.iter().enumerate() {
            match node {
                Val::Str(text) => out.push_str(text),
                Val::Undef(marker) => return Err(marker.trip()),
                other => {
                    return Err(Fault::type_error(format!(
                        "sequence item {index}: expected str instance, {} found",
                        other.type_name()
                    )));
                }
            }
            ctx.budget().text(out.len())?;
        }
        Ok(out)
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
        let frame = Rc::clone(&env.root);
        Ok(Some(Val::Obj(Rc::new(BlockReference { env, name: block, frame, level: 0 }))))
    }
}
