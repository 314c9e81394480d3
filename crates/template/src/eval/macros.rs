//! Macros and `caller`.

use super::{Env, Eval, frames::Frame};
use crate::{Args, Ctx, Fault, Func, HashKey, Marker, PyDict, Res, Val, ast::Macro};
use rplay_value::Str;
use std::{rc::Rc, sync::Arc};

impl Eval<'_, '_> {
    /// A macro as a value; it sees the frame it is made in, also what is set there later.
    pub(super) fn make_macro(&self, node: &Arc<Macro>) -> Val {
        let env = self.held_env();
        let body = Arc::clone(node);
        let arguments = Val::tuple(node.params.iter().map(|(name, _)| Val::Str(name.clone())));
        Val::Func(Rc::new(Func::Closure {
            name: node.name.clone(),
            type_name: "Macro",
            call: Rc::new(move |ctx, args| run(ctx, &env, &body, args)),
            accepts_markers: true,
            attributes: vec![
                ("name", if node.name.is_empty() { Val::None } else { Val::Str(node.name.clone()) }),
                ("arguments", arguments),
                ("catch_kwargs", Val::Bool(node.kwargs)),
                ("catch_varargs", Val::Bool(node.varargs)),
                ("caller", Val::Bool(node.caller)),
            ],
        }))
    }
}

fn run(ctx: &mut Ctx<'_>, env: &Env, node: &Macro, args: Args) -> Res<Val> {
    let env = env.inside(Frame::inside(&env.frame)).printing();
    let mut eval = Eval { ctx, env };
    eval.bind(node, args)?;
    let mut out = Vec::new();
    eval.body(&node.body, &mut out)?;
    eval.ctx.concat(out)
}

impl Eval<'_, '_> {
    fn bind(&mut self, node: &Macro, mut args: Args) -> Res<()> {
        let frame = Rc::clone(&self.env.frame);
        let mut given = std::mem::take(&mut args.pos).into_iter();
        let mut missing = Vec::new();
        for (index, (name, _)) in node.params.iter().enumerate() {
            match given.next().or_else(|| args.take_kw(name)) {
                Some(value) => frame.set(name, value),
                None => missing.push(index),
            }
        }
        let caller = if node.caller { args.take_kw("caller") } else { None };
        let extra: Vec<Val> = given.collect();
        // Defaults are evaluated in order and see the parameters before them, of the others nothing.
        for index in &missing {
            let name = &node.params[*index].0;
            frame.set(name, self.undefined(name));
        }
        for index in missing {
            let (name, default) = &node.params[index];
            let value = match default {
                Some(default) => self.expr(default)?,
                None => Val::Undef(Rc::new(Marker {
                    name: Some(name.to_string()),
                    ..Marker::hint(format!("parameter '{name}' was not provided"))
                })),
            };
            frame.set(name, value);
        }
        if node.caller {
            let none = || Val::Undef(Rc::new(Marker::hint("No caller defined")));
            frame.set(&Str::from("caller"), caller.unwrap_or_else(none));
        }
        self.bind_rest(node, args, extra)
    }

    fn bind_rest(&mut self, node: &Macro, args: Args, extra: Vec<Val>) -> Res<()> {
        let frame = &self.env.frame;
        let quoted = if node.name.is_empty() { "None".into() } else { rplay_value::str_repr(&node.name) };
        if node.kwargs {
            let kwargs: PyDict =
                args.kw.into_iter().map(|(key, value)| (HashKey::from(key), value)).collect();
            frame.set(&Str::from("kwargs"), Val::Dict(kwargs));
        } else if args.kw.iter().any(|(key, _)| &**key == "caller") {
            return Err(Fault::type_error(format!(
                "macro {quoted} was invoked with two values for the special caller argument. This is most likely a bug."
            )));
        } else if let Some((key, _)) = args.kw.first() {
            return Err(Fault::type_error(format!("macro {quoted} takes no keyword argument '{key}'")));
        }
        if node.varargs {
            frame.set(&Str::from("varargs"), Val::tuple(extra));
        } else if !extra.is_empty() {
            return Err(Fault::type_error(format!(
                "macro {quoted} takes not more than {} argument(s)",
                node.params.len()
            )));
        }
        Ok(())
    }
}
