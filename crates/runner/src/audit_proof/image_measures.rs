//! How well each score of images finds labels that are wrong as a whole, and how well it orders all images by how wrong they are.

use std::collections::BTreeMap;

use audit::measures::{EffortCurve, Look, Point, Ranking, grouped_interval, spearman};
use audit::ranking::mean_rank;
use data::GrossError;
use rayon::prelude::*;
use serde::Serialize;

use crate::audit_proof::lists::ImageScores;
use crate::audit_proof::truth::ImageTruth;

/// The score that the audit ranks by, as a score of its own.
pub(crate) const DEFAULT: &str = "default";
/// The order that costs nothing.
pub(crate) const RANDOM: &str = "random";
/// The score that everyone has: the image's loss at the end of training.
pub(crate) const LOSS: &str = "final_loss";
/// The negative control: training prefers hard images, which need not be wrong.
pub(crate) const WEIGHT: &str = "weight";

/// The fractions of the images at which the precision is given.
pub(crate) const WORST: [f64; 2] = [0.05, 0.1];

/// A score of all images, higher for the more doubtful; NaN where there is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Score {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

/// Scores that are also tried together, by their mean rank.
const TOGETHER: [&[&str]; 3] = [
    &["softmin", "component"],
    &["softmin", "confident"],
    &["softmin", "confident", "component"],
];

/// The default, the scores that the audit has, and some of them together.
pub(crate) fn scores(names: &[String], images: &[ImageScores]) -> Vec<Score> {
    let columns = names.iter().enumerate().map(|(column, name)| Score {
        name: name.clone(),
        values: images.iter().map(|row| row.scores[column]).collect(),
    });
    let default = Score {
        name: DEFAULT.into(),
        values: images.iter().map(|row| -row.rank).collect(),
    };
    let mut scores: Vec<Score> = [default]
        .into_iter()
        .chain(columns)
        .filter(|score| score.values.iter().any(|value| !value.is_nan()))
        .collect();
    let together: Vec<Score> = TOGETHER
        .iter()
        .filter_map(|names| together(names, &scores))
        .collect();
    scores.extend(together);
    scores
}

/// The mean rank of several scores; none if one of them is not there.
fn together(names: &[&str], scores: &[Score]) -> Option<Score> {
    let column = |name: &&str| {
        let score = scores.iter().find(|score| score.name == *name)?;
        let values = score.values.iter();
        let values = values.map(|value| (!value.is_nan()).then_some(*value));
        Some(values.collect::<Vec<Option<f64>>>())
    };
    let columns: Option<Vec<Vec<Option<f64>>>> = names.iter().map(column).collect();
    let columns = columns?;
    let columns: Vec<&[Option<f64>]> = columns.iter().map(Vec::as_slice).collect();
    let values = mean_rank(&columns).into_iter();
    Some(Score {
        name: names.join(" + "),
        values: values.map(|value| value.unwrap_or(f64::NAN)).collect(),
    })
}

/// Labels that are wrong as a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct GrossMeasures {
    /// Images with such a label.
    pub(crate) wrong: usize,
    /// Their fraction: the average precision of a random order.
    pub(crate) prevalence: f64,
    /// The precision among the worst 5 % and 10 % that the best order would have.
    pub(crate) best_precision: [f64; 2],
    /// Each score.
    pub(crate) scores: Vec<GrossScore>,
    /// For each kind of error, its images and the AUROC of each score against the images without any.
    pub(crate) kinds: Vec<GrossKind>,
}

/// How well a score finds labels that are wrong as a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct GrossScore {
    pub(crate) score: String,
    pub(crate) auroc: Option<f64>,
    pub(crate) average_precision: Option<f64>,
    /// Among the worst 5 % and 10 %.
    pub(crate) precision: [Option<f64>; 2],
    /// Area under the effort curve: 0.5 for a random order.
    pub(crate) effort: Option<f64>,
    /// Differences from the final loss; none where the audit lacks it, and for the loss itself.
    pub(crate) against_loss: Option<Against>,
}

/// Differences of a score's measures from another's, with 95 % intervals over patients.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Against {
    pub(crate) auroc: Option<Difference>,
    pub(crate) average_precision: Option<Difference>,
}

/// A difference and its interval; none with a single patient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Difference {
    pub(crate) value: f64,
    pub(crate) ci95: Option<[f64; 2]>,
}

/// One kind of gross error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct GrossKind {
    pub(crate) kind: GrossError,
    pub(crate) wrong: usize,
    /// By name of the score.
    pub(crate) auroc: BTreeMap<String, Option<f64>>,
}

