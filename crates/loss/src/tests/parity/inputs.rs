//! Batches and settings for comparing the passes.

use crate::config::{LossConfig, LossName, PixelRule, SigmaScope};
use crate::tests::oracle::{Case, Random};

pub(super) struct Input {
    pub(super) name: String,
    /// Saturated: 1 − cDC rounds to the same f32 for most pixels.
    pub(super) saturated: bool,
    /// Logits that are exact in 32 bits.
    pub(super) case: Case,
}

pub(super) fn input(name: impl Into<String>, mut case: Case) -> Input {
    for logit in &mut case.logits {
        *logit = f64::from(*logit as f32);
    }
    Input {
        name: name.into(),
        saturated: case.logits.iter().any(|logit| logit.abs() > 20.0),
        case,
    }
}

/// Every input that ever broke a kernel, and ordinary ones.
pub(super) fn inputs() -> Vec<Input> {
    let mut random = Random::new(71);
    let mut all = Vec::new();
    for shape in [
        [1, 2, 1, 1],
        [3, 4, 1, 1],
        [3, 2, 17, 31],
        [1, 3, 255, 257],
        [2, 6, 64, 64],
        [1, 21, 9, 71],
        [3, 13, 40, 40],
    ] {
        let name = format!("random {shape:?}");
        all.push(input(name, Case::random(&mut random, shape, 0.1)));
    }
    let shape = [3, 5, 33, 47];
    let pixels = 33 * 47;
    for (name, label) in [("empty mask", 0), ("full mask", 2), ("last class", 4)] {
        let mut case = Case::random(&mut random, shape, 0.0);
        case.labels.fill(label);
        all.push(input(name, case));
    }
    let mut absent = Case::random(&mut random, shape, 0.0);
    absent
        .labels
        .iter_mut()
        .for_each(|label| *label = *label % 2 * 3);
    all.push(input("absent classes", absent));
    let mut single = Case::random(&mut random, shape, 0.0);
    single.labels.fill(0);
    (single.labels[7], single.labels[pixels + 1500]) = (1, 3);
    all.push(input("one pixel of a class", single));
    for size in [0.01, 80.0, 1e4] {
        let mut case = Case::random(&mut random, shape, 0.1);
        case.logits
            .iter_mut()
            .for_each(|logit| *logit *= size / 4.0);
        all.push(input(format!("logits up to {size}"), case));
    }
    let mut equal = Case::random(&mut random, shape, 0.1);
    equal.logits.fill(0.25);
    all.push(input("all losses equal", equal));
    let mut ignored = Case::random(&mut random, shape, 0.3);
    ignored.labels[pixels..2 * pixels].fill(255);
    all.push(input("an image ignored", ignored));
    let mut sure = Case::random(&mut random, shape, 0.0);
    for (place, label) in sure.labels.iter().enumerate() {
        let truth = (place / pixels * 5 + *label as usize) * pixels + place % pixels;
        sure.logits[truth] += 20.0;
    }
    all.push(input("nearly nothing lost", sure));
    all
}

pub(super) fn configs(classes: usize) -> Vec<LossConfig> {
    let uneven: Vec<f64> = (0..classes).map(|class| 0.5 + class as f64).collect();
    let base = LossConfig {
        lambda_ce: 0.3,
        lambda_cdc: 0.7,
        ..LossConfig::default()
    };
    vec![
        LossConfig::default(),
        LossConfig {
            sigma: 2.0,
            class_weights: uneven.clone().into(),
            ..base.clone()
        },
        LossConfig {
            sigma_scope: SigmaScope::Image,
            ..base.clone()
        },
        LossConfig {
            pixels: PixelRule::Top,
            pixel_share: 0.1,
            class_weights: uneven.clone().into(),
            ..base.clone()
        },
        LossConfig {
            pixels: PixelRule::Top,
            pixel_share: 0.55,
            lambda_ce: 0.0,
            ..base.clone()
        },
        LossConfig {
            pixels: PixelRule::All,
            lambda_cdc: 0.0,
            ..base
        },
        LossConfig {
            name: LossName::CrossEntropy,
            class_weights: uneven.into(),
            ..LossConfig::default()
        },
        LossConfig {
            name: LossName::Focal,
            ..LossConfig::default()
        },
        LossConfig {
            name: LossName::Focal,
            focal_gamma: 0.5,
            ..LossConfig::default()
        },
    ]
}
