//! `for` and `loop`.

use super::{Env, Eval, Flow};
use crate::{Args, Ctx, Fault, Marker, Obj, PyDict, PyList, Res, Val, ast::For};
use rplay_value::Str;
use std::{
    cell::{Cell, RefCell, RefMut},
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
        let filter = node.filter.is_some().then(|| (Arc::clone(node), self.held_env()));
        let mut steps = Steps::over(self.ctx, items, filter)?;
        let Some(first) = steps.next(self.ctx)? else {
            return self.scoped(|this| this.body(&node.otherwise, out)).map(drop);
        };
        let state = Rc::new(Loop {
            steps: RefCell::new(steps),
            item: RefCell::new(first),
            before: RefCell::default(),
            index: Cell::new(0),
            length: Cell::default(),
            depth,
            changed: RefCell::new(None),
            recursion: node.recursive.then(|| (Arc::clone(node), self.held_env())),
        });
        let name = Str::from("loop");
        loop {
            self.ctx.meter().steps(1)?;
            let item = state.item.borrow().clone();
            let flow = self.scoped(|this| {
                this.env.frame.set(&name, Val::Obj(Rc::clone(&state) as Rc<dyn Obj>));
                this.assign(&node.target, item)?;
                this.body(&node.body, out)
            })?;
            if flow == Flow::Break || !state.advance(self.ctx)? {
                return Ok(());
            }
        }
    }
}

/// What a loop goes through. Lists are gone through as they are when the loop comes by: the body may add to
/// them.
enum Items {
    Fixed(std::vec::IntoIter<Val>),
    Live { list: PyList, next: usize },
    Keys { dict: PyDict, keys: std::vec::IntoIter<Val>, len: usize },
}

/// The items of a loop, one after the other, without those that its filter refuses.
struct Steps {
    items: Items,
    /// The loop with its filter, and where that runs.
    filter: Option<(Arc<For>, Env)>,
    /// The item after the present one, if it was looked at.
    peeked: Option<Val>,
    ended: bool,
}

impl Steps {
    fn over(ctx: &mut Ctx<'_>, items: &Val, filter: Option<(Arc<For>, Env)>) -> Res<Self> {
        let items = match items {
            Val::List(list) => {
                ctx.meter().value(items)?;
                Items::Live { list: list.clone(), next: 0 }
            }
            Val::Dict(dict) => {
                let keys = ctx.iterate(items)?;
                Items::Keys { dict: dict.clone(), len: keys.len(), keys: keys.into_iter() }
            }
            other => Items::Fixed(ctx.iterate(other)?.into_iter()),
        };
        Ok(Self { items, filter, peeked: None, ended: false })
    }

    fn raw(&mut self, ctx: &mut Ctx<'_>) -> Res<Option<Val>> {
        match &mut self.items {
            Items::Fixed(items) => Ok(items.next()),
            Items::Live { list, next } => {
                *next += 1;
                list.get(ctx, *next - 1)
            }
            Items::Keys { dict, len, .. } if dict.len() != *len => {
                Err(Fault::raised("RuntimeError", "dictionary changed size during iteration"))
            }
            Items::Keys { keys, .. } => Ok(keys.next()),
        }
    }

    /// The next item; none at the end, which stays the end.
    fn next(&mut self, ctx: &mut Ctx<'_>) -> Res<Option<Val>> {
        if let Some(peeked) = self.peeked.take() {
            return Ok(Some(peeked));
        }
        while !self.ended {
            let Some(item) = self.raw(ctx)? else { break };
            if self.keeps(ctx, &item)? {
                return Ok(Some(item));
            }
        }
        self.ended = true;
        Ok(None)
    }

    fn keeps(&self, ctx: &mut Ctx<'_>, item: &Val) -> Res<bool> {
        let Some((node, env)) = &self.filter else { return Ok(true) };
        let Some(filter) = &node.filter else { return Ok(true) };
        ctx.meter().steps(1)?;
        Eval { ctx, env: env.clone() }.scoped(|this| {
            this.assign(&node.target, item.clone())?;
            let test = this.expr(filter)?;
            this.ctx.truth(&test)
        })
    }

