//! Literals in attributes, as the constants `rplay_modules::args::Literal` knows.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Expr, ExprLit, ExprUnary, Lit, Result, UnOp};

/// The token stream of the `Literal` constant an attribute's expression stands for.
pub(crate) fn literal(expr: &Expr) -> Result<TokenStream> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            Ok(quote!(::rplay_modules::args::Literal::Str(#text)))
        }
        Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => {
            Ok(quote!(::rplay_modules::args::Literal::Bool(#flag)))
        }
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
            Ok(quote!(::rplay_modules::args::Literal::Int(#number)))
        }
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => {
            Ok(quote!(::rplay_modules::args::Literal::Float(#number)))
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr: inner, .. }) => match inner.as_ref() {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
                Ok(quote!(::rplay_modules::args::Literal::Int(-#number)))
            }
            Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => {
                Ok(quote!(::rplay_modules::args::Literal::Float(-#number)))
            }
            other => Err(Error::new_spanned(other, "only a number can be negative")),
        },
        Expr::Array(items) => {
            let parts = items.elems.iter().map(literal).collect::<Result<Vec<_>>>()?;
            Ok(quote!(::rplay_modules::args::Literal::List(&[#(#parts),*])))
        }
        Expr::Block(block) if block.block.stmts.is_empty() => {
            Ok(quote!(::rplay_modules::args::Literal::EmptyDict))
        }
        other => Err(Error::new_spanned(other, "a literal, a list of literals or {} is wanted here")),
    }
}

/// The text of a string literal.
pub(crate) fn text(expr: &Expr) -> Result<String> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.value()),
        other => Err(Error::new_spanned(other, "a string literal is wanted here")),
    }
}

/// The texts of a list `["a", "b"]`.
pub(crate) fn texts(expr: &Expr) -> Result<Vec<String>> {
    match expr {
        Expr::Array(items) => items.elems.iter().map(text).collect(),
        other => Err(Error::new_spanned(other, "a list of string literals is wanted here")),
    }
}
