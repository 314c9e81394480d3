//! Memory, in MiB.

use super::super::host::Host;
use crate::args::Map;
use serde_json::json;

pub(super) fn collect(host: &Host<'_>) -> Map {
    host.content("/proc/meminfo").map(|text| parse(&text)).unwrap_or_default()
}

fn parse(text: &str) -> Map {
    let mib = |name: &str| -> Option<i64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<i64>().ok().map(|kib| kib / 1024)
    };
    let (total, free) = (mib("MemTotal"), mib("MemFree"));
    let (swap, swap_free) = (mib("SwapTotal"), mib("SwapFree"));
    let less = |one: Option<i64>, other: Option<i64>| Some(one? - other?);
    let sum = || Some(mib("Cached")? + free? + mib("Buffers")?);
    let uncached = sum();
    let mut facts = Map::new();
    for (name, value) in
        [("memtotal_mb", total), ("memfree_mb", free), ("swaptotal_mb", swap), ("swapfree_mb", swap_free)]
    {
        facts.extend(value.map(|value| (name.to_owned(), value.into())));
    }
    let all = json!({
        "real": {"total": total, "used": less(total, free), "free": free},
        "nocache": {"free": uncached, "used": less(total, uncached)},
        "swap": {"total": swap, "free": swap_free, "used": less(swap, swap_free), "cached": mib("SwapCached")},
    });
    facts.insert("memory_mb".to_owned(), all);
    facts
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::{Value, json};

    #[test]
    fn meminfo_is_read_as_ansible_reads_it() {
        let text = "MemTotal:       16318480 kB\nMemFree:         1034560 kB\nMemAvailable:   9000000 kB\n\
            Buffers:          262144 kB\nCached:          6291456 kB\nSwapCached:         2047 kB\n\
            SwapTotal:       2097148 kB\nSwapFree:        2000000 kB\n";
        assert_eq!(
            Value::Object(parse(text)),
            json!({
                "memtotal_mb": 15936, "memfree_mb": 1010, "swaptotal_mb": 2047, "swapfree_mb": 1953,
                "memory_mb": {
                    "real": {"total": 15936, "used": 14926, "free": 1010},
                    "nocache": {"free": 7410, "used": 8526},
                    "swap": {"total": 2047, "free": 1953, "used": 94, "cached": 1}
                }
            })
        );
    }
}
