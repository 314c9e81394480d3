//! Templates alone, in one process each: rplay's engine beside ansible-core's Templar.

use std::process::Command;

use crate::bench::report::{Target, number};
use crate::bench::{Bench, Report};
use crate::error::{Result, TaskError};
use crate::{cargo, say};

/// Small templates and conditionals, all different.
const SMALL: (usize, usize) = (10_000, 500);

/// The part of ansible-core's time that rplay may take for a file's first render and for many small texts.
const FIRST: f64 = 30.0;
const MANY: f64 = 100.0;

/// The Python side.
const TEMPLAR: &str = include_str!("../templar.py");

/// A template file: a head, a part that is repeated with its number, and how often.
struct File {
    name: &'static str,
    head: &'static str,
    part: &'static str,
    times: usize,
}

const FILES: &[File] = &[
    File {
        name: "balancer",
        head: include_str!("../content/balancer-head.j2"),
        part: include_str!("../content/balancer-part.j2"),
        times: 6,
    },
    File { name: "manifest", head: "", part: include_str!("../content/manifest-part.j2"), times: 21 },
    File { name: "server", head: "", part: include_str!("../content/server-part.j2"), times: 59 },
];

const SMALL_FORMS: &[&str] = &[
    "{{ site }}/@N@",
    "host-@N@.{{ domain }}",
    "{{ server.port + @N@ }}",
    "{{ services[0].name | upper }}-@N@",
    "{{ numbers | sort | join('-') }}:@N@",
    "{% if flags.fast %}fast{% else %}slow{% endif %}-@N@",
    "{{ missing | default('none') }}@N@",
    "{{ '%04d' | format(@N@) }}",
    "{{ servers | map(attribute='name') | list | first }}@N@",
    "{{ {'id': @N@, 'name': region} | to_json }}",
];

const CONDITION_FORMS: &[&str] = &[
    "server.port > @N@",
    "flags.fast and not flags.safe or @N@ == 1",
    "missing is not defined and @N@ > 2",
    "'web' in services | map(attribute='name') and @N@ < 400",
    "version is version('1.@N@', '>=')",
    "site is match('north') and @N@ % 2 == 0",
    "(servers | length) >= (@N@ % 7)",
    "region in ['north', 'south@N@']",
    "server.log.level == 'info' and server.memory_mb | int > @N@",
    "numbers | max > @N@",
];

/// A line of what either side prints.
#[derive(Debug, PartialEq)]
struct Timing {
    name: String,
    seconds: f64,
    digest: String,
}

pub(super) fn run(bench: &Bench) -> Result<Report> {
    let (job, lines) = prepare(bench)?;
    let program = example()?;
    let ours = median(bench.scope.runs, || timings(Command::new(&program).arg(&job)))?;
    let theirs = bench.programs.python().and_then(|python| {
        let script = job.join("templar.py");
        let run = || timings(Command::new(&python).arg(&script).arg(&job));
        median(bench.scope.runs.min(3), run).map_err(|error| error.to_string())
    });
    let notes = theirs.as_ref().err().map(|why| format!("ansible-core: {why}")).into_iter().collect();
    let rows = ours.iter().map(|ours| row(ours, &theirs)).collect();
    let same = theirs.as_ref().ok().map(|theirs| {
        let differ =
            |ours: &&Timing| theirs.iter().any(|it| it.name == ours.name && it.digest != ours.digest);
        ours.iter().filter(differ).count() as f64
    });
    let about = format!(
        "Templates of {} lines, {} small templates and as many conditionals, all different, in one process; the \
         first render includes the compilation. Medians.",
        lines.map(|lines| lines.to_string()).join(", "),
        bench.size(SMALL.0, SMALL.1)
    );
    let columns = vec!["work", "ansible-core ms", "rplay ms", "times rplay's", "same text"];
    let mut targets = vec![Target::at_most("results that differ", same, 0.0, "")];
    targets.extend(ours.iter().filter_map(|ours| target(ours, theirs.as_deref().unwrap_or_default())));
    Ok(Report { about, columns, rows, notes, targets })
}

