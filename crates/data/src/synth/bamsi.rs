//! Synthetic burn photographs in the BAMSI layout.

pub(crate) mod body;
pub(crate) mod burn;
pub(crate) mod photograph;

use std::path::Path;
use std::{fmt, fs};

use rand::Rng;

use crate::corruption::Corruption;
use crate::error::DataError;
use crate::files::whole_folder::{refused, write_whole};
use crate::gross_error::plan::GrossPlan;
use crate::gross_error::spoil;
use crate::images::label_map::LabelMap;
use crate::images::label_volume::LabelVolume;
use crate::labels::label_images::write_label_png;
use crate::options::split::Split;
use crate::synth::annotation::annotate;
use crate::synth::bamsi::photograph::photograph;
use crate::synth::options::SynthOptions;
use crate::synth::writing::{
    IMAGES, check_options, generator, gross_errors, write_errors, write_image, write_items,
};
use crate::text::counted;

/// Names of the classes.
pub(crate) const CLASSES: [&str; 6] = [
    "background",
    "grade 1",
    "grade 2a",
    "grade 2b",
    "grade 3",
    "grade 4",
];

/// A summary of the set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    /// Number of photographs.
    pub(crate) images: usize,
    /// Number of patients.
    pub(crate) patients: usize,
    /// Number of photographs that show each class.
    pub(crate) images_by_class: [usize; 6],
    /// Fraction of the pixels that are burned.
    pub(crate) burned: f64,
    /// Mean Dice of the noisy labels against the clean ones, burned against not burned.
    pub(crate) agreement: f64,
    /// The end of the sentence, on gross errors.
    pub(crate) gross: String,
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
            "; {:.1} % of the pixels burned; labels agree with the ground truth to a Dice of {:.3}{}",
            100.0 * self.burned,
            self.agreement,
            self.gross
        )
    }
}

/// One photograph with its labels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Drawing {
    /// RGB, row after row, three bytes a pixel.
    pub(crate) image: Vec<u8>,
    /// The clean labels.
    pub(crate) clean: Vec<u8>,
    /// The noisy labels.
    pub(crate) noisy: Vec<u8>,
    /// What is wrong with them.
    pub(crate) error: Corruption,
}

/// Position of a photograph in the set.
#[derive(Clone, Copy, Debug)]
struct Place {
    index: usize,
    patient: usize,
}

