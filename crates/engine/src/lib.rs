//! Plays on hosts: strategies, tasks, results.
