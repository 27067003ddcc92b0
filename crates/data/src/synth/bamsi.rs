//! Synthetic burn photographs in the BAMSI layout.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::annotation::annotate;
use super::photograph::photograph;
use super::writing::{check_options, generator, refused, write_picture, write_whole};
use crate::text::counted;
use crate::{DataError, LabelMap, write_label_png};

/// Names of the classes.
pub const CLASSES: [&str; 6] = [
    "background",
    "grade 1",
    "grade 2a",
    "grade 2b",
    "grade 3",
    "grade 4",
];

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BamsiOptions {
    /// How many photographs.
    pub images: usize,
    /// Rows and columns of each, 64 to 2048.
    pub size: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Strength of the annotation noise, 0 (none) to 3.
    pub noise: f64,
}

/// What was drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many photographs.
    pub images: usize,
    /// Of how many patients.
    pub patients: usize,
    /// How many photographs show each class.
    pub images_by_class: [usize; 6],
    /// Share of the pixels that are burned.
    pub burned: f64,
    /// Mean Dice of the noisy labels against the clean truth, burned against not burned.
    pub agreement: f64,
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} of {}",
            counted(self.images, "photograph"),
            counted(self.patients, "patient")
        )?;
        for (name, images) in CLASSES.iter().zip(self.images_by_class).skip(1) {
            write!(formatter, ", {name} in {images}")?;
        }
        write!(
            formatter,
            "; {:.1} % of the pixels burned; labels agree with the truth to a Dice of {:.3}",
            100.0 * self.burned,
            self.agreement
        )
    }
}

/// One photograph with its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// RGB, row after row, three bytes a pixel.
    pub picture: Vec<u8>,
    /// The truth.
    pub clean: Vec<u8>,
    /// The labels as drawn by hand.
    pub noisy: Vec<u8>,
}

/// Position of a photograph in the set.
#[derive(Clone, Copy, Debug)]
struct Place {
    index: usize,
    patient: usize,
}

/// Photographs of one patient: 2 to 5, that share skin and part of the body.
fn places(options: &BamsiOptions) -> Vec<Place> {
    let mut places = Vec::with_capacity(options.images);
    let mut patient = 0;
    while places.len() < options.images {
        let count: usize = generator(options.seed, 1, patient).random_range(2..=5);
        // Small sets have patients enough for every split all the same.
        let count = count
            .min((options.images / 4).max(1))
            .min(options.images - places.len());
        for _ in 0..count {
            places.push(Place {
                index: places.len(),
                patient,
            });
        }
        patient += 1;
    }
    places
}

/// Draws photograph `index` of a set.
pub fn draw(options: &BamsiOptions, index: usize) -> Option<Drawing> {
    let place = places(options).into_iter().nth(index)?;
    Some(draw_at(options, place))
}

fn draw_at(options: &BamsiOptions, place: Place) -> Drawing {
    let patient: u64 = generator(options.seed, 2, place.patient).random();
    let mut random = generator(options.seed, 3, place.index);
    // Every grade in turn, and one photograph in twenty of skin without a burn.
    let class = if place.index % 20 == 19 {
        0
    } else {
        1 + (place.index * 2 + place.index / 5) % 5
    } as u8;
    let drawn = photograph(options.size, patient, random.random(), class);
    let noisy = annotate(&drawn.classes, options.size, options.noise, random.random());
    Drawing {
        picture: drawn.picture,
        clean: drawn.classes,
        noisy,
    }
}

/// Writes a whole set into a new folder; `progress` hears how many photographs are done.
///
/// The set is written beside its place and moved there at the end, so that no part of one looks whole.
///
/// # Errors
///
/// An option is out of range, the folder exists and is not empty, or the disk refuses.
pub fn write_bamsi(
    folder: &Path,
    options: &BamsiOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    check_options(folder, options.images, options.size, options.noise)?;
    write_whole(folder, |beside| write_into(beside, options, progress))
}

