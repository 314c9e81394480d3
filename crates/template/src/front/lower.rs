//! minijinja's tree as ours.

use super::{
    Constant, Form, SyntaxFault,
    emit::{self, Emitted},
    translate,
};
use crate::{
    ast::{Arg, Block, Choice, Expr, For, Macro, Required, Stmt, Target, Template},
    val::{BinOp, CompareOp, looks_like_template},
};
use minijinja::machinery::{self, Span, ast};
use rplay_value::{Str, Value};
use std::sync::Arc;

type Lowered<T> = Result<T, SyntaxFault>;

/// How deep the tree may be: dropping and running it recurses.
const MAX_DEPTH: usize = 500;

/// Parses the rewritten source and turns the tree into ours.
pub(super) fn parse(emitted: &Emitted<'_, '_>, form: Form, source: &str) -> Lowered<Template> {
    let parsed = machinery::parse(&emitted.text, "<template>", minijinja::syntax::SyntaxConfig::default())
        .map_err(|error| translate::translate(&error, emitted, form, source))?;
    let ast::Stmt::Template(root) = &parsed else { return Ok(Template::default()) };
    let lines = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
    let mut lowerer =
        Lowerer { emitted, out: Template::default(), soft: 0, depth: 0, special: Vec::new(), lines };
    lowerer.out.body = lowerer.body(&root.children)?;
    Ok(lowerer.out)
}

/// What is wrong with a source before the place where it stops, if anything.
pub(super) fn first_fault(emitted: &Emitted<'_, '_>, form: Form, source: &str) -> Option<SyntaxFault> {
    let config = minijinja::syntax::SyntaxConfig::default();
    let error = machinery::parse(&emitted.text, "<template>", config).err()?;
    let before = error.range().is_some_and(|range| range.start < emitted.limit);
    // What is still open at the stop might have been closed after it.
    let open = error.detail().is_some_and(|detail| detail.starts_with("unexpected end of input"));
    (before && !open).then(|| translate::translate(&error, emitted, form, source))
}

/// Which of a macro's special names its body mentions.
#[derive(Clone, Copy, Default)]
struct Special {
    varargs: bool,
    kwargs: bool,
    caller: bool,
}

struct Lowerer<'e> {
    emitted: &'e Emitted<'e, 'e>,
    out: Template,
    /// Branches around: what is unknown inside fails only when reached.
    soft: usize,
    depth: usize,
    special: Vec<Special>,
    lines: Vec<usize>,
}

