//! Plants errors into the training labels of a data set, in a copy: where it is known what is wrong, it can be measured how well
//! that is found.

use std::collections::BTreeMap;
use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::corruption::{CORRUPTIONS, Corruption, MissedPlace, SwappedPlace, read_corruptions};
use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::dataset::set_copy::{Changes, NewLabels};
use crate::error::DataError;
use crate::gross_error::plan::{GrossPlan, shuffled};
use crate::gross_error::spoil;
use crate::images::label_map::LabelMap;
use crate::images::label_volume::{LabelVolume, image_name};
use crate::options::split::Split;
use crate::pixel_box::PixelBox;
use crate::regions::{Region, regions};

/// The streams of random numbers for dropped and for swapped structures; gross errors have their own.
const MISSED: u64 = 10 << 40;
const SWAPPED: u64 = 11 << 40;

/// Smaller regions are not dropped or swapped: nobody would see it.
const SMALLEST: usize = 9;

/// How many errors are planted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlantOptions {
    /// Fraction of the training images or volumes whose label is spoilt as a whole.
    pub gross: f64,
    /// Fraction of the training images (slices, of volumes) of which one structure is dropped.
    pub missed: f64,
    /// Fraction of the training images of which one structure gets another class.
    pub swapped: f64,
    /// The same seed gives the same errors.
    pub seed: u64,
}

/// How many errors were planted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// Training images: slices, of volumes.
    pub images: usize,
    /// Images whose label is wrong as a whole.
    pub gross: usize,
    /// Dropped structures.
    pub missed: usize,
    /// Structures with another class.
    pub swapped: usize,
}

/// A slice of a training case, and how many structures it has that could be dropped.
#[derive(Clone, Copy, Debug)]
struct Slice {
    case: usize,
    number: usize,
    structures: usize,
}

/// New labels of a case, and what is wrong with them; none if they stay as they are.
type Spoilt = Option<(LabelVolume, Vec<Corruption>)>;

/// What is planted into a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Local {
    Missed,
    Swapped,
}

/// Copies a data set into a new folder, with errors in its training labels, and notes them in `corruptions.json`. The original labels
/// are kept next to them as clean ones.
///
/// # Errors
///
/// A fraction is out of its range; labels cannot be read; [`Dataset::copy_changed`]'s errors.
pub fn plant(dataset: &Dataset, out: &Path, options: &PlantOptions) -> Result<Planted, DataError> {
    check(dataset, options)?;
    let cases = dataset.cases(Split::Train);
    let slices = slices(dataset, cases)?;
    let shows = |case: usize| {
        slices
            .iter()
            .any(|slice| slice.case == case && slice.structures > 0)
    };
    let candidates: Vec<(usize, &str)> = cases
        .iter()
        .enumerate()
        .filter(|(index, _)| shows(*index))
        .map(|(index, case)| (index, case.patient.as_str()))
        .collect();
    let gross = GrossPlan::new(options.gross, options.seed, &candidates);
    let local = local_plan(&slices, &gross, dataset.class_names.len(), options);

    let planted: Result<Vec<Spoilt>, DataError> = (0..cases.len())
        .into_par_iter()
        .map(|index| spoil_case(dataset, index, &gross, &local, options.seed))
        .collect();
    let mut noted = notes_of(dataset)?;
    let mut changes = Changes {
        keep_clean: true,
        ..Changes::default()
    };
    let mut summary = Planted {
        images: slices.len(),
        ..Planted::default()
    };
    for (case, planted) in cases.iter().zip(planted?) {
        let Some((labels, errors)) = planted else {
            continue;
        };
        for error in errors {
            summary.gross += usize::from(error.gross.is_some());
            summary.missed += error.missed.len();
            summary.swapped += error.swapped.len();
            let entry = noted.entry(error.image.clone()).or_default();
            entry.image = error.image;
            entry.missed.extend(error.missed);
            entry.swapped.extend(error.swapped);
            entry.gross = error.gross.or(entry.gross);
        }
        let labels = NewLabels::Classes(labels);
        changes.labels.insert(case.stem.clone(), labels);
    }
    changes.corruptions = Some(noted.into_values().collect());
    dataset.copy_changed(out, &changes)?;
    Ok(summary)
}

fn check(dataset: &Dataset, options: &PlantOptions) -> Result<(), DataError> {
    let shares = [options.gross, options.missed, options.swapped];
    let wrong = |expected: &str, found: String, advice: &str| {
        Err(DataError::new(&dataset.root, expected, found, advice))
    };
    if !shares.iter().all(|share| (0.0..=0.5).contains(share)) || shares.iter().sum::<f64>() <= 0.0
    {
        return wrong(
            "errors in fractions of 0 to 0.5, at least one of them above 0",
            format!(
                "{} gross, {} missed, {} swapped",
                shares[0], shares[1], shares[2]
            ),
            "choose other fractions",
        );
    }
    if options.swapped > 0.0 && dataset.class_names.len() < 3 {
        return wrong(
            "at least two foreground classes to swap",
            "one".into(),
            "leave swapped structures out",
        );
    }
    Ok(())
}

/// What is known to be wrong with the set already, by image.
fn notes_of(dataset: &Dataset) -> Result<BTreeMap<String, Corruption>, DataError> {
    let path = dataset.root.join(CORRUPTIONS);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let list = read_corruptions(&path)?.into_iter();
    Ok(list.map(|one| (one.image.clone(), one)).collect())
}

