//! The meaning of the values in two folders of label images that are compared with each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::images::label_volume::LabelVolume;
use crate::labels::label_encoding::LabelEncoding;
use crate::labels::label_file::LabelFile;
use crate::labels::label_values::{LabelValues, WHITE};
use crate::options::DataOptions;
use crate::remark::Remark;

/// Ground truth pixels of this value are ignored.
const IGNORE: u8 = 255;
/// More class numbers than this, most of which occur in one folder only, are shades of grey.
const MANY: usize = 32;

/// The classes of the values in two folders: as the options define them, or otherwise inferred from both folders.
pub struct Meaning {
    predictions: LabelValues,
    truth: LabelValues,
    class_names: Vec<String>,
    ignore: u8,
    remarks: Vec<Remark>,
}

impl Meaning {
    /// Infers the classes from all label files of both folders. Two classes are written as 0 and 1, or as 0 and white; with
    /// more classes, values are the class numbers, and 255 in the ground truth is ignored.
    ///
    /// # Errors
    ///
    /// The values are ambiguous, or the options contradict each other.
    pub fn of_folders(
        predictions: &[LabelFile],
        truth: &[LabelFile],
        options: &DataOptions,
    ) -> Result<Self, DataError> {
        let stated = options.label_values.values().copied();
        let stated = stated.filter(|class| *class != options.ignore).max();
        if !options.classes.is_empty() || stated.is_some() {
            let names = if options.classes.is_empty() {
                class_names(stated.unwrap_or(1))
            } else {
                options.classes.clone()
            };
            let values = values(options, &names, names.len() == 2)?;
            return Ok(Self {
                predictions: values.clone(),
                truth: values,
                class_names: names,
                ignore: options.ignore,
                remarks: Remark::gather(plain_remarks(predictions, truth)),
            });
        }
        let sides = Sides {
            predictions: Side::new(predictions)?,
            truth: Side::new(truth)?,
        };
        let largest = sides.numbers().last().copied().unwrap_or(1);
        let Ok(largest @ ..=254) = u8::try_from(largest) else {
            return Err(sides.refuse());
        };
        if largest > 1 && sides.are_greys() {
            return Err(sides.refuse());
        }
        let names = class_names(largest);
        let two = names.len() == 2;
        let both = |greys: &BTreeSet<u16>| greys.contains(&1) && greys.contains(&IGNORE.into());
        let ignored = sides.truth.greys.iter().any(both);
        Ok(Self {
            predictions: values(options, &names, two)?,
            truth: values(options, &names, two && !ignored)?,
            remarks: sides.remarks(two && !ignored),
            class_names: names,
            ignore: options.ignore,
        })
    }

    /// Names of the classes, background first.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The class number of ignored pixels in the ground truth.
    pub fn ignore(&self) -> u8 {
        self.ignore
    }

    /// Remarks on what could mean something else.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The classes of a prediction.
    ///
    /// # Errors
    ///
    /// It contains values without a class.
    pub fn of_prediction(&self, file: &LabelFile) -> Result<LabelVolume, DataError> {
        file.volume(&self.predictions)
    }

    /// The classes of a ground truth, 255 where it is ignored.
    ///
    /// # Errors
    ///
    /// As [`of_prediction`](Self::of_prediction).
    pub fn of_truth(&self, file: &LabelFile) -> Result<LabelVolume, DataError> {
        file.volume(&self.truth)
    }
}

/// Remarks on ambiguous encodings, whatever the values mean.
fn plain_remarks<'a>(
    predictions: &'a [LabelFile],
    truth: &'a [LabelFile],
) -> impl Iterator<Item = (PathBuf, String)> + use<'a> {
    predictions.iter().chain(truth).flat_map(LabelFile::remarks)
}

/// Background, and a class for every number up to the largest.
fn class_names(largest: u8) -> Vec<String> {
    let others = (1..=largest.max(1)).map(|class| format!("class {class}"));
    ["background".into()].into_iter().chain(others).collect()
}

fn values(
    options: &DataOptions,
    class_names: &[String],
    white_is_one: bool,
) -> Result<LabelValues, DataError> {
    let encoding = LabelEncoding {
        classes: class_names.len(),
        ignore: IGNORE,
        white_is_one,
        palette: BTreeMap::new(),
    };
    LabelValues::new(options, &encoding, Path::new("--set"))
}

/// The label files of one folder with the values that occur in each.
struct Side<'a> {
    files: &'a [LabelFile],
    greys: Vec<BTreeSet<u16>>,
}

