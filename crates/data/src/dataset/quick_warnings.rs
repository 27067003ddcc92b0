//! Warnings before a training that need no image to be decoded.

use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::dataset::repeats::{repeats, same_files};
use crate::files::names::volume_stem;
use crate::formats::decode::is_turned;
use crate::options::split::Split;
use crate::text::{counted, few};

impl Dataset {
    /// Notes on ambiguous files and on skipped ones, in sentences that name the files.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How the files were understood where nothing states it: folders and suffixes that were guessed, in sentences.
    pub fn guesses(&self) -> &[String] {
        &self.guesses
    }

    /// The notes, photographs that are rotated by EXIF, and images that occur more than once. Files are read completely
    /// only where two have the same length and beginning.
    pub fn quick_warnings(&self) -> Vec<String> {
        let cases = self.all_cases();
        let mut warnings = self.head_warnings(&cases);
        warnings.extend(repeats(self, same_files(cases)));
        warnings
    }

    /// The notes and the rotated photographs.
    pub(crate) fn head_warnings(&self, cases: &[(&Case, Split)]) -> Vec<String> {
        let mut warnings = self.notes.clone();
        warnings.extend(self.turned(cases));
        warnings
    }

    /// Photographs with an EXIF orientation: many tools draw labels on the stored pixels.
    fn turned(&self, cases: &[(&Case, Split)]) -> Option<String> {
        let names: Vec<String> = cases
            .par_iter()
            .filter(|(case, _)| volume_stem(&case.image).is_none() && is_turned(&case.image))
            .map(|(case, _)| self.place(case))
            .collect();
        (!names.is_empty()).then(|| {
            format!(
                "{} rotated by the EXIF orientation, with labels read as drawn on what viewers show: \
                 {}; if labels were drawn on the stored pixels, as Python's PIL and imageio read them, `exiftool -Orientation= \
                 FILES` makes the photographs fit",
                counted(names.len(), "photograph"),
                few(&names)
            )
        })
    }

    /// The path of a case's image in the data set.
    pub(crate) fn place(&self, case: &Case) -> String {
        let inside = case.image.strip_prefix(&self.root);
        inside.unwrap_or(&case.image).display().to_string()
    }

    /// Every case with its split. With `data.overfit`, where all three splits are the same images, each is listed once.
    pub(crate) fn all_cases(&self) -> Vec<(&Case, Split)> {
        let splits = if self.is_one_split {
            &Split::ALL[..1]
        } else {
            &Split::ALL
        };
        let of_split = |split: Split| self.cases(split).iter().map(move |case| (case, split));
        splits.iter().copied().flat_map(of_split).collect()
    }
}
