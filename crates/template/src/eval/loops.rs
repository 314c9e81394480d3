//! `for` and `loop`.

use super::{Env, Eval, Flow};
use crate::{Args, Ctx, Fault, Marker, Obj, Res, Val, ast::For};
use rplay_value::Str;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

impl Eval<'_, '_> {
    /// Runs a loop over `items`; `depth` loops of the same recursion are around it.
    pub(super) fn for_loop(
        &mut self,
        node: &Arc<For>,
        items: &Val,
        depth: usize,
        out: &mut Vec<Val>,
    ) -> Res<()> {
        let mut items = self.ctx.iterate(items)?;
        if let Some(filter) = &node.filter {
            let mut kept = Vec::with_capacity(items.len());
            for item in items {
                self.ctx.meter().steps(1)?;
                let keep = self.scoped(|this| {
                    this.assign(&node.target, item.clone())?;
                    let test = this.expr(filter)?;
                    this.ctx.truth(&test)
                })?;
                if keep {
                    kept.push(item);
                }
            }
            items = kept;
        }
        if items.is_empty() {
            return self.scoped(|this| this.body(&node.otherwise, out)).map(drop);
        }
        let state = Rc::new(Loop {
            items,
            index: Cell::new(0),
            depth,
            changed: RefCell::new(None),
            recursion: node.recursive.then(|| (Arc::clone(node), self.held_env())),
        });
        let name = Str::from("loop");
        for index in 0..state.items.len() {
            self.ctx.meter().steps(1)?;
            state.index.set(index);
            let flow = self.scoped(|this| {
                this.env.frame.set(&name, Val::Obj(Rc::clone(&state) as Rc<dyn Obj>));
                this.assign(&node.target, state.items[index].clone())?;
                this.body(&node.body, out)
            })?;
            if flow == Flow::Break {
                break;
            }
        }
        Ok(())
    }
}

/// The `loop` of a loop.
struct Loop {
    items: Vec<Val>,
    index: Cell<usize>,
    depth: usize,
    changed: RefCell<Option<Vec<Val>>>,
    recursion: Option<(Arc<For>, Env)>,
}

impl Loop {
    fn neighbour(&self, index: Option<usize>, missing: &str) -> Val {
        let item = index.and_then(|index| self.items.get(index)).cloned();
        item.unwrap_or_else(|| Val::Undef(Rc::new(Marker::hint(missing))))
    }

    fn cycle(&self, args: &Args) -> Res<Val> {
        if args.pos.is_empty() {
            return Err(Fault::type_error("no items for cycling given"));
        }
        Ok(args.pos[self.index.get() % args.pos.len()].clone())
    }

    /// Whether the values differ from those of the last time.
    fn changed(&self, ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
        let before = self.changed.borrow().clone();
        let same = match before {
            Some(before) => ctx.equal(&Val::tuple(before), &Val::tuple(args.pos.iter().cloned()))?,
            None => false,
        };
        if !same {
            *self.changed.borrow_mut() = Some(args.pos);
        }
        Ok(Val::Bool(!same))
    }
}

impl Obj for Loop {
    fn type_name(&self) -> &'static str {
        "LoopContext"
    }

    fn attribute(&self, _: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        let (index, len) = (self.index.get(), self.items.len());
        Ok(Some(match name {
            "index" => Val::from(index + 1),
            "index0" => Val::from(index),
            "revindex" => Val::from(len - index),
            "revindex0" => Val::from(len - index - 1),
            "first" => Val::Bool(index == 0),
            "last" => Val::Bool(index + 1 == len),
            "length" => Val::from(len),
            "depth" => Val::from(self.depth + 1),
            "depth0" => Val::from(self.depth),
            "previtem" => self.neighbour(index.checked_sub(1), "there is no previous item"),
            "nextitem" => self.neighbour(index.checked_add(1), "there is no next item"),
            _ => return Ok(None),
        }))
    }

    fn call(&self, ctx: &mut Ctx<'_>, args: Args) -> Res<Option<Val>> {
        let [items] = args.bind("LoopContext.__call__", ["iterable"], 1)?;
        let Some((node, env)) = &self.recursion else {
            return Err(Fault::type_error(
                "The loop must have the 'recursive' marker to be called recursively.",
            ));
        };
        let mut out = Vec::new();
        let mut eval = Eval { ctx, env: env.clone() };
        eval.for_loop(node, &items.unwrap_or(Val::None), self.depth + 1, &mut out)?;
        ctx.concat(out).map(Some)
    }

    fn length(&self) -> Option<usize> {
        Some(self.items.len())
    }

    fn text(&self, _: &mut Ctx<'_>) -> Res<String> {
        Ok(format!("<LoopContext {}/{}>", self.index.get() + 1, self.items.len()))
    }

    fn method(&self, ctx: &mut Ctx<'_>, name: &str, args: Args) -> Res<Option<Val>> {
        match name {
            "cycle" => self.cycle(&args).map(Some),
            "changed" => self.changed(ctx, args).map(Some),
            _ => Ok(None),
        }
    }

    fn methods(&self) -> &'static [&'static str] {
        &["changed", "cycle"]
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn is_iterable(&self) -> bool {
        true
    }
}
