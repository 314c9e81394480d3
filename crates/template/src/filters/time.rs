//! `strftime` and `to_datetime`.

use super::util;
use crate::{
    Args, Ctx, Fault, Res, Val,
    python::{
        strftime::{self, Moment},
        strptime,
    },
    val::float_of,
};
use rplay_value::DateTime;

pub(super) fn to_datetime(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [text, format] = args.bind("to_datetime", ["string", "format"], 1)?;
    let format = util::text(ctx, format, "%Y-%m-%d %H:%M:%S")?;
    let text = text.unwrap_or(Val::None);
    let Val::Str(text) = &text else {
        return Err(Fault::type_error(format!(
            "strptime() argument 1 must be str, not {}",
            text.type_name()
        )));
    };
    let (civil, offset) = strptime::parse(text, &format)?;
    Ok(Val::DateTime(DateTime { civil, offset }))
}

pub(super) fn strftime(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [format, second, utc] = args.bind("strftime", ["string_format", "second", "utc"], 1)?;
    let format = format.unwrap_or(Val::None);
    let Val::Str(format) = &format else {
        return Err(Fault::type_error(format!(
            "strftime() argument 1 must be str, not {}",
            format.type_name()
        )));
    };
    let outside = ctx.templar().outside();
    let instant = match second.filter(|second| !second.is_none()) {
        None => outside.now(),
        Some(second) => {
            let float = second.as_str().map_or_else(|| float_of(&second), super::number::parse_float);
            let Some(float) = float else {
                let shown = ctx.str(&second)?;
                return Err(Fault::plugin(format!("Invalid value for epoch value ({shown})")));
            };
            if float.is_nan() {
                return Err(Fault::value_error("Invalid value NaN (not a number)"));
            }
            let whole = float.floor();
            jiff::Timestamp::from_second(whole as i64)
                .map_err(|_| Fault::raised("OverflowError", "timestamp out of range for platform time_t"))?
        }
    };
    let utc = util::flag(ctx, utc, false)?;
    let zone = if utc { jiff::tz::TimeZone::UTC } else { ctx.templar().outside().time_zone() };
    let info = zone.to_offset_info(instant);
    let abbreviation = if utc { "GMT".to_owned() } else { info.abbreviation().to_owned() };
    let moment = Moment {
        civil: info.offset().to_datetime(instant),
        offset: Some(info.offset().seconds()),
        zone: abbreviation,
        has_micros: false,
    };
    Ok(Val::from(strftime::format(format, &moment)))
}
