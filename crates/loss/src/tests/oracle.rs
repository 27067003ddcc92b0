//! The loss in plain f64 loops without tensors, to compare the tensor formula with.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use crate::config::{LossConfig, PixelRule, SigmaScope};

/// `SplitMix64`: enough randomness for tests, the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A batch of logits and labels.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// `[batch, class, height, width]`.
    pub(crate) shape: [usize; 4],
    pub(crate) logits: Vec<f64>,
    pub(crate) labels: Vec<i32>,
}

impl Case {
    /// Logits in ±4; a fraction of about `ignored` of the labels is 255.
    pub(crate) fn random(random: &mut Random, shape: [usize; 4], ignored: f64) -> Self {
        let [batch, classes, height, width] = shape;
        let logits = (0..batch * classes * height * width)
            .map(|_| random.uniform(-4.0, 4.0))
            .collect();
        let label = |_| {
            let class = random.below(classes) as i32;
            if random.uniform(0.0, 1.0) < ignored {
                255
            } else {
                class
            }
        };
        let labels = (0..batch * height * width).map(label).collect();
        Self {
            shape,
            logits,
            labels,
        }
    }

    pub(crate) fn pixels(&self) -> usize {
        self.shape[2] * self.shape[3]
    }

    /// In f64, with a gradient.
    pub(crate) fn logits(&self) -> Tensor<4> {
        self.logits_as(DType::F64)
    }

    pub(crate) fn logits_as(&self, dtype: DType) -> Tensor<4> {
        let data = TensorData::new(self.logits.clone(), self.shape);
        Tensor::from_data(data, (&Device::flex().autodiff(), dtype)).require_grad()
    }

    pub(crate) fn labels(&self) -> Tensor<3, Int> {
        let [batch, _, height, width] = self.shape;
        let data = TensorData::new(self.labels.clone(), [batch, height, width]);
        Tensor::from_data(data, &Device::flex().autodiff())
    }

    pub(crate) fn label(&self, image: usize, pixel: usize) -> Option<usize> {
        let label = self.labels[image * self.pixels() + pixel];
        (label != 255).then_some(label as usize)
    }

    /// The softmax of one pixel.
    pub(crate) fn probabilities(&self, image: usize, pixel: usize) -> Vec<f64> {
        let classes = self.shape[1];
        let logit = |class: usize| self.logits[(image * classes + class) * self.pixels() + pixel];
        let largest = (0..classes).map(logit).fold(f64::MIN, f64::max);
        let powers: Vec<f64> = (0..classes)
            .map(|class| (logit(class) - largest).exp())
            .collect();
        let sum: f64 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    }

    /// Each valid pixel of `image`: (pixel, class, probability of the class).
    pub(crate) fn valid_pixels(&self, image: usize) -> Vec<(usize, usize, f64)> {
        (0..self.pixels())
            .filter_map(|pixel| {
                let class = self.label(image, pixel)?;
                Some((pixel, class, self.probabilities(image, pixel)[class]))
            })
            .collect()
    }

    /// This batch with one logit changed by `step`.
    fn moved(&self, logit: usize, step: f64) -> Self {
        let mut moved = self.clone();
        moved.logits[logit] += step;
        moved
    }

    /// The gradient of `value` with respect to every logit, by central differences.
    pub(crate) fn differences(&self, value: impl Fn(&Self) -> f64) -> Vec<f64> {
        let step = 1e-5;
        (0..self.logits.len())
            .map(|logit| {
                (value(&self.moved(logit, step)) - value(&self.moved(logit, -step))) / (2.0 * step)
            })
            .collect()
    }
}

/// ℓ of every pixel of every image, 0 where ignored.
pub(crate) fn pixel_losses(case: &Case, config: &LossConfig) -> Vec<Vec<f64>> {
    (0..case.shape[0])
        .map(|image| {
            let mut losses = vec![0.0; case.pixels()];
            for (pixel, _, p) in case.valid_pixels(image) {
                let dice = 2.0 * p / (1.0 + p);
                losses[pixel] = config.lambda_ce * -p.ln() + config.lambda_cdc * (1.0 - dice);
            }
            losses
        })
        .collect()
}

/// 1 for every pixel of every image that the rule keeps, else 0.
pub(crate) fn kept_pixels(case: &Case, config: &LossConfig) -> Vec<Vec<f64>> {
    let losses = pixel_losses(case, config);
    (0..case.shape[0])
        .map(|image| {
            let losses = &losses[image];
            let valid = case.valid_pixels(image);
            let mut kept = vec![0.0; case.pixels()];
            match config.pixels {
                PixelRule::All => valid.iter().for_each(|&(pixel, _, _)| kept[pixel] = 1.0),
                PixelRule::Top => {
                    let count = (config.pixel_share * valid.len() as f64 - 1e-9).ceil() as usize;
                    let mut order: Vec<usize> = valid.iter().map(|truth| truth.0).collect();
                    // A stable sort: the earlier of equals stays first.
                    order.sort_by(|&a, &b| losses[b].total_cmp(&losses[a]));
                    order
                        .iter()
                        .take(count)
                        .for_each(|&pixel| kept[pixel] = 1.0);
                }
                PixelRule::AllButSigma => {
                    for &(pixel, class, _) in &valid {
                        let same = |other: usize| {
                            config.sigma_scope == SigmaScope::Image || other == class
                        };
                        let group: Vec<f64> = valid
                            .iter()
                            .filter(|t| same(t.1))
                            .map(|t| losses[t.0])
                            .collect();
                        let count = group.len() as f64;
                        let mean = group.iter().sum::<f64>() / count;
                        let variance =
                            group.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / count;
                        if losses[pixel] <= mean + config.sigma * variance.sqrt() + 1e-9 {
                            kept[pixel] = 1.0;
                        }
                    }
                }
            }
            kept
        })
        .collect()
}

/// L of every image.
pub(crate) fn image_losses(case: &Case, config: &LossConfig) -> Vec<f64> {
    let losses = pixel_losses(case, config);
    let kept = kept_pixels(case, config);
    (0..case.shape[0])
        .map(|image| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (pixel, class, _) in case.valid_pixels(image) {
                let weight =
                    kept[image][pixel] * config.class_weights.numbers().get(class).unwrap_or(&1.0);
                sum += weight * losses[image][pixel];
                weights += weight;
            }
            if weights > 0.0 { sum / weights } else { 0.0 }
        })
        .collect()
}

/// The largest difference between two lists.
pub(crate) fn distance(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    // `f64::max` would ignore NaN.
    differences.fold(
        0.0,
        |largest, next| if next <= largest { largest } else { next },
    )
}

/// The values of a tensor, row by row.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}
