//! Text the way Python's standard library treats it: shell words, globs, expansion, literals.

pub mod escape;
pub mod expand;
pub mod glob;
pub mod literal;
pub mod shlex;
