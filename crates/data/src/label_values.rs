//! From the values of label images to class numbers.

use std::collections::BTreeMap;
use std::path::Path;

use crate::decode::{LabelValue, RawLabels};
use crate::{DataError, DataOptions, LabelMap};

/// How values become classes.
#[derive(Clone, Debug)]
pub(crate) struct LabelValues {
    /// Values that the recipe names; empty if it names none.
    named: BTreeMap<LabelValue, u8>,
    classes: usize,
    /// The value of ignored pixels in the files, and their class number.
    ignore: (u8, u8),
    /// With two classes and no names, 255 is the common way to write 1.
    white_is_one: bool,
}

impl LabelValues {
    /// For `classes` classes; `ignored_value` marks ignored pixels in the files, and `white_is_one` where a two-class mask may be written with 0 and 255.
    pub(crate) fn new(
        options: &DataOptions,
        classes: usize,
        ignored_value: u8,
        white_is_one: bool,
        file: &Path,
    ) -> Result<Self, DataError> {
        let mut named = BTreeMap::new();
        for (key, &class) in &options.label_values {
            let Some(value) = parse(key) else {
                return Err(DataError::new(
                    file,
                    "keys of data.label_values such as \"128\" or \"255,0,0\"",
                    format!("\"{key}\""),
                    "write a grey value of 0 to 65535, or red, green and blue of 0 to 255",
                ));
            };
            if usize::from(class) >= classes && class != options.ignore {
                return Err(DataError::new(
                    file,
                    format!(
                        "data.label_values to give classes 0 to {} or {} (ignore)",
                        classes - 1,
                        options.ignore
                    ),
                    format!("\"{key}\" = {class}"),
                    "correct the number, or name more classes in data.classes",
                ));
            }
            named.insert(value, class);
        }
        Ok(Self {
            white_is_one: white_is_one && classes == 2 && named.is_empty(),
            named,
            classes,
            ignore: (ignored_value, options.ignore),
        })
    }

    fn class(&self, value: LabelValue) -> Option<u8> {
        if !self.named.is_empty() {
            return self.named.get(&value).copied();
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
        let classes: Option<Vec<u8>> = raw.values.iter().map(|&value| self.class(value)).collect();
        let (true, Some(classes)) = (!self.ambiguous(raw), classes) else {
            return Err(self.unknown(raw, path));
        };
        Ok(LabelMap {
            height: raw.height,
            width: raw.width,
            classes,
        })
    }

    /// Masks written with 1 and with 255 at once mean something that only their owner knows.
    fn ambiguous(&self, raw: &RawLabels) -> bool {
        let has = |value| raw.values.contains(&LabelValue::Grey(value));
        self.white_is_one && has(1) && has(255)
    }

    fn unknown(&self, raw: &RawLabels, path: &Path) -> DataError {
        let mut counts: BTreeMap<LabelValue, usize> = BTreeMap::new();
        for &value in &raw.values {
            *counts.entry(value).or_default() += 1;
        }
        let mut list: Vec<String> = counts
            .iter()
            .take(12)
            .map(|(value, count)| format!("{} ({count} pixels)", text(*value)))
            .collect();
        if counts.len() > list.len() {
            list.push(format!("and {} more", counts.len() - list.len()));
        }
        let expected = if !self.named.is_empty() {
            let named: Vec<_> = self.named.keys().map(|value| text(*value)).collect();
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
