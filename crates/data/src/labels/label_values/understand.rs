//! From a label image to its classes, and which of several readings was taken.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::DataError;
use crate::images::label_map::LabelMap;
use crate::labels::label_note::LabelNote;
use crate::labels::label_value::{LabelValue, Reading};
use crate::labels::label_values::counts::Counts;
use crate::labels::label_values::unknown::unknown;
use crate::labels::label_values::{LabelValues, WHITE};
use crate::labels::raw_labels::RawLabels;

/// What a label image says.
pub(crate) struct Understood {
    pub(crate) map: LabelMap,
    /// Of what could be read otherwise, how it was read.
    pub(crate) notes: BTreeSet<LabelNote>,
}

impl LabelValues {
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
        unknown(self, &counts, raw.is_jpeg, path)
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
