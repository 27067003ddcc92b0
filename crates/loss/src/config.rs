//! The `[loss]` section of a recipe.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::class_weights::ClassWeights;
use crate::error::LossError;

/// Which loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossName {
    /// The selection envelope, the only one to which the pixel and image rules apply.
    #[default]
    Envelope,
    /// Mean cross-entropy of each image's pixels (with class weights, weighted mean).
    CrossEntropy,
    /// Mean cross-entropy plus soft Dice over the foreground classes, per image.
    DiceCrossEntropy,
    /// Focal loss: mean of (1−p)^γ·(−ln p).
    Focal,
    /// Unified focal loss, asymmetric (Yeung et al., arXiv 2102.04525), per image.
    UnifiedFocal,
    /// Cross-entropy of the fraction `pixel_share` of the *batch's* pixels with the largest (as nnU-Net's top-k loss).
    PixelTopK,
    /// Online hard example mining by threshold: cross-entropy of the *batch's* pixels with small p.
    Ohem,
}

impl LossName {
    /// Every loss.
    pub const ALL: [Self; 7] = [
        Self::Envelope,
        Self::CrossEntropy,
        Self::DiceCrossEntropy,
        Self::Focal,
        Self::UnifiedFocal,
        Self::PixelTopK,
        Self::Ohem,
    ];

    /// Whether the class weights apply to it.
    pub(crate) fn uses_class_weights(self) -> bool {
        matches!(self, Self::Envelope | Self::CrossEntropy)
    }
}

/// Which images contribute, by the rank of their loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageRule {
    /// All equally: empirical risk minimisation.
    Erm,
    /// The fraction `kept_images` with the largest losses, from epoch 2.
    TopK,
    /// A fraction with the largest losses, shrinking from 1 to `kept_images`.
    #[default]
    TopKDecreasing,
    /// A fraction with the smallest losses, from epoch 2, growing from `kept_images` to 1: self-paced learning (Kumar, Packer,
    /// Koller, NIPS 2010), with a linear pace.
    BottomKIncreasing,
    /// Those with a normalised rank in `window`, from epoch 2 (`[0, κ]` is Average Bottom-k).
    Window,
}

/// Which pixels of an image contribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PixelRule {
    /// All.
    All,
    /// The fraction `pixel_share` with the largest losses.
    Top,
    /// Those with ℓ ≤ μ + `sigma`·σ.
    #[default]
    AllButSigma,
}

/// Over which pixels μ and σ of [`PixelRule::AllButSigma`] are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigmaScope {
    /// All pixels of the image, as in the paper.
    Image,
    /// The image's pixels of the same true class, so that a rare class is not mistaken for noise.
    #[default]
    Class,
}

/// How an image's weight changes from 0 to 1 at the edge of the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// In one step.
    None,
    /// By a sigmoid of steepness `alpha`.
    Constant,
    /// By a sigmoid whose steepness falls geometrically from `alpha` to `alpha_end`.
    #[default]
    Decreasing,
}

/// The settings of a loss; the keys are those of a recipe's `[loss]` section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossConfig {
    /// Which loss.
    pub name: LossName,
    /// λ₁, the factor of the cross-entropy.
    pub lambda_ce: f64,
    /// λ₂, the factor of 1 − cDC.
    pub lambda_cdc: f64,
    /// Which pixels of an image contribute.
    pub pixels: PixelRule,
    /// q of the pixel rule `top` and of `pixel_top_k`.
    pub pixel_share: f64,
    /// m of the pixel rule `all_but_sigma`.
    pub sigma: f64,
    /// Over which pixels μ and σ are computed.
    pub sigma_scope: SigmaScope,
    /// Which images contribute.
    pub images: ImageRule,
    /// κ, or κ at the last epoch; of `bottom_k_increasing` at the first that selects.
    pub kept_images: f64,
    /// `[a, b]` of the image rule `window`, on the normalised rank.
    pub window: [f64; 2],
    /// How the edge of the image selection is smoothed.
    pub smoothing: Smoothing,
    /// α, the sigmoid's steepness on the normalised rank.
    pub alpha: f64,
    /// α at the last epoch of `decreasing`.
    pub alpha_end: f64,
    /// Images with a weight below this may skip their step; 0 disables it.
    pub skip_below: f64,
    /// No image is skipped in every `refresh_every`-th epoch, which refreshes all ranks.
    pub refresh_every: usize,
    /// A weight per class (empty: all 1), or the rule that makes them of the training labels.
    pub class_weights: ClassWeights,
    /// The label of ignored pixels.
    pub ignore: i32,
    /// γ of `focal`.
    pub focal_gamma: f64,
    /// `ohem` keeps the pixels whose true class has a probability below this …
    pub ohem_threshold: f64,
    /// … and, of the batch's pixels, about this many at least.
    pub ohem_min_kept: usize,
}

