//! Inventories, host patterns, group and host variables.