/// Measures how well labels are found that are wrong as a whole. None if there are none.
pub(crate) fn gross_measures(
    scores: &[Score],
    truths: &[&ImageTruth],
    patients: &[&str],
) -> Option<GrossMeasures> {
    let wrong: Vec<bool> = truths.iter().map(|truth| truth.is_grossly_wrong).collect();
    let count = wrong.iter().filter(|wrong| **wrong).count();
    if count == 0 {
        return None;
    }
    let ranking = |values: &[f64], drawn: &[usize]| {
        Ranking::new(drawn.iter().map(|&index| (values[index], wrong[index])))
    };
    let all: Vec<usize> = (0..truths.len()).collect();
    let loss = scores.iter().find(|score| score.name == LOSS);
    let measured = scores.par_iter().map(|score| {
        let own = ranking(&score.values, &all);
        let against_loss = loss.filter(|loss| loss.name != score.name).map(|loss| {
            let difference = |measure: fn(&Ranking) -> Option<f64>| {
                let of = |drawn: &[usize]| {
                    let own = measure(&ranking(&score.values, drawn))?;
                    Some(own - measure(&ranking(&loss.values, drawn))?)
                };
                Some(Difference {
                    value: of(&all)?,
                    ci95: grouped_interval(patients, of),
                })
            };
            Against {
                auroc: difference(Ranking::auroc),
                average_precision: difference(|ranking| ranking.average_precision(0)),
            }
        });
        GrossScore {
            score: score.name.clone(),
            auroc: own.auroc(),
            average_precision: own.average_precision(0),
            precision: WORST.map(|share| own.precision_at(share)),
            effort: gross_curve(&score.values, truths).map(|curve| curve.area()),
            against_loss,
        }
    });
    let mut measured: Vec<GrossScore> = measured.collect();
    let prevalence = count as f64 / truths.len() as f64;
    measured.push(random_order(prevalence));
    let of_any = ranking(&vec![0.0; truths.len()], &all);
    Some(GrossMeasures {
        wrong: count,
        prevalence,
        best_precision: WORST.map(|share| of_any.best_precision_at(share).unwrap_or(0.0)),
        scores: measured,
        kinds: kinds(scores, truths),
    })
}

/// What a random order has on average.
fn random_order(prevalence: f64) -> GrossScore {
    GrossScore {
        score: RANDOM.into(),
        auroc: Some(0.5),
        average_precision: Some(prevalence),
        precision: [Some(prevalence); 2],
        effort: Some(0.5),
        against_loss: None,
    }
}

fn kinds(scores: &[Score], truths: &[&ImageTruth]) -> Vec<GrossKind> {
    let of_kind = |kind| {
        let own = |truth: &ImageTruth| truth.gross == Some(kind);
        let wrong = truths.iter().filter(|truth| own(truth)).count();
        // The other kinds are neither right nor what is looked for.
        let auroc = |score: &Score| {
            let items = score.values.iter().zip(truths);
            let items = items.filter(|(_, truth)| own(truth) || !truth.is_grossly_wrong);
            let items = items.map(|(value, truth)| (*value, own(truth)));
            (score.name.clone(), Ranking::new(items).auroc())
        };
        (wrong > 0).then(|| GrossKind {
            kind,
            wrong,
            auroc: scores.iter().map(auroc).collect(),
        })
    };
    GrossError::ALL.into_iter().filter_map(of_kind).collect()
}

/// How well a score orders images by how wrong their labels are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct DoubtScore {
    pub(crate) score: String,
    /// Spearman's correlation with 1 − Dice of the label against the clean one.
    pub(crate) spearman: Option<f64>,
    /// Area under the curve of wrong pixels found against images looked at.
    pub(crate) effort: Option<f64>,
}

/// Measures each score against how wrong the labels are.
pub(crate) fn doubt_measures(scores: &[Score], truths: &[&ImageTruth]) -> Vec<DoubtScore> {
    let measured = scores.iter().map(|score| {
        let wrongness = truths.iter().map(|truth| 1.0 - truth.differences.dice);
        DoubtScore {
            score: score.name.clone(),
            spearman: spearman(score.values.iter().copied().zip(wrongness)),
            effort: pixel_curve(&score.values, truths).map(|curve| curve.area()),
        }
    });
    measured.collect()
}

/// The effort curve of a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Curve {
    pub(crate) score: String,
    /// Fractions of the images looked at, and of the errors found.
    pub(crate) points: Vec<Point>,
}

/// The effort curves of all scores: for labels that are wrong as a whole, and for wrong pixels.
pub(crate) fn curves(scores: &[Score], truths: &[&ImageTruth]) -> [Vec<Curve>; 2] {
    let of = |curve: fn(&[f64], &[&ImageTruth]) -> Option<EffortCurve>| {
        let curves = scores.iter().filter_map(|score| {
            Some(Curve {
                score: score.name.clone(),
                points: curve(&score.values, truths)?.points,
            })
        });
        curves.collect()
    };
    [of(gross_curve), of(pixel_curve)]
}

