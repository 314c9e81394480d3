//! The template engine at the work of the directory given: prints name, seconds and a digest of what came out.
//! `cargo xtask bench template` prepares the directory and runs this beside ansible-core's Templar.
#![allow(clippy::print_stdout, reason = "the numbers are its output")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rplay_template::{FileOptions, Scope, Settings, Templar};
use rplay_value::{Str, Value};
use sha1::{Digest as _, Sha1};

type Outcome<T> = Result<T, Box<dyn Error>>;

const FILES: [&str; 3] = ["balancer", "manifest", "server"];

fn main() -> Outcome<()> {
    let job = std::env::args_os().nth(1).ok_or("give the directory of the job")?;
    let job = Path::new(&job);
    let vars = read(job, "vars.json")?;
    let scope: Arc<dyn Scope> = Arc::new(vars.as_dict().cloned().unwrap_or_default());
    let templar = Templar::new(Settings::default());
    templar.render_text(&scope, &Str::trusted("{{ 1 }}"))?;
    for name in FILES {
        let text = Str::trusted(std::fs::read_to_string(job.join(format!("{name}.j2")))?);
        for turn in ["first", "again"] {
            timed(&format!("{name} {turn}"), || {
                Ok(vec![templar.render_file(&scope, &text, &FileOptions::default())?])
            })?;
        }
    }
    let (small, conditions) = (read(job, "small.json")?, read(job, "conditions.json")?);
    timed("small", || {
        let render = |text| Ok(templar.render(&scope, text)?.unwrap_or(Value::None).to_text());
        small.as_list().unwrap_or_default().iter().map(render).collect()
    })?;
    timed("conditions", || {
        let truth = |bool| if bool { "True" } else { "False" }.to_owned();
        let decide = |text| Ok(truth(templar.condition(&scope, text)?));
        conditions.as_list().unwrap_or_default().iter().map(decide).collect()
    })
}

fn read(job: &Path, name: &str) -> Outcome<Value> {
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(job.join(name))?)?;
    Ok(Value::from(json).with_trust(true))
}

fn timed(name: &str, work: impl FnOnce() -> Outcome<Vec<String>>) -> Outcome<()> {
    let began = Instant::now();
    let out = work()?;
    let took = began.elapsed().as_secs_f64();
    let mut digest = String::new();
    for byte in Sha1::digest(out.join("\0")) {
        write!(digest, "{byte:02x}")?;
    }
    println!("{name}\t{took}\t{digest}");
    Ok(())
}
