//! Runs one module on this host: `module NAME 'JSON' [check]`, result as JSON on standard output.

use rplay_modules::system::{Services, Settings};
use rplay_modules::{Call, System, run};
use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let name = words.next().ok_or("which module?")?;
    let args = serde_json::from_str(&words.next().unwrap_or_else(|| "{}".to_owned()))?;
    let check_mode = words.next().is_some_and(|word| word == "check");
    let sys = System::new(Settings { check_mode, diff: true, ..Settings::default() }, Services::default());
    let result = run(&Call { name, args }, &sys);
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&result)?)?;
    Ok(())
}
