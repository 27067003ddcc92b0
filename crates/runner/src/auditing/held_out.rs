//! Scores of labels by networks that have not seen them, with the maps, suggestions and outlines of every image.
//!
//! Two passes over the images, one image's probabilities at a time: the first finds the classes' thresholds, the second scores.

use std::collections::BTreeMap;
use std::path::PathBuf;

use audit::border::borders;
use audit::confident::{ThresholdSums, Thresholds};
use audit::doubt::doubt_map;
use audit::labelled::Labelled;
use audit::place::{Kind, Place};
use audit::places::places;
use audit::softmin::softmin;
use audit::suggestion::suggested;
use burn::tensor::Device;
use data::{Case, Dataset, LabelMap, write_label_png};

use crate::auditing::folder::{ImageRow, MAPS, PlaceRow, REVISIT, SUGGESTED};
use crate::auditing::images::{Slice, for_each_slice};
use crate::auditing::listing::{MOST_PLACES, image_row, place_row, suggestion_text};
use crate::auditing::records::{self, Recorded};
use crate::auditing::revisit::{Outlined, geojson};
use crate::error::RunnerError;
use crate::files::output::OutputFolder;
use crate::prediction::predictor::{Predictor, predictor_from};
use crate::recipe::Recipe;
use crate::run_folder::folder::{LAST, RunFolder};
use crate::run_folder::image_records;
use crate::terminal::progress::Progress;

/// A training, and the cases that it has not seen.
pub(crate) struct HeldOut {
    pub(crate) run: PathBuf,
    pub(crate) cases: Vec<Case>,
}

/// The lines of an audit before they are ranked.
#[derive(Default)]
pub(crate) struct Scored {
    pub(crate) images: Vec<ImageRow>,
    /// Without the lines of whole images.
    pub(crate) places: Vec<PlaceRow>,
    /// Rows and columns of each image.
    pub(crate) sizes: Vec<[usize; 2]>,
}

/// Names of the files that are written for images of these names.
pub(crate) fn files(names: &[String]) -> Vec<String> {
    let of_image = |name: &String| {
        [
            format!("{MAPS}/{name}.png"),
            format!("{SUGGESTED}/{name}.png"),
            format!("{REVISIT}/{name}.geojson"),
        ]
    };
    names.iter().flat_map(of_image).collect()
}

/// Everything that scoring reads.
pub(crate) struct Scoring<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) held_out: &'a [HeldOut],
    pub(crate) device: Device,
    pub(crate) out: &'a OutputFolder,
    pub(crate) progress: Progress,
}

