//! Synthetic cardiac MRI in the layout of the ACDC challenge.

pub(crate) mod heart;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::{fmt, fs};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::corruption::{Corruption, MissedPlace};
use crate::dataset::layouts::acdc::names::{CLASSES, GROUPS};
use crate::error::DataError;
use crate::files::whole_folder::{refused, write_whole};
use crate::formats::nifti::write::{write_label_volume, write_volume};
use crate::gross_error::plan::GrossPlan;
use crate::gross_error::spoil;
use crate::images::label_volume::{LabelVolume, image_name};
use crate::images::volume_grid::VolumeGrid;
use crate::pixel_box::PixelBox;
use crate::regions::regions;
use crate::synth::acdc::heart::{Heart, LEFT, MUSCLE, RIGHT};
use crate::synth::annotation::{Stroke, redraw};
use crate::synth::options::SynthOptions;
use crate::synth::writing::{SetLimits, check_options, gross_errors, write_errors, write_items};
use crate::text::counted;

const LIMITS: SetLimits = SetLimits {
    number: (5..=999, "patients"),
    size: (48..=512, "slices"),
};

/// A summary of the set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    /// Number of patients, with two volumes each.
    pub(crate) patients: usize,
    /// Number of slices in all volumes.
    pub(crate) slices: usize,
    /// Mean Dice over volumes of the noisy labels against the clean ones: right ventricle, myocardium, left ventricle.
    pub(crate) agreement: [f64; 3],
    /// The end of the sentence, on gross errors of slices.
    pub(crate) gross: String,
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} in {} of {}; labels agree with the ground truth to a Dice of {:.3}",
            counted(self.slices, "slice"),
            counted(2 * self.patients, "volume"),
            counted(self.patients, "patient"),
            self.agreement.iter().sum::<f64>() / 3.0
        )?;
        for (name, dice) in CLASSES[1..].iter().zip(self.agreement) {
            write!(formatter, ", {name} {dice:.3}")?;
        }
        formatter.write_str(&self.gross)
    }
}

/// Writes a set into a new folder; `progress` is called with the number of finished patients.
///
/// The set is written next to its destination and moved there at the end, so that a partial one never looks complete. The
/// labels of each volume in `_gt` are noisy, those in `_clean` are not.
///
/// # Errors
///
/// An option is out of range, the folder is not empty, or writing fails.
pub(crate) fn write_acdc(
    folder: &Path,
    options: &SynthOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    check_options(folder, options, &LIMITS)?;
    write_whole(folder, |beside| write_into(beside, options, progress))
}

fn write_into(
    folder: &Path,
    options: &SynthOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    let patients: Vec<usize> = (0..options.images).collect();
    // Two volumes for each patient.
    let candidates: Vec<(usize, usize)> = (0..2 * options.images)
        .map(|volume| (volume, volume / 2))
        .collect();
    let plan = GrossPlan::new(options.gross, options.seed, &candidates);
    let written = write_items(&patients, progress, |index| {
        write_patient(folder, options, &plan, *index)
    })?;
    let volumes: Vec<Written> = written.into_iter().flatten().collect();
    let agreement = [0, 1, 2]
        .map(|class| {
            volumes
                .iter()
                .map(|written| written.dice[class])
                .sum::<f64>()
        })
        .map(|sum| sum / volumes.len() as f64);
    let slices = volumes.iter().map(|written| written.errors.len()).sum();
    let errors: Vec<Corruption> = volumes
        .into_iter()
        .flat_map(|written| written.errors)
        .collect();
    write_errors(folder, options, &errors)?;
    Ok(Summary {
        patients: options.images,
        slices,
        agreement,
        gross: gross_errors(&errors),
    })
}

/// One volume that was written.
struct Written {
    /// What is wrong with the labels of each slice.
    errors: Vec<Corruption>,
    /// Dice of the noisy labels against the clean ones, by class.
    dice: [f64; 3],
}

fn write_patient(
    root: &Path,
    options: &SynthOptions,
    plan: &GrossPlan,
    index: usize,
) -> Result<[Written; 2], DataError> {
    let name = format!("patient{:03}", index + 1);
    let folder = root.join("training").join(&name);
    fs::create_dir_all(&folder).map_err(|error| refused(&folder, &error))?;
    let patient = draw(options, index);
    let path = folder.join("Info.cfg");
    fs::write(&path, &patient.info).map_err(|error| refused(&path, &error))?;

    let write = |(number, frame): (usize, Frame)| -> Result<Written, DataError> {
        let stem = format!("{name}_frame{:02}", frame.moment);
        let path = |ending: &str| folder.join(format!("{stem}{ending}.nii.gz"));
        let spacing = [patient.thickness, patient.spacing, patient.spacing];
        let grid = VolumeGrid::new(&path(""), frame.clean.shape, spacing)?;
        let (noisy, errors) = spoilt(options, plan, 2 * index + number, &frame, &stem);
        write_volume(&path(""), &grid, &frame.values)?;
        write_label_volume(&path("_gt"), &grid, &noisy)?;
        write_label_volume(&path("_clean"), &grid, &frame.clean)?;
        Ok(Written {
            errors,
            dice: [RIGHT, MUSCLE, LEFT].map(|class| dice(&noisy, &frame.clean, class)),
        })
    };
    let [first, second] = patient.frames;
    Ok([write((0, first))?, write((1, second))?])
}

/// A patient's volumes.
struct Patient {
    /// The text of `Info.cfg`.
    info: String,
    thickness: f64,
    spacing: f64,
    frames: [Frame; 2],
}

/// One volume.
struct Frame {
    moment: usize,
    values: Vec<i16>,
    clean: LabelVolume,
    noisy: LabelVolume,
    /// What is wrong with the noisy labels of each slice.
    errors: Vec<Corruption>,
}

