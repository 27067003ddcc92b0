//! Rows that are a product of lists: `for` has the lists, and `{NAME}` stands for a value of the list NAME.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::error::RunnerError;
use crate::recipe::keys::nearest;

/// Most rows of one product: as many as a plan can have trainings.
const MOST: usize = 10_000;

/// The value of each placeholder.
type Values = BTreeMap<String, Value>;

/// Replaces each entry of `rows` that has a `for` by its rows, one for each combination of values.
///
/// # Errors
///
/// `for` has something else than lists, or too many values; a placeholder has no list.
pub(super) fn expand(grid: &mut Table, place: &str) -> Result<(), RunnerError> {
    if let Some(Value::Array(rows)) = grid.get_mut("rows") {
        let written = std::mem::take(rows);
        *rows = rows_of(written, &Values::new(), place)?;
    }
    Ok(())
}

fn rows_of(entries: Vec<Value>, outer: &Values, place: &str) -> Result<Vec<Value>, RunnerError> {
    let mut rows = Vec::new();
    for entry in entries {
        let Value::Table(mut row) = entry else {
            // Refused later, for its type.
            rows.push(entry);
            continue;
        };
        let combinations = match row.remove("for") {
            Some(lists) => combine(outer, lists, place)?,
            None => vec![outer.clone()],
        };
        let inner = match row.remove("rows") {
            Some(Value::Array(inner)) => Some(inner),
            Some(_) => return Err(wrong(place, "rows: expected a list of rows")),
            None => None,
        };
        if let (Some(_), Some(key)) = (&inner, row.keys().next()) {
            let what = format!("expected nothing but 'for' next to rows of rows, found '{key}'");
            return Err(wrong(place, &what));
        }
        for values in &combinations {
            match &inner {
                Some(inner) => rows.extend(rows_of(inner.clone(), values, place)?),
                None if values.is_empty() => rows.push(Value::Table(row.clone())),
                None => rows.push(Value::Table(filled_row(&row, values, place)?)),
            }
            if rows.len() > MOST {
                return Err(too_many(place));
            }
        }
    }
    Ok(rows)
}

/// All combinations of the lists' values, added to `outer`: the last name in alphabetical order varies fastest.
fn combine(outer: &Values, lists: Value, place: &str) -> Result<Vec<Values>, RunnerError> {
    let Value::Table(lists) = lists else {
        return Err(wrong(place, "for: expected lists with names"));
    };
    let lists: BTreeMap<String, Value> = lists.into_iter().collect();
    let mut all = vec![outer.clone()];
    for (name, list) in lists {
        let list = match list {
            Value::Array(list) if !list.is_empty() => list,
            _ => {
                return Err(wrong(
                    place,
                    &format!("for: {name}: expected a list of values"),
                ));
            }
        };
        if all.len().saturating_mul(list.len()) > MOST {
            return Err(too_many(place));
        }
        let with = |values: &Values, value: &Value| {
            let mut values = values.clone();
            values.insert(name.clone(), value.clone());
            values
        };
        all = all
            .iter()
            .flat_map(|values| list.iter().map(|value| with(values, value)))
            .collect();
    }
    Ok(all)
}

/// A row with its placeholders replaced. In `set`, a text that is nothing but a placeholder becomes the value itself, which may be
/// a number.
fn filled_row(row: &Table, values: &Values, place: &str) -> Result<Table, RunnerError> {
    let filled = row.iter().map(|(key, value)| {
        let value = filled(value, values, key == "set", place)?;
        Ok((key.clone(), value))
    });
    filled.collect()
}

fn filled(value: &Value, values: &Values, typed: bool, place: &str) -> Result<Value, RunnerError> {
    Ok(match value {
        Value::String(text) => {
            let name = text
                .strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'));
            match name.and_then(|name| values.get(name)) {
                Some(value) if typed => value.clone(),
                _ => Value::String(filled_text(text, values, place)?),
            }
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| filled(item, values, typed, place));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| Ok((key.clone(), filled(value, values, typed, place)?)));
            Value::Table(entries.collect::<Result<_, RunnerError>>()?)
        }
        value => value.clone(),
    })
}

