//! Checks a whole data set, and summarises its content.

pub(crate) mod alike;
pub(crate) mod shift;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use crate::check::shift::Edges;
use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::dataset::layouts::layout_named;
use crate::dataset::overview::{ImageStatistics, Overview};
use crate::dataset::repeats::{repeats, same_files, same_key};
use crate::error::DataError;
use crate::images::label_map::LabelMap;
use crate::options::DataOptions;
use crate::options::layout_name::LayoutName;
use crate::options::split::Split;
use crate::remark::Remark;

/// The result of `selvedge data check`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CheckReport {
    /// Images with labels.
    pub images: usize,
    /// Patients.
    pub patients: usize,
    /// Numbers of images for training, validation and test.
    pub splits: [usize; 3],
    /// Statistics of each class.
    pub classes: Vec<ClassStatistics>,
    /// Statistics of each patient's labels.
    pub by_patient: Vec<PatientStatistics>,
    /// Number of images by grade, `background` for those without one; empty for layouts without grades.
    pub grades: BTreeMap<String, usize>,
    /// Images whose labels are all background: valid, but worth a look.
    pub empty: Vec<String>,
    /// Images whose labels seem to be displaced: worth a look.
    pub shifted: Vec<Shifted>,
    /// Whether every image counts as its own patient, so that two images of one patient may be in two splits.
    pub patients_unknown: bool,
    /// How the files were understood where nothing states it.
    pub guesses: Vec<String>,
    /// Notes on ambiguous files, and warnings of what makes a training less meaningful.
    pub warnings: Vec<String>,
    /// Everything that is wrong.
    pub problems: Vec<DataError>,
}

/// How much of a data set belongs to a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassStatistics {
    /// The class's name.
    pub name: String,
    /// Number of images that contain it.
    pub images: usize,
    /// Its fraction of all pixels that are not ignored.
    pub pixel_share: f64,
}

/// Statistics of one patient's labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PatientStatistics {
    /// The patient.
    pub patient: String,
    /// The split of the patient's images.
    pub split: Split,
    /// Number of images.
    pub images: usize,
    /// Number of images that contain each class.
    pub images_by_class: Vec<usize>,
}

/// Labels whose borders would fit the edges of the image better elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shifted {
    /// Name of the image.
    pub image: String,
    /// By how many pixels the labels would have to move down.
    pub down: i64,
    /// By how many pixels to the right.
    pub right: i64,
}

/// Reads every file of a data set and reports every problem, not only the first.
pub fn check(kind: LayoutName, root: &Path, options: &DataOptions) -> CheckReport {
    let options = DataOptions {
        kind,
        ..options.clone()
    };
    let (dataset, mut problems) = Dataset::survey(root, &options, &Split::ALL);
    let Some(dataset) = dataset else {
        return CheckReport {
            problems,
            ..CheckReport::default()
        };
    };
    let splits = Split::ALL.map(|split| dataset.cases(split).len());
    let cases = dataset.all_cases();
    let read: Vec<Contents> = cases
        .par_iter()
        .map(|(case, _)| contents(&dataset, case))
        .collect();

    let mut warnings = dataset.head_warnings(&cases);
    warnings.extend(repeated(&dataset, &cases, &read));
    warnings.extend(remarks(&read));
    let mut tally = Tally::new(&dataset);
    let mut unknown = Vec::new();
    for ((case, split), found) in cases.iter().zip(read) {
        tally.add(case, *split, &found);
        problems.extend(found.problems);
        unknown.extend(found.unknown);
    }
    problems.extend(alike::gather(unknown));
    problems.extend(tally.overviews[0].check_trainable(&dataset).err());
    warnings.extend(quality_warnings(
        &dataset,
        &tally.overviews,
        &tally.whole_set,
    ));
    let classes = tally.classes();
    let by_patient: Vec<PatientStatistics> = tally.by_patient.into_values().collect();
    CheckReport {
        images: cases.len(),
        patients: cases
            .iter()
            .map(|(case, _)| &case.patient)
            .collect::<BTreeSet<_>>()
            .len(),
        splits,
        classes,
        patients_unknown: by_patient.len() > 1
            && by_patient.iter().all(|patient| patient.images == 1),
        by_patient,
        grades: tally.grades,
        empty: tally.empty,
        shifted: tally.shifted,
        guesses: dataset.guesses().to_vec(),
        warnings,
        problems,
    }
}

/// Warnings of what makes the splits, or the data set as a whole, less meaningful.
fn quality_warnings(
    dataset: &Dataset,
    overviews: &[Overview; 3],
    whole_set: &Overview,
) -> Vec<String> {
    let mut warnings: Vec<String> = overviews[0].missing_warning(dataset).into_iter().collect();
    for (split, overview) in Split::ALL.iter().zip(overviews).skip(1) {
        warnings.extend(overview.warning_of(*split));
    }
    warnings.extend(whole_set.dim_warnings());
    warnings
}

/// Warns of photographs with equal pixels, whatever the format of their files, and of other images with equal files.
fn repeated(dataset: &Dataset, cases: &[(&Case, Split)], read: &[Contents]) -> Vec<String> {
    let pixels = read.iter().map(|found| found.pixels_checksum);
    let mut same = same_key(cases.iter().copied().zip(pixels));
    let others = cases
        .iter()
        .zip(read)
        .filter(|(_, found)| found.pixels_checksum.is_none());
    same.extend(same_files(others.map(|(case, _)| *case).collect()));
    repeats(dataset, same)
}

