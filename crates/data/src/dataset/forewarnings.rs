//! What should be known before a training and can be told without decoding an image.

use rayon::prelude::*;

use super::repeats::{repeats, same_files};
use super::{Case, Dataset};
use crate::Split;
use crate::decode::is_turned;
use crate::nifti::volume_stem;
use crate::text::{counted, few};

impl Dataset {
    /// What was read in its usual meaning and could have another, in sentences that name the files.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// These notes, photographs that their cameras turned, and images whose files lie in the
    /// set more than once. Files are read as a whole only where two have the same length and beginning.
    pub fn forewarnings(&self) -> Vec<String> {
        let cases = self.all_cases();
        let mut warnings = self.head_warnings(&cases);
        warnings.extend(repeats(self, same_files(cases)));
        warnings
    }

    /// The notes and the turned photographs.
    pub(crate) fn head_warnings(&self, cases: &[(&Case, Split)]) -> Vec<String> {
        let mut warnings = self.notes.clone();
        warnings.extend(self.turned(cases));
        warnings
    }

    /// Photographs with an EXIF orientation: half of all tools draw labels on the pixels as they are stored.
    fn turned(&self, cases: &[(&Case, Split)]) -> Option<String> {
        let names: Vec<String> = cases
            .par_iter()
            .filter(|(case, _)| volume_stem(&case.image).is_none() && is_turned(&case.image))
            .map(|(case, _)| self.place(case))
            .collect();
        (!names.is_empty()).then(|| {
            format!(
                "{} turned as the camera says (EXIF), with labels taken as drawn on what viewers show: \
                 {}; if labels were drawn on the stored pixels, as Python's PIL and imageio read them, `exiftool -Orientation= \
                 FILES` makes the photographs fit",
                counted(names.len(), "photograph"),
                few(&names)
            )
        })
    }

    /// Where a case's image lies in the set.
    pub(crate) fn place(&self, case: &Case) -> String {
        let inside = case.image.strip_prefix(&self.root);
        inside.unwrap_or(&case.image).display().to_string()
    }

    /// Every case, with what it is for. With `data.overfit`, where all three splits are the same images, each comes once.
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
