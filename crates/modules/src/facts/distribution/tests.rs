//! The files of distributions, and what ansible-core 2.19.14 makes of them (`expected.json` beside
//! each, written by its own code).

use super::super::host::Host;
use crate::args::{Map, Value};
use crate::system::{Services, Settings, System};
use std::path::Path;

#[test]
fn distributions_are_named_as_ansible_names_them() {
    let sys = System::new(Settings::default(), Services::default());
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/distributions");
    let mut seen = 0;
    for dir in std::fs::read_dir(all).unwrap() {
        let dir = dir.unwrap().path();
        let expected = std::fs::read(dir.join("expected.json")).unwrap();
        let expected: Map = serde_json::from_slice(&expected).unwrap();
        let found = super::find(&Host::rooted(&sys, &dir));
        assert_eq!(sorted(found), sorted(expected), "{}", dir.display());
        seen += 1;
    }
    assert!(seen > 30);
}

fn sorted(map: Map) -> Vec<(String, Value)> {
    let mut pairs: Vec<(String, Value)> = map.into_iter().collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    pairs
}
