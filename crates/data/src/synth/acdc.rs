//! Synthetic cardiac MRI in the layout of the ACDC challenge.

pub(crate) mod heart;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::{fmt, fs};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::dataset::layouts::acdc::names::{CLASSES, GROUPS};
use crate::error::DataError;
use crate::formats::nifti::write::{write_label_volume, write_volume};
use crate::images::label_volume::LabelVolume;
use crate::images::volume_grid::VolumeGrid;
use crate::synth::acdc::heart::{Heart, LEFT, MUSCLE, RIGHT};
use crate::synth::annotation::{Stroke, redraw};
use crate::synth::options::SynthOptions;
use crate::synth::writing::{SetLimits, check_options, refused, write_items, write_whole};
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
        Ok(())
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
    let written = write_items(&patients, progress, |index| {
        write_patient(folder, options, *index)
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
    Ok(Summary {
        patients: options.images,
        slices: volumes.iter().map(|written| written.slices).sum(),
        agreement,
    })
}

/// One volume that was written.
struct Written {
    slices: usize,
    /// Dice of the noisy labels against the clean ones, by class.
    dice: [f64; 3],
}

fn write_patient(
    root: &Path,
    options: &SynthOptions,
    index: usize,
) -> Result<[Written; 2], DataError> {
    let name = format!("patient{:03}", index + 1);
    let folder = root.join("training").join(&name);
    fs::create_dir_all(&folder).map_err(|error| refused(&folder, &error))?;
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
    let path = folder.join("Info.cfg");
    fs::write(&path, info).map_err(|error| refused(&path, &error))?;

    let mut written = |moment: usize, contraction: f32| -> Result<Written, DataError> {
        let stem = format!("{name}_frame{moment:02}");
        let path = |ending: &str| folder.join(format!("{stem}{ending}.nii.gz"));
        let shape = [heart.slices, options.size, options.size];
        let grid = VolumeGrid::new(&path(""), shape, [heart.thickness, spacing, spacing])?;
        let frame = heart.frame(options.size, spacing, contraction, random.random());
        let clean = LabelVolume {
            shape,
            classes: frame.classes,
        };
        let noisy = annotate(&clean, options.noise, random.random());
        write_volume(&path(""), &grid, &frame.values)?;
        write_label_volume(&path("_gt"), &grid, &noisy)?;
        write_label_volume(&path("_clean"), &grid, &clean)?;
        Ok(Written {
            slices: heart.slices,
            dice: [RIGHT, MUSCLE, LEFT].map(|class| dice(&noisy, &clean, class)),
        })
    };
    Ok([written(1, 0.0)?, written(systole, 1.0)?])
}

fn generator(seed: u64, patient: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(patient as u64);
    random
}

/// Redraws the clean labels by hand: three outlines in every slice, as polygons with a common bias. At the base and the
/// apex, where it is a matter of opinion whether a slice still shows the ventricles, sometimes none.
fn annotate(clean: &LabelVolume, noise: f64, seed: u64) -> LabelVolume {
    if noise <= 0.0 {
        return clean.clone();
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
        if ends.contains(&Some(&index)) && random.random_bool((0.1 * noise).min(0.5)) {
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
    noisy
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
