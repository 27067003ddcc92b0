//! What the images of a split hold, as far as it decides whether a network can learn from them.

use std::collections::BTreeMap;

use crate::resize::Lines;
use crate::text::few;
use crate::{DataError, Dataset, Picture, Split};

/// Photographs whose brightest value is no more than this are nearly black, as 12 bits in a file of 16 are.
const NEARLY_BLACK: f32 = 16.0 / 255.0;

/// What one look at an image and its labels shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Glance {
    /// Classes in the labels, without what is ignored.
    pub(crate) classes: Vec<u8>,
    /// The smallest and the largest value of a photograph; nothing of a slice, of which many are empty.
    pub(crate) range: Option<[f32; 2]>,
}

impl Glance {
    /// The classes that occur among labels.
    pub(crate) fn classes(labels: &[u8], ignore: u8) -> Vec<u8> {
        let mut seen = [false; 256];
        for class in labels {
            seen[usize::from(*class)] = true;
        }
        (0..=u8::MAX)
            .filter(|class| seen[usize::from(*class)] && *class != ignore)
            .collect()
    }

    /// The smallest and the largest value of a photograph.
    pub(crate) fn range(photograph: &impl Lines) -> [f32; 2] {
        let [rows, columns] = photograph.size();
        let mut line = vec![0.0; 3 * columns];
        let mut range = [f32::INFINITY, f32::NEG_INFINITY];
        for row in 0..rows {
            photograph.line(row, &mut line);
            for value in &line {
                range = [range[0].min(*value), range[1].max(*value)];
            }
        }
        range
    }
}

/// What the images of a split hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    images: usize,
    /// Images that hold a class.
    holding: BTreeMap<u8, usize>,
    /// Photographs of one colour throughout.
    even: Vec<String>,
    /// Photographs that are nearly black, and are not even.
    dark: Vec<String>,
}

impl Overview {
    /// Takes in an image.
    pub(crate) fn add(&mut self, name: &str, glance: &Glance) {
        self.images += 1;
        for class in &glance.classes {
            *self.holding.entry(*class).or_default() += 1;
        }
        if let Some([darkest, brightest]) = glance.range {
            if darkest >= brightest {
                self.even.push(name.to_string());
            } else if brightest <= NEARLY_BLACK {
                self.dark.push(name.to_string());
            }
        }
    }

    /// Takes in a photograph without its labels, for [`dim_warnings`](Self::dim_warnings).
    pub fn look(&mut self, name: &str, photograph: &Picture) {
        // In the steps of a file of 8 bits: numbers that were normalised and are so no more are a little off.
        let step = |value: f32| (255.0 * value).round() / 255.0;
        let glance = Glance {
            classes: Vec::new(),
            range: Some(Glance::range(photograph).map(step)),
        };
        self.add(name, &glance);
    }

    /// What makes validation or test images say less than they seem to.
    pub fn warning_of(&self, split: Split) -> Option<String> {
        let empty = self.images > 0 && self.holding.keys().all(|class| *class == 0);
        empty.then(|| {
            format!("no {split} image holds anything but background, so that scores of these images say nothing of what is to be found")
        })
    }

    /// Foreground classes, of so many with the background, that no image holds.
    pub fn missing(&self, classes: usize) -> Vec<usize> {
        let held = |class: &usize| {
            u8::try_from(*class).is_ok_and(|class| self.holding.contains_key(&class))
        };
        (1..classes).filter(|class| !held(class)).collect()
    }

    /// That labels to train on tell one thing from another.
    ///
    /// # Errors
    ///
    /// All of them are of one class, or are ignored.
    pub fn can_teach(&self, dataset: &Dataset) -> Result<(), DataError> {
        let mut classes = self.holding.keys();
        let only = classes.next();
        if self.images == 0 || classes.next().is_some() {
            return Ok(());
        }
        let found = match only {
            Some(class) => format!("'{}' alone", dataset.class_name(*class)),
            None => "no pixel that is not ignored".into(),
        };
        Err(DataError::new(
            &dataset.root,
            "labels of at least two classes among the training images",
            format!("{found} in all {}", self.images),
            "look at the labels; if their values mean something else, say so in the recipe ([data.label_values] \"VALUE\" = \
             CLASS), and if structures are lost at the size of training, raise data.size",
        ))
    }

    /// Classes that no training image holds.
    pub fn missing_warning(&self, dataset: &Dataset) -> Option<String> {
        let missing: Vec<&str> = self
            .missing(dataset.class_names.len())
            .into_iter()
            .map(|class| dataset.class_names[class].as_str())
            .collect();
        (self.images > 0 && !missing.is_empty()).then(|| {
            format!(
                "classes in no training image, which the network cannot learn and which are scored only where the truth holds them: {}",
                few(&missing)
            )
        })
    }

    /// Photographs with little or nothing to see.
    pub fn dim_warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.even.is_empty() {
            let names = few(&self.even);
            warnings.push(format!(
                "photographs of one colour throughout, with nothing to see: {names}"
            ));
        }
        if !self.dark.is_empty() {
            warnings.push(format!(
                "photographs that are nearly black, since they use at most a sixteenth of their files' range, as 12 bits in a file \
                 of 16 do: {}; \
                 `magick mogrify -evaluate multiply 16 FILES` makes them brighter",
                few(&self.dark)
            ));
        }
        warnings
    }
}
