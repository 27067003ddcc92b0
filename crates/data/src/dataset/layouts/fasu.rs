//! Fetal abdominal ultrasound (FASU): the Fetal Abdominal Structures Segmentation Dataset Using Ultrasonic Images, Mendeley
//! Data 4gcpm9dsc3 (doi 10.17632/4gcpm9dsc3.1), 1588 images of 169 patients.
//!
//! In the folder, or in one or two nested folders of any name, as the data set's archive unpacks:
//!
//! * `IMAGES/P<patient>_IMG<number>.png`: the images, grey or RGB;
//! * `ARRAY_FORMAT/P<patient>_IMG<number>.npy`: a pickled dictionary, `{"image": …, "structures": {name: mask}}`, with
//!   masks of 0 and 1 for `liver`, `stomach`, `artery` and `vein`, some of which may be absent. The image in it
//!   is not used, since it may differ from the PNG;
//! * `CLEAN/P<patient>_IMG<number>.npy`, in synthetic sets: the clean masks, in the same form.
//!
//! Structures overlap in a few pixels; they are painted in the order of the classes, later ones over earlier ones.

pub(crate) mod structures;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::dataset::case::Case;
use crate::dataset::contents::{contents, without_image};
use crate::dataset::found::Found;
use crate::dataset::layout::{CheckSize, Layout};
use crate::dataset::layouts::fasu::structures::STRUCTURES;
use crate::dataset::patients::Patients;
use crate::error::DataError;
use crate::files::listing::{files_by_stem, images_by_stem};
use crate::files::pairing::pair_up;
use crate::formats::pickled_masks::{Masks, read_masks};
use crate::labels::raw_labels::RawLabels;
use crate::options::DataOptions;
use crate::synth::fasu::write_fasu;
use crate::synth::options::{SizeOption, SyntheticSet};

/// The pattern of the patient: the digits as written, since `P01` and `P1` may be two patients.
const PATIENT: &str = r"^(P\d+)_IMG\d+$";

/// Maximum number of folders around the data set's own two.
const MAX_DEPTH: usize = 2;

/// Fetal abdominal ultrasound (FASU).
pub(crate) struct Fasu;

impl Layout for Fasu {
    fn find(
        &self,
        root: &Path,
        options: &DataOptions,
        problems: &mut Vec<DataError>,
    ) -> Result<Found, DataError> {
        let class_names: Vec<String> = std::iter::once("background")
            .chain(STRUCTURES)
            .map(str::to_string)
            .collect();
        if !options.classes.is_empty() && options.classes != class_names {
            return Err(DataError::new(
                root,
                format!("the classes {class_names:?}, which this layout has"),
                format!("{:?} in the recipe", options.classes),
                "remove data.classes from the recipe",
            ));
        }
        if !options.label_values.is_empty() {
            return Err(DataError::new(
                root,
                "no data.label_values, since this layout names its structures",
                "some in the recipe",
                "remove data.label_values from the recipe",
            ));
        }
        let patients = Patients::new(root, options, Some(PATIENT))?;
        let Some(set) = set_folder(root) else {
            return Err(DataError::new(
                root,
                "the folders IMAGES/ and ARRAY_FORMAT/, here or at most two folders deeper",
                contents(root),
                "give the unpacked set (Mendeley Data 4gcpm9dsc3); `selvedge synth fasu` writes an example",
            ));
        };
        let arrays = set.join("ARRAY_FORMAT");
        let images = images_by_stem(&set.join("IMAGES"), problems);
        let labels = files_by_stem(&arrays, &["npy"], problems);
        let clean = set.join("CLEAN");
        let mut clean_files = if clean.is_dir() {
            files_by_stem(&clean, &["npy"], problems)
        } else {
            BTreeMap::new()
        };
        let mut notes = Vec::new();
        let pairs = pair_up(
            images,
            labels,
            [&set.join("IMAGES"), &arrays],
            "npy",
            problems,
            &mut notes,
        );
        let candidates = pairs
            .pairs
            .into_iter()
            .map(|(stem, image, labels)| {
                let case = Case {
                    patient: patients.patient_of(&stem, &image, "", || stem.clone(), problems),
                    masks: Vec::new(),
                    clean: clean_files.remove(&stem),
                    stem,
                    image,
                    labels,
                };
                (case, None)
            })
            .collect();
        notes.extend(without_image(&clean, &clean_files));
        Ok(Found {
            candidates,
            class_names,
            ignore: options.ignore,
            notes,
            ..Found::default()
        })
    }

    /// The structures of a `.npy` file, painted over each other.
    fn read_labels(&self, path: &Path, check_size: &CheckSize<'_>) -> Result<RawLabels, DataError> {
        let Masks {
            height,
            width,
            inside: masks,
        } = read_masks(path, &STRUCTURES)?;
        check_size([height, width])?;
        let mut values = vec![0; height * width];
        for (class, mask) in (1..).zip(&masks) {
            for (value, inside) in values.iter_mut().zip(mask.iter().flatten()) {
                if *inside {
                    *value = class;
                }
            }
        }
        Ok(RawLabels::of_bytes(height, width, values))
    }

    fn synthetic(&self) -> Option<SyntheticSet> {
        Some(SyntheticSet {
            about: "Ultrasound images of fetal abdomens with liver, stomach, artery and vein",
            images: SizeOption {
                help: "How many images",
                default: 160,
            },
            size: SizeOption {
                help: "Their rows; there are a third more columns",
                default: 192,
            },
            example: ("fetal", 200, 256),
            draw: |folder, options, progress| Ok(write_fasu(folder, options, progress)?.to_string()),
        })
    }
}

/// The folder that contains the two: `root`, or one that is nested in at most two others.
fn set_folder(root: &Path) -> Option<PathBuf> {
    let mut level = vec![root.to_path_buf()];
    for depth in 0..=MAX_DEPTH {
        level.sort();
        let found = level.iter().find(|folder| {
            ["IMAGES", "ARRAY_FORMAT"]
                .iter()
                .all(|name| folder.join(name).is_dir())
        });
        if let Some(found) = found {
            return Some(found.clone());
        }
        if depth == MAX_DEPTH {
            break;
        }
        level = level
            .iter()
            .filter_map(|folder| folder.read_dir().ok())
            .flat_map(|entries| {
                entries
                    .flatten()
                    .map(|entry| entry.path())
                    .filter(|path| path.is_dir())
            })
            .collect();
    }
    None
}
