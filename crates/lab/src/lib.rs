//! Test hosts on one machine.
