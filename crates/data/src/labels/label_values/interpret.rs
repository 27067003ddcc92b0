//! Interprets the values of label images as classes.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::DataError;
use crate::images::label_map::LabelMap;
use crate::labels::label_note::LabelNote;
use crate::labels::label_value::{LabelValue, Reading};
use crate::labels::label_values::counts::Counts;
use crate::labels::label_values::unknown::unknown_values;
use crate::labels::label_values::{LabelValues, WHITE};
use crate::labels::raw_labels::RawLabels;

/// The classes of a label image.
pub(crate) struct Interpretation {
    pub(crate) map: LabelMap,
    /// Notes on how an ambiguous file was read.
    pub(crate) notes: BTreeSet<LabelNote>,
}

impl LabelValues {
    /// The classes of a label image.
    pub(crate) fn apply(&self, raw: &RawLabels, path: &Path) -> Result<LabelMap, DataError> {
        self.interpret(raw, path)
            .map(|interpretation| interpretation.map)
    }

    /// The classes of a label image, and notes on how an ambiguous file was read.
    pub(crate) fn interpret(
        &self,
        raw: &RawLabels,
        path: &Path,
    ) -> Result<Interpretation, DataError> {
        let readings = self.readings(raw);
        let map = readings.iter().find_map(|reading| {
            let map = raw.classes(|value| self.class(raw.interpreted(value, *reading)))?;
            (!self.is_ambiguous(raw, *reading)).then_some((map, *reading))
        });
        let Some((map, reading)) = map else {
            return Err(self.refuse(raw, path));
        };
        let mut notes = raw.notes(reading);
        let is_black_or_white = |value| matches!(value, LabelValue::Grey(0 | 255));
        if raw.is_lossy && !self.are_named() && !raw.all(is_black_or_white) {
            notes.insert(LabelNote::Jpeg);
        }
        let holds = |class: u8| map.classes.contains(&class);
        let plain = self.classes == 2 && !self.are_named() && !self.white_is_one;
        if plain && self.ignore.0 == 255 && holds(self.ignore.1) && !holds(1) {
            notes.insert(LabelNote::WhiteIgnored);
        }
        Ok(Interpretation { map, notes })
    }

    /// The error of a label image that contains values without a class.
    pub(crate) fn refuse(&self, raw: &RawLabels, path: &Path) -> DataError {
        let counts = Counts::new(raw, self.readings(raw)[0]);
        unknown_values(self, &counts, raw.is_lossy, path)
    }

    /// The possible interpretations of a label image, the usual one first.
    fn readings(&self, raw: &RawLabels) -> Vec<Reading> {
        if self.by_colour() {
            return vec![Reading::Colours];
        }
        // A recipe may name the colours that are shown, or the values that are stored.
        match (raw.usual_reading(), self.are_named()) {
            (Reading::BlackAndWhite, true) => vec![Reading::Colours, Reading::BlackAndWhite],
            (plain, true) => vec![plain, Reading::Colours],
            (plain, false) => vec![plain],
        }
    }

    /// In masks that contain both 1 and white, only their author knows what these mean.
    fn is_ambiguous(&self, raw: &RawLabels, reading: Reading) -> bool {
        let has =
            |wanted| !raw.all(|value| raw.interpreted(value, reading) != LabelValue::Grey(wanted));
        self.white_is_one && !self.are_named() && {
            let ways = [1, WHITE[0], WHITE[1]]
                .into_iter()
                .filter(|wanted| has(*wanted));
            ways.count() > 1
        }
    }
}
