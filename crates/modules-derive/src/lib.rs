//! Argument specifications and documentation derived from module structs.
//!
//! `#[derive(ModuleArgs)]` reads a struct's fields, doc comments and `#[arg(…)]` attributes;
//! `#[derive(Choice)]` turns a field-less enum into the words a parameter accepts. Both expand to
//! constants and conversions of `rplay_modules::args`; the rules themselves live there.

mod attributes;
mod choice;
mod literal;
mod module_args;

use proc_macro::TokenStream;

/// Derives `ModuleArgs` (specification and conversion) for a struct with named fields.
///
/// Field attributes, in `#[arg(…)]`: `name = "…"` (the parameter's name when the field's differs),
/// `default = literal`, `alias = "…"`, `aliases("…", …)`, `required`, `no_log` or `no_log = false`,
/// `choices("…", …)`, `ty = "path"` (another coercion than the field type's own), `elements = "…"`,
/// `env("VAR", …)` (taken from the environment when absent), `removed_in = "version"`,
/// `removed_at = "date"`, `collection = "…"`, `deprecated_alias("name", "version")`,
/// `apply_defaults`, `flatten`.
///
/// A field that is neither `Option<_>` nor has a default is required.
///
/// Struct attributes, in `#[args(…)]`: `mutually_exclusive("a", "b")`,
/// `required_together("a", "b")`, `required_one_of("a", "b")`,
/// `required_if("key", literal, ["a", "b"])` (add `, any` for one of them),
/// `required_by("key", ["a"])`.
#[proc_macro_derive(ModuleArgs, attributes(arg, args))]
pub fn derive_module_args(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    module_args::expand(input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives `Choice` for a field-less enum: each variant is its name in lower snake case, or the
/// word given as `#[choice("word")]`.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    choice::expand(input).unwrap_or_else(syn::Error::into_compile_error).into()
}
