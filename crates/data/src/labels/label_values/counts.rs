//! Counts the values of a label image, for errors.

use std::collections::BTreeMap;

use crate::labels::label_value::{LabelValue, Reading};
use crate::labels::raw_labels::RawLabels;
use crate::text::counted;

/// Maximum number of values that are counted.
const MAX_VALUES: usize = 1000;
/// Maximum number of values that are listed.
const MAX_LISTED: usize = 12;

/// The values of a label image with their numbers of pixels.
pub(super) struct Counts {
    pub(super) pixels: BTreeMap<LabelValue, usize>,
    /// Whether all values are counted.
    pub(super) all: bool,
}

impl Counts {
    pub(super) fn new(raw: &RawLabels, reading: Reading) -> Self {
        let mut counts = Self {
            pixels: BTreeMap::new(),
            all: true,
        };
        let mut run: Option<(LabelValue, usize)> = None;
        raw.all(|value| {
            match &mut run {
                Some((last, length)) if *last == value => *length += 1,
                _ => {
                    if let Some((value, length)) = run.replace((value, 1)) {
                        counts.add(raw.interpreted(value, reading), length);
                    }
                }
            }
            true
        });
        if let Some((value, length)) = run {
            counts.add(raw.interpreted(value, reading), length);
        }
        counts
    }

    fn add(&mut self, value: LabelValue, count: usize) {
        *self.pixels.entry(value).or_default() += count;
        // A photograph in place of labels has millions of colours.
        if self.pixels.len() > MAX_VALUES {
            self.pixels.pop_last();
            self.all = false;
        }
    }

    /// Lists the first values and the last, which are often the intended ones, and the number between them.
    pub(super) fn describe(&self) -> String {
        let word = |(value, count): (&LabelValue, &usize)| {
            format!("{value} ({})", counted(*count, "pixel"))
        };
        if self.pixels.len() <= MAX_LISTED {
            let words: Vec<String> = self.pixels.iter().map(word).collect();
            return words.join(", ");
        }
        let mut words: Vec<String> = self.pixels.iter().take(3).map(word).collect();
        let left = self.pixels.len() - 4;
        if let (true, Some(last)) = (self.all, self.pixels.iter().next_back()) {
            words.push(format!("{left} others and {}", word(last)));
        } else {
            words.push(format!("and more than {left} others"));
        }
        words.join(", ")
    }
}
