//! Statistics of the images of a split that decide whether a network can learn from them.

use std::collections::BTreeMap;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::images::lines::Lines;
use crate::images::planar_image::PlanarImage;
use crate::options::split::Split;
use crate::text::few;

/// Photographs whose brightest value is at most this are nearly black, as 12-bit data in a 16-bit file are.
const NEARLY_BLACK: f32 = 16.0 / 255.0;

/// Statistics of one image and its labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImageStatistics {
    /// Pixels of each class in the labels, in the order of the classes, except ignored pixels.
    pub(crate) classes: Vec<(u8, u64)>,
    /// The minimum and maximum of a photograph; `None` for a slice, since many slices are empty.
    pub(crate) range: Option<[f32; 2]>,
}

impl ImageStatistics {
    /// The classes that occur among labels, with their pixels.
    pub(crate) fn classes(labels: &[u8], ignore: u8) -> Vec<(u8, u64)> {
        let mut pixels = [0; 256];
        for class in labels {
            pixels[usize::from(*class)] += 1;
        }
        (0..=u8::MAX)
            .map(|class| (class, pixels[usize::from(class)]))
            .filter(|(class, pixels)| *pixels > 0 && *class != ignore)
            .collect()
    }

    /// The minimum and maximum of a photograph.
    pub(crate) fn range(photograph: &impl Lines) -> [f32; 2] {
        let [rows, columns] = photograph.size();
        let mut line = vec![0.0; 3 * columns];
        let mut range = [f32::INFINITY, f32::NEG_INFINITY];
        for row in 0..rows {
            photograph.read_row(row, &mut line);
            for value in &line {
                range = [range[0].min(*value), range[1].max(*value)];
            }
        }
        range
    }
}

/// Statistics of the images of a split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    images: usize,
    /// Number of images that contain each class.
    holding: BTreeMap<u8, usize>,
    /// Pixels of each class.
    pixels: BTreeMap<u8, u64>,
    /// Photographs of a single colour.
    even: Vec<String>,
    /// Photographs that are nearly black, except those of a single colour.
    dark: Vec<String>,
}

impl Overview {
    /// Adds an image.
    pub(crate) fn add(&mut self, name: &str, statistics: &ImageStatistics) {
        self.images += 1;
        for (class, pixels) in &statistics.classes {
            *self.holding.entry(*class).or_default() += 1;
            *self.pixels.entry(*class).or_default() += pixels;
        }
        if let Some([darkest, brightest]) = statistics.range {
            if darkest >= brightest {
                self.even.push(name.to_string());
            } else if brightest <= NEARLY_BLACK {
                self.dark.push(name.to_string());
            }
        }
    }

    /// Adds a photograph without its labels, for [`dim_warnings`](Self::dim_warnings).
    pub fn look(&mut self, name: &str, photograph: &PlanarImage) {
        // In the steps of an 8-bit file: values that were normalised and restored are slightly off.
        let step = |value: f32| (255.0 * value).round() / 255.0;
        let statistics = ImageStatistics {
            classes: Vec::new(),
            range: Some(ImageStatistics::range(photograph).map(step)),
        };
        self.add(name, &statistics);
    }

    /// Warns if the validation or test images contain nothing but background.
    pub fn warning_of(&self, split: Split) -> Option<String> {
        let empty = self.images > 0 && self.holding.keys().all(|class| *class == 0);
        empty.then(|| {
            format!("no {split} image contains anything but background, so that scores on these images do not show how well structures are found")
        })
    }

    /// The foreground classes that no image contains, where `classes` includes the background.
    pub fn missing(&self, classes: usize) -> Vec<usize> {
        let held = |class: &usize| {
            u8::try_from(*class).is_ok_and(|class| self.holding.contains_key(&class))
        };
        (1..classes).filter(|class| !held(class)).collect()
    }

    /// The pixels of each class, where `classes` includes the background; ignored pixels do not count.
    pub fn pixels(&self, classes: usize) -> Vec<u64> {
        let of_class = |class: usize| {
            u8::try_from(class)
                .ok()
                .and_then(|class| self.pixels.get(&class).copied())
        };
        (0..classes)
            .map(|class| of_class(class).unwrap_or(0))
            .collect()
    }

    /// Checks that the training labels contain at least two classes.
    ///
    /// # Errors
    ///
    /// All labels are of one class, or ignored.
    pub fn check_trainable(&self, dataset: &Dataset) -> Result<(), DataError> {
        let mut classes = self.holding.keys();
        let only = classes.next();
        if self.images == 0 || classes.next().is_some() {
            return Ok(());
        }
        let found = match only {
            Some(class) => format!("'{}' alone", dataset.class_name(*class)),
            None => "only ignored pixels".into(),
        };
        Err(DataError::new(
            &dataset.root,
            "labels of at least two classes among the training images",
            format!("{found} in all {}", self.images),
            "look at the labels; if their values mean something else, state it in the recipe ([data.label_values] \"VALUE\" = \
             CLASS), and if structures are lost at the size of training, raise data.size",
        ))
    }

    /// Warns of classes that no training image contains.
    pub fn missing_warning(&self, dataset: &Dataset) -> Option<String> {
        let missing: Vec<&str> = self
            .missing(dataset.class_names.len())
            .into_iter()
            .map(|class| dataset.class_names[class].as_str())
            .collect();
        (self.images > 0 && !missing.is_empty()).then(|| {
            format!(
                "classes in no training image, which the network cannot learn and which are scored only where the ground truth contains them: {}",
                few(&missing)
            )
        })
    }

    /// Warns of photographs that are of a single colour or nearly black.
    pub fn dim_warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.even.is_empty() {
            let names = few(&self.even);
            warnings.push(format!(
                "photographs of a single colour, with nothing to see: {names}"
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