impl Lowerer<'_> {
    /// The place in the original of something in the rewritten source.
    fn place(&self, span: Span) -> usize {
        let offset = span.start_offset as usize;
        let index = self.emitted.tokens.partition_point(|(at, _)| *at <= offset);
        index.checked_sub(1).and_then(|index| self.emitted.tokens.get(index)).map_or(0, |(_, token)| token.at)
    }

    fn line(&self, span: Span) -> u32 {
        let at = self.place(span);
        u32::try_from(self.lines.partition_point(|newline| *newline < at) + 1).unwrap_or(u32::MAX)
    }

    fn notes(&self, span: Span) -> emit::Notes {
        let offset = span.start_offset as usize;
        let found = self.emitted.notes.binary_search_by_key(&offset, |(at, _)| *at);
        found.map_or_else(|_| emit::Notes::default(), |index| self.emitted.notes[index].1)
    }

    fn body(&mut self, body: &[ast::Stmt<'_>]) -> Lowered<Vec<Stmt>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxFault::new("the template is nested too deeply", 0));
        }
        let lowered = body.iter().map(|stmt| self.stmt(stmt)).collect();
        self.depth -= 1;
        lowered
    }

    fn softly<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        self.soft += 1;
        let lowered = lower(self);
        self.soft -= 1;
        lowered
    }

    fn stmt(&mut self, stmt: &ast::Stmt<'_>) -> Lowered<Stmt> {
        Ok(match stmt {
            ast::Stmt::Template(_) | ast::Stmt::Do(_) => {
                return Err(SyntaxFault::new("unexpected statement", 0));
            }
            ast::Stmt::EmitRaw(raw) => Stmt::Data(Str::from(raw.raw)),
            ast::Stmt::EmitExpr(emit) => self.output(emit)?,
            ast::Stmt::ForLoop(node) => Stmt::For(Arc::new(For {
                iter: self.expr(&node.iter)?,
                target: self.target(&node.target)?,
                filter: node.filter_expr.as_ref().map(|filter| self.expr(filter)).transpose()?,
                recursive: node.recursive,
                body: self.body(&node.body)?,
                otherwise: self.body(&node.else_body)?,
            })),
            ast::Stmt::IfCond(node) => self.if_stmt(node)?,
            ast::Stmt::WithBlock(node) => {
                let assignments = node.assignments.iter();
                let assignments =
                    assignments.map(|(target, value)| Ok((self.target(target)?, self.expr(value)?)));
                Stmt::With { assignments: assignments.collect::<Lowered<_>>()?, body: self.body(&node.body)? }
            }
            ast::Stmt::Set(node) => match &node.target {
                ast::Expr::Var(var) if var.id == emit::DO => Stmt::Do(self.expr(&node.expr)?),
                target => Stmt::Set(self.target(target)?, self.expr(&node.expr)?),
            },
            ast::Stmt::SetBlock(node) => Stmt::SetBlock {
                target: self.target(&node.target)?,
                filter: node.filter.as_ref().map(|filter| self.expr(filter)).transpose()?,
                body: self.body(&node.body)?,
            },
            ast::Stmt::AutoEscape(node) => {
                // Ansible escapes nothing, but whether to is asked for.
                let asked = Stmt::If {
                    branches: vec![(self.expr(&node.enabled)?, Vec::new())],
                    otherwise: Vec::new(),
                };
                let body = self.body(&node.body)?;
                Stmt::Scope(std::iter::once(asked).chain(body).collect())
            }
            ast::Stmt::FilterBlock(node) => match &node.filter {
                ast::Expr::Filter(filter) if filter.name.starts_with(emit::BLOCK) => {
                    let name = &filter.name[emit::BLOCK.len()..];
                    self.block(name, &node.body, self.notes(node.span()))?
                }
                filter => Stmt::FilterBlock { filter: self.expr(filter)?, body: self.body(&node.body)? },
            },
            ast::Stmt::Block(node) => self.block(node.name, &node.body, self.notes(node.span()))?,
            ast::Stmt::Extends(node) => Stmt::Extends(self.expr(&node.name)?),
            ast::Stmt::Include(node) => Stmt::Include {
                name: self.expr(&node.name)?,
                ignore_missing: node.ignore_missing,
                context: self.notes(node.span()).context.unwrap_or(true),
            },
            ast::Stmt::Import(node) => Stmt::Import {
                template: self.expr(&node.expr)?,
                name: self.name(&node.name)?,
                context: self.notes(node.span()).context.unwrap_or(false),
            },
            ast::Stmt::FromImport(node) => self.from_import(node)?,
            ast::Stmt::Macro(node) => Stmt::Macro(Arc::new(self.macro_(node)?)),
            ast::Stmt::CallBlock(node) => {
                let mut caller = self.macro_(&node.macro_decl)?;
                caller.name = Str::from("");
                let call = Expr::Call(Box::new(self.expr(&node.call.expr)?), self.args(&node.call.args)?);
                Stmt::CallBlock { call, caller: Arc::new(caller) }
            }
            ast::Stmt::Continue(_) => Stmt::Continue,
            ast::Stmt::Break(_) => Stmt::Break,
        })
    }

    fn output(&mut self, emit: &machinery::ast::Spanned<ast::EmitExpr<'_>>) -> Lowered<Stmt> {
        if let ast::Expr::Const(constant) = &emit.expr
            && let Some(Constant::Data(text)) = self.constant(&constant.value)
        {
            return Ok(Stmt::Data(text.clone()));
        }
        Ok(Stmt::Output(self.expr(&emit.expr)?, self.line(emit.span())))
    }

    fn if_stmt(&mut self, node: &ast::IfCond<'_>) -> Lowered<Stmt> {
        let mut branches = Vec::new();
        let mut node = node;
        loop {
            let test = self.expr(&node.expr)?;
            let body = self.softly(|this| this.body(&node.true_body))?;
            branches.push((test, body));
            match node.false_body.as_slice() {
                // An `elif`: the branches stay one flat list.
                [ast::Stmt::IfCond(next)] => node = next,
                other => {
                    let otherwise = self.softly(|this| this.body(other))?;
                    return Ok(Stmt::If { branches, otherwise });
                }
            }
        }
    }

    fn block(&mut self, name: &str, body: &[ast::Stmt<'_>], notes: emit::Notes) -> Lowered<Stmt> {
        let body = self.body(body)?;
        if notes.required
            && !body.iter().all(|stmt| matches!(stmt, Stmt::Data(text) if text.trim().is_empty()))
        {
            return Err(SyntaxFault::new("Required blocks can only contain comments or whitespace", 0));
        }
        let block =
            Arc::new(Block { name: Str::from(name), body, scoped: notes.scoped, required: notes.required });
        self.out.blocks.push((block.name.clone(), Arc::clone(&block)));
        Ok(Stmt::Block(block))
    }

    fn from_import(&mut self, node: &machinery::ast::Spanned<ast::FromImport<'_>>) -> Lowered<Stmt> {
        let mut names = Vec::with_capacity(node.names.len());
        for (name, alias) in &node.names {
            let name = self.name(name)?;
            let alias = alias.as_ref().map(|alias| self.name(alias)).transpose()?;
            names.push((name.clone(), alias.unwrap_or(name)));
        }
        let context = self.notes(node.span()).context.unwrap_or(false);
        let line = self.line(node.span());
        Ok(Stmt::FromImport { template: self.expr(&node.expr)?, names, context, line })
    }

    fn macro_(&mut self, node: &ast::Macro<'_>) -> Lowered<Macro> {
        self.special.push(Special::default());
        let plain = node.args.len() - node.defaults.len();
        let mut params = Vec::with_capacity(node.args.len());
        for (index, arg) in node.args.iter().enumerate() {
            let default =
                index.checked_sub(plain).map(|index| self.expr(&node.defaults[index])).transpose()?;
            let name = self.name(arg)?;
            if params.iter().any(|(known, _)| *known == name) {
                let message = format!("duplicate argument 'l_1_{name}' in function definition");
                return Err(SyntaxFault::generated(message, self.place(arg.span())));
            }
            if &*name == "caller" && default.is_none() {
                return Err(SyntaxFault::assertion(
                    "When defining macros or call blocks the special \"caller\" argument must be omitted or be \
                     given a default.",
                    self.place(arg.span()),
                ));
            }
            params.push((name, default));
        }
        let body = self.body(&node.body);
        let special = self.special.pop().unwrap_or_default();
        let given = |name: &str| params.iter().any(|(param, _)| &**param == name);
        Ok(Macro {
            name: Str::from(node.name),
            body: body?,
            varargs: special.varargs && !given("varargs"),
            kwargs: special.kwargs && !given("kwargs"),
            caller: special.caller && !given("caller"),
            params,
        })
    }

    fn name(&self, expr: &ast::Expr<'_>) -> Lowered<Str> {
        match expr {
            ast::Expr::Var(var) => Ok(Str::from(var.id.strip_prefix(emit::ASSIGN).unwrap_or(var.id))),
            other => Err(SyntaxFault::new("expected token 'name'", self.place(other.span()))),
        }
    }

    fn target(&mut self, expr: &ast::Expr<'_>) -> Lowered<Target> {
        match expr {
            ast::Expr::Var(_) => self.name(expr).map(Target::Name),
            ast::Expr::GetAttr(node) if matches!(node.expr, ast::Expr::GetAttr(_)) => Err(SyntaxFault::new(
                "expected token 'end of statement block', got '.'",
                self.place(expr.span()),
            )),
            ast::Expr::GetAttr(node) => Ok(Target::Attribute(self.name(&node.expr)?, Str::from(node.name))),
            ast::Expr::List(node) => {
                node.items.iter().map(|item| self.target(item)).collect::<Lowered<_>>().map(Target::Tuple)
            }
            ast::Expr::Tuple(node) => {
                node.items.iter().map(|item| self.target(item)).collect::<Lowered<_>>().map(Target::Tuple)
            }
            other => Err(SyntaxFault::new("can't assign to this", self.place(other.span()))),
        }
    }

    fn constant(&self, value: &minijinja::Value) -> Option<&Constant> {
        let index = match value.as_str() {
            Some(text) => text.parse().ok()?,
            None => usize::try_from(value.clone()).ok().filter(|_| value.is_number())?,
        };
        self.emitted.constants.get(index)
    }

    fn note_special(&mut self, name: &str) {
        for special in &mut self.special {
            match name {
                "varargs" => special.varargs = true,
                "kwargs" => special.kwargs = true,
                "caller" => special.caller = true,
                _ => return,
            }
        }
    }

    fn require(&mut self, is_test: bool, name: &str, span: Span) {
        if self.soft == 0 {
            let at = self.place(span);
            self.out.required.push(Required { is_test, name: dotted(name), at });
        }
    }

    fn boxed(&mut self, expr: &ast::Expr<'_>) -> Lowered<Box<Expr>> {
        self.expr(expr).map(Box::new)
    }

    fn exprs(&mut self, exprs: &[ast::Expr<'_>]) -> Lowered<Vec<Expr>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&mut self, expr: &ast::Expr<'_>) -> Lowered<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxFault::new("the expression is nested too deeply", self.place(expr.span())));
        }
        let lowered = self.expr_inner(expr);
        self.depth -= 1;
        lowered
    }

    fn expr_inner(&mut self, expr: &ast::Expr<'_>) -> Lowered<Expr> {
        Ok(match expr {
            ast::Expr::Var(node) => {
                self.note_special(node.id);
                Expr::Var(Str::from(node.id))
            }
            ast::Expr::Const(node) => self.literal(&node.value),
            ast::Expr::Slice(node) => {
                let part = |this: &mut Self, part: &Option<ast::Expr<'_>>| {
                    part.as_ref().map(|part| this.expr(part)).transpose()
                };
                let bounds = [part(self, &node.start)?, part(self, &node.stop)?, part(self, &node.step)?];
                Expr::Slice(self.boxed(&node.expr)?, Box::new(bounds))
            }
            ast::Expr::UnaryOp(node) => match node.op {
                ast::UnaryOpKind::Not => self.not(&node.expr)?,
                ast::UnaryOpKind::Neg => {
                    let minus = !self.emitted.plus.contains(&(node.span().start_offset as usize));
                    Expr::Sign(minus, self.boxed(&node.expr)?)
                }
            },
            ast::Expr::BinOp(node) => self.binary(node)?,
            ast::Expr::Compare(node) => {
                let first = self.boxed(&node.expr)?;
                let rest = node.ops.iter().map(|op| Ok((compare_chain(op.op), self.expr(&op.expr)?)));
                Expr::Compare(first, rest.collect::<Lowered<_>>()?)
            }
            ast::Expr::IfExpr(node) => {
                let test = self.expr(&node.test_expr)?;
                let (value, other) = self.softly(|this| {
                    let other = node.false_expr.as_ref().map(|other| this.expr(other)).transpose();
                    (this.expr(&node.true_expr), other)
                });
                let line = self.line(node.span());
                Expr::If(Box::new(Choice { test, value: value?, other: other?, line }))
            }
            ast::Expr::Filter(node) => {
                self.require(false, node.name, node.span());
                let value = node.expr.as_ref().map(|value| self.boxed(value)).transpose()?;
                Expr::Filter(dotted(node.name), value, self.args(&node.args)?)
            }
            ast::Expr::Test(node) => {
                self.require(true, node.name, node.span());
                Expr::Test(dotted(node.name), self.boxed(&node.expr)?, self.args(&node.args)?)
            }
            ast::Expr::GetAttr(node) => Expr::Attr(self.boxed(&node.expr)?, Str::from(node.name)),
            ast::Expr::GetItem(node) => {
                Expr::Item(self.boxed(&node.expr)?, self.boxed(&node.subscript_expr)?)
            }
            ast::Expr::Call(node) => Expr::Call(self.boxed(&node.expr)?, self.args(&node.args)?),
            ast::Expr::List(node) => Expr::List(self.exprs(&node.items)?),
            ast::Expr::Tuple(node) => Expr::Tuple(self.exprs(&node.items)?),
            ast::Expr::Map(node) => {
                let entries = node.keys.iter().zip(&node.values);
                let entries = entries.map(|(key, value)| Ok((self.expr(key)?, self.expr(value)?)));
                Expr::Dict(entries.collect::<Lowered<_>>()?)
            }
        })
    }

    /// `not x`; `not (a in b)` of a single comparison is `not in`, which is the same.
    fn not(&mut self, inner: &ast::Expr<'_>) -> Lowered<Expr> {
        Ok(Expr::Not(self.boxed(inner)?))
    }

    fn literal(&self, value: &minijinja::Value) -> Expr {
        match self.constant(value) {
            Some(Constant::Text(text)) if looks_like_template(text) => {
                Expr::TemplateConst(Str::trusted(text.text().clone()))
            }
            Some(Constant::Text(text) | Constant::Data(text)) => Expr::Const(Value::Str(text.clone())),
            Some(Constant::Number(number)) => Expr::Const(number.clone()),
            None if value.is_none() => Expr::Const(Value::None),
            None => Expr::Const(Value::Bool(value.is_true())),
        }
    }

    fn binary(&mut self, node: &ast::BinOp<'_>) -> Lowered<Expr> {
        use ast::BinOpKind as Kind;
        if let Kind::Concat = node.op {
            let mut parts = match self.expr(&node.left)? {
                Expr::Concat(parts) if is_concat(&node.left) => parts,
                other => vec![other],
            };
            parts.push(self.expr(&node.right)?);
            return Ok(Expr::Concat(parts));
        }
        let pair = Box::new((self.expr(&node.left)?, self.expr(&node.right)?));
        let compare = |op, pair: Box<(Expr, Expr)>| {
            let (left, right) = *pair;
            Expr::Compare(Box::new(left), vec![(op, right)])
        };
        Ok(match node.op {
            Kind::ScAnd => Expr::And(pair),
            Kind::ScOr => Expr::Or(pair),
            Kind::Add => Expr::Binary(BinOp::Add, pair),
            Kind::Sub => Expr::Binary(BinOp::Sub, pair),
            Kind::Mul => Expr::Binary(BinOp::Mul, pair),
            Kind::Div => Expr::Binary(BinOp::Div, pair),
            Kind::FloorDiv => Expr::Binary(BinOp::FloorDiv, pair),
            Kind::Rem => Expr::Binary(BinOp::Mod, pair),
            Kind::Pow => Expr::Binary(BinOp::Pow, pair),
            Kind::Eq => compare(CompareOp::Eq, pair),
            Kind::Ne => compare(CompareOp::Ne, pair),
            Kind::Lt => compare(CompareOp::Lt, pair),
            Kind::Lte => compare(CompareOp::Le, pair),
            Kind::Gt => compare(CompareOp::Gt, pair),
            Kind::Gte => compare(CompareOp::Ge, pair),
            Kind::In => compare(CompareOp::In, pair),
            // Handled above.
            Kind::Concat => Expr::Concat(vec![pair.0, pair.1]),
        })
    }

    fn args(&mut self, args: &[ast::CallArg<'_>]) -> Lowered<Vec<Arg>> {
        arguments_in_order(args)?;
        args.iter()
            .map(|arg| {
                Ok(match arg {
                    ast::CallArg::Pos(expr) => Arg::Pos(self.expr(expr)?),
                    ast::CallArg::Kwarg(name, expr) => Arg::Kw(Str::from(*name), self.expr(expr)?),
                    ast::CallArg::PosSplat(expr) => Arg::Star(self.expr(expr)?),
                    ast::CallArg::KwargSplat(expr) => Arg::StarStar(self.expr(expr)?),
                })
            })
            .collect()
    }
}