fn slices(dataset: &Dataset, cases: &[Case]) -> Result<Vec<Slice>, DataError> {
    let counted: Result<Vec<Vec<Slice>>, DataError> = cases
        .par_iter()
        .enumerate()
        .map(|(case, of)| {
            let labels = dataset.load_label_volume(of)?;
            let slices = (0..labels.shape[0]).map(|slice| Slice {
                case,
                number: slice,
                structures: structures(&labels.slice(slice), dataset.ignore).len(),
            });
            Ok(slices.collect())
        })
        .collect();
    Ok(counted?.into_iter().flatten().collect())
}

/// The connected regions of each foreground class that are large enough to be seen.
fn structures(labels: &LabelMap, ignore: u8) -> Vec<(u8, Region)> {
    let mut classes = labels.classes.clone();
    classes.sort_unstable();
    classes.dedup();
    classes.retain(|class| *class > 0 && *class != ignore);
    let mut found = Vec::new();
    for class in classes {
        let mask: Vec<bool> = labels.classes.iter().map(|other| *other == class).collect();
        let large = regions(&mask, labels.width).into_iter();
        let large = large.filter(|region| region.pixels.len() >= SMALLEST);
        found.extend(large.map(|region| (class, region)));
    }
    found
}

/// The slices with a local error, by case and slice. Structures are dropped where there are others, as long as such images last.
fn local_plan(
    slices: &[Slice],
    gross: &GrossPlan,
    classes: usize,
    options: &PlantOptions,
) -> BTreeMap<(usize, usize), Local> {
    let mut plan = BTreeMap::new();
    for (kind, share, stream, fewest) in [
        (Local::Missed, options.missed, MISSED, 2),
        (Local::Swapped, options.swapped, SWAPPED, 1),
    ] {
        if share <= 0.0 || (kind == Local::Swapped && classes < 3) {
            continue;
        }
        let mut random = ChaCha8Rng::seed_from_u64(options.seed);
        random.set_stream(stream);
        let count = ((share * slices.len() as f64).round() as usize).max(1);
        let order = shuffled(slices.len(), &mut random);
        let mut free: Vec<&Slice> = order
            .iter()
            .map(|index| &slices[*index])
            .filter(|one| one.structures > 0 && gross.get(one.case).is_none())
            .filter(|one| !plan.contains_key(&(one.case, one.number)))
            .collect();
        free.sort_by_key(|one| one.structures < fewest);
        for one in free.into_iter().take(count) {
            plan.insert((one.case, one.number), kind);
        }
    }
    plan
}

/// The labels of a case with their errors, and these slice by slice; none if it gets none.
fn spoil_case(
    dataset: &Dataset,
    index: usize,
    gross: &GrossPlan,
    local: &BTreeMap<(usize, usize), Local>,
    seed: u64,
) -> Result<Option<(LabelVolume, Vec<Corruption>)>, DataError> {
    let cases = dataset.cases(Split::Train);
    let case = &cases[index];
    let planned = gross.get(index);
    let own = local.range((index, 0)..=(index, usize::MAX));
    let own: Vec<(usize, Local)> = own.map(|((_, slice), kind)| (*slice, *kind)).collect();
    if planned.is_none() && own.is_empty() {
        return Ok(None);
    }
    let original = dataset.load_label_volume(case)?;
    let [slices, height, width] = original.shape;
    let mut labels = original.clone();
    let mut errors: Vec<Corruption> = (0..slices)
        .map(|slice| Corruption {
            image: image_name(&case.stem, slice, slices),
            ..Corruption::default()
        })
        .collect();
    if let Some(planned) = planned {
        let donor = planned
            .donor
            .map(|donor| dataset.load_label_volume(&cases[donor]));
        let donor = donor.transpose()?;
        let classes = dataset.class_names.len();
        let random = &mut planned.random();
        if let Some((spoilt, kind)) =
            spoil(&original, planned.kind, donor.as_ref(), classes, random)
        {
            labels = spoilt;
            for (slice, error) in errors.iter_mut().enumerate() {
                let changed = labels.slice(slice) != original.slice(slice);
                error.gross = changed.then_some(kind);
            }
        }
    }
    for (slice, kind) in own {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(MISSED + SWAPPED + ((index as u64) << 20) + slice as u64);
        let plane = &mut labels.classes[slice * height * width..][..height * width];
        let map = LabelMap {
            height,
            width,
            classes: plane.to_vec(),
        };
        let found = structures(&map, dataset.ignore);
        spoil_structure(
            plane,
            width,
            found,
            kind,
            dataset,
            &mut random,
            &mut errors[slice],
        );
    }
    Ok(Some((labels, errors)))
}

/// Drops one of the structures of a slice, not the largest unless it is the only one, or gives it another class.
fn spoil_structure(
    plane: &mut [u8],
    width: usize,
    mut structures: Vec<(u8, Region)>,
    kind: Local,
    dataset: &Dataset,
    random: &mut ChaCha8Rng,
    error: &mut Corruption,
) {
    structures.sort_by_key(|(_, region)| std::cmp::Reverse(region.pixels.len()));
    let first = usize::from(kind == Local::Missed && structures.len() > 1);
    if structures.is_empty() {
        return;
    }
    let (class, region) = structures.swap_remove(random.random_range(first..structures.len()));
    let Some(place) = PixelBox::around(&region.pixels) else {
        return;
    };
    let area = region.pixels.len();
    let wrong = if kind == Local::Missed {
        error.missed.push(MissedPlace { class, place, area });
        0
    } else {
        let others: Vec<u8> = (1..dataset.class_names.len())
            .filter_map(|other| u8::try_from(other).ok())
            .filter(|other| *other != class)
            .collect();
        let to = others[random.random_range(0..others.len())];
        error.swapped.push(SwappedPlace {
            from: class,
            to,
            place,
            area,
        });
        to
    };
    for [column, row] in region.pixels {
        plane[row * width + column] = wrong;
    }
}
