//! The modules: what runs on managed hosts.
