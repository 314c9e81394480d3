//! YAML 1.1 as PyYAML reads and writes it, with source positions.
pub mod emit;
