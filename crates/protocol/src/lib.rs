//! Frames between controller and agent.
