//! From the values of label images to class numbers.

pub(crate) mod counts;
pub(crate) mod unknown;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::dataset::Found;
use crate::error::DataError;
use crate::images::picture::LabelMap;
use crate::labels::label_note::LabelNote;
use crate::labels::label_value::{LabelValue, Reading};
use crate::labels::label_values::counts::Counts;
use crate::labels::raw_labels::RawLabels;
use crate::options::DataOptions;

/// White in 8 and in 16 bits.
pub(crate) const WHITE: [u16; 2] = [255, 65535];

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
    /// With two classes and no names, white is the common way to write 1.
    white_is_one: bool,
}

/// What a label image says.
pub(crate) struct Understood {
    pub(crate) map: LabelMap,
    /// Of what could be read otherwise, how it was read.
    pub(crate) notes: BTreeSet<LabelNote>,
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
    fn by_colour(&self) -> bool {
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

    /// The classes of a label image.
    pub(crate) fn apply(&self, raw: &RawLabels, path: &Path) -> Result<LabelMap, DataError> {
        self.understand(raw, path).map(|understood| understood.map)
    }

    /// The classes of a label image, and which of several ways to read it was taken.
    pub(crate) fn understand(&self, raw: &RawLabels, path: &Path) -> Result<Understood, DataError> {
        let readings = self.readings(raw);
        let map = readings.iter().find_map(|reading| {
            let map = raw.classes(|value| self.class(raw.says(value, *reading)))?;
            (!self.is_ambiguous(raw, *reading)).then_some((map, *reading))
        });
        let Some((map, reading)) = map else {
            return Err(self.refuse(raw, path));
        };
        let mut notes = raw.notes(reading);
        let is_black_or_white = |value| matches!(value, LabelValue::Grey(0 | 255));
        if raw.is_jpeg && !self.are_named() && !raw.all(is_black_or_white) {
            notes.insert(LabelNote::Jpeg);
        }
        let holds = |class: u8| map.classes.contains(&class);
        let plain = self.classes == 2 && !self.are_named() && !self.white_is_one;
        if plain && self.ignore.0 == 255 && holds(self.ignore.1) && !holds(1) {
            notes.insert(LabelNote::WhiteIgnored);
        }
        Ok(Understood { map, notes })
    }

    /// What is said of a label image that holds values without a class.
    pub(crate) fn refuse(&self, raw: &RawLabels, path: &Path) -> DataError {
        let counts = Counts::new(raw, self.readings(raw)[0]);
        unknown::unknown(self, &counts, raw.is_jpeg, path)
    }

    /// The ways to read a label image, the usual one first.
    fn readings(&self, raw: &RawLabels) -> Vec<Reading> {
        if self.by_colour() {
            return vec![Reading::Colours];
        }
        // What a recipe names may be what is shown, or what is stored.
        match (raw.plain(), self.are_named()) {
            (Reading::BlackAndWhite, true) => vec![Reading::Colours, Reading::BlackAndWhite],
            (plain, true) => vec![plain, Reading::Colours],
            (plain, false) => vec![plain],
        }
    }

    /// Masks written with 1 and with white at once mean something that only their owner knows.
    fn is_ambiguous(&self, raw: &RawLabels, reading: Reading) -> bool {
        let has = |wanted| !raw.all(|value| raw.says(value, reading) != LabelValue::Grey(wanted));
        self.white_is_one && !self.are_named() && {
            let ways = [1, WHITE[0], WHITE[1]]
                .into_iter()
                .filter(|wanted| has(*wanted));
            ways.count() > 1
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
