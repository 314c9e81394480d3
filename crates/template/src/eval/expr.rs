//! Expressions.

use super::Eval;
use crate::{
    Args, Ctx, Fault, HashKey, Marker, PyDict, Res, Val,
    ast::{Arg, Choice, Expr},
};
use rplay_value::Str;
use std::rc::Rc;

impl Eval<'_, '_> {
    /// The value of an expression.
    pub(super) fn expr(&mut self, expr: &Expr) -> Res<Val> {
        match expr {
            Expr::Const(value) => Ok(Val::from_value(value)),
            Expr::Var(name) => Ok(self.variable(name)),
            Expr::TemplateConst(text) => Ok(self.template_constant(text)),
            // Each level may need much stack in an unoptimised build.
            other => stacker::maybe_grow(128 << 10, 1 << 20, || self.compound(other)),
        }
    }

    fn compound(&mut self, expr: &Expr) -> Res<Val> {
        self.ctx.meter().steps(1)?;
        match expr {
            Expr::Attr(value, name) => {
                let value = self.expr(value)?;
                self.ctx.getattr(&value, name)
            }
            Expr::Item(value, key) => {
                let value = self.expr(value)?;
                let key = self.expr(key)?;
                self.ctx.getitem(&value, &key)
            }
            Expr::Filter(name, value, args) => self.filter(name, value.as_deref(), args, None),
            Expr::Test(name, value, args) => {
                let value = self.expr(value)?;
                let args = self.args(args, Some(value))?;
                self.ctx.test(name, args)
            }
            Expr::Call(callee, args) => {
                let callee = self.expr(callee)?;
                let args = self.args(args, None)?;
                self.ctx.call(&callee, args)
            }
            Expr::Not(value) => {
                let value = self.expr(value)?;
                self.ctx.truth(&value).map(|truth| Val::Bool(!truth))
            }
            Expr::And(pair) => {
                let left = self.expr(&pair.0)?;
                if self.ctx.truth(&left)? { self.expr(&pair.1) } else { Ok(left) }
            }
            Expr::Or(pair) => {
                let left = self.expr(&pair.0)?;
                if self.ctx.truth(&left)? { Ok(left) } else { self.expr(&pair.1) }
            }
            Expr::If(choice) => self.if_expr(choice),
            Expr::Compare(first, rest) => self.comparison(first, rest),
            Expr::Binary(op, pair) => {
                let left = self.expr(&pair.0)?;
                let right = self.expr(&pair.1)?;
                self.ctx.binary(*op, &left, &right)
            }
            Expr::Sign(minus, value) => {
                let value = self.expr(value)?;
                self.ctx.signed(&value, *minus)
            }
            Expr::Concat(parts) => {
                let parts = self.exprs(parts)?;
                let mut out = String::new();
                for part in &parts {
                    out.push_str(&self.ctx.str(part)?);
                }
                Ok(Val::from(out))
            }
            Expr::Slice(value, bounds) => self.slice(value, bounds),
            Expr::List(items) => self.exprs(items).map(Val::from),
            Expr::Tuple(items) => self.exprs(items).map(Val::tuple),
            Expr::Dict(entries) => self.dict(entries),
            Expr::Const(_) | Expr::Var(_) | Expr::TemplateConst(_) => self.expr(expr),
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) -> Res<Vec<Val>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    /// A constant that looks like a template: conditionals render it, as older content expects.
    fn template_constant(&mut self, text: &Str) -> Val {
        if !self.ctx.render_constants {
            return Val::Str(text.clone());
        }
        self.ctx.warn(
            "Jinja constant strings should not contain embedded templates. This feature will be disabled by default \
             in ansible-core 2.23.",
        );
        self.ctx.render(&rplay_value::Value::Str(text.clone()))
    }

    fn if_expr(&mut self, choice: &Choice) -> Res<Val> {
        let test = self.expr(&choice.test)?;
        if self.ctx.truth(&test)? {
            return self.expr(&choice.value);
        }
        match &choice.other {
            Some(other) => self.expr(other),
            None => Ok(Val::Undef(Rc::new(Marker::blank(choice.line)))),
        }
    }

    fn comparison(&mut self, first: &Expr, rest: &[(crate::CompareOp, Expr)]) -> Res<Val> {
        let mut left = self.expr(first)?;
        for (op, right) in rest {
            let right = self.expr(right)?;
            if !self.ctx.compare(*op, &left, &right)? {
                return Ok(Val::Bool(false));
            }
            left = right;
        }
        Ok(Val::Bool(true))
    }

    fn slice(&mut self, value: &Expr, bounds: &[Option<Expr>; 3]) -> Res<Val> {
        let value = self.expr(value)?;
        let mut parts = [Val::None, Val::None, Val::None];
        for (part, bound) in parts.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                *part = self.expr(bound)?;
            }
        }
        let [start, stop, step] = &parts;
        self.ctx.slice(&value, [start, stop, step])
    }

    fn dict(&mut self, entries: &[(Expr, Expr)]) -> Res<Val> {
        let dict = PyDict::new();
        for (key, value) in entries {
            let key = self.expr(key)?;
            let value = self.expr(value)?;
            dict.insert(HashKey::new(key)?, value)?;
        }
        Ok(Val::Dict(dict))
    }

    /// Applies a filter; in a filter block or a set block the innermost value is the block's.
    pub(super) fn filter(
        &mut self,
        name: &str,
        value: Option<&Expr>,
        args: &[Arg],
        block: Option<&Val>,
    ) -> Res<Val> {
        let value = match (value, block) {
            (Some(Expr::Filter(name, value, args)), Some(_)) => {
                self.filter(name, value.as_deref(), args, block)?
            }
            (Some(value), _) => self.expr(value)?,
            (None, Some(block)) => block.clone(),
            (None, None) => Val::None,
        };
        let args = self.args(args, Some(value))?;
        self.ctx.filter(name, args)
    }

    /// The arguments of a call, `first` in front.
    pub(super) fn args(&mut self, args: &[Arg], first: Option<Val>) -> Res<Args> {
        let mut out = Args { pos: Vec::with_capacity(args.len() + 1), kw: Vec::new() };
        out.pos.extend(first);
        for arg in args {
            match arg {
                Arg::Pos(value) => out.pos.push(self.expr(value)?),
                Arg::Kw(name, value) => {
                    let value = self.expr(value)?;
                    keyword(&mut out, name.clone(), value)?;
                }
                Arg::Star(values) => {
                    let values = self.expr(values)?.defined()?;
                    if matches!(values, Val::None | Val::Bool(_) | Val::Int(_) | Val::Big(_) | Val::Float(_))
                    {
                        return Err(Fault::type_error(format!(
                            "Value after * must be an iterable, not {}",
                            values.type_name()
                        )));
                    }
                    out.pos.extend(self.ctx.iterate(&values)?);
                }
                Arg::StarStar(values) => {
                    let values = self.expr(values)?;
                    spread(self.ctx, &mut out, &values)?;
                }
            }
        }
        Ok(out)
    }
}

fn spread(ctx: &mut Ctx<'_>, args: &mut Args, values: &Val) -> Res<()> {
    let Val::Dict(dict) = values.clone().defined()? else {
        return Err(Fault::type_error(format!(
            "argument after ** must be a mapping, not {}",
            values.type_name()
        )));
    };
    for (key, value) in dict.entries(ctx)? {
        match key.value() {
            Val::Str(name) => keyword(args, name.clone(), value)?,
            _ => return Err(Fault::type_error("keywords must be strings")),
        }
    }
    Ok(())
}

fn keyword(args: &mut Args, name: Str, value: Val) -> Res<()> {
    if args.kw.iter().any(|(known, _)| *known == name) {
        return Err(Fault::type_error(format!("got multiple values for keyword argument '{name}'")));
    }
    args.kw.push((name, value));
    Ok(())
}
