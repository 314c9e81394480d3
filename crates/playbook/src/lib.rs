//! Playbooks as typed plays, blocks, tasks and roles.
