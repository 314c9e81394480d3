//! Lists of hosts in place of a path: `web1,web2`, and with ranges where `advanced_host_list` is enabled.

use crate::{Inventory, InventoryError, address, kinds::Candidate, range};

/// Text with a comma that is no path.
pub(crate) fn accepts(candidate: &Candidate<'_>) -> bool {
    candidate.text.contains(',') && !candidate.path.exists()
}

/// Each name is one host; ranges are not expanded (`host_list`).
pub(crate) fn read(inventory: &mut Inventory, candidate: &Candidate<'_>) -> Result<(), InventoryError> {
    each(inventory, candidate.text, |_, text| {
        let (name, port) =
            address::parse(text).filter(|(name, _)| !name.contains('[')).unwrap_or((text, None));
        Ok((vec![name.to_owned()], port))
    })
}

/// Each name may be a range (`advanced_host_list`). A range without sense is a name, unless one of its ends
/// is no number.
pub(crate) fn read_ranges(
    inventory: &mut Inventory,
    candidate: &Candidate<'_>,
) -> Result<(), InventoryError> {
    each(inventory, candidate.text, |inventory, text| match range::expand_pattern(text) {
        Ok(expanded) => Ok(expanded),
        Err(problem) if range::is_bad_number(&problem) => {
            Err(candidate.fault(format!("Invalid data from string, could not parse: {problem}")))
        }
        Err(problem) => {
            inventory.say(format!("Unable to parse address from hostname, leaving unchanged: {problem}"));
            Ok((vec![text.to_owned()], None))
        }
    })
}

fn each(
    inventory: &mut Inventory,
    list: &str,
    hosts: impl Fn(&mut Inventory, &str) -> Result<(Vec<String>, Option<u32>), InventoryError>,
) -> Result<(), InventoryError> {
    let ungrouped = inventory.add_group("ungrouped")?;
    for text in list.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let (names, port) = hosts(inventory, text)?;
        for name in names {
            if inventory.hosts.contains_key(name.as_str()) {
                continue;
            }
            let host = inventory.add_host(&name, port)?;
            inventory.add_host_to_group(ungrouped, host);
        }
    }
    Ok(())
}
