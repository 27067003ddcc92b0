//! Labels that are drawn in several files: one for each structure, or for each class.

use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::dataset::case_files::{Remarked, remarks_on};
use crate::error::DataError;
use crate::images::label_volume::LabelVolume;

/// What is reported of masks of different classes that overlap.
const OVERLAP: &str = "masks of two classes overlap: pixels of both get the later class";

impl Dataset {
    /// Draws the masks of a case over each other. Where those of two classes overlap, the later one counts, which is a remark;
    /// pixels that one mask ignores and no other marks are ignored.
    pub(super) fn masks_together(&self, case: &Case) -> Result<Remarked, DataError> {
        let mut remarks = Vec::new();
        let mut union: Option<LabelVolume> = None;
        let mut overlap = false;
        for mask in &case.masks {
            let values = match mask.class {
                Some(_) => &self.mask_values,
                None => &self.values,
            };
            let (mut labels, of_file) = self.label_file(case, &mask.file, values)?;
            remarks.extend(of_file);
            if let Some(class) = mask.class {
                for value in labels.classes.iter_mut().filter(|value| **value == 1) {
                    *value = class;
                }
            }
            match &mut union {
                Some(union) => overlap |= draw_over(union, &labels, self.ignore),
                None => union = Some(labels),
            }
        }
        if overlap {
            remarks.extend(remarks_on(&case.labels, [OVERLAP]));
        }
        let union = union.unwrap_or(LabelVolume {
            shape: [1, 0, 0],
            classes: Vec::new(),
        });
        Ok((union, remarks))
    }
}

/// Draws labels over others of the same shape, and returns whether a class replaced another one.
fn draw_over(under: &mut LabelVolume, over: &LabelVolume, ignore: u8) -> bool {
    let mut overlap = false;
    for (under, over) in under.classes.iter_mut().zip(&over.classes) {
        if *over == 0 || (*over == ignore && *under != 0) {
            continue;
        }
        overlap |= ![0, ignore, *over].contains(under);
        *under = *over;
    }
    overlap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_class_counts_and_what_only_one_mask_ignores_is_ignored() {
        let labels = |classes: &[u8]| LabelVolume {
            shape: [1, 1, classes.len()],
            classes: classes.to_vec(),
        };
        let mut under = labels(&[0, 1, 1, 255, 255, 0]);
        let over = labels(&[2, 0, 255, 2, 0, 255]);
        assert!(!draw_over(&mut under, &over, 255));
        assert_eq!(under.classes, [2, 1, 1, 2, 255, 255]);
        assert!(!draw_over(&mut under, &labels(&[2, 1, 1, 0, 0, 0]), 255));
        assert!(draw_over(&mut under, &labels(&[1, 0, 0, 0, 0, 0]), 255));
        assert_eq!(under.classes[0], 1);
    }
}
