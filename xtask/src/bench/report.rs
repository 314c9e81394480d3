//! Tables of what was measured.

use super::contest::Row;
use super::engine::Engine;
use super::measure::Cost;

/// What a case found.
#[derive(Debug)]
pub(crate) struct Report {
    /// What was done, in a sentence.
    pub(crate) about: String,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// What has to be said beside the table.
    pub(crate) notes: Vec<String>,
    pub(crate) targets: Vec<Target>,
}

/// Something rplay is to reach.
#[derive(Debug)]
pub(crate) struct Target {
    what: String,
    got: String,
    met: Option<bool>,
}

impl Target {
    /// `got` may be at most `most`; nothing was measured where it is none.
    pub(crate) fn at_most(what: impl Into<String>, got: Option<f64>, most: f64, unit: &str) -> Self {
        let shown = got.map_or_else(|| "not measured".to_owned(), |got| format!("{}{unit}", number(got)));
        Self { what: what.into(), got: shown, met: got.map(|got| got <= most) }
    }

    /// `got` has to be at least `least`.
    pub(crate) fn at_least(what: impl Into<String>, got: Option<f64>, least: f64, unit: &str) -> Self {
        let shown = got.map_or_else(|| "not measured".to_owned(), |got| format!("{}{unit}", number(got)));
        Self { what: what.into(), got: shown, met: got.map(|got| got >= least) }
    }

    /// rplay has to take at most one `part`th of what `engine` takes.
    pub(crate) fn part(rows: &[Row], engine: Engine, part: f64) -> Self {
        let ratio = cost(rows, engine).zip(cost(rows, Engine::Rplay)).map(|(it, ours)| it.wall / ours.wall);
        Self::at_least(format!("1/{part} of {}", engine.name()), ratio, part, "x faster")
    }

    /// rplay has to be no slower than `engine`.
    pub(crate) fn no_slower(rows: &[Row], engine: Engine) -> Self {
        let ratio = cost(rows, engine).zip(cost(rows, Engine::Rplay)).map(|(it, ours)| ours.wall / it.wall);
        Self::at_most(format!("no slower than the {}", engine.name()), ratio, 1.0, " of its time")
    }
}

/// What an engine's median run cost, if it did the work.
pub(crate) fn cost(rows: &[Row], engine: Engine) -> Option<Cost> {
    rows.iter().find(|row| row.engine == engine)?.cost.as_ref().ok().copied()
}

impl Report {
    /// The report of a contest.
    pub(crate) fn contest(about: String, rows: &[Row], targets: Vec<Target>) -> Self {
        let ours = cost(rows, Engine::Rplay);
        let columns = vec!["engine", "wall s", "times rplay's", "CPU s", "largest process MB", "runs"];
        let failed = |row: &Row| Some(format!("{}: {}", row.engine.name(), row.cost.as_ref().err()?));
        let notes = rows.iter().filter_map(failed).collect();
        let rows = rows.iter().map(|row| line(row, ours)).collect();
        Self { about, columns, rows, notes, targets }
    }

    /// The report in Markdown.
    pub(crate) fn markdown(&self) -> String {
        let widths: Vec<usize> = (0..self.columns.len()).map(|column| self.width(column)).collect();
        let line = |cells: Vec<&str>| {
            let cells = cells.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} |"));
            format!("|{}\n", cells.collect::<String>())
        };
        let mut text = format!("{}\n\n", self.about);
        text += &line(self.columns.clone());
        text += &format!("|{}\n", widths.iter().map(|width| "-".repeat(width + 2) + "|").collect::<String>());
        for row in &self.rows {
            text += &line(row.iter().map(String::as_str).collect());
        }
        text.push('\n');
        for note in &self.notes {
            text += &format!("- {note}\n");
        }
        for Target { what, got, met } in &self.targets {
            let met = met.map_or("not measured", |met| if met { "met" } else { "missed" });
            text += &format!("- Target: {what}: {got} ({met})\n");
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(self.columns.get(column).map(|name| name.chars().count())).max().unwrap_or(0)
    }
}

fn line(row: &Row, ours: Option<Cost>) -> Vec<String> {
    let name = row.engine.name().to_owned();
    match &row.cost {
        Ok(cost) => {
            let ratio = ours.map_or_else(|| "-".to_owned(), |ours| number(cost.wall / ours.wall));
            let cells = [number(cost.wall), ratio, number(cost.cpu), number(cost.memory)];
            std::iter::once(name).chain(cells).chain([row.runs.to_string()]).collect()
        }
        Err(_) => {
            let dash = || "-".to_owned();
            vec![name, "see below".to_owned(), dash(), dash(), dash(), row.runs.to_string()]
        }
    }
}

/// Three significant digits, no exponent.
pub(crate) fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 1.0 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}

/// Under which conditions was measured.
pub(crate) fn conditions(quick: bool) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    let size = if quick { "reduced size" } else { "full size" };
    format!("{size}, {cores} cores, load {load} at the end")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(engine: Engine, wall: f64) -> Row {
        Row { engine, cost: Ok(Cost { wall, cpu: 0.5, memory: 12.0 }), runs: 3 }
    }

    #[test]
    fn tables_show_ratios_and_targets() {
        let missing = Row { engine: Engine::Mitogen, cost: Err("not there".to_owned()), runs: 0 };
        let rows = [row(Engine::Core, 50.0), missing, row(Engine::Rplay, 0.5)];
        let targets = vec![
            Target::part(&rows, Engine::Core, 25.0),
            Target::part(&rows, Engine::Mitogen, 12.0),
            Target::no_slower(&rows, Engine::Core),
        ];
        let text = Report::contest("Work.".to_owned(), &rows, targets).markdown();
        assert!(text.contains("| ansible-core 2.19.14      | 50.0      | 100 "), "{text}");
        assert!(text.contains("| ansible-core with Mitogen | see below | - "), "{text}");
        assert!(text.contains("- ansible-core with Mitogen: not there\n"), "{text}");
        assert!(text.contains("1/25 of ansible-core 2.19.14: 100x faster (met)"), "{text}");
        assert!(text.contains("1/12 of ansible-core with Mitogen: not measured (not measured)"), "{text}");
        assert!(text.contains("0.010 of its time (met)"), "{text}");
    }
}
