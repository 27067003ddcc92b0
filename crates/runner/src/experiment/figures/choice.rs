//! Which test images a figure shows. A rule decides, and nobody's eye.

use std::collections::BTreeMap;

use metrics::statistics::mean;

use crate::run_folder::cases::CaseLine;
use crate::statistics::comparison::RunCases;
use crate::statistics::patient_scores::Measure;

/// A test image of a figure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chosen {
    /// Its name.
    pub(crate) image: String,
    /// Its Dice with the baseline and with the row, each the mean over the classes that count.
    pub(crate) dice: [f64; 2],
    /// Its place among all test images.
    pub(crate) place: String,
}

/// Sorts the test images by the gain in Dice over the baseline, and takes `count` of them at equal steps from the largest gain to
/// the smallest: of three, the middle one is the median.
pub(crate) fn choose(
    [baseline, run]: [&RunCases; 2],
    measure: &Measure,
    count: usize,
) -> Vec<Chosen> {
    let of_baseline = by_image(&baseline.lines, measure);
    let mut all: Vec<(&str, [f64; 2])> = by_image(&run.lines, measure)
        .into_iter()
        .filter_map(|(image, dice)| Some((image, [*of_baseline.get(image)?, dice])))
        .collect();
    let gain = |[baseline, dice]: [f64; 2]| dice - baseline;
    // Equal gains stay in the order of the names.
    all.sort_by(|(_, one), (_, other)| gain(*other).total_cmp(&gain(*one)));
    let images = all.len();
    ranks(images, count)
        .map(|rank| Chosen {
            image: all[rank].0.to_string(),
            dice: all[rank].1,
            place: place(rank, images),
        })
        .collect()
}

/// `count` ranks of `images`, or all, at equal steps.
fn ranks(images: usize, count: usize) -> impl Iterator<Item = usize> {
    let count = count.min(images);
    (0..count).map(move |index| match count - 1 {
        0 => images / 2,
        steps => (index * (images - 1) + steps / 2) / steps,
    })
}

fn place(rank: usize, images: usize) -> String {
    match rank {
        _ if images == 1 => "the only image".into(),
        0 => "largest gain".into(),
        rank if rank == images - 1 => "smallest gain".into(),
        rank if rank == images / 2 => "median gain".into(),
        rank => format!("gain {} of {images}", rank + 1),
    }
}

fn by_image<'a>(lines: &'a [CaseLine], measure: &Measure) -> BTreeMap<&'a str, f64> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for line in lines.iter().filter(|line| measure.includes(line)) {
        if let Some(value) = line.value {
            values.entry(&line.image).or_default().push(value);
        }
    }
    let means = values.into_iter();
    means
        .filter_map(|(image, values)| Some((image, mean(&values)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::patient_scores::tests::{line, measure};

    fn run(dice: &[f64]) -> RunCases {
        let lines = dice.iter().enumerate().flat_map(|(image, dice)| {
            // The mean of the two classes is `dice`.
            ["liver", "vein"].map(|class| {
                let value = if class == "liver" {
                    dice + 0.01
                } else {
                    dice - 0.01
                };
                line("p", &format!("image{image}"), class, Some(value))
            })
        });
        RunCases {
            run: "run".into(),
            seed: 1,
            lines: lines.collect(),
        }
    }

    #[test]
    fn cases_are_at_equal_steps_from_the_largest_gain_to_the_smallest() {
        let baseline = run(&[0.5, 0.5, 0.5, 0.5, 0.5]);
        let other = run(&[0.6, 0.4, 0.55, 0.9, 0.5]);
        let of = |count| {
            let chosen = choose([&baseline, &other], &measure(None), count);
            chosen
                .iter()
                .map(|chosen| format!("{}: {}", chosen.image, chosen.place))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(3),
            [
                "image3: largest gain",
                "image2: median gain",
                "image1: smallest gain"
            ]
        );
        assert_eq!(of(1), ["image2: median gain"]);
        assert_eq!(of(9).len(), 5);
        assert_eq!(of(9)[1], "image0: gain 2 of 5");
        assert!(of(0).is_empty());
        let chosen = choose([&baseline, &other], &measure(None), 1);
        assert!((chosen[0].dice[1] - 0.55).abs() < 1e-12, "{chosen:?}");
        // An image that only one of them has cannot be compared.
        let longer = run(&[0.5; 6]);
        assert_eq!(choose([&longer, &other], &measure(None), 9).len(), 5);
        assert!(choose([&longer, &run(&[])], &measure(None), 3).is_empty());
    }
}
