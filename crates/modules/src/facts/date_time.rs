//! `date_time`: now.

use super::host::Host;
use crate::args::{Map, Value};
use jiff::{SignedDuration, Timestamp, Zoned, tz::TimeZone};

pub(super) fn collect(host: &Host<'_>) -> Map {
    Map::from_iter([("date_time".to_owned(), Value::Object(parts(&host.sys.now())))])
}

fn parts(now: &Zoned) -> Map {
    let utc = now.with_time_zone(TimeZone::UTC);
    let formats = [
        ("year", "%Y"),
        ("month", "%m"),
        ("weekday", "%A"),
        ("weekday_number", "%w"),
        ("weeknumber", "%W"),
        ("day", "%d"),
        ("hour", "%H"),
        ("minute", "%M"),
        ("second", "%S"),
        ("epoch", "%s"),
        ("epoch_int", "%s"),
        ("date", "%Y-%m-%d"),
        ("time", "%H:%M:%S"),
        ("iso8601_micro", "%Y-%m-%dT%H:%M:%S.%6fZ"),
        ("iso8601", "%Y-%m-%dT%H:%M:%SZ"),
        ("iso8601_basic", "%Y%m%dT%H%M%S%6f"),
        ("iso8601_basic_short", "%Y%m%dT%H%M%S"),
        ("tz", "%Z"),
        ("tz_offset", "%z"),
    ];
    let in_utc = |name: &str| matches!(name, "iso8601" | "iso8601_micro");
    let mut parts: Map = formats
        .iter()
        .map(|(name, format)| {
            let moment = if in_utc(name) { &utc } else { now };
            ((*name).to_owned(), Value::from(moment.strftime(format).to_string()))
        })
        .collect();
    parts.insert("tz_dst".to_owned(), summer_name(now).into());
    parts
}

/// The zone's name in summer: that of the year's furthest clock; without a change, the zone's name.
fn summer_name(now: &Zoned) -> String {
    let zone = now.time_zone();
    let at = |moment: Timestamp| {
        let info = zone.to_offset_info(moment);
        (info.offset(), info.abbreviation().to_owned())
    };
    let year = SignedDuration::from_hours(24 * 366);
    let end = now.timestamp().checked_add(year).unwrap_or(Timestamp::MAX);
    let later = zone.following(now.timestamp()).take_while(|change| change.timestamp() < end);
    let names = later.map(|change| at(change.timestamp()));
    let (_, name) =
        names.fold(at(now.timestamp()), |best, other| if other.0 > best.0 { other } else { best });
    name
}

#[cfg(test)]
mod tests {
    use super::parts;
    use jiff::Timestamp;

    #[test]
    fn zones_are_named_as_python_names_them() {
        let now = Timestamp::from_second(1_795_221_312).unwrap();
        let table = [
            ("UTC", "UTC", "UTC", "+0000"),
            ("Europe/Berlin", "CET", "CEST", "+0100"),
            ("Asia/Tokyo", "JST", "JST", "+0900"),
            ("America/New_York", "EST", "EDT", "-0500"),
            ("Australia/Sydney", "AEDT", "AEDT", "+1100"),
            ("America/Sao_Paulo", "-03", "-03", "-0300"),
            ("Europe/Dublin", "GMT", "IST", "+0000"),
        ];
        for (zone, tz, dst, offset) in table {
            let parts = parts(&now.in_tz(zone).unwrap());
            assert_eq!(
                (&parts["tz"], &parts["tz_dst"], &parts["tz_offset"]),
                (&tz.into(), &dst.into(), &offset.into())
            );
        }
    }

    #[test]
    fn moments_are_written_as_python_writes_them() {
        let now = Timestamp::from_microsecond(1_795_221_312_000_042).unwrap().in_tz("Europe/Berlin").unwrap();
        let parts = parts(&now);
        let table = [
            ("date", "2026-11-21"),
            ("time", "01:35:12"),
            ("weekday", "Saturday"),
            ("weekday_number", "6"),
            ("weeknumber", "46"),
            ("epoch", "1795221312"),
            ("iso8601_micro", "2026-11-21T00:35:12.000042Z"),
            ("iso8601", "2026-11-21T00:35:12Z"),
            ("iso8601_basic", "20261121T013512000042"),
            ("iso8601_basic_short", "20261121T013512"),
        ];
        for (name, wanted) in table {
            assert_eq!(parts[name], wanted, "{name}");
        }
    }
}
