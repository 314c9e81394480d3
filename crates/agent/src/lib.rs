//! The agent: reads frames on standard input, runs modules.
