//! The scores of one image or volume.

use serde::{Deserialize, Serialize};

use crate::confusion::ConfusionMatrix;
use crate::error::MetricError;
use crate::hausdorff::{SurfaceDistances, surface_distances};
use crate::labels::{Labels, check_pair};

/// How a pair of label maps is scored.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreOptions {
    /// Number of classes, background (class 0) included.
    pub classes: usize,
    /// The label that excludes a pixel if it has it in the truth. It takes precedence over a class of the same number.
    pub ignore: Option<u8>,
    /// Distance between neighbouring pixels along `[z, y, x]`; all 1.0 to measure in pixels. Scales distances only.
    pub spacing: [f64; 3],
    /// Largest distance at which two boundaries agree in the normalised surface Dice, in units of the spacing.
    pub tolerance: f64,
}

/// Usual tolerance of the normalised surface Dice where distances are in pixels.
pub const TOLERANCE_IN_PIXELS: f64 = 2.0;

/// Usual tolerance of the normalised surface Dice where distances are in millimetres.
pub const TOLERANCE_IN_MILLIMETRES: f64 = 1.0;

/// The scores of one class in one image.
///
/// Dice, `IoU`, the distances and the normalised surface Dice are `None` together, when the class is absent from truth and
/// prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// 2·|T∩P| / (|T|+|P|).
    pub dice: Option<f64>,
    /// |T∩P| / |T∪P|.
    pub iou: Option<f64>,
    /// Symmetric Hausdorff distance between boundaries, in units of the spacing; the image diagonal for a class absent on one side.
    pub hd: Option<f64>,
    /// The larger of the two directed 95th percentiles; the image diagonal for a class absent on one side.
    pub hd95: Option<f64>,
    /// Normalised surface Dice: the fraction of both boundaries that is within the tolerance of the other one; 0 for a class
    /// absent on one side.
    pub nsd: Option<f64>,
    /// |T∩P| / |T|; `None` for a class absent from the truth.
    pub sensitivity: Option<f64>,
    /// |T∩P| / |P|; `None` for a class absent from the prediction.
    pub precision: Option<f64>,
    /// Counted pixels of the class in both, |T∩P|.
    pub intersection: u64,
    /// Counted pixels of the class in the truth, |T|.
    pub truth: u64,
    /// Counted pixels of the class in the prediction, |P|.
    pub prediction: u64,
}

impl ClassScore {
    /// Dice and `IoU` of pixel counts; `None` when there are no pixels.
    pub(crate) fn overlap(intersection: u64, truth: u64, prediction: u64) -> Option<(f64, f64)> {
        let both = truth + prediction;
        (both > 0).then(|| {
            let shared = intersection as f64;
            (
                2.0 * shared / both as f64,
                shared / (both - intersection) as f64,
            )
        })
    }
}

/// The scores of one image or volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseScore {
    /// Fraction of the counted pixels with the right class; `None` if every pixel is ignored.
    pub accuracy: Option<f64>,
    /// One entry per class, background first.
    pub per_class: Vec<ClassScore>,
    /// Pixels counted, that is, not ignored.
    pub pixels: u64,
    /// Counted pixels with the right class.
    pub correct: u64,
    /// Counted pixels by true and predicted class. Not in JSON, where the one of the whole set is.
    #[serde(skip)]
    pub confusion: ConfusionMatrix,
}

/// `part / whole`; `None` of nothing.
pub(crate) fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Scores one prediction against its truth, by the rules in the documentation of this crate.
///
/// # Errors
///
/// When the two shapes differ or have no pixels, a map does not fill its shape, a counted label (in truth or prediction) is not
/// below `options.classes`, the number of classes is not within 1..=256, a spacing is not a positive finite number, or the
/// tolerance is not a finite number of at least 0.
pub fn score_case(
    truth: Labels<'_>,
    prediction: Labels<'_>,
    options: &ScoreOptions,
) -> Result<CaseScore, MetricError> {
    let &ScoreOptions {
        classes,
        ignore,
        spacing,
        tolerance,
    } = options;
    if !(1..=256).contains(&classes) {
        return Err(MetricError::ClassCount { found: classes });
    }
    if !spacing
        .iter()
        .all(|length| length.is_finite() && *length > 0.0)
    {
        return Err(MetricError::Spacing { spacing });
    }
    if !(tolerance.is_finite() && tolerance >= 0.0) {
        return Err(MetricError::Tolerance { tolerance });
    }
    check_pair(&truth, &prediction, classes, ignore)?;

    let mut per_class = vec![ClassScore::default(); classes];
    let mut pixels = 0;
    let mut correct = 0;
    let mut confusion = ConfusionMatrix::new(classes);
    for (&true_class, &predicted_class) in truth.classes.iter().zip(prediction.classes) {
        if ignore == Some(true_class) {
            continue;
        }
        pixels += 1;
        confusion.count(usize::from(true_class), usize::from(predicted_class));
        per_class[usize::from(true_class)].truth += 1;
        per_class[usize::from(predicted_class)].prediction += 1;
        if true_class == predicted_class {
            correct += 1;
            per_class[usize::from(true_class)].intersection += 1;
        }
    }

    for (class, score) in per_class.iter_mut().enumerate() {
        let Some((dice, iou)) =
            ClassScore::overlap(score.intersection, score.truth, score.prediction)
        else {
            continue;
        };
        let counted = |at: usize| ignore != Some(truth.classes[at]);
        let distances = surface_distances(
            truth.shape,
            spacing,
            tolerance,
            |at| usize::from(truth.classes[at]) == class && counted(at),
            |at| usize::from(prediction.classes[at]) == class && counted(at),
        );
        let missed = || {
            let diagonal = diagonal(truth.shape, spacing);
            SurfaceDistances {
                hd: diagonal,
                hd95: diagonal,
                nsd: 0.0,
            }
        };
        let SurfaceDistances { hd, hd95, nsd } = distances.unwrap_or_else(missed);
        *score = ClassScore {
            dice: Some(dice),
            iou: Some(iou),
            hd: Some(hd),
            hd95: Some(hd95),
            nsd: Some(nsd),
            sensitivity: fraction(score.intersection, score.truth),
            precision: fraction(score.intersection, score.prediction),
            ..*score
        };
    }
    Ok(CaseScore {
        accuracy: fraction(correct, pixels),
        per_class,
        pixels,
        correct,
        confusion,
    })
}

/// Length of the diagonal of a map, from outer corner to outer corner, so that it exceeds every distance between pixel centres.
///
/// Axes of one pixel are omitted, since nothing can be apart along them: an image's diagonal does not depend on its
/// thickness. For a single pixel, where no axis remains, it is the diagonal of that pixel's face.
fn diagonal(shape: [usize; 3], spacing: [f64; 3]) -> f64 {
    if shape == [1; 3] {
        return spacing[1].hypot(spacing[2]);
    }
    let squared = |(&length, &spacing): (&usize, &f64)| (length as f64 * spacing).powi(2);
    shape
        .iter()
        .zip(&spacing)
        .filter(|(length, _)| **length > 1)
        .map(squared)
        .sum::<f64>()
        .sqrt()
}

#[cfg(test)]
mod tests;
