//! Synthetic ultrasound images of fetal abdomens in the layout of FASU.

pub(crate) mod pickled;
pub(crate) mod ultrasound;

use std::path::Path;
use std::{fmt, fs};

use rand::Rng;

use crate::corruption::{ClassLean, Corruption, MissedPlace};
use crate::dataset::layouts::fasu::structures::STRUCTURES;
use crate::error::DataError;
use crate::files::whole_folder::{refused, write_whole};
use crate::gross_error::plan::GrossPlan;
use crate::gross_error::spoil;
use crate::images::label_volume::LabelVolume;
use crate::synth::annotation::annotate;
use crate::synth::fasu::pickled::{Bytes, file};
use crate::synth::fasu::ultrasound::{Scan, scan};
use crate::synth::options::SynthOptions;
use crate::synth::writing::{
    IMAGES, check_options, generator, gross_errors, write_errors, write_image, write_items,
};
use crate::text::counted;

/// The folder around the set's own, named as in the published archive.
const SET: &str = "Fetal Abdominal Structures Segmentation Dataset Using Ultrasonic Images";

/// One image in this many is a grey PNG, the others are RGB, as in the published set.
const GREY_EVERY: usize = 20;

/// Rows and columns, in the published set's proportion (768 × 1024).
fn shape(options: &SynthOptions) -> [usize; 2] {
    [options.size, options.size * 4 / 3]
}

/// A summary of the set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    /// Number of images.
    pub(crate) images: usize,
    /// Number of patients.
    pub(crate) patients: usize,
    /// Number of images that show liver, stomach, artery and vein.
    pub(crate) images_by_structure: [usize; 4],
    /// Mean Dice of the noisy masks against the clean ones, by structure.
    pub(crate) agreement: [f64; 4],
    /// The end of the sentence, on gross errors.
    pub(crate) gross: String,
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} of {}",
            counted(self.images, "image"),
            counted(self.patients, "patient")
        )?;
        for (name, images) in STRUCTURES.iter().zip(self.images_by_structure) {
            write!(formatter, ", {name} in {images}")?;
        }
        let agreement = self.agreement.map(|dice| format!("{dice:.3}"));
        write!(
            formatter,
            "; masks agree with the ground truth to a Dice of {}{}",
            agreement.join(", "),
            self.gross
        )
    }
}

/// An image: its patient, and its number among the patient's images from 1.
#[derive(Clone, Copy, Debug)]
struct Place {
    index: usize,
    patient: usize,
    number: usize,
}

impl Place {
    /// The published set's names: `P01_IMG1`, `P010_IMG2`.
    fn stem(self) -> String {
        format!("P0{}_IMG{}", self.patient + 1, self.number)
    }
}

/// Images of one patient: 3 to 8 that share the machine's settings and the mother's tissue.
fn places(options: &SynthOptions) -> Vec<Place> {
    let mut places = Vec::with_capacity(options.images);
    let mut patient = 0;
    while places.len() < options.images {
        let count: usize = generator(options.seed, 1, patient).random_range(3..=8);
        // Small sets still have enough patients for every split.
        let count = count
            .min((options.images / 6).max(1))
            .min(options.images - places.len());
        for number in 1..=count {
            places.push(Place {
                index: places.len(),
                patient,
                number,
            });
        }
        patient += 1;
    }
    places
}

/// An image with its masks.
struct Drawing {
    scan: Scan,
    noisy: [Vec<u8>; 4],
    /// What is wrong with the noisy masks.
    error: Corruption,
}

fn draw(options: &SynthOptions, place: Place) -> Drawing {
    let patient: u64 = generator(options.seed, 2, place.patient).random();
    let mut random = generator(options.seed, 3, place.index);
    let scan = scan(shape(options), patient, random.random());
    let mut noisy = |mask: &Vec<u8>| annotated(mask, options, random.random());
    let drawn = scan.masks.each_ref().map(&mut noisy);
    let error = together(
        place.stem(),
        drawn.each_ref().map(|(_, error)| error),
        &scan.masks,
    );
    Drawing {
        noisy: drawn.map(|(mask, _)| mask),
        scan,
        error,
    }
}

/// What is wrong with the four masks of an image. Its lean is the mean over their pixels.
fn together(image: String, errors: [&Corruption; 4], masks: &[Vec<u8>; 4]) -> Corruption {
    let mut whole = Corruption {
        image,
        ..Corruption::default()
    };
    let pixels = masks
        .each_ref()
        .map(|mask| mask.iter().filter(|inside| **inside > 0).count());
    let all = pixels.iter().sum::<usize>().max(1) as f64;
    for (class, (error, pixels)) in (1..).zip(errors.into_iter().zip(pixels)) {
        if pixels == 0 {
            continue;
        }
        whole.lean += error.lean * pixels as f64 / all;
        whole.tolerance += error.tolerance * pixels as f64 / all;
        whole.by_class.push(ClassLean {
            class,
            lean: error.lean,
            tolerance: error.tolerance,
        });
        let missed = error.missed.iter();
        whole
            .missed
            .extend(missed.map(|missed| MissedPlace { class, ..*missed }));
    }
    whole
}

