//! Settings of the passes, and the interpretation of a pixel rule's bounds.

use crate::config::{LossConfig, LossName, PixelRule, SigmaScope};

/// The loss of one pixel, as a function of p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum PixelTerm {
    /// λ₁·(−ln p) + λ₂·(1 − p)/(1 + p).
    Envelope {
        /// λ₁.
        lambda_ce: f32,
        /// λ₂.
        lambda_cdc: f32,
    },
    /// (1 − p)^γ·(−ln p), γ above 0.
    Focal {
        /// γ.
        gamma: f32,
    },
}

/// Which pixels are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    All,
    /// ℓ ≤ μ + m·σ.
    Sigma {
        /// m.
        multiple: f32,
        /// μ and σ of each class, not of the image.
        by_class: bool,
    },
    /// The ⌈share·P⌉ largest.
    Top {
        /// q.
        share: f64,
    },
}

/// Settings of the three passes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EnvelopeSettings {
    pub(crate) term: PixelTerm,
    pub(crate) rule: Rule,
    pub(crate) ignore: i32,
    /// w, one for each class.
    pub(crate) class_weights: Vec<f32>,
}

impl EnvelopeSettings {
    /// `None` for losses of another form: of overlaps, or of all the batch's pixels together.
    pub(crate) fn new(config: &LossConfig, classes: usize) -> Option<Self> {
        let cross_entropy = PixelTerm::Envelope {
            lambda_ce: 1.0,
            lambda_cdc: 0.0,
        };
        let (term, rule) = match config.name {
            LossName::Envelope => {
                let term = PixelTerm::Envelope {
                    lambda_ce: config.lambda_ce as f32,
                    lambda_cdc: config.lambda_cdc as f32,
                };
                let rule = match config.pixels {
                    PixelRule::All => Rule::All,
                    PixelRule::Top => Rule::Top {
                        share: config.pixel_share,
                    },
                    PixelRule::AllButSigma => Rule::Sigma {
                        multiple: config.sigma as f32,
                        by_class: config.sigma_scope == SigmaScope::Class,
                    },
                };
                (term, rule)
            }
            LossName::CrossEntropy => (cross_entropy, Rule::All),
            LossName::Focal if config.focal_gamma == 0.0 => (cross_entropy, Rule::All),
            LossName::Focal => {
                let gamma = config.focal_gamma as f32;
                (PixelTerm::Focal { gamma }, Rule::All)
            }
            _ => return None,
        };
        let weighted = config.name.uses_class_weights();
        let class_weights = if weighted && !config.class_weights.numbers().is_empty() {
            config
                .class_weights
                .numbers()
                .iter()
                .map(|&w| w as f32)
                .collect()
        } else {
            vec![1.0; classes]
        };
        Some(Self {
            term,
            rule,
            ignore: config.ignore,
            class_weights,
        })
    }

    pub(crate) fn classes(&self) -> usize {
        self.class_weights.len()
    }

    /// Number of groups of an image's pixels for which μ and σ are computed.
    pub(crate) fn groups(&self) -> usize {
        match self.rule {
            Rule::Sigma { by_class: true, .. } => self.classes(),
            Rule::Sigma { .. } => 1,
            Rule::All | Rule::Top { .. } => 0,
        }
    }

    /// The 32-bit words of `Settings` in `shaders/envelope/shared/settings.wgsl`.
    pub(crate) fn kernel_words(&self, [batch, pixels, chunks]: [usize; 3], round: u32) -> Vec<u32> {
        let (kind, first, second) = match self.term {
            PixelTerm::Envelope {
                lambda_ce,
                lambda_cdc,
            } => (0, lambda_ce, lambda_cdc),
            PixelTerm::Focal { gamma } => (1, gamma, 0.0),
        };
        let (rule, multiple, share) = match self.rule {
            Rule::All => (0, 0.0, 0),
            Rule::Sigma { multiple, .. } => (1, multiple, 0),
            // 1 becomes the largest fraction below 1, which also keeps all.
            Rule::Top { share } => (2, 0.0, (share * 2.0_f64.powi(64)) as u64),
        };
        let mut words = vec![
            batch as u32,
            self.classes() as u32,
            pixels as u32,
            chunks as u32,
            self.groups() as u32,
            rule,
            kind,
            self.ignore as u32,
            first.to_bits(),
            second.to_bits(),
            multiple.to_bits(),
            (share >> 32) as u32,
            share as u32,
            round,
        ];
        words.extend(self.class_weights.iter().map(|weight| weight.to_bits()));
        words
    }
}

/// Decides which pixels are kept, by the bounds of the first pass.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    rule: Rule,
    groups: usize,
    /// Two numbers for each image and group: the bits of the largest kept loss (σ), or the bits of the smallest kept loss and
    /// the last kept pixel with it (top). Losses are not negative, so their bits have the order of their values.
    bounds: Vec<u32>,
}

impl Choice {
    pub(crate) fn new(settings: &EnvelopeSettings, bounds: Vec<u32>) -> Self {
        Self {
            rule: settings.rule,
            groups: settings.groups(),
            bounds,
        }
    }

    /// Whether a valid pixel is kept.
    pub(crate) fn keeps(&self, image: usize, class: usize, pixel: usize, loss: f32) -> bool {
        match self.rule {
            Rule::All => true,
            // NaN is kept, so that it reaches the result.
            Rule::Sigma { .. } => {
                let beyond = loss > self.largest(image, class);
                !beyond
            }
            Rule::Top { .. } => {
                let (smallest, last) = (self.bounds[2 * image], self.bounds[2 * image + 1]);
                let bits = loss.abs().to_bits();
                bits > smallest || (bits == smallest && pixel as u32 <= last)
            }
        }
    }

    /// The largest kept loss of an image's class, for every rule except `top`.
    pub(crate) fn largest(&self, image: usize, class: usize) -> f32 {
        match self.rule {
            Rule::Sigma { by_class, .. } => {
                let group = if by_class { class } else { 0 };
                f32::from_bits(self.bounds[2 * (image * self.groups + group)])
            }
            Rule::All | Rule::Top { .. } => f32::INFINITY,
        }
    }
}
