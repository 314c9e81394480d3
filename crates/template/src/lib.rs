//! Jinja as Ansible means it: front end, evaluator, filters, tests, lookups.
