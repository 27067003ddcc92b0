//! From the values of label images to class numbers.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dataset::Found;
use crate::raw_labels::{LabelValue, RawLabels};
use crate::{DataError, DataOptions, LabelMap};

/// Values that are counted for an error.
const MOST_VALUES: usize = 1000;

/// How values become classes.
#[derive(Clone, Debug)]
pub(crate) struct LabelValues {
    /// Values that the recipe names; empty if it names none.
    named: BTreeMap<LabelValue, u8>,
    /// Ranges of grey values that the recipe names, both ends included.
    ranges: Vec<(u16, u16, u8)>,
    classes: usize,
    /// The value of ignored pixels in the files, and their class number.
    ignore: (u8, u8),
    /// With two classes and no names, 255 is the common way to write 1.
    white_is_one: bool,
}

impl LabelValues {
    /// For what a reader has found, and what the recipe says of it; errors name `file`.
    pub(crate) fn new(
        options: &DataOptions,
        found: &Found,
        file: &Path,
    ) -> Result<Self, DataError> {
        let classes = found.class_names.len();
        let (stated, place) = if options.label_values.is_empty() {
            (&found.palette, "the palette of dataset.json")
        } else {
            (&options.label_values, "data.label_values")
        };
        let mut named = BTreeMap::new();
        let mut ranges: Vec<(u16, u16, u8)> = Vec::new();
        for (key, &class) in stated {
            if usize::from(class) >= classes && class != options.ignore {
                return Err(DataError::new(
                    file,
                    format!(
                        "{place} to give classes 0 to {} or {} (ignore)",
                        classes - 1,
                        options.ignore
                    ),
                    format!("\"{key}\" = {class}"),
                    "correct the number, or name more classes in data.classes",
                ));
            }
            if let Some((low, high)) = parse_range(key) {
                ranges.push((low, high, class));
            } else if let Some(value) = parse(key) {
                named.insert(value, class);
            } else {
                return Err(DataError::new(
                    file,
                    format!("keys of {place} such as \"128\", \"128-255\" or \"255,0,0\""),
                    format!("\"{key}\""),
                    "write a grey value of 0 to 65535, a range of them, or red, green and blue of 0 to 255",
                ));
            }
        }
        ranges.sort_unstable();
        if let Some(pair) = ranges.windows(2).find(|pair| pair[0].1 >= pair[1].0) {
            return Err(DataError::new(
                file,
                format!("ranges in {place} that do not overlap"),
                format!(
                    "\"{}-{}\" and \"{}-{}\"",
                    pair[0].0, pair[0].1, pair[1].0, pair[1].1
                ),
                "give every value one class",
            ));
        }
        Ok(Self {
            white_is_one: found.white_is_one && classes == 2 && stated.is_empty(),
            named,
            ranges,
            classes,
            ignore: (found.ignore, options.ignore),
        })
    }

    /// Whether colours are named, so that a palette image means its colours and not its indices.
    pub(crate) fn by_colour(&self) -> bool {
        let is_colour = |value: &LabelValue| matches!(value, LabelValue::Colour(_));
        self.named.keys().any(is_colour)
    }

    fn are_named(&self) -> bool {
        !(self.named.is_empty() && self.ranges.is_empty())
    }

    fn class(&self, value: LabelValue) -> Option<u8> {
        if self.are_named() {
            let in_range = |&&(low, high, _): &&(u16, u16, u8)| matches!(value, LabelValue::Grey(grey) if (low..=high).contains(&grey));
            return self.named.get(&value).copied().or_else(|| {
                let range = self.ranges.iter().find(in_range)?;
                Some(range.2)
            });
        }
        match value {
            LabelValue::Grey(255) if self.white_is_one => Some(1),
            LabelValue::Grey(grey) => {
                let value = u8::try_from(grey).ok()?;
                if value == self.ignore.0 {
                    return Some(self.ignore.1);
                }
                (usize::from(value) < self.classes).then_some(value)
            }
            LabelValue::Colour(_) => None,
        }
    }

    /// The classes of a label image.
    pub(crate) fn apply(&self, raw: &RawLabels, path: &Path) -> Result<LabelMap, DataError> {
        let unknown = || self.unknown(raw, path);
        if self.ambiguous(raw) {
            return Err(unknown());
        }
        raw.classes(|value| self.class(value)).ok_or_else(unknown)
    }

    /// Masks written with 1 and with 255 at once mean something that only their owner knows.
    fn ambiguous(&self, raw: &RawLabels) -> bool {
        let has = |wanted| !raw.all(|value| value != LabelValue::Grey(wanted));
        self.white_is_one && has(1) && has(255)
    }

    fn unknown(&self, raw: &RawLabels, path: &Path) -> DataError {
        let mut counts: BTreeMap<LabelValue, usize> = BTreeMap::new();
        let mut all = true;
        let mut run: Option<(LabelValue, usize)> = None;
        let mut count = |run: Option<(LabelValue, usize)>| {
            if let Some((value, length)) = run {
                *counts.entry(value).or_default() += length;
            }
            // A photograph in place of labels has millions of colours.
            if counts.len() > MOST_VALUES {
                counts.pop_last();
                all = false;
            }
        };
        raw.all(|value| {
            match &mut run {
                Some((last, length)) if *last == value => *length += 1,
                _ => count(run.replace((value, 1))),
            }
            true
        });
        count(run);
        let mut list: Vec<String> = counts
            .iter()
            .take(12)
            .map(|(value, count)| format!("{} ({count} pixels)", text(*value)))
            .collect();
        if counts.len() > list.len() {
            let more = counts.len() - list.len();
            list.push(if all {
                format!("and {more} more")
            } else {
                format!("and more than {more} others")
            });
        }
        let expected = if self.are_named() {
            let named = self.named.keys().map(|value| text(*value));
            let ranges = self.ranges.iter();
            let ranges = ranges.map(|(low, high, _)| format!("{low}-{high}"));
            let named: Vec<String> = named.chain(ranges).collect();
            format!("the label values {}", named.join(", "))
        } else if self.white_is_one {
            "label values 0 and 255, or 0 and 1".to_string()
        } else {
            format!(
                "label values 0 to {} or {} (ignore)",
                self.classes - 1,
                self.ignore.0
            )
        };
        DataError::new(
            path,
            expected,
            format!("the values {}", list.join(", ")),
            "correct the labels, or say in the recipe what the values mean: [data.label_values] \"VALUE\" = CLASS",
        )
    }
}

fn text(value: LabelValue) -> String {
    match value {
        LabelValue::Grey(grey) => grey.to_string(),
        LabelValue::Colour([red, green, blue]) => format!("{red},{green},{blue}"),
    }
}

fn parse_range(key: &str) -> Option<(u16, u16)> {
    let (low, high) = key.split_once('-')?;
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some((low, high))
}

fn parse(key: &str) -> Option<LabelValue> {
    let parts: Vec<&str> = key.split(',').map(str::trim).collect();
    match parts[..] {
        [grey] => grey.parse().ok().map(LabelValue::Grey),
        [red, green, blue] => {
            let colour: [u8; 3] = [red.parse().ok()?, green.parse().ok()?, blue.parse().ok()?];
            Some(if colour[0] == colour[1] && colour[1] == colour[2] {
                LabelValue::Grey(colour[0].into())
            } else {
                LabelValue::Colour(colour)
            })
        }
        _ => None,
    }
}