fn filled_text(text: &str, values: &Values, place: &str) -> Result<String, RunnerError> {
    let mut rest = text;
    let mut filled = String::new();
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        let Some(value) = values.get(name) else {
            let names: Vec<&str> = values.keys().map(String::as_str).collect();
            return Err(RunnerError::fixable(
                format!(
                    "experiment {place}: rows: expected one of {} in braces, found '{{{name}}}' in '{text}'",
                    names.join(", ")
                ),
                format!(
                    "did you mean '{{{}}}'?",
                    nearest(name, names.iter().copied())
                ),
            ));
        };
        filled += before;
        filled += &match value {
            Value::String(text) => text.clone(),
            // 1.0 as 1.
            Value::Float(number) => number.to_string(),
            value => value.to_string(),
        };
        rest = after;
    }
    Ok(filled + rest)
}

fn wrong(place: &str, what: &str) -> RunnerError {
    RunnerError::fixable(
        format!("experiment {place}: rows: {what}"),
        "write for example for = { noise = [0, 1, 2] }; `selvedge experiment list noise` has such rows",
    )
}

fn too_many(place: &str) -> RunnerError {
    RunnerError::fixable(
        format!("experiment {place}: rows: expected at most {MOST} of a product, found more"),
        "shorten the lists of its `for`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(rows: &str) -> Result<Vec<Value>, RunnerError> {
        let mut grid: Table = rows.parse().expect("TOML");
        expand(&mut grid, "mine.toml")?;
        match grid.remove("rows") {
            Some(Value::Array(rows)) => Ok(rows),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_product_has_a_row_for_each_combination_in_order() {
        let rows = expanded(
            r#"
            [[rows]]
            name = "plain {braces}"
            [[rows]]
            for = { a = [0.0, 1.5] }
            [[rows.rows]]
            name = "erm-{a}"
            [[rows.rows]]
            for = { c = ["x", "y"], b = [1, 2] }
            name = "{a}-{b}-{c}"
            set = { data.noise = "{a}", loss = { sigma = "{b}", name = "{c}", other = "{b}{c}" } }
            "#,
        )
        .expect("rows");
        let names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
        assert_eq!(
            names,
            [
                "plain {braces}",
                "erm-0",
                "0-1-x",
                "0-1-y",
                "0-2-x",
                "0-2-y",
                "erm-1.5",
                "1.5-1-x",
                "1.5-1-y",
                "1.5-2-x",
                "1.5-2-y",
            ]
        );
        let set = &rows[5]["set"];
        assert_eq!(set["data"]["noise"], Value::Float(0.0));
        assert_eq!(set["loss"]["sigma"], Value::Integer(2));
        assert_eq!(set["loss"]["other"], Value::String("2y".into()));
    }

    #[test]
    fn what_is_wrong_in_a_product_is_an_error() {
        let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
        let many = many.join(", ");
        let many =
            format!("[[rows]]\nname = \"{{a}}{{b}}\"\nfor = {{ a = [{many}], b = [{many}] }}");
        for (rows, message) in [
            (
                "[[rows]]\nfor = { sigma = [1] }\nname = \"{sigm}\"",
                "'{sigm}'",
            ),
            ("[[rows]]\nfor = [1]\nname = \"a\"", "lists with names"),
            (
                "[[rows]]\nfor = { a = 1 }\nname = \"a\"",
                "a: expected a list",
            ),
            (
                "[[rows]]\nfor = { a = [] }\nname = \"a\"",
                "a: expected a list",
            ),
            ("[[rows]]\nrows = 1", "a list of rows"),
            (
                "[[rows]]\nfro = { a = [1] }\n[[rows.rows]]\nname = \"a\"",
                "'fro'",
            ),
            (&many, "at most 10000"),
        ] {
            let error = expanded(rows).expect_err(rows);
            assert_eq!(error.exit_code, 2);
            assert!(error.message().contains(message), "{message} in {error}");
            assert!(error.message().contains("mine.toml"), "{error}");
        }
    }
}