impl Scoring<'_> {
    /// Scores every held-out image, and writes its files.
    ///
    /// # Errors
    ///
    /// An error of a run, an image, the device or the disk.
    pub(crate) fn score(&self) -> Result<Scored, RunnerError> {
        let classes = self.dataset.class_names.len();
        let mut sums = ThresholdSums::new(classes);
        self.for_each("predicting", |_, _, slice, probabilities| {
            sums.add(&self.labelled(&slice, probabilities)?);
            Ok(())
        })?;
        let thresholds = sums.thresholds();
        let mut scored = Scored::default();
        self.for_each("scoring", |fold, case, slice, probabilities| {
            let image = self.labelled(&slice, probabilities)?;
            let (row, found) = score_one(&image, &thresholds);
            let row = ImageRow {
                image: slice.name.clone(),
                patient: case.patient.clone(),
                fold: Some(fold),
                ..row
            };
            self.write(&image, &slice.name, &found)?;
            let names = &self.dataset.class_names;
            scored
                .places
                .extend(found.iter().map(|place| place_row(&row, place, names)));
            scored.sizes.push([image.height(), image.width()]);
            scored.images.push(row);
            Ok(())
        })?;
        self.add_records(&mut scored.images)?;
        Ok(scored)
    }

    /// Calls `each` with every slice of every held-out case and its probabilities.
    fn for_each(
        &self,
        what: &str,
        mut each: impl FnMut(usize, &Case, Slice, &[f32]) -> Result<(), RunnerError>,
    ) -> Result<(), RunnerError> {
        let count = self.held_out.iter().map(|one| one.cases.len()).sum();
        let bar = self.progress.counting(what, count);
        if self.progress.lines && !self.progress.bars {
            tracing::info!("{what} {count} held-out cases");
        }
        for (fold, held_out) in self.held_out.iter().enumerate() {
            let predictor = self.predictor(held_out)?;
            for case in &held_out.cases {
                for_each_slice(self.dataset, case, |slice| {
                    let probabilities = predictor.probabilities(&slice.image)?;
                    each(fold, case, slice, &probabilities)
                })?;
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// The network after the last epoch: which epoch is the best was decided on labels.
    fn predictor(&self, held_out: &HeldOut) -> Result<Predictor, RunnerError> {
        let folder = RunFolder::open(&held_out.run)?;
        let recipe = Recipe::of_run(&held_out.run)?;
        let classes = self.dataset.class_names.len();
        predictor_from(&folder, LAST, &recipe, classes, self.device.clone())
    }

    fn labelled<'a>(
        &self,
        slice: &'a Slice,
        probabilities: &'a [f32],
    ) -> Result<Labelled<'a>, RunnerError> {
        let sizes = [self.dataset.class_names.len(), slice.labels.width];
        Labelled::new(
            probabilities,
            &slice.labels.classes,
            sizes,
            self.dataset.ignore,
        )
        .map_err(|error| RunnerError::bug(error).at(format!("image '{}'", slice.name)))
    }

    fn write(&self, image: &Labelled<'_>, name: &str, found: &[Place]) -> Result<(), RunnerError> {
        let map = |classes: Vec<u8>| LabelMap {
            height: image.height(),
            width: image.width(),
            classes,
        };
        let png = |folder: &str, map: &LabelMap| {
            self.out.write(&format!("{folder}/{name}.png"), |path| {
                Ok(write_label_png(path, map)?)
            })
        };
        png(MAPS, &map(doubt_map(image)))?;
        png(SUGGESTED, &map(suggested(image, found)))?;
        let names = &self.dataset.class_names;
        let texts: Vec<String> = found
            .iter()
            .map(|place| suggestion_text(place, names))
            .collect();
        let outlined: Vec<Outlined<'_>> = found
            .iter()
            .zip(&texts)
            .map(|(place, suggestion)| Outlined {
                kind: place.kind,
                class: place.class,
                score: place.score,
                suggestion,
                pixels: &place.pixels,
            })
            .collect();
        let bytes = geojson(&outlined, names)?;
        self.out
            .write_bytes(&format!("{REVISIT}/{name}.geojson"), &bytes)
    }

    /// Adds what the trainings noted about the images that they were trained on, averaged over these trainings.
    fn add_records(&self, rows: &mut [ImageRow]) -> Result<(), RunnerError> {
        let mut all: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
        for held_out in self.held_out {
            // A training with too many images has no records.
            if !held_out.run.join(image_records::FILE).is_file() {
                continue;
            }
            for (name, recorded) in records::read(&held_out.run)? {
                all.entry(name).or_default().push(recorded);
            }
        }
        for row in rows {
            let Some(of_image) = all.get(&row.image) else {
                continue;
            };
            let mean = |value: fn(&Recorded) -> Option<f64>| {
                let values: Vec<f64> = of_image.iter().filter_map(value).collect();
                metrics::statistics::mean(&values)
            };
            row.margin = mean(|one| one.margin);
            row.loss = mean(|one| one.loss);
            row.final_loss = mean(|one| one.final_loss);
            row.dropped = mean(|one| one.dropped);
            row.weight = mean(|one| one.weight);
        }
        Ok(())
    }
}

/// The scores of an image by its probabilities, and its most doubtful places.
fn score_one(image: &Labelled<'_>, thresholds: &Thresholds) -> (ImageRow, Vec<Place>) {
    let mut found = places(image);
    found.extend(borders(image));
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    let highest = |is_border: bool| {
        let scores = found
            .iter()
            .filter(|place| (place.kind == Kind::Border) == is_border)
            .map(|place| place.score);
        scores.fold(0.0, f64::max)
    };
    let row = ImageRow {
        softmin: softmin(image),
        confident: thresholds.doubt(image),
        component: Some(highest(false)),
        border: Some(highest(true)),
        ..ImageRow::default()
    };
    found.truncate(MOST_PLACES);
    (row, found)
}

/// The lines of whole images: all of them, by their default score.
pub(crate) fn image_lines(scored: &Scored, scores: &[Option<f64>]) -> Vec<PlaceRow> {
    let lines = scored.images.iter().zip(scores).zip(&scored.sizes);
    lines
        .filter_map(|((row, score), size)| {
            // From 0 to 1, as the scores of places: mean ranks are between −1 and 0.
            Some(image_row(row, 1.0 + (*score)?, *size))
        })
        .collect()
}
