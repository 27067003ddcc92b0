//! The figures of a table: means over images, then over foreground classes, and pooled figures next to them.

use serde::{Deserialize, Serialize};

use crate::case::{CaseScore, ClassScore, fraction};
use crate::confusion::ConfusionMatrix;

/// The scores of a set of images. A figure without any contribution is `None` (`null` in JSON), never 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Images in the set.
    pub images: usize,
    /// Mean over images of the fraction of right pixels, background included.
    pub accuracy: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::dice`].
    pub dice: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::iou`].
    pub miou: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::hd`].
    pub hd: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::hd95`].
    pub hd95: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::nsd`].
    pub nsd: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::sensitivity`].
    pub sensitivity: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::precision`].
    pub precision: Option<f64>,
    /// The same with the pixels of all images pooled.
    pub pooled: Pooled,
    /// Pixels of all images by true class (rows) and predicted class (columns), background first.
    pub confusion: ConfusionMatrix,
    /// Every foreground class in order, whether or not it occurs.
    pub per_class: Vec<ClassSummary>,
}

/// Figures over the pixels of all images together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pooled {
    /// Fraction of right pixels, background included.
    pub accuracy: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::pooled_dice`].
    pub dice: Option<f64>,
    /// Mean over foreground classes of [`ClassSummary::pooled_iou`].
    pub miou: Option<f64>,
}

/// One foreground class over a set of images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassSummary {
    /// Class number, from 1.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Mean Dice over the counted images.
    pub dice: Option<f64>,
    /// Mean `IoU` over the counted images.
    pub iou: Option<f64>,
    /// Mean Hausdorff distance over the counted images.
    pub hd: Option<f64>,
    /// Mean 95th-percentile Hausdorff distance over the counted images.
    pub hd95: Option<f64>,
    /// Mean normalised surface Dice over the counted images.
    pub nsd: Option<f64>,
    /// Mean sensitivity over the images whose truth contains the class.
    pub sensitivity: Option<f64>,
    /// Mean precision over the images whose prediction contains the class.
    pub precision: Option<f64>,
    /// Images counted: those with the class in truth, prediction or both.
    pub images: usize,
    /// Dice of the pixels of all images together.
    pub pooled_dice: Option<f64>,
    /// `IoU` of the pixels of all images together.
    pub pooled_iou: Option<f64>,
}

/// Sums up cases of one data set. Sums run in the order of the cases.
///
/// `class_names` has the background first. A class beyond its end is named by its number (`class 3`); a named class that
/// no case contains is listed as never present.
pub fn summarise(cases: &[CaseScore], class_names: &[String]) -> Summary {
    summarise_taught(cases, class_names, &[])
}

/// The same for a network that was not trained on the classes `untaught`: one that is also in no truth counts as never present,
/// whatever is predicted, so that it does not reduce a mean to 0.
pub fn summarise_taught(
    cases: &[CaseScore],
    class_names: &[String],
    untaught: &[usize],
) -> Summary {
    let scored = cases
        .iter()
        .map(|case| case.per_class.len())
        .max()
        .unwrap_or(0);
    let per_class: Vec<ClassSummary> = (1..class_names.len().max(scored))
        .map(|class| {
            let name = class_names
                .get(class)
                .cloned()
                .unwrap_or_else(|| format!("class {class}"));
            let truth = |case: &CaseScore| {
                case.per_class
                    .get(class)
                    .is_some_and(|score| score.truth > 0)
            };
            let counts = !untaught.contains(&class) || cases.iter().any(truth);
            summarise_class(if counts { cases } else { &[] }, class, name)
        })
        .collect();
    let over_classes =
        |figure: fn(&ClassSummary) -> Option<f64>| mean(per_class.iter().map(figure));
    let pixels: u64 = cases.iter().map(|case| case.pixels).sum();
    let correct: u64 = cases.iter().map(|case| case.correct).sum();
    let mut confusion = ConfusionMatrix::default();
    for case in cases {
        confusion.add(&case.confusion);
    }
    Summary {
        images: cases.len(),
        accuracy: mean(cases.iter().map(|case| case.accuracy)),
        dice: over_classes(|class| class.dice),
        miou: over_classes(|class| class.iou),
        hd: over_classes(|class| class.hd),
        hd95: over_classes(|class| class.hd95),
        nsd: over_classes(|class| class.nsd),
        sensitivity: over_classes(|class| class.sensitivity),
        precision: over_classes(|class| class.precision),
        pooled: Pooled {
            accuracy: fraction(correct, pixels),
            dice: over_classes(|class| class.pooled_dice),
            miou: over_classes(|class| class.pooled_iou),
        },
        confusion,
        per_class,
    }
}

