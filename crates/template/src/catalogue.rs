//! What filters, tests and lookups there are, and where each comes from.

use crate::{filters, lookups, tests};

/// A filter, test or lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// Its short name.
    pub name: &'static str,
    /// The collection it is called by.
    pub collection: &'static str,
    /// Where it comes from: `Jinja2`, or the collection.
    pub source: &'static str,
}

/// Filters of Jinja2 3.1 that ansible-core leaves as they are.
const JINJA_FILTERS: &str = "abs attr batch capitalize center count d default dictsort e escape filesizeformat \
     first float forceescape format groupby indent int items join last length list lower map max min pprint \
     random reject rejectattr replace reverse round safe select selectattr slice sort string striptags sum title \
     tojson trim truncate upper urlencode urlize wordcount wordwrap xmlattr";

/// Tests of Jinja2 3.1.
const JINJA_TESTS: &str = "!= < <= == > >= boolean callable defined divisibleby eq equalto escaped even false \
     filter float ge greaterthan gt in integer iterable le lessthan lower lt mapping ne none number odd sameas \
     sequence string test true undefined upper";

fn known<F: Copy>(plugins: &[crate::Plugin<F>], jinja: &str) -> Vec<Known> {
    let mut all: Vec<Known> = plugins
        .iter()
        .map(|plugin| {
            let is_jinja = plugin.collection == "ansible.builtin"
                && jinja.split_whitespace().any(|name| name == plugin.name);
            Known {
                name: plugin.name,
                collection: plugin.collection,
                source: if is_jinja { "Jinja2" } else { plugin.collection },
            }
        })
        .collect();
    all.sort_unstable();
    all
}

/// All filters, by name.
pub fn known_filters() -> Vec<Known> {
    known(filters::FILTERS, JINJA_FILTERS)
}

/// All tests, by name.
pub fn known_tests() -> Vec<Known> {
    known(tests::TESTS, JINJA_TESTS)
}

/// All lookups, by name.
pub fn known_lookups() -> Vec<Known> {
    known(lookups::LOOKUPS, "")
}
