//! Text the way Python's standard library treats it: shell words, globs, expansion, literals.

pub mod escape;
pub mod expand;
pub mod glob;
pub mod literal;
pub mod pyre;
mod re_pattern;
pub(crate) mod re_template;
pub mod shlex;
