//! Synthetic cardiac MRI in the layout of the ACDC challenge.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::annotation::{Stroke, redraw};
use super::heart::{Heart, LEFT, MUSCLE, RIGHT};
use super::writing::{check_free, refused, write_whole};
use crate::dataset::acdc::{CLASSES, GROUPS};
use crate::nifti::write_volume;
use crate::text::counted;
use crate::{DataError, LabelVolume, VolumeGrid, write_label_volume};

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AcdcOptions {
    /// How many patients, of two volumes each.
    pub patients: usize,
    /// Rows and columns of each slice, 48 to 512.
    pub size: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Strength of the annotation noise, 0 (none) to 3.
    pub noise: f64,
}

/// What was drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many patients, of two volumes each.
    pub patients: usize,
    /// Slices of all volumes.
    pub slices: usize,
    /// Mean over volumes of the Dice of noisy labels against the clean truth: right ventricle, myocardium, left ventricle.
    pub agreement: [f64; 3],
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} in {} of {}; labels agree with the truth to a Dice of {:.3}",
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

/// Writes a whole set into a new folder; `progress` hears how many patients are done.
///
/// The set is written beside its place and moved there at the end, so that no part of one looks whole. The labels beside each
/// volume (`_gt`) are noisy; `_clean` is the truth.
///
/// # Errors
///
/// An option is out of range, the folder exists and is not empty, or the disk refuses.
pub fn write_acdc(
    folder: &Path,
    options: &AcdcOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    check(folder, options)?;
    write_whole(folder, |beside| write_into(beside, options, progress))
}

fn write_into(
    folder: &Path,
    options: &AcdcOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Summary, DataError> {
    let done = AtomicUsize::new(0);
    let patients: Result<Vec<_>, DataError> = (0..options.patients)
        .into_par_iter()
        .map(|index| {
            let written = write_patient(folder, options, index)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            Ok(written)
        })
        .collect();
    let volumes: Vec<Written> = patients?.into_iter().flatten().collect();
    let agreement = [0, 1, 2]
        .map(|class| {
            volumes
                .iter()
                .map(|written| written.dice[class])
                .sum::<f64>()
        })
        .map(|sum| sum / volumes.len() as f64);
    Ok(Summary {
        patients: options.patients,
        slices: volumes.iter().map(|written| written.slices).sum(),
        agreement,
    })
}

/// What became of one volume.
struct Written {
    slices: usize,
    /// Noisy labels against clean ones, class by class.
    dice: [f64; 3],
}

fn write_patient(
    root: &Path,
    options: &AcdcOptions,
    index: usize,
) -> Result<[Written; 2], DataError> {
    let name = format!("patient{:03}", index + 1);
    let folder = root.join("training").join(&name);
    fs::create_dir_all(&folder).map_err(|error| refused(&folder, &error))?;
    let mut random = generator(options.seed, index);
    let group = GROUPS[index % GROUPS.len()];
    let heart = Heart::draw(group, &mut random);
    let view: f64 = random.random_range(180.0..225.0);
    // The header holds 32 bits: what is drawn is what is read.
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

/// The truth drawn anew by hand: three outlines in every slice, polygons that all lean one way; at the base and the apex,
/// where it is a matter of opinion whether a slice shows the ventricles still, sometimes none.
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
        // The wall's outside first, then the cavity over it.
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

fn check(folder: &Path, options: &AcdcOptions) -> Result<(), DataError> {
    let wrong = |expected: &str, found: String| {
        Err(DataError::new(
            folder,
            expected,
            found,
            "choose another value",
        ))
    };
    if !(5..=999).contains(&options.patients) {
        return wrong("5 to 999 patients", options.patients.to_string());
    }
    if !(48..=512).contains(&options.size) {
        return wrong(
            "slices of 48 to 512 pixels a side",
            options.size.to_string(),
        );
    }
    if !(0.0..=3.0).contains(&options.noise) {
        return wrong("annotation noise of 0 to 3", options.noise.to_string());
    }
    check_free(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataOptions, Dataset, Kind, Split, check as check_data};

    fn options(noise: f64) -> AcdcOptions {
        AcdcOptions {
            patients: 10,
            size: 64,
            seed: 3,
            noise,
        }
    }

    #[test]
    fn a_set_is_read_by_the_reader_of_the_real_one() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path().join("hearts");
        let summary = write_acdc(&root, &options(1.0), &|_| {}).expect("written");
        let data = DataOptions {
            kind: Kind::Acdc,
            ..DataOptions::default()
        };
        let report = check_data(Kind::Acdc, &root, &data);
        assert_eq!(report.problems, []);
        assert_eq!([report.patients, report.images], [10, 20]);
        assert!(report.classes.iter().all(|class| class.images == 20));
        let dataset = Dataset::open(&root, &data).expect("a data set");
        assert!(dataset.has_clean());
        let slices: usize = Split::ALL
            .into_iter()
            .map(|split| dataset.image_count(split).expect("headers"))
            .sum();
        assert_eq!(slices, summary.slices);
        let [right, muscle, left] = summary.agreement;
        for dice in [right, muscle, left] {
            assert!((0.6..0.99).contains(&dice), "{summary}");
        }
    }

    #[test]
    fn more_noise_takes_more_away_and_none_takes_nothing() {
        let heart = Heart::draw("NOR", &mut generator(1, 1));
        let frame = heart.frame(64, 3.0, 0.0, 1);
        let clean = LabelVolume {
            shape: [heart.slices, 64, 64],
            classes: frame.classes,
        };
        assert!(annotate(&clean, 0.0, 1) == clean);
        let mean = |noise: f64| {
            (0..10)
                .map(|seed| dice(&annotate(&clean, noise, seed), &clean, MUSCLE))
                .sum::<f64>()
                / 10.0
        };
        assert!(mean(0.3) > mean(1.0) && mean(1.0) > mean(3.0));
    }

    #[test]
    fn hearts_contract_and_keep_their_muscle() {
        for group in GROUPS {
            let heart = Heart::draw(group, &mut generator(2, 7));
            let count = |contraction: f32, class: u8| {
                let classes = heart.frame(64, 3.0, contraction, 1).classes;
                classes.into_iter().filter(|found| *found == class).count() as f64
            };
            assert!(count(1.0, LEFT) < 0.95 * count(0.0, LEFT), "{group}");
            let muscle = count(1.0, MUSCLE) / count(0.0, MUSCLE);
            assert!((0.7..1.3).contains(&muscle), "{group}: {muscle}");
        }
    }
}
