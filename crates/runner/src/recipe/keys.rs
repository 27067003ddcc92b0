//! Keys of a recipe: checks them, suggests the nearest, and sets one from the command line.

use toml::{Table, Value};

use crate::error::RunnerError;

/// Tables whose keys the user chooses.
const FREE: [&str; 2] = ["data.label_values", "data.label_files"];

/// The section whose presence means something.
const OPTIONAL: &str = "synthetic";

/// Refuses a key that `known` does not have, with its line in `text` and the nearest key that exists.
pub(super) fn check(
    table: &Table,
    known: &Table,
    place: &str,
    text: &str,
) -> Result<(), RunnerError> {
    let mut paths = Vec::new();
    collect("", known, &mut paths);
    let mut given = Vec::new();
    collect("", table, &mut given);
    for path in given {
        if paths.contains(&path) || FREE.iter().any(|free| path.starts_with(free)) {
            continue;
        }
        let line = line_of(text, &path).map_or(String::new(), |line| format!(", line {line}"));
        return Err(RunnerError::mismatch(
            "a known key",
            format!("'{path}'"),
            format!(
                "did you mean '{}'?",
                nearest(&path, paths.iter().map(String::as_str))
            ),
        )
        .at(format!("recipe {place}{line}")));
    }
    Ok(())
}

/// Dotted paths of all values and tables.
fn collect(prefix: &str, table: &Table, paths: &mut Vec<String>) {
    for (key, value) in table {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        if let Value::Table(inner) = value {
            collect(&path, inner, paths);
        }
        paths.push(path);
    }
}

/// The line that sets a dotted key.
fn line_of(text: &str, path: &str) -> Option<usize> {
    let (section, key) = path.rsplit_once('.').unwrap_or(("", path));
    let mut current = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.split(']').next())
        {
            current = name.trim().to_string();
            if current == path {
                return Some(index + 1);
            }
        } else if current == section
            && line
                .split('=')
                .next()
                .is_some_and(|name| name.trim() == key)
        {
            return Some(index + 1);
        }
    }
    None
}

/// The values of `table` that `defaults` does not have. A section that is there only if it is wanted stays, even if empty.
pub(super) fn differing(table: Table, defaults: &Table) -> Table {
    let mut own = Table::new();
    for (key, value) in table {
        match (value, defaults.get(&key)) {
            (Value::Table(inner), Some(Value::Table(known))) => {
                let inner = differing(inner, known);
                if !inner.is_empty() || key == OPTIONAL {
                    own.insert(key, Value::Table(inner));
                }
            }
            (value, Some(known)) if value == *known => {}
            (value, _) => {
                own.insert(key, value);
            }
        }
    }
    own
}

/// The most similar of the known names; a key's last part counts more than its section.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> &'a str {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_string();
    known
        .into_iter()
        .max_by(|one, other| {
            let likeness = |path: &str| {
                2.0 * strsim::jaro_winkler(&last(path), &last(name))
                    + strsim::jaro_winkler(path, name)
            };
            likeness(one).total_cmp(&likeness(other))
        })
        .unwrap_or_default()
}

/// Sets `a.b=value` in a table. The value is TOML; a bare word is a string.
pub(super) fn override_value(table: &mut Table, item: &str) -> Result<(), RunnerError> {
    let wrong = |found: &str| {
        RunnerError::mismatch(
            "KEY=VALUE",
            found,
            "write for example `--set train.epochs=20` or `--set loss.images=erm`",
        )
        .at(format!("`--set {item}`"))
    };
    let (key, value) = item.split_once('=').ok_or_else(|| wrong("no '='"))?;
    let (key, value) = (key.trim(), value.trim());
    let value = toml::from_str::<Table>(&format!("value = {value}"))
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_string()));
    let mut parts: Vec<&str> = key.split('.').collect();
    let Some(last) = parts.pop().filter(|last| !last.is_empty()) else {
        return Err(wrong("no key"));
    };
    let mut inner = table;
    for part in parts {
        inner = inner
            .entry(part)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| wrong(&format!("'{part}', which is a value and has no parts")))?;
    }
    inner.insert(last.to_string(), value);
    Ok(())
}
