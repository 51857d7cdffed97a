//! Small readers over untyped FHIR JSON. Absent is `None`; present but unreadable is an error with the field's name.

use crate::domain::facts::Money;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

/// Base of our extension and system URLs.
pub const BASE: &str = "https://apothecary.example/fhir/";

/// Why a resource is kept out.
pub type Reason = String;

/// A text at a JSON pointer.
pub fn text<'a>(v: &'a Value, pointer: &str) -> Option<&'a str> {
    v.pointer(pointer).and_then(Value::as_str).map(str::trim).filter(|s| !s.is_empty())
}

/// A text that must be there.
pub fn need<'a>(v: &'a Value, pointer: &str) -> Result<&'a str, Reason> {
    text(v, pointer).ok_or_else(|| format!("{} is missing", pointer.trim_start_matches('/').replace('/', ".")))
}

/// The Spanish twin of a text, by FHIR's translation extension on `_field`.
pub fn spanish(v: &Value, pointer: &str) -> Option<String> {
    let twins = list(v.pointer(pointer)?, "/extension").iter();
    let named = |e: &Value, url: &str, value: &str| {
        list(e, "/extension")
            .iter()
            .find(|x| text(x, "/url") == Some(url))
            .and_then(|x| text(x, value))
            .map(str::to_owned)
    };
    twins
        .filter(|e| named(e, "lang", "/valueCode").as_deref() == Some("es"))
        .find_map(|e| named(e, "content", "/valueString"))
}

/// The elements of a list; none when absent.
pub fn list<'a>(v: &'a Value, pointer: &str) -> &'a [Value] {
    v.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The extension of ours with a name.
pub fn ext<'a>(v: &'a Value, name: &str) -> Option<&'a Value> {
    exts(v, name).next()
}

/// All extensions of ours with a name.
pub fn exts<'a>(v: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    list(v, "/extension").iter().filter(move |e| text(e, "/url").is_some_and(|u| u.strip_prefix(BASE) == Some(name)))
}

/// The `input` or `output` entries with a type text.
pub fn io<'a>(v: &'a Value, list_name: &str, kind: &str) -> impl Iterator<Item = &'a Value> {
    list(v, list_name).iter().filter(move |i| text(i, "/type/text") == Some(kind))
}

/// The first string input of a kind.
pub fn input(v: &Value, kind: &str) -> Option<String> {
    io(v, "/input", kind).find_map(|i| text(i, "/valueString")).map(str::to_owned)
}

/// The same in Spanish, where the feed has it.
pub fn input_es(v: &Value, kind: &str) -> Option<String> {
    io(v, "/input", kind).find_map(|i| spanish(i, "/_valueString"))
}

/// The code of a CodeableConcept's coding in a system of ours.
pub fn code<'a>(v: &'a Value, pointer: &str, system: &str) -> Option<&'a str> {
    let coding = |c: &&Value| text(c, "/system").and_then(|s| s.strip_prefix(BASE)) == Some(system);
    list(v, &format!("{pointer}/coding")).iter().find(coding).and_then(|c| text(c, "/code"))
}

/// A reference as `Type/id`, without base and version.
pub fn reference<'a>(v: &'a Value, pointer: &str) -> Option<&'a str> {
    let full = text(v, &format!("{pointer}/reference"))?;
    let full = full.split("/_history/").next().unwrap_or(full);
    Some(full.strip_prefix(BASE).unwrap_or(full))
}

/// The id of a reference to a type.
pub fn ref_id<'a>(v: &'a Value, pointer: &str, kind: &str) -> Option<&'a str> {
    reference(v, pointer)?.strip_prefix(kind)?.strip_prefix('/')
}

/// An instant with offset, or a plain date taken as its midnight UTC.
pub fn instant(v: &Value, pointer: &str) -> Result<Option<Timestamp>, Reason> {
    let Some(s) = text(v, pointer) else {
        return Ok(None);
    };
    let plain = || s.parse::<Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| z.timestamp());
    s.parse::<Timestamp>()
        .ok()
        .or_else(plain)
        .map(Some)
        .ok_or_else(|| format!("{pointer} is no instant with an offset"))
}

/// A plain date; of an instant its own local day.
pub fn date(v: &Value, pointer: &str) -> Result<Option<Date>, Reason> {
    let Some(s) = text(v, pointer) else {
        return Ok(None);
    };
    s.get(..10).and_then(|d| d.parse().ok()).map(Some).ok_or_else(|| format!("{pointer} is no date"))
}

/// An amount in US dollars.
pub fn money(v: &Value, pointer: &str) -> Result<Option<Money>, Reason> {
    let Some(amount) = v.pointer(pointer) else {
        return Ok(None);
    };
    if text(amount, "/currency").is_some_and(|c| c != "USD") {
        return Err(format!("{pointer} is not in USD"));
    }
    let value = amount.get("value").and_then(Value::as_f64).filter(|x| x.is_finite() && x.abs() < 1e9);
    let value = value.ok_or_else(|| format!("{pointer}.value is no amount"))?;
    // Amounts have at most two decimals, so that rounding only takes off the binary remainder.
    #[allow(clippy::cast_possible_truncation, reason = "bounded above")]
    Ok(Some(Money((value * 100.0).round() as i64)))
}

/// A quantity with its unit, `180 tablets`.
pub fn quantity(v: &Value, pointer: &str) -> Option<String> {
    let q = v.pointer(pointer)?;
    let unit = text(q, "/unit").unwrap_or_default();
    Some(format!("{} {unit}", q.get("value")?).trim().to_owned())
}

/// A whole number at a pointer.
pub fn whole(v: &Value, pointer: &str) -> Option<u32> {
    v.pointer(pointer).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok())
}

/// A status that must be one of the standard's; unknown ones are never guessed.
pub fn status<'a>(v: &'a Value, known: &[&str]) -> Result<&'a str, Reason> {
    let status = need(v, "/status")?;
    if known.contains(&status) {
        Ok(status)
    } else {
        Err(format!("unknown status `{status}`: expected {}", known.join(", ")))
    }
}
