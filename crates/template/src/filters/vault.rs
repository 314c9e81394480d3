//! `vault` and `unvault`.

use super::util;
use crate::{Args, Ctx, Fault, Res, Val};
use rplay_value::{Str, Tag};
use rplay_vault::{Secret, Secrets};
use std::sync::Arc;

/// The bytes of a secret; the two filters differ by a word where it is none.
fn secret(value: Option<Val>, word: &str) -> Res<Vec<u8>> {
    match value.unwrap_or(Val::None).defined()? {
        Val::Str(text) => Ok(text.as_bytes().to_vec()),
        Val::Bytes(bytes) => Ok(bytes.to_vec()),
        other => Err(Fault::type_error(format!(
            "Secret passed is required to be {word} string, instead we got {}.",
            util::class(&other)
        ))),
    }
}

pub(super) fn vault(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data, password, salt, id, wrap, _] =
        args.bind("do_vault", ["data", "secret", "salt", "vault_id", "wrap_object", "vaultid"], 2)?;
    let password = secret(password, "a")?;
    let data = match data.unwrap_or(Val::None) {
        Val::Str(text) => text.as_bytes().to_vec(),
        Val::Bytes(bytes) => bytes.to_vec(),
        other => {
            return Err(Fault::type_error(format!(
                "Can only vault strings, instead we got {}.",
                util::class(&other)
            )));
        }
    };
    // The key is derived in ten thousand rounds.
    ctx.budget().heavy()?;
    let wrap = util::flag(ctx, wrap, false)?;
    let salt = match salt.filter(|salt| !salt.is_none()) {
        Some(salt) => util::to_bytes(ctx, &salt)?,
        None => {
            rplay_vault::random_salt().map_err(|error| Fault::raised("OSError", error.to_string()))?.to_vec()
        }
    };
    let id = util::text(ctx, id, "filter_default")?;
    let text = rplay_vault::encrypt(&data, &Secret::new(password), Some(&id), &salt);
    let text = text.map_err(|_| Fault::raised("AnsibleError", "Unable to encrypt."))?;
    if !wrap {
        return Ok(Val::from(text));
    }
    // A wrapped text is plain wherever it is read, and encrypted where it is written as YAML.
    let tag = Tag { secret: true, ciphertext: Some(text.into()), ..Tag::default() };
    Ok(Val::Str(Str::tagged(String::from_utf8_lossy(&data).into_owned(), tag)))
}

impl Val {
    /// A value that could not be decrypted as its encrypted text: the filter has a secret of its own.
    fn encrypted_or_defined(self) -> Res<Val> {
        match &self {
            Val::Undef(marker) if let Some(vaulted) = marker.vaulted() => {
                Ok(Val::Str(Str::new(Arc::clone(&vaulted.ciphertext))))
            }
            _ => self.defined(),
        }
    }
}

pub(super) fn unvault(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [text, password, id, _] = args.bind("do_unvault", ["vault", "secret", "vault_id", "vaultid"], 2)?;
    let password = secret(password, "as")?;
    let id = util::text(ctx, id, "filter_default")?;
    let text = match text.unwrap_or(Val::None).encrypted_or_defined()? {
        Val::Str(text) => text,
        _ => return Err(Fault::type_error("Vault should be in the form of a string.")),
    };
    if !rplay_vault::is_encrypted(&text) {
        return Ok(Val::Str(text));
    }
    ctx.budget().heavy()?;
    let mut secrets = Secrets::new();
    secrets.add(id, Secret::new(password));
    let plain = rplay_vault::decrypt(&text, &secrets)
        .map_err(|_| Fault::raised("AnsibleError", "Unable to decrypt."))?;
    Ok(Val::from(String::from_utf8_lossy(&plain).into_owned()))
}