impl Default for LossConfig {
    fn default() -> Self {
        Self {
            name: LossName::default(),
            lambda_ce: 1.0,
            lambda_cdc: 1.0,
            pixels: PixelRule::default(),
            pixel_share: 0.1,
            sigma: 1.0,
            sigma_scope: SigmaScope::default(),
            images: ImageRule::default(),
            kept_images: 0.5,
            window: [0.0, 1.0],
            smoothing: Smoothing::default(),
            alpha: 100.0,
            alpha_end: 10.0,
            skip_below: 0.0,
            refresh_every: 5,
            class_weights: ClassWeights::default(),
            ignore: 255,
            focal_gamma: 2.0,
            ohem_threshold: 0.7,
            ohem_min_kept: 10_000,
        }
    }
}

impl LossConfig {
    /// Whether every setting is in its range, for a network of `classes` classes.
    ///
    /// # Errors
    /// [`LossError::Setting`] for the first key out of range, with the allowed and the given value.
    pub fn validate(&self, classes: usize) -> Result<(), LossError> {
        if classes < 2 {
            return Err(setting(
                "classes",
                "at least 2 (background is one)",
                classes,
            ));
        }
        at_least_zero("lambda_ce", self.lambda_ce)?;
        at_least_zero("lambda_cdc", self.lambda_cdc)?;
        if self.name == LossName::Envelope && self.lambda_ce + self.lambda_cdc <= 0.0 {
            return Err(setting(
                "lambda_ce",
                "lambda_ce or lambda_cdc above 0",
                "both 0",
            ));
        }
        fraction("pixel_share", self.pixel_share)?;
        at_least_zero("sigma", self.sigma)?;
        fraction("kept_images", self.kept_images)?;
        let [low, high] = self.window;
        if !(0.0 <= low && low < high && high <= 1.0) {
            let found = format!("[{low}, {high}]");
            return Err(setting("window", "[a, b] with 0 ≤ a < b ≤ 1", found));
        }
        above_zero("alpha", self.alpha)?;
        above_zero("alpha_end", self.alpha_end)?;
        if self.smoothing == Smoothing::Decreasing && self.alpha_end > self.alpha {
            let expected = format!(
                "at most alpha = {}, since smoothing is \"decreasing\"",
                self.alpha
            );
            return Err(setting("alpha_end", expected, self.alpha_end));
        }
        if !(0.0..1.0).contains(&self.skip_below) {
            return Err(setting("skip_below", "0 (off) to below 1", self.skip_below));
        }
        if self.refresh_every == 0 {
            return Err(setting("refresh_every", "at least 1 epoch", 0));
        }
        self.validate_class_weights(classes)?;
        if usize::try_from(self.ignore).is_ok_and(|ignore| ignore < classes) {
            let expected = format!("no class number (0 to {})", classes - 1);
            return Err(setting("ignore", expected, self.ignore));
        }
        at_least_zero("focal_gamma", self.focal_gamma)?;
        if !(0.0..=1.0).contains(&self.ohem_threshold) {
            return Err(setting(
                "ohem_threshold",
                "a probability, 0 to 1",
                self.ohem_threshold,
            ));
        }
        Ok(())
    }

    fn validate_class_weights(&self, classes: usize) -> Result<(), LossError> {
        let found = || self.class_weights.to_string();
        let unused = "none, since only `envelope` and `cross_entropy` use class weights";
        let weights = match &self.class_weights {
            ClassWeights::Numbers(weights) if weights.is_empty() => return Ok(()),
            ClassWeights::Numbers(weights) => weights,
            ClassWeights::InverseSqrt if self.name.uses_class_weights() => return Ok(()),
            ClassWeights::InverseSqrt => return Err(setting("class_weights", unused, found())),
        };
        if weights.len() != classes {
            let expected = format!("one weight for each of {classes} classes, or none");
            return Err(setting("class_weights", expected, found()));
        }
        if !weights.iter().all(|w| w.is_finite() && *w >= 0.0) || weights.iter().all(|w| *w == 0.0)
        {
            let expected = "finite numbers of at least 0, one of them above 0";
            return Err(setting("class_weights", expected, found()));
        }
        // A weight that the loss would silently omit is refused.
        if !self.name.uses_class_weights() && *weights != vec![1.0; classes] {
            return Err(setting("class_weights", unused, found()));
        }
        Ok(())
    }
}

pub(crate) fn setting(
    key: &'static str,
    expected: impl Into<String>,
    found: impl Display,
) -> LossError {
    LossError::Setting {
        key,
        expected: expected.into(),
        found: found.to_string(),
    }
}

fn at_least_zero(key: &'static str, value: f64) -> Result<(), LossError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(setting(key, "a finite number of at least 0", value))
}

fn above_zero(key: &'static str, value: f64) -> Result<(), LossError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(setting(key, "a finite number above 0", value))
}

fn fraction(key: &'static str, value: f64) -> Result<(), LossError> {
    if value > 0.0 && value <= 1.0 {
        return Ok(());
    }
    Err(setting(key, "a fraction above 0 and at most 1", value))
}

#[cfg(test)]
mod tests;