impl<'a> Side<'a> {
    /// # Errors
    ///
    /// A file contains colours, or grey values that only JPEG compression produces.
    fn new(files: &'a [LabelFile]) -> Result<Self, DataError> {
        let greys: Result<Vec<_>, DataError> = files
            .iter()
            .map(|file| {
                let greys = file.greys();
                let blurred = |greys: &BTreeSet<u16>| {
                    let within = |values: [u16; 2]| greys.iter().all(|grey| values.contains(grey));
                    file.is_lossy() && !within([0, 1]) && !within([0, 255])
                };
                match greys {
                    Some(greys) if !blurred(&greys) => Ok(greys),
                    _ => Err(refusal(file)),
                }
            })
            .collect();
        Ok(Self {
            files,
            greys: greys?,
        })
    }

    fn all(&self) -> BTreeSet<u16> {
        self.greys.iter().flatten().copied().collect()
    }

    /// Values that can only be class numbers, or shades.
    fn numbers(&self) -> BTreeSet<u16> {
        let all = self.all().into_iter();
        all.filter(|grey| *grey > 0 && !WHITE.contains(grey))
            .collect()
    }

    fn has_white(&self) -> bool {
        WHITE.iter().any(|white| self.all().contains(white))
    }

    /// The files that contain a value for which `test` holds.
    fn holding(&self, test: impl Fn(&u16) -> bool) -> impl Iterator<Item = &'a LabelFile> {
        let files = self.files.iter().zip(&self.greys);
        files.filter_map(move |(file, greys)| greys.iter().any(&test).then_some(file))
    }
}

/// Both folders.
struct Sides<'a> {
    predictions: Side<'a>,
    truth: Side<'a>,
}

impl Sides<'_> {
    fn numbers(&self) -> BTreeSet<u16> {
        let [mut one, other] = [self.predictions.numbers(), self.truth.numbers()];
        one.extend(other);
        one
    }

    /// Class numbers that occur in both.
    fn shared(&self) -> usize {
        let truth = self.truth.numbers();
        self.predictions.numbers().intersection(&truth).count()
    }

    /// Whether values above 1 are unlikely to be class numbers: the ground truth is black and white where the predictions
    /// have classes; or the numbers have gaps, and the folders share few of them or white is predicted; or there are very
    /// many.
    fn are_greys(&self) -> bool {
        let numbers = self.numbers();
        let largest = numbers.last().copied().unwrap_or(0);
        let gaps = usize::from(largest) > 2 * numbers.len();
        let differ = 2 * self.shared() < numbers.len();
        self.truth_is_white()
            || (gaps && (differ || self.predictions.has_white()))
            || (differ && numbers.len() > MANY)
    }

    /// Whether the ground truth contains only black and white.
    fn truth_is_white(&self) -> bool {
        self.truth.numbers().is_empty() && self.truth.has_white()
    }

    /// The error of two folders without a common meaning: it names the file with the largest value.
    fn refuse(&self) -> DataError {
        let largest = self.numbers().last().copied().unwrap_or(0);
        let of_truth = self.truth.holding(|grey| *grey == largest).next();
        let file = of_truth.or_else(|| self.predictions.holding(|grey| *grey == largest).next());
        let white = self.truth.holding(|grey| WHITE.contains(grey)).next();
        let file = if self.truth_is_white() { white } else { file };
        // Only values that occur are refused, so there is a file.
        file.map_or_else(
            || DataError::new(Path::new(""), "label images", "none", "give two folders"),
            refusal,
        )
    }

    fn remarks(&self, white_is_one: bool) -> Vec<Remark> {
        let mut found: Vec<(PathBuf, String)> = Vec::new();
        if white_is_one {
            let text = "white is the structure (class 1), and nothing is ignored";
            let white = self.truth.holding(|grey| WHITE.contains(grey));
            found.extend(white.map(|file| (file.path.clone(), text.into())));
        }
        let [one, other] = [self.predictions.numbers(), self.truth.numbers()];
        if let (Some(predicted), Some(expected), 0) = (one.first(), other.first(), self.shared()) {
            let text = format!(
                "class {predicted}, which the ground truth does not contain; it contains class {expected}. If that is the same structure, state it with --set data.label_values"
            );
            let files = self.predictions.holding(|grey| grey == predicted);
            found.extend(files.map(|file| (file.path.clone(), text.clone())));
        }
        found.extend(plain_remarks(self.predictions.files, self.truth.files));
        Remark::gather(found)
    }
}

/// The error of a file whose values have no meaning.
fn refusal(file: &LabelFile) -> DataError {
    match values(&DataOptions::default(), &class_names(1), true) {
        Ok(values) => DataError {
            expected: "class numbers, or black and white (0 and 255)".into(),
            ..values.refuse(file.raw(), &file.path)
        },
        Err(error) => error,
    }
}
