//! Processors.

use super::super::host::Host;
use crate::args::{Map, Value};
use rustix::system::uname;

/// What `/proc/cpuinfo` lists, counted.
#[derive(Default)]
struct Counts {
    listed: usize,
    vendors: usize,
    models: usize,
    processors: usize,
    /// Per socket its cores, in order of appearance.
    sockets: Vec<(String, i64)>,
    /// Per core its siblings.
    cores: Vec<(String, i64)>,
    zarch_processors: i64,
    zarch_threads: i64,
    paravirtual: bool,
    names: Vec<Value>,
    flags: Option<Vec<Value>>,
}

pub(super) fn collect(host: &Host<'_>) -> Map {
    let Some(text) = host.content("/proc/cpuinfo") else { return Map::new() };
    let architecture = uname().machine().to_string_lossy().into_owned();
    let xen = host.exists("/proc/xen")
        || host.lines("/sys/hypervisor/type").first().is_some_and(|line| line.trim() == "xen");
    let mut facts = parse(&text, &architecture, xen);
    if let Some(count) = allowed(host) {
        facts.insert("processor_nproc".to_owned(), count.into());
    }
    facts
}

/// The processors this process may run on.
fn allowed(host: &Host<'_>) -> Option<u32> {
    let lines = host.lines("/proc/self/status");
    let mask = lines.iter().find_map(|line| line.strip_prefix("Cpus_allowed:"))?.trim();
    Some(mask.chars().filter_map(|digit| digit.to_digit(16)).map(u32::count_ones).sum())
}

fn parse(text: &str, architecture: &str, xen: bool) -> Map {
    let mut counts = Counts::default();
    let (mut socket, mut core) = (String::new(), String::new());
    for line in text.lines() {
        let (key, value) =
            line.split_once(':').map_or((line.trim(), ""), |(key, value)| (key.trim(), value.trim()));
        let number = || value.parse::<i64>().unwrap_or(0);
        match key {
            "physical id" => {
                value.clone_into(&mut socket);
                if !counts.sockets.iter().any(|(id, _)| *id == socket) {
                    counts.sockets.push((socket.clone(), 1));
                }
            }
            "core id" => {
                value.clone_into(&mut core);
                // Ansible compares with the sockets here; where a number is both, the core is not listed.
                if !counts.sockets.iter().any(|(id, _)| *id == core) {
                    put(&mut counts.cores, &core, 1);
                }
            }
            "cpu cores" => put(&mut counts.sockets, &socket, number()),
            "siblings" => put(&mut counts.cores, &core, number()),
            "# processors" => counts.zarch_processors = number(),
            "max thread id" => counts.zarch_threads = number() + 1,
            "ncpus active" => counts.listed = usize::try_from(number()).unwrap_or(0),
            _ => counts.note(key, value, xen),
        }
    }
    counts.facts(architecture)
}

fn put(list: &mut Vec<(String, i64)>, id: &str, value: i64) {
    match list.iter_mut().find(|(known, _)| known == id) {
        Some((_, slot)) => *slot = value,
        None => list.push((id.to_owned(), value)),
    }
}

/// As Python rounds: halves to the even neighbour.
fn rounded(dividend: i64, divisor: i64) -> i64 {
    if divisor == 0 { 0 } else { (dividend as f64 / divisor as f64).round_ties_even() as i64 }
}

impl Counts {
    fn note(&mut self, key: &str, value: &str, xen: bool) {
        if key == "flags" {
            self.paravirtual |= xen && !value.contains("vme");
            self.flags = Some(value.split_whitespace().map(Value::from).collect());
        }
        if matches!(key, "model name" | "Processor" | "vendor_id" | "cpu" | "Vendor" | "processor") {
            self.names.push(value.into());
            self.listed += 1;
            self.vendors += usize::from(key == "vendor_id");
            self.models += usize::from(key == "model name");
            self.processors += usize::from(key == "processor");
        }
    }

