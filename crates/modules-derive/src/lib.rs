//! Argument specifications and documentation derived from module structs.
