//! A data set: its files, its classes, its split.

pub(crate) mod case;
pub(crate) mod class_names;
pub(crate) mod contents;
pub(crate) mod forewarnings;
pub(crate) mod found;
pub(crate) mod layouts;
pub(crate) mod loading;
pub(crate) mod overview;
pub(crate) mod patients;
pub(crate) mod repeats;
pub(crate) mod split;
pub(crate) mod split_folders;
pub(crate) mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::dataset::case::{Case, SplitEntry};
use crate::dataset::contents::folder_exists;
use crate::dataset::found::Found;
use crate::dataset::split::split;
use crate::error::DataError;
use crate::files::foreign_volumes::volumes_in_place_of_pictures;
use crate::formats::decode::{image_size, is_turned};
use crate::images::case_image::CaseImage;
use crate::images::homogenise;
use crate::images::label_map::LabelMap;
use crate::images::picture::Picture;
use crate::images::volume::VolumeNormalise;
use crate::labels::label_images::read_raw_labels;
use crate::labels::label_values::LabelValues;
use crate::labels::label_values::understand::Understood;
use crate::options::DataOptions;
use crate::options::layout_name::Kind;
use crate::options::split::Split;

/// A data set whose files have been found, paired and split, and not yet read.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its folder.
    pub root: PathBuf,
    /// Its layout.
    pub kind: Kind,
    /// Names of the classes, background first; a label is a position in this list, or `ignore`.
    pub class_names: Vec<String>,
    /// The class number of pixels that take part in nothing.
    pub ignore: u8,
    splits: [Vec<Case>; 3],
    values: LabelValues,
    homogenise: f64,
    volume_normalise: VolumeNormalise,
    /// Grades of whole images by name, as class numbers, where a table states them.
    grades: BTreeMap<String, u8>,
    /// What was read in its usual meaning and could have another, in sentences that name the files.
    notes: Vec<String>,
    /// Whether all three splits are the same images.
    is_one_split: bool,
}

impl Dataset {
    /// Lists a folder, pairs images with labels and splits them by patient. Reads no image.
    ///
    /// # Errors
    ///
    /// The first problem of the folder; [`check`](crate::check) tells them all.
    pub fn open(root: &Path, options: &DataOptions) -> Result<Self, DataError> {
        Self::open_with(root, options, &Split::ALL)
    }