/// The noisy masks as they are written: some have a gross error, for which they become one map of classes.
fn spoilt(options: &SynthOptions, places: &[Place], plan: &GrossPlan, place: Place) -> Drawing {
    let drawing = draw(options, place);
    let Some(planned) = plan.get(place.index) else {
        return drawing;
    };
    let [height, width] = shape(options);
    let labels = |masks: &[Vec<u8>; 4]| {
        let mut classes = vec![0; height * width];
        for (class, mask) in (1..).zip(masks) {
            for (value, inside) in classes.iter_mut().zip(mask) {
                if *inside > 0 {
                    *value = class;
                }
            }
        }
        LabelVolume {
            shape: [1, height, width],
            classes,
        }
    };
    let donor = planned
        .donor
        .map(|donor| labels(&draw(options, places[donor]).noisy));
    let found = spoil(
        &labels(&drawing.noisy),
        planned.kind,
        donor.as_ref(),
        1 + STRUCTURES.len(),
        &mut planned.random(),
    );
    let Some((spoilt, kind)) = found else {
        return drawing;
    };
    let mask = |structure: u8| {
        let classes = spoilt.classes.iter();
        classes.map(|class| u8::from(*class == structure)).collect()
    };
    Drawing {
        noisy: [1, 2, 3, 4].map(mask),
        error: Corruption {
            gross: Some(kind),
            ..drawing.error
        },
        scan: drawing.scan,
    }
}

/// A mask as drawn by hand. Annotation works on squares, so the image is the top of one.
fn annotated(mask: &[u8], options: &SynthOptions, seed: u64) -> (Vec<u8>, Corruption) {
    let [height, width] = shape(options);
    let mut square = mask.to_vec();
    square.resize(width * width, 0);
    // The annotator's error is proportional to the structure: a vessel is drawn more finely than a burn, which takes two
    // fifths of a photograph's side.
    let area: usize = mask.iter().map(|inside| usize::from(*inside)).sum();
    let extent = (area as f64).sqrt() / (0.4 * width as f64);
    let (drawn, error) = annotate(&square, width, options.noise * extent.min(1.0), seed);
    // A structure has no neighbouring grade to be confused with; only its outline is noisy.
    let mask = drawn[..height * width].iter();
    (mask.map(|class| u8::from(*class > 0)).collect(), error)
}

/// Writes a set into a new folder; `progress` is called with the number of finished images. The clean masks are in
/// `CLEAN/`, which the published set does not have.
///
/// # Errors
///
/// An option is out of range, the folder is not empty, or writing fails.
pub(crate) fn write_fasu(
    folder: &Path,
    options: &SynthOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    check_options(folder, options, &IMAGES)?;
    write_whole(folder, |beside| {
        let (summary, errors) = write_into(&beside.join(SET), options, progress)?;
        write_errors(beside, options, &errors)?;
        Ok(summary)
    })
}

/// Pixels of a structure in the clean mask, in the noisy one, and in both.
type Counts = [[usize; 3]; 4];

fn write_into(
    folder: &Path,
    options: &SynthOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<(Summary, Vec<Corruption>), DataError> {
    for part in ["IMAGES", "ARRAY_FORMAT", "CLEAN"] {
        let path = folder.join(part);
        fs::create_dir_all(&path).map_err(|error| refused(&path, &error))?;
    }
    let places = places(options);
    let candidates: Vec<(usize, usize)> = places
        .iter()
        .map(|place| (place.index, place.patient))
        .collect();
    let plan = GrossPlan::new(options.gross, options.seed, &candidates);
    let written = write_items(&places, progress, |place| {
        write_one(
            folder,
            options,
            *place,
            spoilt(options, &places, &plan, *place),
        )
    })?;
    let (counts, errors): (Vec<Counts>, Vec<Corruption>) = written.into_iter().unzip();
    let mut images_by_structure = [0; 4];
    let mut agreement = [0.0; 4];
    for structure in 0..4 {
        let drawn = counts.iter().map(|counts| counts[structure]);
        let dice: Vec<f64> = drawn
            .filter(|[clean, _, _]| *clean > 0)
            .map(|[clean, noisy, both]| 2.0 * both as f64 / (clean + noisy) as f64)
            .collect();
        images_by_structure[structure] = dice.len();
        agreement[structure] = dice.iter().sum::<f64>() / dice.len().max(1) as f64;
    }
    let summary = Summary {
        images: places.len(),
        patients: places.last().map_or(0, |place| place.patient + 1),
        images_by_structure,
        agreement,
        gross: gross_errors(&errors),
    };
    Ok((summary, errors))
}

fn write_one(
    folder: &Path,
    options: &SynthOptions,
    place: Place,
    drawing: Drawing,
) -> Result<(Counts, Corruption), DataError> {
    let Drawing { scan, noisy, error } = drawing;
    let [height, width] = shape(options);
    let is_grey = place.index % GREY_EVERY == GREY_EVERY - 1;
    let image: Vec<u8> = if is_grey {
        scan.grey
    } else {
        scan.grey.iter().flat_map(|value| [*value; 3]).collect()
    };
    let stem = place.stem();
    let name = format!("{stem}.png");
    write_image(&folder.join("IMAGES").join(name), &image, [height, width])?;
    for (part, masks) in [("ARRAY_FORMAT", &noisy), ("CLEAN", &scan.masks)] {
        let shape = [height, width, 3];
        let image = Bytes {
            shape: if is_grey { &shape[..2] } else { &shape },
            values: &image,
        };
        let structures: Vec<(&str, Bytes<'_>)> = STRUCTURES
            .into_iter()
            .zip(masks)
            .map(|(name, mask)| {
                let mask = Bytes {
                    shape: &shape[..2],
                    values: mask,
                };
                (name, mask)
            })
            .collect();
        let path = folder.join(part).join(format!("{stem}.npy"));
        fs::write(&path, file(&image, &structures)).map_err(|error| refused(&path, &error))?;
    }
    let mut counts = [[0; 3]; 4];
    for (count, (clean, noisy)) in counts.iter_mut().zip(scan.masks.iter().zip(&noisy)) {
        for (&clean, &noisy) in clean.iter().zip(noisy) {
            count[0] += usize::from(clean);
            count[1] += usize::from(noisy);
            count[2] += usize::from(clean & noisy);
        }
    }
    Ok((counts, error))
}