fn summarise_class(cases: &[CaseScore], class: usize, name: String) -> ClassSummary {
    let scores = || cases.iter().filter_map(|case| case.per_class.get(class));
    let over_images = |figure: fn(&ClassScore) -> Option<f64>| mean(scores().map(figure));
    let total = |count: fn(&ClassScore) -> u64| scores().map(count).sum::<u64>();
    let pooled = ClassScore::overlap(
        total(|score| score.intersection),
        total(|score| score.truth),
        total(|score| score.prediction),
    );
    ClassSummary {
        class,
        name,
        dice: over_images(|score| score.dice),
        iou: over_images(|score| score.iou),
        hd: over_images(|score| score.hd),
        hd95: over_images(|score| score.hd95),
        nsd: over_images(|score| score.nsd),
        sensitivity: over_images(|score| score.sensitivity),
        precision: over_images(|score| score.precision),
        images: scores().filter(|score| score.dice.is_some()).count(),
        pooled_dice: pooled.map(|(dice, _)| dice),
        pooled_iou: pooled.map(|(_, iou)| iou),
    }
}

/// The mean of the present values; `None` if there are none.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (count, sum) = values
        .flatten()
        .fold((0_usize, 0.0), |(count, sum), value| {
            (count + 1, sum + value)
        });
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Labels, ScoreOptions, score_case};

    fn names() -> Vec<String> {
        ["background", "liver", "artery", "vein"]
            .map(String::from)
            .to_vec()
    }

    fn case(truth: &[u8], prediction: &[u8]) -> CaseScore {
        let labels = |classes| Labels {
            shape: [1, 1, 4],
            classes,
        };
        let options = ScoreOptions {
            classes: 4,
            ignore: Some(255),
            spacing: [1.0; 3],
            tolerance: 2.0,
        };
        score_case(labels(truth), labels(prediction), &options).expect("a sound pair")
    }

    /// Liver: Dice 1, then 0.5 (`IoU` 1/3). Artery: only in the second truth, missed. Vein: nowhere.
    fn two_cases() -> [CaseScore; 2] {
        [
            case(&[1, 1, 0, 0], &[1, 1, 0, 0]),
            case(&[1, 1, 2, 255], &[1, 0, 1, 2]),
        ]
    }

    #[test]
    fn means_run_over_images_first_and_over_foreground_classes_second() {
        let summary = summarise(&two_cases(), &names());
        assert_eq!(summary.images, 2);
        let [liver, artery, vein] = summary.per_class.as_slice() else {
            panic!("three foreground classes")
        };
        assert_eq!(
            (liver.class, liver.name.as_str(), liver.images),
            (1, "liver", 2)
        );
        assert_eq!((liver.dice, liver.iou), (Some(0.75), Some(2.0 / 3.0)));
        assert_eq!((liver.hd, liver.hd95), (Some(0.5), Some(0.475)));
        assert_eq!(
            (artery.dice, artery.hd, artery.images),
            (Some(0.0), Some(4.0), 1)
        );
        // Sensitivity 1 and 0.5, precision 1 and 0.5; the artery is in one truth and in no prediction.
        assert_eq!(
            (liver.sensitivity, liver.precision),
            (Some(0.75), Some(0.75))
        );
        assert_eq!((artery.sensitivity, artery.precision), (Some(0.0), None));
        assert_eq!(
            (vein.dice, vein.iou, vein.hd, vein.hd95, vein.images),
            (None, None, None, None, 0)
        );
        // (0.75 + 0) / 2: the absent vein is not in the mean, and neither is the background.
        assert_eq!((summary.dice, summary.miou), (Some(0.375), Some(1.0 / 3.0)));
        assert_eq!(summary.hd, Some(2.25));
        assert_eq!(summary.accuracy, Some(f64::midpoint(1.0, 1.0 / 3.0)));
    }

    #[test]
    fn pooled_figures_add_pixels_first() {
        let summary = summarise(&two_cases(), &names());
        assert_eq!(summary.pooled.accuracy, Some(5.0 / 7.0));
        // Liver: 3 shared of 4 and 4.
        assert_eq!(
            (
                summary.per_class[0].pooled_dice,
                summary.per_class[0].pooled_iou
            ),
            (Some(0.75), Some(0.6))
        );
        assert_eq!(
            (
                summary.per_class[1].pooled_dice,
                summary.per_class[2].pooled_dice
            ),
            (Some(0.0), None)
        );
        assert_eq!(
            (summary.pooled.dice, summary.pooled.miou),
            (Some(0.375), Some(0.3))
        );
        // The last pixel of the second image is ignored.
        assert_eq!(
            summary.confusion.rows(),
            [[2, 0, 0, 0], [1, 3, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
        );
    }

    #[test]
    fn an_image_with_only_ignored_pixels_does_not_change_a_mean() {
        let [first, second] = two_cases();
        let with = summarise(
            &[first.clone(), case(&[255; 4], &[0; 4]), second.clone()],
            &names(),
        );
        let without = summarise(&[first, second], &names());
        assert_eq!(
            with,
            Summary {
                images: 3,
                ..without
            }
        );
    }

    #[test]
    fn a_class_that_was_not_trained_counts_if_a_truth_contains_it() {
        let cases = [
            case(&[1, 1, 0, 0], &[1, 1, 0, 3]),
            case(&[1, 1, 2, 0], &[1, 1, 0, 0]),
        ];
        let plain = summarise(&cases, &names());
        assert_eq!(plain.dice, Some((1.0 + 0.0 + 0.0) / 3.0));
        // The vein is in neither truth, the artery in one.
        let summary = summarise_taught(&cases, &names(), &[2, 3]);
        assert_eq!(summary.dice, Some(0.5));
        assert_eq!(summary.per_class[1], plain.per_class[1]);
        let vein = &summary.per_class[2];
        assert_eq!(
            (vein.name.as_str(), vein.images, vein.dice),
            ("vein", 0, None)
        );
    }

    #[test]
    fn no_images_give_no_figures() {
        let summary = summarise(&[], &names());
        assert_eq!(
            (
                summary.images,
                summary.accuracy,
                summary.dice,
                summary.pooled.miou
            ),
            (0, None, None, None)
        );
        assert_eq!(summary.per_class.len(), 3);
    }

    #[test]
    fn classes_without_a_name_are_named_by_their_number() {
        let summary = summarise(&two_cases(), &names()[..2]);
        let called: Vec<&str> = summary
            .per_class
            .iter()
            .map(|class| class.name.as_str())
            .collect();
        assert_eq!(called, ["liver", "class 2", "class 3"]);
    }

    #[test]
    fn json_has_every_key_and_null_for_what_is_not_counted() {
        let summary = summarise(&two_cases(), &names());
        let json = serde_json::to_value(&summary).expect("plain numbers");
        let keys = |value: &serde_json::Value| -> Vec<String> {
            value
                .as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect()
        };
        let sorted = |mut wanted: Vec<&str>| {
            wanted.sort_unstable();
            wanted.into_iter().map(String::from).collect::<Vec<_>>()
        };
        let mut top = keys(&json);
        top.sort_unstable();
        assert_eq!(
            top,
            sorted(vec![
                "images",
                "accuracy",
                "dice",
                "miou",
                "hd",
                "hd95",
                "nsd",
                "sensitivity",
                "precision",
                "confusion",
                "pooled",
                "per_class"
            ])
        );
        let mut class = keys(&json["per_class"][2]);
        class.sort_unstable();
        let wanted = vec![
            "class",
            "name",
            "dice",
            "iou",
            "hd",
            "hd95",
            "nsd",
            "sensitivity",
            "precision",
            "images",
            "pooled_dice",
            "pooled_iou",
        ];
        assert_eq!(class, sorted(wanted));
        assert!(json["per_class"][2]["dice"].is_null());
        assert_eq!(
            serde_json::from_value::<Summary>(json).expect("its own output"),
            summary
        );
    }
}
