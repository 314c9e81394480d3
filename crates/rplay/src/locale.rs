//! The locale a strict run asks for: ansible-core refuses one that is not there, or not in UTF-8, since its own
//! texts depend on it. rplay's are UTF-8 whatever the locale is; what it starts on this machine inherits the name.

use std::process::Command;

/// Why a locale is refused, in ansible-core's words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LocaleError {
    /// This machine has none of that name.
    #[error("ERROR: Ansible could not initialize the preferred locale: unsupported locale setting ({0})")]
    Unknown(String),
    /// Its texts are in another encoding.
    #[error("ERROR: Ansible requires the locale encoding to be UTF-8; Detected {0}.")]
    Encoding(String),
}

/// Looks at the locale for texts that the environment names.
///
/// # Errors
/// [`LocaleError`]. A name that promises UTF-8 is believed.
pub(crate) fn check() -> Result<(), LocaleError> {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    judge(&named.unwrap_or_default(), installed)
}

fn judge(name: &str, installed: impl FnOnce() -> Vec<String>) -> Result<(), LocaleError> {
    let codeset = name.split('@').next().and_then(|name| name.split_once('.')).map(|(_, codeset)| codeset);
    if matches!(name, "" | "C" | "POSIX") || codeset.is_some_and(|codeset| plain(codeset) == "utf8") {
        return Ok(());
    }
    if !installed().iter().any(|known| plain(known) == plain(name)) {
        return Err(LocaleError::Unknown(name.to_owned()));
    }
    Err(LocaleError::Encoding(codeset.unwrap_or("another one").to_owned()))
}

/// As names of locales and encodings are compared: letters and digits alone.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The locales of this machine; none where nobody can tell.
fn installed() -> Vec<String> {
    let told = Command::new("locale").arg("-a").env("LC_ALL", "C").output();
    let text = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{LocaleError, judge};

    #[test]
    fn only_utf8_passes() {
        let installed = || vec!["C".to_owned(), "de_DE".to_owned(), "de_DE.iso88591".to_owned()];
        for name in ["", "C", "POSIX", "C.UTF-8", "en_US.utf8", "de_DE.UTF-8@euro"] {
            assert_eq!(judge(name, installed), Ok(()), "{name}");
        }
        assert_eq!(judge("ham", installed), Err(LocaleError::Unknown("ham".to_owned())));
        let encoding = |name: &str| Err(LocaleError::Encoding(name.to_owned()));
        assert_eq!(judge("de_DE.ISO-8859-1", installed), encoding("ISO-8859-1"));
        assert_eq!(judge("de_DE", installed), encoding("another one"));
    }
}