    /// The same, for a use that needs one split only: the others may be empty.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_split(root: &Path, options: &DataOptions, split: Split) -> Result<Self, DataError> {
        Self::open_with(root, options, &[split])
    }

    fn open_with(root: &Path, options: &DataOptions, needed: &[Split]) -> Result<Self, DataError> {
        let (dataset, problems) = Self::survey(root, options, needed);
        match problems.into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(dataset.expect("a folder without problems is a data set")),
        }
    }

    /// The data set as far as it could be made out, and every problem of its folder.
    pub(crate) fn survey(
        root: &Path,
        options: &DataOptions,
        needed: &[Split],
    ) -> (Option<Self>, Vec<DataError>) {
        let mut problems = Vec::new();
        let found = folder_exists(root).and_then(|()| match options.kind {
            Kind::Acdc => layouts::acdc::find(root, options, &mut problems),
            Kind::Bamsi => layouts::bamsi::find(root, options, &mut problems),
            Kind::Folder => layouts::folder::find(root, options, &mut problems),
            Kind::Fasu => layouts::fasu::find(root, options, &mut problems),
        });
        let dataset = found
            .and_then(|found| Self::assemble(root, options, found, needed, &mut problems))
            .map_err(|problem| problems.push(problem))
            .ok();
        (dataset, problems)
    }

    fn assemble(
        root: &Path,
        options: &DataOptions,
        found: Found,
        needed: &[Split],
        problems: &mut Vec<DataError>,
    ) -> Result<Self, DataError> {
        let classes = found.class_names.len();
        let most = found.ignore.min(options.ignore);
        if classes < 2 || classes > usize::from(most) {
            return Err(DataError::new(
                root,
                format!("2 to {most} classes, background included"),
                format!("{classes}"),
                "name the classes in data.classes of the recipe, or in dataset.json",
            ));
        }
        class_names::check(root, &found.class_names)?;
        options.check_split(root)?;
        homogenise::check(options.homogenise, root)?;
        let values = LabelValues::new(options, &found.encoding(), root)?;
        if found.candidates.is_empty() && problems.is_empty() {
            if let Some(problem) = volumes_in_place_of_pictures(root) {
                return Err(problem);
            }
            return Err(DataError::new(
                root,
                "images with labels",
                "none",
                "put photographs into images/ and their labels, under the same names, into labels/",
            ));
        }
        let mut candidates = found.candidates;
        let mut notes = found.notes;
        candidates.sort_by(|(one, _), (other, _)| one.stem.cmp(&other.stem));
        if !options.patient_pattern.is_empty() {
            let patients = candidates.iter().map(|(case, _)| case.patient.as_str());
            problems.extend(patients::one_spelling(root, patients));
        }
        if !options.split_file.is_empty() {
            let file = Path::new(&options.split_file);
            tables::split_file::apply(file, &mut candidates, problems, &mut notes);
        }
        let splits = if options.overfit > 0 {
            let cases: Vec<Case> = candidates
                .into_iter()
                .map(|(case, _)| case)
                .take(options.overfit)
                .collect();
            [cases.clone(), cases.clone(), cases]
        } else {
            let cases = split(root, candidates, options, needed, problems);
            Split::ALL.map(|wanted| {
                cases
                    .iter()
                    .filter(|(_, split)| *split == wanted)
                    .map(|(case, _)| case.clone())
                    .collect()
            })
        };
        Ok(Self {
            root: root.to_path_buf(),
            kind: options.kind,
            class_names: found.class_names,
            ignore: options.ignore,
            splits,
            values,
            homogenise: options.homogenise,
            volume_normalise: options.volume_normalise,
            grades: found.grades,
            notes,
            is_one_split: options.overfit > 0,
        })
    }

    /// The cases of a split, by name.
    pub fn cases(&self, split: Split) -> &[Case] {
        &self.splits[split as usize]
    }

    /// A class's name; `ignore` is called so.
    pub(crate) fn class_name(&self, class: u8) -> &str {
        let name = self.class_names.get(usize::from(class));
        name.map_or("ignore", String::as_str)
    }

    /// Whether the clean truth of every test image is known.
    pub fn has_clean(&self) -> bool {
        self.cases(Split::Test)
            .iter()
            .all(|case| case.clean.is_some())
    }

    /// The grade of a whole image, as a class number: what `cases.csv` states, else the deepest (highest) class of its
    /// labels. None for labels of background alone.
    pub fn grade(&self, case: &Case, labels: &LabelMap) -> Option<u8> {
        let stated = self.grades.get(&case.stem).copied();
        stated.or_else(|| {
            let classes = labels.classes.iter().copied();
            classes
                .filter(|class| *class != self.ignore && *class > 0)
                .max()
        })
    }

    /// Every case with its split, by split and name.
    pub fn split_table(&self) -> Vec<SplitEntry> {
        Split::ALL
            .into_iter()
            .flat_map(|split| {
                self.cases(split).iter().map(move |case| SplitEntry {
                    image: case.stem.clone(),
                    patient: case.patient.clone(),
                    split,
                })
            })
            .collect()
    }

    /// Reads a photograph, as [`load_image`](Self::load_image) does.
    ///
    /// # Errors
    ///
    /// As there, and for a volume.
    pub fn load_picture(&self, case: &Case) -> Result<Picture, DataError> {
        match self.load_image(case)? {
            CaseImage::Picture(picture) => Ok(picture),
            CaseImage::Volume(_) => Err(DataError::new(
                &case.image,
                "a photograph",
                "a volume",
                "give the folder of a data set of photographs",
            )),
        }
    }

    /// Reads a case's labels.
    ///
    /// # Errors
    ///
    /// The file cannot be read, its size is not the image's, or it holds values without a class.
    pub fn load_labels(&self, case: &Case) -> Result<LabelMap, DataError> {
        self.labels(case, &case.labels)
    }

    /// Reads a case's clean truth, if there is one.
    ///
    /// # Errors
    ///
    /// As [`load_labels`](Self::load_labels).
    pub fn load_clean(&self, case: &Case) -> Result<Option<LabelMap>, DataError> {
        case.clean
            .as_deref()
            .map(|path| self.labels(case, path))
            .transpose()
    }

    fn labels(&self, case: &Case, path: &Path) -> Result<LabelMap, DataError> {
        self.understand(case, path).map(|understood| understood.map)
    }

    /// The labels of a photograph, and how they were read.
    fn understand(&self, case: &Case, path: &Path) -> Result<Understood, DataError> {
        let raw = if self.kind == Kind::Fasu {
            let raw = layouts::fasu::read_labels(path)?;
            same_size(case, path, [raw.height, raw.width])?;
            raw
        } else {
            // From the heads of both files, before either is decoded.
            same_size(case, path, image_size(path)?)?;
            read_raw_labels(path)?
        };
        self.values.understand(&raw, path)
    }
}

/// That the labels in `path` are as large as the case's photograph.
fn same_size(case: &Case, path: &Path, found: [usize; 2]) -> Result<(), DataError> {
    let [height, width] = image_size(&case.image)?;
    if [height, width] == found {
        return Ok(());
    }
    let stored = [width, height] == found && is_turned(&case.image);
    let advice = if stored {
        "the photograph is turned as its camera says (EXIF), and the labels are drawn on its stored pixels: turn them \
         likewise, or take the orientation out of the photograph (`exiftool -Orientation= FILE`)"
    } else {
        "export the labels at the image's size"
    };
    Err(DataError::new(
        path,
        format!("{height}×{width} pixels like {}", case.image.display()),
        format!("{}×{}", found[0], found[1]),
        advice,
    ))
}
