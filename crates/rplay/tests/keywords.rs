//! Every keyword that public content uses has a case in `tests/compat`, or a form in `tests/lenient.rs`.

use std::{fs, path::Path};

/// The table: level, keyword, and the case that exercises the keyword there.
const TABLE: &str = include_str!("keywords.tsv");

#[test]
fn every_keyword_has_a_case_that_says_it() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat");
    let lenient = include_str!("lenient.rs");
    let mut wrong = Vec::new();
    for line in TABLE.lines().skip(1) {
        let mut fields = line.split('\t');
        let (Some(level), Some(keyword), Some(case)) = (fields.next(), fields.next(), fields.next()) else {
            wrong.push(format!("not three fields: {line}"));
            continue;
        };
        let written = match keyword {
            "(inline role param)" | "(bare name)" => ":".to_owned(),
            "with_*" => "with_".to_owned(),
            other => format!("{}:", other.trim_end_matches(" (legacy)")),
        };
        let said = match case {
            "lenient" => lenient.contains(&written),
            case => {
                fs::read_to_string(dir.join(format!("{case}.case"))).is_ok_and(|text| text.contains(&written))
            }
        };
        if !said {
            wrong.push(format!("{level} {keyword}: {case} does not say it"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
