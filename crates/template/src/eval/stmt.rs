//! Statements.

use super::{Env, Eval, Flow, frames::Frame, include};
use crate::{
    Args, Ctx, Fault, Marker, Obj, Res, Val,
    ast::{Block, Expr, Stmt, Target, Template},
};
use rplay_value::Str;
use std::{rc::Rc, sync::Arc};

impl Eval<'_, '_> {
    /// Runs a template's own body; the template it extends, if any.
    pub(super) fn top_level(&mut self, body: &[Stmt], out: &mut Vec<Val>) -> Res<Option<Arc<Template>>> {
        for stmt in body {
            if matches!(stmt, Stmt::Block(_)) && self.env.unit.parent.borrow().is_some() {
                continue;
            }
            self.stmt(stmt, out)?;
        }
        Ok(self.env.unit.parent.borrow_mut().take())
    }

    fn extends(&mut self, name: &Expr) -> Res<()> {
        if self.env.unit.parent.borrow().is_some() {
            return Err(Fault::raised("TemplateRuntimeError", "extended multiple times"));
        }
        let name = self.expr(name)?;
        let parent = include::load_one(self.ctx, &self.env.unit.options, &name)?;
        *self.env.unit.parent.borrow_mut() = Some(parent);
        Ok(())
    }

    /// Runs statements in order.
    pub(super) fn body(&mut self, body: &[Stmt], out: &mut Vec<Val>) -> Res<Flow> {
        for stmt in body {
            match self.stmt(stmt, out)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    /// The nodes of a body in a frame of its own, as one value.
    pub(super) fn capture(&mut self, body: &[Stmt]) -> Res<Val> {
        let mut out = Vec::new();
        self.scoped(|this| this.body(body, &mut out))?;
        self.ctx.concat(out)
    }

    fn stmt(&mut self, stmt: &Stmt, out: &mut Vec<Val>) -> Res<Flow> {
        self.ctx.meter().steps(1)?;
        match stmt {
            // What a child prints outside of blocks is not even evaluated.
            Stmt::Data(_) | Stmt::Output(..) if self.env.muted && self.env.unit.parent.borrow().is_some() => {
            }
            Stmt::Data(text) => out.push(Val::Str(text.clone())),
            Stmt::Output(expr, line) => {
                self.ctx.line = *line;
                let value = self.expr(expr)?;
                push(out, value);
            }
            Stmt::If { branches, otherwise } => return self.if_stmt(branches, otherwise, out),
            Stmt::For(node) => {
                let items = self.expr(&node.iter)?;
                self.for_loop(node, &items, 0, out)?;
            }
            Stmt::Set(target, value) => {
                let value = self.expr(value)?;
                self.assign(target, value)?;
            }
            Stmt::SetBlock { target, filter, body } => {
                let muted = std::mem::replace(&mut self.env.muted, false);
                let value = self.capture(body);
                self.env.muted = muted;
                let value = value?;
                let value = match filter {
                    Some(filter) => self.apply(filter, value)?,
                    None => value,
                };
                self.assign(target, value)?;
            }
            Stmt::With { assignments, body } => {
                // The values see what is outside, not each other.
                let mut values = Vec::with_capacity(assignments.len());
                for (target, value) in assignments {
                    values.push((target, self.expr(value)?));
                }
                return self.scoped(|this| {
                    for (target, value) in values {
                        this.assign(target, value)?;
                    }
                    this.body(body, out)
                });
            }
            Stmt::Scope(body) => return self.scoped(|this| this.body(body, out)),
            Stmt::FilterBlock { filter, body } => {
                let value = self.capture(body)?;
                let value = self.apply(filter, value)?;
                push(out, value);
            }
            Stmt::Block(block) => self.block(block, out)?,
            Stmt::Extends(name) => self.extends(name)?,
            Stmt::Include { .. } | Stmt::Import { .. } | Stmt::FromImport { .. } => {
                self.include(stmt, out)?
            }
            Stmt::Macro(node) => {
                let value = self.make_macro(node);
                self.env.frame.set(&node.name, value);
            }
            Stmt::CallBlock { call, caller } => {
                let caller = self.make_macro(caller);
                let value = self.call_block(call, caller)?;
                push(out, value);
            }
            Stmt::Do(value) => {
                self.expr(value)?;
            }
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn if_stmt(
        &mut self,
        branches: &[(Expr, Vec<Stmt>)],
        otherwise: &[Stmt],
        out: &mut Vec<Val>,
    ) -> Res<Flow> {
        for (test, body) in branches {
            let test = self.expr(test)?;
            if self.ctx.truth(&test)? {
                return self.deeper_body(body, out);
            }
        }
        self.deeper_body(otherwise, out)
    }

    fn deeper_body(&mut self, body: &[Stmt], out: &mut Vec<Val>) -> Res<Flow> {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.body(body, out))
    }

    fn apply(&mut self, filter: &Expr, value: Val) -> Res<Val> {
        match filter {
            Expr::Filter(name, inner, args) => self.filter(name, inner.as_deref(), args, Some(&value)),
            other => self.expr(other),
        }
    }

    fn call_block(&mut self, call: &Expr, caller: Val) -> Res<Val> {
        let Expr::Call(callee, args) = call else { return self.expr(call) };
        let callee = self.expr(callee)?;
        let mut args: Args = self.args(args, None)?;
        args.kw.push((Str::from("caller"), caller));
        self.ctx.call(&callee, args)
    }

    /// Assigns to a name, a namespace's attribute or several at once.
    pub(super) fn assign(&mut self, target: &Target, value: Val) -> Res<()> {
        match target {
            Target::Name(name) => {
                self.env.frame.set(name, value);
                Ok(())
            }
            Target::Attribute(object, attribute) => {
                let set = match self.variable(object) {
                    Val::Obj(object) => object.set_attribute(attribute, value),
                    _ => false,
                };
                if set {
                    return Ok(());
                }
                Err(Fault::raised("TemplateRuntimeError", "cannot assign attribute on non-namespace object"))
            }
            Target::Tuple(targets) => {
                let items = unpack(self.ctx, &value, targets.len())?;
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item)?;
                }
                Ok(())
            }
        }
    }

    /// Runs the most derived block of a name.
    fn block(&mut self, block: &Block, out: &mut Vec<Val>) -> Res<()> {
        let frame = if block.scoped { Rc::clone(&self.env.frame) } else { Rc::clone(&self.env.root) };
        let nodes = self.block_at(&block.name, 0, &frame)?;
        out.extend(nodes.unwrap_or_default());
        Ok(())
    }

    /// The output of the block `level` templates above the most derived one.
    pub(super) fn block_at(&mut self, name: &Str, level: usize, frame: &Rc<Frame>) -> Res<Option<Vec<Val>>> {
        let found = self.env.unit.blocks.borrow().get(name).and_then(|blocks| blocks.get(level).cloned());
        let Some(block) = found else { return Ok(None) };
        if block.required && level == 0 {
            return Err(Fault::raised("TemplateRuntimeError", format!("Required block '{name}' not found")));
        }
        let env = self.env.inside(Frame::inside(frame)).printing();
        env.frame.set(&Str::from("super"), self.super_of(name, level, frame));
        let mut out = Vec::new();
        self.within(env, |this| this.body(&block.body, &mut out))?;
        Ok(Some(out))
    }

    /// `super()` in a block.
    fn super_of(&self, name: &Str, level: usize, frame: &Rc<Frame>) -> Val {
        BlockReference { env: self.held_env(), name: name.clone(), frame: Rc::clone(frame), level }.above()
    }
}

/// A block of a template and those it overrides: what `super` and the attributes of `self` are.
pub(super) struct BlockReference {
    pub(super) env: Env,
    pub(super) name: Str,
    pub(super) frame: Rc<Frame>,
    /// How many templates it is above the most derived one.
    pub(super) level: usize,
}

impl BlockReference {
    /// The block that this one overrides.
    fn above(&self) -> Val {
        let level = self.level + 1;
        let exists = self.env.unit.blocks.borrow().get(&self.name).is_some_and(|blocks| blocks.len() > level);
        if !exists {
            let message = format!("there is no parent block called '{}'.", self.name);
            return Val::Undef(Rc::new(Marker::hint(message)));
        }
        let (env, name, frame) = (self.env.clone(), self.name.clone(), Rc::clone(&self.frame));
        Val::Obj(Rc::new(BlockReference { env, name, frame, level }))
    }
}

impl Obj for BlockReference {
    fn type_name(&self) -> &'static str {
        "BlockReference"
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn attribute(&self, _: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        Ok(match name {
            "name" => Some(Val::Str(self.name.clone())),
            "super" => Some(self.above()),
            _ => None,
        })
    }
    fn call(&self, ctx: &mut Ctx<'_>, _: Args) -> Res<Option<Val>> {
        let mut eval = Eval { ctx, env: self.env.clone() };
        let nodes = eval.block_at(&self.name, self.level, &self.frame)?.unwrap_or_default();
        eval.ctx.concat(nodes).map(Some)
    }
}

/// Pushes a node; an imported template stands for its own nodes.
fn push(out: &mut Vec<Val>, value: Val) {
    if let Val::Obj(object) = &value
        && let Some(nodes) = object.nodes()
    {
        out.extend(nodes);
        return;
    }
    out.push(value);
}

fn unpack(ctx: &mut crate::Ctx<'_>, value: &Val, wanted: usize) -> Res<Vec<Val>> {
    if !matches!(
        value,
        Val::Undef(_)
            | Val::Str(_)
            | Val::List(_)
            | Val::Tuple(_)
            | Val::Dict(_)
            | Val::Range(_)
            | Val::Bytes(_)
            | Val::Obj(_)
    ) {
        return Err(Fault::type_error(format!("cannot unpack non-iterable {} object", value.type_name())));
    }
    let items = ctx.iterate(value)?;
    if items.len() > wanted {
        return Err(Fault::value_error(format!("too many values to unpack (expected {wanted})")));
    }
    if items.len() < wanted {
        return Err(Fault::value_error(format!(
            "not enough values to unpack (expected {wanted}, got {})",
            items.len()
        )));
    }
    Ok(items)
}
