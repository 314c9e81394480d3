//! Modules that manage the machine: kernel, mounts, time, jobs.