fn write_into(
    folder: &Path,
    options: &BamsiOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    for part in ["images", "labels", "clean"] {
        let path = folder.join(part);
        fs::create_dir_all(&path).map_err(|error| refused(&path, &error))?;
    }
    let places = places(options);
    let done = AtomicUsize::new(0);
    let counts: Result<Vec<[usize; 9]>, DataError> = places
        .par_iter()
        .map(|place| {
            let drawing = draw_at(options, *place);
            let name = format!("{}.png", stem(place.index));
            write_picture(
                &folder.join("images").join(&name),
                &drawing.picture,
                [options.size; 2],
            )?;
            for (part, classes) in [("labels", &drawing.noisy), ("clean", &drawing.clean)] {
                let labels = LabelMap {
                    height: options.size,
                    width: options.size,
                    classes: classes.clone(),
                };
                write_label_png(&folder.join(part).join(&name), &labels)?;
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            Ok(count(&drawing))
        })
        .collect();
    let counts = counts?;
    write_description(folder, options)?;
    write_cases(folder, &places, &counts)?;

    let mut images_by_class = [0; 6];
    for count in &counts {
        for (sum, pixels) in images_by_class.iter_mut().zip(count) {
            *sum += usize::from(*pixels > 0);
        }
    }
    let burned: usize = counts.iter().map(|count| count[6]).sum();
    let dice: Vec<f64> = counts
        .iter()
        .filter(|count| count[6] > 0)
        .map(|count| 2.0 * count[8] as f64 / (count[6] + count[7]) as f64)
        .collect();
    Ok(Summary {
        images: places.len(),
        patients: places.last().map_or(0, |place| place.patient + 1),
        images_by_class,
        burned: burned as f64 / (places.len() * options.size * options.size) as f64,
        agreement: dice.iter().sum::<f64>() / dice.len().max(1) as f64,
    })
}

/// Pixels of each class in the truth, then burned ones in the truth, in the labels, and in both.
fn count(drawing: &Drawing) -> [usize; 9] {
    let mut counts = [0; 9];
    for (&clean, &noisy) in drawing.clean.iter().zip(&drawing.noisy) {
        counts[usize::from(clean)] += 1;
        counts[6] += usize::from(clean > 0);
        counts[7] += usize::from(noisy > 0);
        counts[8] += usize::from(clean > 0 && noisy > 0);
    }
    counts
}

fn stem(index: usize) -> String {
    format!("burn_{index:04}")
}

fn write_description(folder: &Path, options: &BamsiOptions) -> Result<(), DataError> {
    let path = folder.join("dataset.json");
    let description = serde_json::json!({
        "name": "synthetic burn photographs",
        "classes": CLASSES,
        "ignore": 255,
        "synthetic": options,
    });
    let text =
        serde_json::to_string_pretty(&description).map_err(|error| refused(&path, &error))?;
    fs::write(&path, text + "\n").map_err(|error| refused(&path, &error))
}

/// `cases.csv`, with 60 % of the patients to train, 15 % to validate and 25 % to test on.
fn write_cases(folder: &Path, places: &[Place], counts: &[[usize; 9]]) -> Result<(), DataError> {
    let path = folder.join("cases.csv");
    let patients = places.last().map_or(0, |place| place.patient + 1);
    let mut text = "image,patient,grade,split\n".to_string();
    for (place, count) in places.iter().zip(counts) {
        let grade = (1..6)
            .max_by_key(|class| count[*class])
            .filter(|class| count[*class] > 0);
        let grade = grade.map_or("", |class| &CLASSES[class]["grade ".len()..]);
        // Spread over the set, each patient as a whole; few patients still give every split one.
        let split = match place.patient * 20 / patients.clamp(1, 20) % 20 {
            0..=2 => "validation",
            3..=7 => "test",
            _ => "train",
        };
        text += &format!(
            "{},patient_{:03},{grade},{split}\n",
            stem(place.index),
            place.patient
        );
    }
    fs::write(&path, text).map_err(|error| refused(&path, &error))
}
