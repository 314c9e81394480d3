//! The rplay command line.
fn main() {}
