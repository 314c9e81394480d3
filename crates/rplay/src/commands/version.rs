//! `--version`.

use crate::{Failure, cli::Name, exit};
use rplay_output::{Screen, Style};

/// Shows the version.
pub(crate) fn run(name: Name) -> Result<u8, Failure> {
    let called = match name {
        Name::Ansible => "ansible",
        Name::AnsiblePlaybook => "ansible-playbook",
        Name::AnsibleVault => "ansible-vault",
        _ => "rplay",
    };
    let config = crate::wiring::config()?;
    let file = config.path.as_ref().map_or_else(|| "None".into(), |path| path.display().to_string());
    let mut screen = Screen::standard(Style { status: false, ..crate::wiring::style() });
    let version = env!("CARGO_PKG_VERSION");
    match name {
        Name::Rplay => {
            screen.line(&format!("rplay {version} (speaks Ansible {})", crate::wiring::ANSIBLE_VERSION), None)
        }
        _ => screen
            .line(&format!("{called} [core {}] (rplay {version})", crate::wiring::ANSIBLE_VERSION), None),
    }
    screen.line(&format!("  config file = {file}"), None);
    if let Ok(program) = std::env::current_exe() {
        screen.line(&format!("  executable location = {}", program.display()), None);
    }
    Ok(exit::OK)
}