/// Refuses positional arguments after keywords and anything after `**`, and keywords given twice.
fn arguments_in_order(args: &[ast::CallArg<'_>]) -> Lowered<()> {
    let (mut star, mut starred) = (false, false);
    let mut keywords: Vec<&str> = Vec::new();
    for arg in args {
        let allowed = match arg {
            ast::CallArg::Pos(_) => !star && !starred && keywords.is_empty(),
            ast::CallArg::Kwarg(..) => !starred,
            ast::CallArg::PosSplat(_) => !star && !starred,
            ast::CallArg::KwargSplat(_) => !starred,
        };
        if !allowed {
            return Err(SyntaxFault::new("invalid syntax for function call expression", 0));
        }
        match arg {
            ast::CallArg::PosSplat(_) => star = true,
            ast::CallArg::KwargSplat(_) => starred = true,
            ast::CallArg::Kwarg(name, _) if keywords.contains(name) => {
                return Err(SyntaxFault::generated(format!("keyword argument repeated: {name}"), 0));
            }
            ast::CallArg::Kwarg(name, _) => keywords.push(name),
            ast::CallArg::Pos(_) => {}
        }
    }
    Ok(())
}

/// A chain of `~` without parentheses is one concatenation.
fn is_concat(expr: &ast::Expr<'_>) -> bool {
    matches!(expr, ast::Expr::BinOp(node) if matches!(node.op, ast::BinOpKind::Concat))
}

/// A dotted plugin name without the spaces of the rewritten source.
fn dotted(name: &str) -> Str {
    if name.contains(' ') { Str::from(name.replace(' ', "")) } else { Str::from(name) }
}

fn compare_chain(op: ast::CompareOpKind) -> CompareOp {
    match op {
        ast::CompareOpKind::Eq => CompareOp::Eq,
        ast::CompareOpKind::Ne => CompareOp::Ne,
        ast::CompareOpKind::Lt => CompareOp::Lt,
        ast::CompareOpKind::Lte => CompareOp::Le,
        ast::CompareOpKind::Gt => CompareOp::Gt,
        ast::CompareOpKind::Gte => CompareOp::Ge,
        ast::CompareOpKind::In => CompareOp::In,
        ast::CompareOpKind::NotIn => CompareOp::NotIn,
    }
}
