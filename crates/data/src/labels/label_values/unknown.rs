//! The error of a label image whose values have no class: what was found, and the line for the recipe that resolves it.

use std::path::Path;

use crate::error::DataError;
use crate::labels::label_value::LabelValue;
use crate::labels::label_values::counts::Counts;
use crate::labels::label_values::{LabelValues, WHITE};

/// Maximum number of values that the line lists one by one.
const MAX_LISTED: usize = 12;

pub(super) fn unknown_values(
    values: &LabelValues,
    counts: &Counts,
    is_lossy: bool,
    path: &Path,
) -> DataError {
    let jpeg = is_lossy && !values.are_named();
    let line = recipe_line(values, counts, jpeg);
    let (found, first) = if jpeg {
        (
            "a JPEG or lossy WebP, which has changed the values when it was saved:",
            "save the masks as PNG",
        )
    } else {
        ("the values", "correct the labels")
    };
    let advice = if values.are_named() {
        format!("{first}, or add to data.label_values: {line}")
    } else {
        format!(
            "{first}, or set what the values mean under [data] of the recipe: label_values = {{ {line} }} (on the command line --set 'data.label_values={{ {line} }}')"
        )
    };
    let found = format!("{found} {}", counts.describe());
    DataError::new(path, expected(values), found, advice)
}

fn expected(values: &LabelValues) -> String {
    if values.are_named() {
        let named = values.named.keys().map(ToString::to_string);
        let ranges = values.ranges.iter();
        let ranges = ranges.map(|(low, high, _)| format!("{low}-{high}"));
        let named: Vec<String> = named.chain(ranges).collect();
        return format!("the label values {}", named.join(", "));
    }
    if values.white_is_one {
        return "label values 0 and 255, or 0 and 1".into();
    }
    format!(
        "label values 0 to {} or {} (ignore)",
        values.classes - 1,
        values.ignore.0
    )
}

/// The most likely meaning of the values, as a line for the recipe.
fn recipe_line(values: &LabelValues, counts: &Counts, jpeg: bool) -> String {
    let greys = counts.pixels.keys().map(|value| match value {
        LabelValue::Grey(grey) => Some(*grey),
        LabelValue::Colour(_) => None,
    });
    let greys: Option<Vec<u16>> = greys.collect();
    match greys.as_deref() {
        // White next to 1 most likely marks pixels to ignore.
        Some([0, 1, white]) if values.white_is_one && !jpeg && WHITE.contains(white) => {
            let (_, ignore) = values.ignore;
            format!("\"0\" = 0, \"1\" = 1, \"{white}\" = {ignore}")
        }
        Some([.., most]) if values.white_is_one && counts.pixels.len() > 2 => halves(*most),
        _ if counts.all && counts.pixels.len() <= MAX_LISTED => listed(values, counts),
        _ => "\"VALUE\" = CLASS".into(),
    }
}

/// The dark half of the grey values as background, the bright half as the structure.
fn halves(most: u16) -> String {
    let white = WHITE.into_iter().find(|white| most <= *white);
    let white = white.filter(|white| most > white / 2).unwrap_or(most);
    let half = white / 2;
    format!("\"0-{half}\" = 0, \"{}-{white}\" = 1", half + 1)
}

/// Every value with its class; with two values, the second is the second class.
fn listed(values: &LabelValues, counts: &Counts) -> String {
    let zero = LabelValue::Grey(0);
    let missing = values.white_is_one && !counts.pixels.contains_key(&zero);
    let all = missing
        .then_some(&zero)
        .into_iter()
        .chain(counts.pixels.keys());
    let two = values.white_is_one && counts.pixels.len() + usize::from(missing) == 2;
    // Values that the recipe already names are omitted.
    let all = all.filter(|value| !(values.are_named() && values.class(**value).is_some()));
    let keys = all.enumerate().map(|(index, value)| {
        let class = if two {
            index.to_string()
        } else {
            let known = values.class(*value);
            known.map_or("CLASS".into(), |class| class.to_string())
        };
        format!("\"{value}\" = {class}")
    });
    let keys: Vec<String> = keys.collect();
    keys.join(", ")
}