    fn peek(&mut self, ctx: &mut Ctx<'_>) -> Res<Option<Val>> {
        let next = self.next(ctx)?;
        self.peeked.clone_from(&next);
        Ok(next)
    }

    /// The number of items of a loop that is at its `count`th.
    fn length(&mut self, ctx: &mut Ctx<'_>, count: usize) -> Res<usize> {
        if self.filter.is_none() {
            return Ok(match &self.items {
                Items::Fixed(items) => count + usize::from(self.peeked.is_some()) + items.len(),
                Items::Live { list, .. } => list.len(),
                Items::Keys { dict, .. } => dict.len(),
            });
        }
        let mut rest = Vec::new();
        while let Some(item) = self.next(ctx)? {
            rest.push(item);
        }
        let length = count + rest.len();
        *self = Self { items: Items::Fixed(rest.into_iter()), filter: None, peeked: None, ended: false };
        Ok(length)
    }
}

/// The `loop` of a loop.
struct Loop {
    steps: RefCell<Steps>,
    item: RefCell<Val>,
    before: RefCell<Option<Val>>,
    index: Cell<usize>,
    /// Once asked for, it stays.
    length: Cell<Option<usize>>,
    depth: usize,
    changed: RefCell<Option<Vec<Val>>>,
    recursion: Option<(Arc<For>, Env)>,
}

impl Loop {
    /// The way through the items; its filter may not look at the loop itself.
    fn steps(&self) -> Res<RefMut<'_, Steps>> {
        self.steps.try_borrow_mut().map_err(|_| Fault::value_error("generator already executing"))
    }

    /// Goes on to the next item, if there is one.
    fn advance(&self, ctx: &mut Ctx<'_>) -> Res<bool> {
        let Some(next) = self.steps()?.next(ctx)? else { return Ok(false) };
        self.before.replace(Some(self.item.replace(next)));
        self.index.set(self.index.get() + 1);
        Ok(true)
    }

    fn count(&self, ctx: &mut Ctx<'_>) -> Res<usize> {
        if let Some(length) = self.length.get() {
            return Ok(length);
        }
        let length = self.steps()?.length(ctx, self.index.get() + 1)?;
        self.length.set(Some(length));
        Ok(length)
    }

    fn next_item(&self, ctx: &mut Ctx<'_>) -> Res<Option<Val>> {
        self.steps()?.peek(ctx)
    }

    /// How many items are left, with those of `less` gone; fewer than none where the list has shrunk.
    fn left(&self, ctx: &mut Ctx<'_>, less: usize) -> Res<Val> {
        let (length, gone) = (self.count(ctx)?, self.index.get() + less);
        let signed = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Ok(Val::Int(signed(length) - signed(gone)))
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

fn neighbour(item: Option<Val>, missing: &str) -> Val {
    item.unwrap_or_else(|| Val::Undef(Rc::new(Marker::hint(missing))))
}

impl Obj for Loop {
    fn type_name(&self) -> &'static str {
        "LoopContext"
    }

    fn attribute(&self, ctx: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        let index = self.index.get();
        Ok(Some(match name {
            "index" => Val::from(index + 1),
            "index0" => Val::from(index),
            "revindex" => self.left(ctx, 0)?,
            "revindex0" => self.left(ctx, 1)?,
            "first" => Val::Bool(index == 0),
            "last" => Val::Bool(self.next_item(ctx)?.is_none()),
            "length" => Val::from(self.count(ctx)?),
            "depth" => Val::from(self.depth + 1),
            "depth0" => Val::from(self.depth),
            "previtem" => neighbour(self.before.borrow().clone(), "there is no previous item"),
            "nextitem" => neighbour(self.next_item(ctx)?, "there is no next item"),
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

    fn text(&self, ctx: &mut Ctx<'_>) -> Res<String> {
        Ok(format!("<LoopContext {}/{}>", self.index.get() + 1, self.count(ctx)?))
    }

    fn length(&self, ctx: &mut Ctx<'_>) -> Res<Option<usize>> {
        self.count(ctx).map(Some)
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