fn draw(options: &SynthOptions, index: usize) -> Patient {
    let mut random = generator(options.seed, index);
    let group = GROUPS[index % GROUPS.len()];
    let heart = Heart::draw(group, &mut random);
    let view: f64 = random.random_range(180.0..225.0);
    // The header stores 32 bits; rounded first, so that the volume is drawn with the spacing that is read.
    let spacing = f64::from((view / options.size as f64) as f32);
    let systole: usize = random.random_range(8..=13);
    let info = format!(
        "ED: 1\nES: {systole}\nGroup: {group}\nHeight: {:.1}\nNbFrame: {}\nWeight: {:.1}\n",
        random.random_range(152.0..194.0),
        2 * systole + 8,
        random.random_range(50.0..110.0),
    );
    let mut frame = |moment: usize, contraction: f32| {
        let frame = heart.frame(options.size, spacing, contraction, random.random());
        let clean = LabelVolume {
            shape: [heart.slices, options.size, options.size],
            classes: frame.classes,
        };
        let (noisy, errors) = annotate(&clean, options.noise, random.random());
        Frame {
            moment,
            values: frame.values,
            clean,
            noisy,
            errors,
        }
    };
    let frames = [frame(1, 0.0), frame(systole, 1.0)];
    Patient {
        info,
        thickness: heart.thickness,
        spacing,
        frames,
    }
}

/// The noisy labels of a volume as they are written, and what is wrong with each slice: some volumes have a gross error, which
/// is one of the slices that it changed.
fn spoilt(
    options: &SynthOptions,
    plan: &GrossPlan,
    volume: usize,
    frame: &Frame,
    stem: &str,
) -> (LabelVolume, Vec<Corruption>) {
    let mut noisy = frame.noisy.clone();
    let mut gross = None;
    if let Some(planned) = plan.get(volume) {
        let donor = planned.donor.map(|donor| {
            let [first, second] = draw(options, donor / 2).frames;
            [first, second][donor % 2].noisy.clone()
        });
        let wanted = planned.kind;
        let random = &mut planned.random();
        if let Some((labels, kind)) = spoil(&noisy, wanted, donor.as_ref(), CLASSES.len(), random) {
            noisy = labels;
            gross = Some(kind);
        }
    }
    let errors = frame
        .errors
        .iter()
        .enumerate()
        .map(|(index, error)| Corruption {
            image: image_name(stem, index, frame.errors.len()),
            gross: gross.filter(|_| noisy.slice(index) != frame.noisy.slice(index)),
            ..error.clone()
        });
    let errors = errors.collect();
    (noisy, errors)
}

fn generator(seed: u64, patient: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(patient as u64);
    random
}

/// Redraws the clean labels by hand: three outlines in every slice, as polygons with a common bias. At the base and the
/// apex, where it is a matter of opinion whether a slice still shows the ventricles, sometimes none. Also returns what was done
/// to each slice.
fn annotate(clean: &LabelVolume, noise: f64, seed: u64) -> (LabelVolume, Vec<Corruption>) {
    let mut errors = vec![Corruption::default(); clean.shape[0]];
    if noise <= 0.0 {
        return (clean.clone(), errors);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let [slices, size, _] = clean.shape;
    let scale = noise * size as f64;
    let stroke = Stroke {
        lean: random.random_range(-1.0..=1.0) * 0.009 * scale,
        tolerance: random.random_range(0.004..0.01) * scale,
        wobble: 0.004 * scale,
    };
    let planes: Vec<_> = (0..slices)
        .map(|index| clean.slice(index).classes)
        .collect();
    let shows: Vec<usize> = (0..slices)
        .filter(|index| planes[*index].iter().any(|class| *class > 0))
        .collect();
    let ends = [shows.first(), shows.last()];
    let mut noisy = clean.clone();
    for (index, (plane, drawn)) in planes
        .iter()
        .zip(noisy.classes.chunks_exact_mut(size * size))
        .enumerate()
    {
        drawn.fill(0);
        errors[index].lean = stroke.lean;
        errors[index].tolerance = stroke.tolerance;
        if ends.contains(&Some(&index)) && random.random_bool((0.1 * noise).min(0.5)) {
            errors[index].missed = [RIGHT, MUSCLE, LEFT]
                .into_iter()
                .flat_map(|class| places_of(plane, size, class))
                .collect();
            continue;
        }
        // The outside of the wall first, then the cavity over it.
        for (label, inside) in [
            (RIGHT, &[RIGHT][..]),
            (MUSCLE, &[MUSCLE, LEFT][..]),
            (LEFT, &[LEFT][..]),
        ] {
            let mask: Vec<bool> = plane.iter().map(|class| inside.contains(class)).collect();
            redraw(&mask, size, label, &stroke, &mut random, drawn);
        }
    }
    (noisy, errors)
}

/// The connected regions of a class in a slice.
fn places_of(plane: &[u8], size: usize, class: u8) -> Vec<MissedPlace> {
    let mask: Vec<bool> = plane.iter().map(|other| *other == class).collect();
    regions(&mask, size)
        .iter()
        .filter_map(|region| {
            Some(MissedPlace {
                class,
                place: PixelBox::around(&region.pixels)?,
                area: region.pixels.len(),
            })
        })
        .collect()
}

fn dice(one: &LabelVolume, other: &LabelVolume, class: u8) -> f64 {
    let is_class = |found: &&u8| **found == class;
    let count = |volume: &LabelVolume| volume.classes.iter().filter(is_class).count();
    let both = one
        .classes
        .iter()
        .zip(&other.classes)
        .filter(|(one, other)| **one == class && **other == class)
        .count();
    2.0 * both as f64 / (count(one) + count(other)).max(1) as f64
}
