//! `--version`.

use crate::{Failure, exit};
use rplay_output::{Screen, Style};

/// Shows the version of the program, which was called as `program`.
pub(crate) fn run(program: &str) -> Result<u8, Failure> {
    let config = crate::wiring::config()?;
    let file = config.path.as_ref().map_or_else(|| "None".into(), |path| path.display().to_string());
    let mut screen = Screen::standard(Style { status: false, ..crate::wiring::style() });
    let (own, spoken) = (env!("CARGO_PKG_VERSION"), crate::wiring::ANSIBLE_VERSION);
    screen.line(
        &match program.starts_with("rplay") {
            true => format!("{program} {own} (speaks Ansible {spoken})"),
            false => format!("{program} [core {spoken}] (rplay {own})"),
        },
        None,
    );
    screen.line(&format!("  config file = {file}"), None);
    if let Ok(program) = std::env::current_exe() {
        screen.line(&format!("  executable location = {}", program.display()), None);
    }
    Ok(exit::OK)
}
