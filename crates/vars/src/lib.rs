//! Variable scopes and their precedence.