    fn facts(self, architecture: &str) -> Map {
        let mut listed =
            if self.vendors > 0 && self.vendors == self.models { self.vendors } else { self.listed };
        if ["armv", "aarch", "ppc"].iter().any(|start| architecture.starts_with(start)) {
            listed = self.processors;
        }
        let listed = i64::try_from(listed).unwrap_or(0);
        let (count, cores, threads, vcpus, nproc) = if architecture == "s390x" {
            let (processors, threads) = (self.zarch_processors, self.zarch_threads);
            (1, rounded(processors, threads), threads, processors, processors)
        } else if self.paravirtual {
            (listed, listed, 1, listed, listed)
        } else {
            let sockets = i64::try_from(self.sockets.len()).unwrap_or(0);
            let count = if sockets > 0 { sockets } else { listed };
            let cores =
                self.sockets.first().map(|(_, cores)| *cores).filter(|cores| *cores != 0).unwrap_or(1);
            let threads = rounded(self.cores.first().map_or(1, |(_, siblings)| *siblings), cores);
            (count, cores, threads, threads * count * cores, i64::try_from(self.processors).unwrap_or(0))
        };
        let mut facts = Map::new();
        facts.insert("processor".to_owned(), Value::Array(self.names));
        facts.extend(self.flags.map(|flags| ("flags".to_owned(), Value::Array(flags))));
        for (name, value) in [
            ("processor_count", count),
            ("processor_cores", cores),
            ("processor_threads_per_core", threads),
            ("processor_vcpus", vcpus),
            ("processor_nproc", nproc),
        ] {
            facts.insert(name.to_owned(), value.into());
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::args::Value;

    const X86: &str = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\nphysical id\t: 0\nsiblings\t: 4\n\
        core id\t\t: 0\ncpu cores\t: 2\nflags\t\t: fpu vme\n\nprocessor\t: 1\nvendor_id\t: GenuineIntel\n\
        model name\t: Xeon\nphysical id\t: 0\nsiblings\t: 4\ncore id\t\t: 1\ncpu cores\t: 2\nflags\t\t: fpu vme\n";
    const ARM: &str = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU part\t: 0xd08\n\nprocessor\t: 1\nBogoMIPS\t: 108.00\n\n\
        Hardware\t: BCM2835\nModel\t\t: Raspberry Pi 4 Model B\n";
    const PPC: &str = "processor\t: 0\ncpu\t\t: POWER8 (architected)\nclock\t\t: 3425MHz\n\nprocessor\t: 1\n\
        cpu\t\t: POWER8 (architected)\n\ntimebase\t: 512000000\nplatform\t: pSeries\n";
    const S390: &str = "vendor_id       : IBM/S390\n# processors    : 4\nbogomips per cpu: 3033.00\n\
        max thread id   : 1\nprocessor 0: version = FF,  identification = 0133E8,  machine = 2964\n";

    // Count, cores, threads per core, vcpus as ansible-core counts them in these samples.
    #[test]
    fn processors_are_counted_as_ansible_counts_them() {
        let table = [
            (X86, "x86_64", [1, 2, 2, 4]),
            (ARM, "aarch64", [2, 1, 1, 2]),
            (PPC, "ppc64le", [2, 1, 1, 2]),
            (S390, "s390x", [1, 2, 2, 4]),
        ];
        for (text, architecture, wanted) in table {
            let facts = parse(text, architecture, false);
            let of = |name: &str| facts[&format!("processor_{name}")].as_i64().unwrap();
            assert_eq!(
                [of("count"), of("cores"), of("threads_per_core"), of("vcpus")],
                wanted,
                "{architecture}"
            );
        }
        let names = parse(X86, "x86_64", false);
        assert_eq!(
            names["processor"],
            Value::from(vec!["0", "GenuineIntel", "Xeon", "1", "GenuineIntel", "Xeon"])
        );
        assert_eq!(names["flags"], Value::from(vec!["fpu", "vme"]));
    }

    #[test]
    fn xen_guests_without_the_flag_are_counted_by_lines() {
        let facts = parse(&X86.replace(" vme", ""), "x86_64", true);
        assert_eq!((&facts["processor_count"], &facts["processor_vcpus"]), (&2.into(), &2.into()));
    }
}
