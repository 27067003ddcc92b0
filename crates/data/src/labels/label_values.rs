//! Maps the values of label images to class numbers.

pub(crate) mod counts;
pub(crate) mod interpret;
pub(crate) mod unknown;

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::DataError;
use crate::labels::label_encoding::LabelEncoding;
use crate::labels::label_value::LabelValue;
use crate::options::DataOptions;

/// White in 8 and in 16 bits.
pub(crate) const WHITE: [u16; 2] = [255, 65535];

/// The mapping from values to classes.
#[derive(Clone, Debug)]
pub(crate) struct LabelValues {
    /// Values named in the recipe; empty if there are none.
    pub(crate) named: BTreeMap<LabelValue, u8>,
    /// Ranges of grey values named in the recipe, both ends included.
    pub(crate) ranges: Vec<(u16, u16, u8)>,
    pub(crate) classes: usize,
    /// The value of ignored pixels in the files, and their class number.
    pub(crate) ignore: (u8, u8),
    /// Whether white means 1: common in files of two classes without named values.
    pub(crate) white_is_one: bool,
}

impl LabelValues {
    /// Combines the encoding of the label files with the settings of the recipe; errors name `file`.
    pub(crate) fn new(
        options: &DataOptions,
        encoding: &LabelEncoding,
        file: &Path,
    ) -> Result<Self, DataError> {
        let classes = encoding.classes;
        let (stated, place) = if options.label_values.is_empty() {
            (&encoding.palette, "the palette of dataset.json")
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
            white_is_one: encoding.white_is_one && classes == 2 && stated.is_empty(),
            named,
            ranges,
            classes,
            ignore: (encoding.ignore, options.ignore),
        })
    }

    /// Whether colours are named, so that the colours of an indexed image count and not its indices.
    pub(crate) fn by_colour(&self) -> bool {
        let is_colour = |value: &LabelValue| matches!(value, LabelValue::Colour(_));
        self.named.keys().any(is_colour)
    }

    pub(crate) fn are_named(&self) -> bool {
        !(self.named.is_empty() && self.ranges.is_empty())
    }

    /// The grey value of 0 to 255 that is written for a class; none if only other values mean it.
    pub(crate) fn stored(&self, class: u8) -> Option<u8> {
        let values = (0..=u8::MAX).map(|value| (value, LabelValue::grey(value)));
        if self.by_colour() {
            return None;
        }
        // A set of two classes may have masks of 0 and 1 and masks of 0 and 255; the former are certain.
        let mut fitting = values.filter(|(_, value)| self.class(*value) == Some(class));
        fitting.next().map(|(value, _)| value)
    }

    pub(crate) fn class(&self, value: LabelValue) -> Option<u8> {
        if self.are_named() {
            let in_range = |&&(low, high, _): &&(u16, u16, u8)| matches!(value, LabelValue::Grey(grey) if (low..=high).contains(&grey));
            return self.named.get(&value).copied().or_else(|| {
                let range = self.ranges.iter().find(in_range)?;
                Some(range.2)
            });
        }
        match value {
            LabelValue::Grey(grey) if self.white_is_one && WHITE.contains(&grey) => Some(1),
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