/// Sums over all cases.
struct Tally<'a> {
    dataset: &'a Dataset,
    has_grades: bool,
    /// Number of images that contain each class.
    images: Vec<usize>,
    /// Number of pixels of each class.
    pixels: Vec<usize>,
    grades: BTreeMap<String, usize>,
    by_patient: BTreeMap<(Split, &'a str), PatientStatistics>,
    empty: Vec<String>,
    shifted: Vec<Shifted>,
    overviews: [Overview; 3],
    whole_set: Overview,
}

impl<'a> Tally<'a> {
    fn new(dataset: &'a Dataset) -> Self {
        let classes = dataset.class_names.len();
        Self {
            dataset,
            has_grades: layout_named(dataset.kind).has_grades(),
            images: vec![0; classes],
            pixels: vec![0; classes],
            grades: BTreeMap::new(),
            by_patient: BTreeMap::new(),
            empty: Vec::new(),
            shifted: Vec::new(),
            overviews: Default::default(),
            whole_set: Overview::default(),
        }
    }

    fn add(&mut self, case: &'a Case, split: Split, found: &Contents) {
        let patient = self
            .by_patient
            .entry((split, &case.patient))
            .or_insert_with(|| PatientStatistics {
                patient: case.patient.clone(),
                split,
                images: 0,
                images_by_class: vec![0; self.dataset.class_names.len()],
            });
        patient.images += 1;
        for (class, count) in found.pixels.iter().enumerate() {
            patient.images_by_class[class] += usize::from(*count > 0);
            self.images[class] += usize::from(*count > 0);
            self.pixels[class] += count;
        }
        if found.is_sound() {
            self.overviews[split as usize].add(&case.stem, &found.statistics);
            self.whole_set.add(&case.stem, &found.statistics);
            if found.pixels[1..].iter().all(|count| *count == 0) {
                self.empty.push(case.stem.clone());
            }
            if self.has_grades {
                let grade = usize::from(found.grade.unwrap_or(0));
                let name = self.dataset.class_names[grade].clone();
                *self.grades.entry(name).or_default() += 1;
            }
        }
        self.shifted
            .extend(found.shift.map(|[down, right]| Shifted {
                image: case.stem.clone(),
                down,
                right,
            }));
    }

    fn classes(&self) -> Vec<ClassStatistics> {
        let all = self.pixels.iter().sum::<usize>().max(1);
        let sums = self.images.iter().zip(&self.pixels);
        let named = self.dataset.class_names.iter().zip(sums);
        named
            .map(|(name, (images, pixels))| ClassStatistics {
                name: name.clone(),
                images: *images,
                pixel_share: *pixels as f64 / all as f64,
            })
            .collect()
    }
}

/// The content of the files of one case.
struct Contents {
    /// Pixels of each class.
    pixels: Vec<usize>,
    grade: Option<u8>,
    statistics: ImageStatistics,
    /// Checksum of the pixels of a photograph.
    pixels_checksum: Option<u64>,
    /// Where the labels of a photograph would fit better: pixels down and to the right.
    shift: Option<[i64; 2]>,
    problems: Vec<DataError>,
    /// The problem of the labels.
    unknown: Option<DataError>,
    /// Remarks on files.
    remarks: Vec<(PathBuf, String)>,
}

/// Remarks on how files were read.
fn remarks(read: &[Contents]) -> Vec<String> {
    let remarks = read.iter().flat_map(|found| found.remarks.iter().cloned());
    let gathered = Remark::gather(remarks);
    gathered.iter().map(ToString::to_string).collect()
}

impl Contents {
    fn is_sound(&self) -> bool {
        self.problems.is_empty() && self.unknown.is_none()
    }
}

fn contents(dataset: &Dataset, case: &Case) -> Contents {
    let mut contents = Contents {
        pixels: vec![0; dataset.class_names.len()],
        grade: None,
        statistics: ImageStatistics::default(),
        pixels_checksum: None,
        shift: None,
        problems: Vec::new(),
        unknown: None,
        remarks: Vec::new(),
    };
    // A photograph may be large, so only these statistics are kept.
    let edges = match dataset.photograph(case) {
        Ok(photograph) => photograph.and_then(|photograph| {
            contents.statistics.range = Some(ImageStatistics::range(&photograph));
            contents.pixels_checksum = Some(photograph.checksum());
            Edges::new(&photograph)
        }),
        Err(problem) => {
            // Its labels cannot be compared with an image that cannot be read.
            contents.problems.push(problem);
            return contents;
        }
    };
    match dataset.load_labels_with_remarks(case) {
        Ok((labels, remarks)) => {
            contents.remarks = remarks;
            contents.statistics.classes = ImageStatistics::classes(&labels.classes, dataset.ignore);
            for class in &labels.classes {
                if let Some(count) = contents.pixels.get_mut(usize::from(*class)) {
                    *count += 1;
                }
            }
            if let [1, height, width] = labels.shape {
                let classes = labels.classes;
                let labels = LabelMap {
                    height,
                    width,
                    classes,
                };
                contents.grade = dataset.grade(case, &labels);
                contents.shift = edges.and_then(|edges| edges.better_place(&labels));
            }
        }
        Err(problem) => contents.unknown = Some(problem),
    }
    contents
        .problems
        .extend(dataset.load_clean_volume(case).err());
    contents
}
