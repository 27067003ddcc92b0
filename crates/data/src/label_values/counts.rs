//! How often which value occurs in a label image, for errors.

use std::collections::BTreeMap;

use crate::raw_labels::{LabelValue, RawLabels, Reading};
use crate::text::counted;

/// Values that are counted.
const MOST_VALUES: usize = 1000;
/// Values that are told.
const MOST_TOLD: usize = 12;

/// The values of a label image with the pixels of each.
pub(super) struct Counts {
    pub(super) of: BTreeMap<LabelValue, usize>,
    /// Whether there are no more values than these.
    pub(super) all: bool,
}

impl Counts {
    pub(super) fn new(raw: &RawLabels, reading: Reading) -> Self {
        let mut counts = Self {
            of: BTreeMap::new(),
            all: true,
        };
        let mut run: Option<(LabelValue, usize)> = None;
        raw.all(|value| {
            match &mut run {
                Some((last, length)) if *last == value => *length += 1,
                _ => {
                    if let Some((value, length)) = run.replace((value, 1)) {
                        counts.add(raw.says(value, reading), length);
                    }
                }
            }
            true
        });
        if let Some((value, length)) = run {
            counts.add(raw.says(value, reading), length);
        }
        counts
    }

    fn add(&mut self, value: LabelValue, pixels: usize) {
        *self.of.entry(value).or_default() += pixels;
        // A photograph in place of labels has millions of colours.
        if self.of.len() > MOST_VALUES {
            self.of.pop_last();
            self.all = false;
        }
    }

    /// The first values and the last, which are often the ones that are meant; how many lie between them.
    pub(super) fn words(&self) -> String {
        let word = |(value, count): (&LabelValue, &usize)| {
            format!("{value} ({})", counted(*count, "pixel"))
        };
        if self.of.len() <= MOST_TOLD {
            let words: Vec<String> = self.of.iter().map(word).collect();
            return words.join(", ");
        }
        let mut words: Vec<String> = self.of.iter().take(3).map(word).collect();
        let left = self.of.len() - 4;
        if let (true, Some(last)) = (self.all, self.of.iter().next_back()) {
            words.push(format!("{left} others and {}", word(last)));
        } else {
            words.push(format!("and more than {left} others"));
        }
        words.join(", ")
    }
}
