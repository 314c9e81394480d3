//! Values as Python and Ansible see them.