fn gross_curve(values: &[f64], truths: &[&ImageTruth]) -> Option<EffortCurve> {
    let found = |truth: &ImageTruth| f64::from(u8::from(truth.is_grossly_wrong));
    effort_curve(values, truths, found)
}

fn pixel_curve(values: &[f64], truths: &[&ImageTruth]) -> Option<EffortCurve> {
    effort_curve(values, truths, |truth| truth.differences.wrong as f64)
}

fn effort_curve(
    values: &[f64],
    truths: &[&ImageTruth],
    found: impl Fn(&ImageTruth) -> f64,
) -> Option<EffortCurve> {
    EffortCurve::new(values.iter().zip(truths).map(|(&score, truth)| Look {
        score,
        cost: 1.0,
        found: found(truth),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 40 images of 20 patients, of which every tenth is wrong.
    fn truths() -> Vec<ImageTruth> {
        (0..40)
            .map(|index| ImageTruth {
                is_grossly_wrong: index % 10 == 0,
                gross: (index % 10 == 0).then_some(GrossError::ALL[index / 10]),
                ..ImageTruth::default()
            })
            .collect()
    }

    fn score(name: &str, value: impl Fn(usize) -> f64) -> Score {
        Score {
            name: name.into(),
            values: (0..40).map(value).collect(),
        }
    }

    #[test]
    fn a_score_that_finds_everything_is_better_than_the_loss() {
        let truths = truths();
        let truths: Vec<&ImageTruth> = truths.iter().collect();
        let patients: Vec<String> = (0..40).map(|index| (index / 2).to_string()).collect();
        let patients: Vec<&str> = patients.iter().map(String::as_str).collect();
        let scores = [
            score("perfect", |index| f64::from(u8::from(index % 10 == 0))),
            score(LOSS, |index| (index * 17 % 40) as f64),
        ];
        let found = gross_measures(&scores, &truths, &patients).expect("wrong labels");
        assert_eq!((found.wrong, found.prevalence), (4, 0.1));
        assert!(
            found
                .best_precision
                .iter()
                .all(|best| (best - 1.0).abs() < 1e-12)
        );
        let perfect = &found.scores[0];
        assert_eq!(perfect.auroc, Some(1.0));
        assert_eq!(perfect.precision, [Some(1.0); 2]);
        let against = perfect.against_loss.as_ref().expect("the loss is there");
        let difference = against.average_precision.expect("a difference");
        let [low, high] = difference.ci95.expect("20 patients");
        assert!(0.0 < low && low <= difference.value && difference.value <= high);
        assert_eq!(found.scores[1].against_loss, None);
        let names: Vec<&str> = found.scores.iter().map(|one| one.score.as_str()).collect();
        assert_eq!(names, ["perfect", LOSS, RANDOM]);
        assert_eq!(found.kinds.len(), 4);
        for kind in &found.kinds {
            assert_eq!((kind.wrong, kind.auroc["perfect"]), (1, Some(1.0)));
        }
        let right = ImageTruth::default();
        assert_eq!(gross_measures(&scores, &[&right; 40], &patients), None);
    }

    #[test]
    fn columns_without_a_number_are_no_scores() {
        let row = |rank: f64, one: f64| ImageScores {
            image: rank.to_string(),
            patient: String::new(),
            scores: vec![one, f64::NAN],
            rank,
        };
        let found = scores(
            &["softmin".into(), "margin".into()],
            &[row(2.0, 0.1), row(1.0, f64::NAN)],
        );
        let names: Vec<&str> = found.iter().map(|score| score.name.as_str()).collect();
        assert_eq!(names, [DEFAULT, "softmin"]);
        assert_eq!(found[0].values, [-2.0, -1.0]);
    }

    #[test]
    fn scores_are_also_tried_together() {
        let row = |rank: f64, one: f64, other: f64| ImageScores {
            image: rank.to_string(),
            patient: String::new(),
            scores: vec![one, other],
            rank,
        };
        let rows = [row(1.0, 0.9, 5.0), row(2.0, 0.5, 7.0), row(3.0, 0.1, 1.0)];
        let found = scores(&["softmin".into(), "component".into()], &rows);
        let last = found.last().expect("scores");
        assert_eq!(last.name, "softmin + component");
        // Ranks 1 and 2, 2 and 1, 3 and 3, of three each.
        for (value, expected) in last.values.iter().zip([-0.5, -0.5, -1.0]) {
            assert!((value - expected).abs() < 1e-12, "{:?}", last.values);
        }
        assert!(!found.iter().any(|score| score.name.contains("confident")));
    }
}
