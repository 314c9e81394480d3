//! Options of `ansible-vault` 2.19, by their names.

use crate::cli::VaultOptions;
use clap::{ArgAction, Args, Parser, Subcommand};
use std::path::PathBuf;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    about = "Encrypts and decrypts files and strings, as ansible-vault does.",
    disable_version_flag = true,
    infer_long_args = true,
    disable_help_subcommand = true
)]
pub(super) struct Vault {
    /// Show the version.
    #[arg(long)]
    pub version: bool,
    /// Say more.
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub action: Option<Action>,
}

#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub(super) enum Action {
    /// Make a new encrypted file in an editor.
    Create(Create),
    /// Decrypt files.
    Decrypt(Decrypt),
    /// Change encrypted files in an editor.
    Edit(Edit),
    /// Show encrypted files.
    View(View),
    /// Encrypt files.
    Encrypt(Encrypt),
    /// Encrypt strings, for YAML.
    EncryptString(EncryptString),
    /// Encrypt encrypted files with another password.
    Rekey(Rekey),
}

/// Options of every action.
#[derive(Debug, Args)]
pub(super) struct Common {
    #[command(flatten)]
    pub vault: VaultOptions,
    /// Say more.
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

/// Options of actions that encrypt.
#[derive(Debug, Args)]
pub(super) struct EncryptWith {
    /// The id to encrypt with; needed where several are given.
    #[arg(long, value_name = "ID")]
    pub encrypt_vault_id: Option<String>,
}

/// Options of actions whose result can go elsewhere.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Where the result goes; - is standard output.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(infer_long_args = true)]
pub(super) struct Create {
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Open the editor even without a terminal.
    #[arg(long)]
    pub skip_tty_check: bool,
    #[command(flatten)]
    pub with: EncryptWith,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(infer_long_args = true)]
pub(super) struct Decrypt {
    /// Files; none or - is standard input.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(infer_long_args = true)]
pub(super) struct Edit {
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub with: EncryptWith,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(infer_long_args = true)]
pub(super) struct View {
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(infer_long_args = true)]
pub(super) struct Encrypt {
    /// Files; none or - is standard input.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub with: EncryptWith,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(infer_long_args = true)]
pub(super) struct EncryptString {
    /// Strings; - is standard input.
    #[arg(value_name = "STRING")]
    pub strings: Vec<String>,
    /// Ask for the string.
    #[arg(short, long)]
    pub prompt: bool,
    /// Show what is typed when asked for the string.
    #[arg(long)]
    pub show_input: bool,
    /// Name of the variable; may be repeated, one for each string.
    #[arg(short, long, value_name = "NAME")]
    pub name: Vec<String>,
    /// Name of the variable for standard input.
    #[arg(long, value_name = "NAME")]
    pub stdin_name: Option<String>,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub with: EncryptWith,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(infer_long_args = true)]
pub(super) struct Rekey {
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// File with the new password.
    #[arg(long, value_name = "FILE", conflicts_with = "new_vault_id")]
    pub new_vault_password_file: Option<PathBuf>,
    /// The new password: [LABEL@]SOURCE.
    #[arg(long, value_name = "[LABEL@]SOURCE")]
    pub new_vault_id: Option<String>,
    #[command(flatten)]
    pub with: EncryptWith,
    #[command(flatten)]
    pub common: Common,
}

impl Action {
    pub(super) fn common(&self) -> &Common {
        match self {
            Self::Create(action) => &action.common,
            Self::Decrypt(action) => &action.common,
            Self::Edit(action) => &action.common,
            Self::View(action) => &action.common,
            Self::Encrypt(action) => &action.common,
            Self::EncryptString(action) => &action.common,
            Self::Rekey(action) => &action.common,
        }
    }
}