/// Photographs of one patient: 2 to 5 that share skin and part of the body.
fn places(options: &SynthOptions) -> Vec<Place> {
    let mut places = Vec::with_capacity(options.images);
    let mut patient = 0;
    while places.len() < options.images {
        let count: usize = generator(options.seed, 1, patient).random_range(2..=5);
        // Small sets still have enough patients for every split.
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

fn draw(options: &SynthOptions, place: Place) -> Drawing {
    let patient: u64 = generator(options.seed, 2, place.patient).random();
    let mut random = generator(options.seed, 3, place.index);
    // Every grade in turn.
    let class = if shows_a_burn(place) {
        1 + (place.index * 2 + place.index / 5) % 5
    } else {
        0
    } as u8;
    let drawn = photograph(options.size, patient, random.random(), class);
    let (noisy, error) = annotate(&drawn.classes, options.size, options.noise, random.random());
    Drawing {
        image: drawn.image,
        clean: drawn.classes,
        noisy,
        error,
    }
}

/// One photograph in twenty shows skin without a burn.
fn shows_a_burn(place: Place) -> bool {
    place.index % 20 != 19
}

/// The noisy labels as they are written: some of those of training images have a gross error.
fn spoilt(
    options: &SynthOptions,
    places: &[Place],
    plan: &GrossPlan,
    place: Place,
    drawing: Drawing,
) -> Drawing {
    let Some(planned) = plan.get(place.index) else {
        return drawing;
    };
    let labels = |classes: Vec<u8>| LabelVolume {
        shape: [1, options.size, options.size],
        classes,
    };
    let donor = planned
        .donor
        .map(|donor| labels(draw(options, places[donor]).noisy));
    let found = spoil(
        &labels(drawing.noisy.clone()),
        planned.kind,
        donor.as_ref(),
        CLASSES.len(),
        &mut planned.random(),
    );
    match found {
        Some((spoilt, kind)) => Drawing {
            noisy: spoilt.classes,
            error: Corruption {
                gross: Some(kind),
                ..drawing.error
            },
            ..drawing
        },
        None => drawing,
    }
}

/// Writes a set into a new folder; `progress` is called with the number of finished photographs.
///
/// The set is written next to its destination and moved there at the end, so that a partial one never looks complete.
///
/// # Errors
///
/// An option is out of range, the folder is not empty, or writing fails.
pub(crate) fn write_bamsi(
    folder: &Path,
    options: &SynthOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    check_options(folder, options, &IMAGES)?;
    write_whole(folder, |beside| write_into(beside, options, progress))
}

fn write_into(
    folder: &Path,
    options: &SynthOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    for part in ["images", "labels", "clean"] {
        let path = folder.join(part);
        fs::create_dir_all(&path).map_err(|error| refused(&path, &error))?;
    }
    let places = places(options);
    let patients = places.last().map_or(0, |place| place.patient + 1);
    let candidates: Vec<(usize, usize)> = places
        .iter()
        .filter(|place| shows_a_burn(**place) && split(place.patient, patients) == Split::Train)
        .map(|place| (place.index, place.patient))
        .collect();
    let plan = GrossPlan::new(options.gross, options.seed, &candidates);
    let written = write_items(&places, progress, |place| {
        let drawing = spoilt(options, &places, &plan, *place, draw(options, *place));
        write_one(folder, options, *place, drawing)
    })?;
    let (counts, errors): (Vec<_>, Vec<_>) = written.into_iter().unzip();
    write_description(folder, options)?;
    write_cases(folder, &places, &counts)?;
    write_errors(folder, options, &errors)?;

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
        patients,
        images_by_class,
        burned: burned as f64 / (places.len() * options.size * options.size) as f64,
        agreement: dice.iter().sum::<f64>() / dice.len().max(1) as f64,
        gross: gross_errors(&errors),
    })
}

/// Writes a photograph with its labels, counts its pixels, and names what is wrong with the labels.
fn write_one(
    folder: &Path,
    options: &SynthOptions,
    place: Place,
    drawing: Drawing,
) -> Result<([usize; 9], Corruption), DataError> {
    let name = format!("{}.png", stem(place.index));
    write_image(
        &folder.join("images").join(&name),
        &drawing.image,
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
    let counts = count(&drawing);
    let error = Corruption {
        image: stem(place.index),
        ..drawing.error
    };
    Ok((counts, error))
}

/// Pixels of each class in the clean labels, then burned pixels in the clean labels, in the noisy ones, and in both.
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

fn write_description(folder: &Path, options: &SynthOptions) -> Result<(), DataError> {
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

/// The split of a patient: spread over the set, each patient in one split; even a few patients fill every split.
fn split(patient: usize, patients: usize) -> Split {
    match patient * 20 / patients.clamp(1, 20) % 20 {
        0..=2 => Split::Validation,
        3..=7 => Split::Test,
        _ => Split::Train,
    }
}

/// `cases.csv`, with 60 % of the patients for training, 15 % for validation and 25 % for testing.
fn write_cases(folder: &Path, places: &[Place], counts: &[[usize; 9]]) -> Result<(), DataError> {
    let path = folder.join("cases.csv");
    let patients = places.last().map_or(0, |place| place.patient + 1);
    let mut text = "image,patient,grade,split\n".to_string();
    for (place, count) in places.iter().zip(counts) {
        let grade = (1..6)
            .max_by_key(|class| count[*class])
            .filter(|class| count[*class] > 0);
        let grade = grade.map_or("", |class| &CLASSES[class]["grade ".len()..]);
        let split = split(place.patient, patients);
        text += &format!(
            "{},patient_{:03},{grade},{split}\n",
            stem(place.index),
            place.patient
        );
    }
    fs::write(&path, text).map_err(|error| refused(&path, &error))
}
