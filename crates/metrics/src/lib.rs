//! How well predicted label maps agree with the ground truth (below, the truth): accuracy, Dice, `IoU`, sensitivity, precision,
//! Hausdorff distance and its 95th percentile, normalised surface Dice, and a confusion matrix.
//!
//! Everything is exact, in `f64`, on the CPU, and never differentiated. [`score_case`] scores one image or volume;
//! [`summarise`] turns many of those scores into the figures of a table. [`statistics`] has what is needed to compare two of them.
//!
//! # The rules
//!
//! * **Order of means.** Per image and class, then the mean over images, then over foreground classes. Class 0 is the
//!   background: it has an entry in [`CaseScore::per_class`] and contributes to the accuracy, and to nothing else in a [`Summary`].
//!   *Pooled* figures add the pixels of all images first.
//! * **Absent in truth and prediction:** not counted; [`ClassSummary::images`] is the number of counted images.
//! * **Absent in one of the two:** Dice and `IoU` are 0, and both distances are the diagonal of the image, so that a miss
//!   can never flatter a mean; the surface Dice is 0. Sensitivity is not counted where the truth lacks the class, precision
//!   where the prediction does: there they are 0 / 0.
//! * **Ignored pixels** (those whose *truth* is [`ScoreOptions::ignore`]) are excluded everywhere: they are not counted, and they
//!   belong to no class's region, in truth or prediction, when boundaries are taken. The prediction there may have any value.
//! * **Boundary** of a region: its pixels with at least one neighbour outside it, where neighbours share a side (4 in an image,
//!   6 in a volume) and everything beyond the image is outside. This is a region minus its erosion by the cross-shaped
//!   element, what MONAI and MedPy use. A volume of depth 1 is an image: it has no neighbours in depth.
//! * **Distances** run between the centres of boundary pixels, in units of [`ScoreOptions::spacing`]. `hd` is the larger of the two
//!   directed maxima; `hd95` the larger of the two directed 95th percentiles, with linear interpolation between ranks (MONAI's
//!   definition; MedPy takes one percentile of both directions together). `nsd` is the fraction of the boundary pixels of both
//!   regions that are within [`ScoreOptions::tolerance`] of the other boundary (Nikolov et al., 2021, with MONAI's boundary pixels
//!   in place of surface elements).
//!
//! ```
//! use selvedge_metrics::{Labels, ScoreOptions, score_case, summarise};
//!
//! let truth = [0, 1, 1, 0, 0, 0];
//! let prediction = [0, 1, 0, 0, 0, 0];
//! let shape = [1, 2, 3];
//! let case = score_case(
//!     Labels { shape, classes: &truth },
//!     Labels { shape, classes: &prediction },
//!     &ScoreOptions { classes: 2, ignore: Some(255), spacing: [1.0; 3], tolerance: 2.0 },
//! )?;
//! assert_eq!(case.per_class[1].iou, Some(0.5));
//!
//! let summary = summarise(&[case], &["background".into(), "lesion".into()]);
//! assert_eq!(summary.dice, Some(2.0 / 3.0));
//! assert_eq!(summary.hd, Some(1.0));
//! # Ok::<(), selvedge_metrics::MetricError>(())
//! ```

mod boundary;
mod case;
mod confusion;
mod distance;
mod error;
mod hausdorff;
mod labels;
mod metric;
pub mod statistics;
mod summary;

pub use case::{
    CaseScore, ClassScore, ScoreOptions, TOLERANCE_IN_MILLIMETRES, TOLERANCE_IN_PIXELS, score_case,
};
pub use confusion::ConfusionMatrix;
pub use error::{MetricError, Side};
pub use labels::Labels;
pub use metric::{Metric, UnknownMetric};
pub use summary::{ClassSummary, Pooled, Summary, summarise, summarise_taught};
