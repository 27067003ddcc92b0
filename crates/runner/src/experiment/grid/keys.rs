//! Refuses unknown keys of a grid, with their line and the nearest key that exists.

use toml::{Table, Value};

use crate::error::RunnerError;
use crate::recipe::keys::nearest;

const GRID: &[&str] = &[
    "name",
    "description",
    "paper",
    "data",
    "truth",
    "seeds",
    "metrics",
    "scales",
    "networks",
    "rows",
    "figure",
    "missing",
    "claims",
];
const CHANGE: &[&str] = &["base", "set"];
const NETWORK: &[&str] = &["name", "title", "set"];
const ROW: &[&str] = &[
    "name", "title", "baseline", "group", "networks", "seeds", "set",
];
const MISSING: &[&str] = &["name", "why"];
const CLAIM: &[&str] = &[
    "number", "text", "expect", "every", "metric", "margin", "compare",
];

/// Checks all keys but those of recipes, which are checked where they are set.
pub(super) fn check(table: &Table, place: &str, text: &str) -> Result<(), RunnerError> {
    let check = |table: &Table, of: &str, known: &[&str]| check_keys(table, of, known, place, text);
    check(table, "", GRID)?;
    let scales = table.get("scales").and_then(Value::as_table);
    let scales: Vec<&str> = scales
        .into_iter()
        .flat_map(|scales| scales.keys().map(String::as_str))
        .collect();
    for (name, scale) in entries(table.get("scales")) {
        check(scale, &format!("scales.{name}"), CHANGE)?;
    }
    let of_network: Vec<&str> = NETWORK.iter().chain(&scales).copied().collect();
    for (number, network) in list(table.get("networks")) {
        let of = format!("networks, {}", name_of(network, number));
        check(network, &of, &of_network)?;
        for (name, change) in network {
            if let (true, Value::Table(change)) = (scales.contains(&&**name), change) {
                check(change, &format!("{of}, {name}"), CHANGE)?;
            }
        }
    }
    for (key, known) in [("rows", ROW), ("missing", MISSING), ("claims", CLAIM)] {
        for (number, entry) in list(table.get(key)) {
            check(entry, &format!("{key}, {}", name_of(entry, number)), known)?;
        }
    }
    Ok(())
}

/// Tables of a table.
fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Table)> {
    let table = value.and_then(Value::as_table);
    table
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((&**name, value.as_table()?)))
}

/// Tables of a list, with their number from 1.
fn list(value: Option<&Value>) -> impl Iterator<Item = (usize, &Table)> {
    let all = value.and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(index, value)| Some((index + 1, value.as_table()?)))
}

fn name_of(entry: &Table, number: usize) -> String {
    match entry.get("name").and_then(Value::as_str) {
        Some(name) => format!("'{name}'"),
        None => format!("number {number}"),
    }
}

fn check_keys(
    table: &Table,
    of: &str,
    known: &[&str],
    place: &str,
    text: &str,
) -> Result<(), RunnerError> {
    let Some(key) = table.keys().find(|key| !known.contains(&&***key)) else {
        return Ok(());
    };
    // Its first appearance: the same misspelling is probably everywhere.
    let starts = |line: &str| {
        line.trim_start_matches(['[', ' '])
            .strip_prefix(&**key)
            .is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
    };
    let line = text.lines().position(starts);
    let line = line.map_or(String::new(), |line| format!(", line {}", line + 1));
    let of = if of.is_empty() {
        String::new()
    } else {
        format!(", {of}")
    };
    Err(RunnerError::fixable(
        format!("experiment {place}{line}{of}: expected a known key, found '{key}'"),
        format!("did you mean '{}'?", nearest(key, known.iter().copied())),
    ))
}