/// What rplay is to reach in a row, if anything: rendering again has no target of its own.
fn target(ours: &Timing, theirs: &[Timing]) -> Option<Target> {
    let part = match ours.name.as_str() {
        "small" | "conditions" => MANY,
        name if name.ends_with(" first") => FIRST,
        _ => return None,
    };
    let ratio = theirs.iter().find(|it| it.name == ours.name).map(|it| it.seconds / ours.seconds);
    let what = format!("{}: 1/{part} of ansible-core", ours.name);
    Some(Target::at_least(what, ratio, part, "x faster"))
}

fn row(ours: &Timing, theirs: &Result<Vec<Timing>, String>) -> Vec<String> {
    let milliseconds = number(ours.seconds * 1000.0);
    let found = theirs.as_ref().map(|all| all.iter().find(|it| it.name == ours.name));
    match found {
        Ok(Some(it)) => {
            let same = if it.digest == ours.digest { "yes" } else { "no" };
            let ratio = number(it.seconds / ours.seconds);
            vec![ours.name.clone(), number(it.seconds * 1000.0), milliseconds, ratio, same.to_owned()]
        }
        Ok(None) => vec![ours.name.clone(), "-".into(), milliseconds, "-".into(), "-".into()],
        Err(_) => vec![ours.name.clone(), "see below".into(), milliseconds, "-".into(), "-".into()],
    }
}

/// Writes the job; returns its directory and how many lines the files have.
fn prepare(bench: &Bench) -> Result<(std::path::PathBuf, [usize; 3])> {
    let job = bench.home.work().join("template");
    std::fs::create_dir_all(&job).map_err(TaskError::io("cannot create the directory", &job))?;
    let write = |name: &str, text: &str| {
        let path = job.join(name);
        std::fs::write(&path, text).map_err(TaskError::io("cannot write", &path))
    };
    let mut lines = [0; 3];
    for (file, lines) in FILES.iter().zip(&mut lines) {
        let parts = (0..file.times).map(|number| file.part.replace("@N@", &number.to_string()));
        let text = file.head.to_owned() + &parts.collect::<String>();
        *lines = text.lines().count();
        write(&format!("{}.j2", file.name), &text)?;
    }
    let count = bench.size(SMALL.0, SMALL.1);
    write("vars.json", include_str!("../content/template-vars.json"))?;
    write("small.json", &list(SMALL_FORMS, count))?;
    write("conditions.json", &list(CONDITION_FORMS, count))?;
    write("templar.py", TEMPLAR)?;
    Ok((job, lines))
}

/// A JSON list of `count` texts; the forms hold nothing that JSON would escape.
fn list(forms: &[&str], count: usize) -> String {
    let number = |index: usize| (index / forms.len()).to_string();
    let text = |index: usize| forms.get(index % forms.len()).map(|form| form.replace("@N@", &number(index)));
    let texts: Vec<String> = (0..count).filter_map(text).map(|text| format!("\"{text}\"")).collect();
    format!("[{}]", texts.join(",\n"))
}

fn example() -> Result<std::path::PathBuf> {
    let mut build = cargo::command()?;
    cargo::run(build.args(["build", "--release", "-p", "rplay-template", "--example", "render_bench"]))?;
    Ok(cargo::target_dir()?.join("release/examples/render_bench"))
}

fn timings(command: &mut Command) -> Result<Vec<Timing>> {
    let text = cargo::output(command)?;
    let parse = |line: &str| {
        let mut cells = line.split('\t');
        let (name, seconds, digest) = (cells.next()?, cells.next()?.parse().ok()?, cells.next()?);
        Some(Timing { name: name.to_owned(), seconds, digest: digest.to_owned() })
    };
    Ok(text.lines().filter_map(parse).collect())
}

/// The median of each line over several runs.
fn median(runs: usize, run: impl Fn() -> Result<Vec<Timing>>) -> Result<Vec<Timing>> {
    let all: Vec<Vec<Timing>> = (0..runs).map(|_| run()).collect::<Result<_>>()?;
    say(&format!("template: {runs} runs"));
    let mut lines = Vec::new();
    for index in 0..all.first().map_or(0, Vec::len) {
        let mut seconds: Vec<f64> = all.iter().filter_map(|run| Some(run.get(index)?.seconds)).collect();
        seconds.sort_by(f64::total_cmp);
        let Some(line) = all.first().and_then(|run| run.get(index)) else { continue };
        let seconds = seconds.get(seconds.len() / 2).copied().unwrap_or(line.seconds);
        lines.push(Timing { seconds, name: line.name.clone(), digest: line.digest.clone() });
    }
    Ok(lines)
}
