//! Our syntax tree: owned, shareable, independent of the parser.

use crate::val::{BinOp, CompareOp};
use rplay_value::{Str, Value};
use std::sync::Arc;

/// A parsed template or expression.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) body: Vec<Stmt>,
    /// Blocks by name, in order.
    pub(crate) blocks: Vec<(Str, Arc<Block>)>,
    /// Filters and tests that must exist even where the template never comes by.
    pub(crate) required: Vec<Required>,
}

/// A filter or test a template needs.
#[derive(Debug)]
pub(crate) struct Required {
    pub(crate) is_test: bool,
    pub(crate) name: Str,
    /// Byte offset in the source.
    pub(crate) at: usize,
}

/// A block of template inheritance.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) name: Str,
    pub(crate) body: Vec<Stmt>,
    pub(crate) scoped: bool,
    pub(crate) required: bool,
}

/// `value if test else other`.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) test: Expr,
    pub(crate) value: Expr,
    pub(crate) other: Option<Expr>,
    pub(crate) line: u32,
}

/// A macro, or the body of a `call` block.
#[derive(Debug)]
pub(crate) struct Macro {
    /// Empty for the body of a `call` block, which has none.
    pub(crate) name: Str,
    pub(crate) params: Vec<(Str, Option<Expr>)>,
    pub(crate) body: Vec<Stmt>,
    pub(crate) varargs: bool,
    pub(crate) kwargs: bool,
    pub(crate) caller: bool,
}

/// A `for` loop.
#[derive(Debug)]
pub(crate) struct For {
    pub(crate) target: Target,
    pub(crate) iter: Expr,
    pub(crate) filter: Option<Expr>,
    pub(crate) recursive: bool,
    pub(crate) body: Vec<Stmt>,
    pub(crate) otherwise: Vec<Stmt>,
}

/// A statement.
#[derive(Debug)]
pub(crate) enum Stmt {
    Data(Str),
    /// An expression to print, and its line.
    Output(Expr, u32),
    For(Arc<For>),
    If {
        branches: Vec<(Expr, Vec<Stmt>)>,
        otherwise: Vec<Stmt>,
    },
    With {
        assignments: Vec<(Target, Expr)>,
        body: Vec<Stmt>,
    },
    Set(Target, Expr),
    SetBlock {
        target: Target,
        filter: Option<Expr>,
        body: Vec<Stmt>,
    },
    Scope(Vec<Stmt>),
    FilterBlock {
        filter: Expr,
        body: Vec<Stmt>,
    },
    Block(Arc<Block>),
    Extends(Expr),
    Include {
        name: Expr,
        ignore_missing: bool,
        context: bool,
    },
    Import {
        template: Expr,
        name: Str,
        context: bool,
    },
    FromImport {
        template: Expr,
        names: Vec<(Str, Str)>,
        context: bool,
        line: u32,
    },
    Macro(Arc<Macro>),
    CallBlock {
        call: Expr,
        caller: Arc<Macro>,
    },
    Do(Expr),
    Break,
    Continue,
}

/// What is assigned to.
#[derive(Debug)]
pub(crate) enum Target {
    Name(Str),
    /// An attribute of a namespace.
    Attribute(Str, Str),
    Tuple(Vec<Target>),
}

/// An expression.
#[derive(Debug)]
pub(crate) enum Expr {
    Const(Value),
    /// A string that looks like a template.
    TemplateConst(Str),
    Var(Str),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attr(Box<Expr>, Str),
    Item(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>),
    Not(Box<Expr>),
    /// Unary `-` (true) or `+`.
    Sign(bool, Box<Expr>),
    Binary(BinOp, Box<(Expr, Expr)>),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    Concat(Vec<Expr>),
    Compare(Box<Expr>, Vec<(CompareOp, Expr)>),
    /// Test, value, other value.
    If(Box<Choice>),
    Filter(Str, Option<Box<Expr>>, Vec<Arg>),
    Test(Str, Box<Expr>, Vec<Arg>),
    Call(Box<Expr>, Vec<Arg>),
}

/// An argument of a call.
#[derive(Debug)]
pub(crate) enum Arg {
    Pos(Expr),
    Kw(Str, Expr),
    Star(Expr),
    StarStar(Expr),
}
