//! Runs our syntax tree.

mod captured;
mod expr;
mod frames;
mod include;
mod loops;
mod macros;
mod stmt;

use crate::{
    Ctx, Fault, Marker, Res, Val,
    ast::{Block, Template},
    front::SyntaxOptions,
    globals,
};
pub(crate) use captured::Captured;
use frames::{Found, Frame};
use rplay_value::Str;
use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

/// How the statements of a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// What the parts of one template file share.
struct Unit {
    /// The blocks of each name: the most derived template's first.
    blocks: RefCell<HashMap<Str, Vec<Arc<Block>>>>,
    /// How included templates are cut.
    options: Arc<SyntaxOptions>,
    /// The template that the running one extends.
    parent: RefCell<Option<Arc<Template>>>,
    /// Names that the template imported, which it does not hand on.
    imported: RefCell<Vec<Str>>,
}

/// Where code runs.
#[derive(Clone)]
struct Env {
    frame: Rc<Frame>,
    /// The frame of the template itself, which its blocks see.
    root: Rc<Frame>,
    unit: Rc<Unit>,
    /// Whether what is printed here is not seen once the template extends another: everywhere but in blocks
    /// and macros.
    muted: bool,
}

impl Env {
    fn new(frame: Frame, options: Arc<SyntaxOptions>) -> Self {
        let frame = Rc::new(frame);
        let unit = Unit {
            blocks: RefCell::default(),
            options,
            parent: RefCell::default(),
            imported: RefCell::default(),
        };
        Self { root: Rc::clone(&frame), frame, unit: Rc::new(unit), muted: true }
    }

    fn inside(&self, frame: Frame) -> Self {
        Self { frame: Rc::new(frame), ..self.clone() }
    }

    /// The same where what is printed is seen, whatever the template extends.
    fn printing(self) -> Self {
        Self { muted: false, ..self }
    }
}

/// Runs code in an environment.
struct Eval<'c, 't> {
    ctx: &'c mut Ctx<'t>,
    env: Env,
}

/// The output nodes of a template as one value.
pub(crate) fn template(ctx: &mut Ctx<'_>, template: &Template, options: Arc<SyntaxOptions>) -> Res<Val> {
    let env = Env::new(Frame::root(), options);
    let mut out = Vec::new();
    let ended = Eval { ctx, env }.run(template, &mut out);
    match ended {
        Ok(()) => ctx.concat(out),
        Err(fault) => first_marker(ctx, &out).map_or(Err(fault), |marker| Ok(Val::Undef(marker))),
    }
}

/// The undefined value among output nodes that shows itself before what ended the template.
fn first_marker(ctx: &mut Ctx<'_>, nodes: &[Val]) -> Option<Rc<Marker>> {
    nodes.iter().find_map(|node| match ctx.write_output(&mut String::new(), node) {
        Err(Fault::Marker(marker)) => Some(marker),
        _ => None,
    })
}

/// The value of an expression.
pub(crate) fn expression(ctx: &mut Ctx<'_>, template: &Template) -> Res<Val> {
    let env = Env::new(Frame::root(), Arc::clone(ctx.templar().default_options()));
    match template.body.as_slice() {
        [crate::ast::Stmt::Output(expr, _)] => Eval { ctx, env }.expr(expr),
        _ => Err(Fault::value_error("not an expression")),
    }
}

impl Eval<'_, '_> {
    /// Runs a template and the templates it extends.
    fn run(&mut self, template: &Template, out: &mut Vec<Val>) -> Res<()> {
        for (name, block) in &template.blocks {
            self.env.unit.blocks.borrow_mut().entry(name.clone()).or_default().push(Arc::clone(block));
        }
        let parent = self.top_level(&template.body, out)?;
        match parent {
            Some(parent) => self.ctx.deeper(|ctx| Eval { ctx, env: self.env.clone() }.run(&parent, out)),
            None => Ok(()),
        }
    }

    /// The same code elsewhere.
    fn within<T>(&mut self, env: Env, run: impl FnOnce(&mut Eval<'_, '_>) -> Res<T>) -> Res<T> {
        self.ctx.deeper(|ctx| run(&mut Eval { ctx, env }))
    }

    /// The environment, for a value that holds on to it.
    fn held_env(&self) -> Env {
        self.ctx.captured().note(&self.env);
        self.env.clone()
    }

    /// Runs something in a new frame inside the present one.
    fn scoped<T>(&mut self, run: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        let inner = Rc::new(Frame::inside(&self.env.frame));
        let outer = std::mem::replace(&mut self.env.frame, inner);
        let result = run(self);
        self.env.frame = outer;
        result
    }

    /// The value of a name.
    fn variable(&mut self, name: &Str) -> Val {
        let found = match self.env.frame.get(name) {
            Found::Value(value) => return value,
            _ if &**name == "self" => return self.self_object(),
            Found::Outside => self.ctx.variable(name),
            Found::Nowhere => None,
        };
        found.or_else(|| globals::find(name)).unwrap_or_else(|| self.undefined(name))
    }

    fn undefined(&self, name: &str) -> Val {
        Val::Undef(Rc::new(Marker { origin: self.ctx.origin(), ..Marker::variable(name) }))
    }
}

impl Ctx<'_> {
    /// Output nodes as one value: none is `None`, a single one is itself, several are one text, or the first
    /// undefined value among them.
    pub(crate) fn concat(&mut self, mut nodes: Vec<Val>) -> Res<Val> {
        nodes.retain(|node| !node.is_none());
        if nodes.len() <= 1 {
            return Ok(nodes.pop().unwrap_or(Val::None));
        }
        let mut out = String::new();
        for node in &nodes {
            match self.write_output(&mut out, node) {
                Err(Fault::Marker(marker)) => return Ok(Val::Undef(marker)),
                written => written?,
            }
        }
        Ok(Val::from(out))
    }
}
