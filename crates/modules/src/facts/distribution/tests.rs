//! Distributions as ansible-core 2.19 names them.
