//! What people and machines read: callbacks, diagnostics.
