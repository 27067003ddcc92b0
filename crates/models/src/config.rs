//! The `[model]` section of a recipe, and what can be said of a network before it is built.

use serde::{Deserialize, Serialize};

/// Names of the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkName {
    /// U-Net with transposed convolutions (Ronneberger et al. 2015), as the authors of UNet 3+ built it.
    UNet,
    /// UNet 3+ with full-scale skip connections (Huang et al., ICASSP 2020).
    #[default]
    UNet3Plus,
}

impl NetworkName {
    /// Every network, in the order that lists show.
    pub const ALL: [Self; 2] = [Self::UNet, Self::UNet3Plus];

    /// The name as recipes spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UNet => "unet",
            Self::UNet3Plus => "unet3plus",
        }
    }
}

/// What a recipe says of its network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// Which network.
    pub name: NetworkName,
    /// Channels of the first level; the published networks have 64, and each level below twice as many.
    pub width: usize,
    /// UNet 3+: a head on every level of the decoder, each of them trained.
    pub deep_supervision: bool,
    /// UNet 3+ with deep supervision: a classifier on the deepest map says whether the image holds any foreground, and
    /// silences the heads where it does not (at evaluation; in training it learns beside them).
    pub classification_guided: bool,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            name: NetworkName::default(),
            width: 64,
            deep_supervision: false,
            classification_guided: false,
        }
    }
}

/// Why a network cannot be built, or cannot take an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A setting of the `[model]` section is out of range.
    #[error("model.{key}: expected {expected}, found {found}")]
    Setting {
        /// The key inside `[model]`.
        key: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// What the recipe says.
        found: String,
    },
    /// The image's sides cannot be halved four times.
    #[error(
        "{network} takes images whose height and width are multiples of 16, found {height}×{width}; \
         the nearest such size is {nearest_height}×{nearest_width}"
    )]
    Size {
        /// Name of the network.
        network: &'static str,
        /// Rows of the image.
        height: usize,
        /// Columns of the image.
        width: usize,
        /// The nearest number of rows that fits.
        nearest_height: usize,
        /// The nearest number of columns that fits.
        nearest_width: usize,
    },
}

impl ModelConfig {
    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// The first setting out of range, with what is allowed.
    pub fn validate(&self, classes: usize) -> Result<(), ModelError> {
        let wrong = |key, expected, found: String| {
            Err(ModelError::Setting {
                key,
                expected,
                found,
            })
        };
        if !(1..=512).contains(&self.width) {
            return wrong("width", "1 to 512 channels", self.width.to_string());
        }
        if classes < 2 {
            return wrong(
                "classes",
                "at least 2, background included",
                classes.to_string(),
            );
        }
        let three_plus = self.name == NetworkName::UNet3Plus;
        if self.deep_supervision && !three_plus {
            return wrong(
                "deep_supervision",
                "false for any network but unet3plus",
                "true".into(),
            );
        }
        if self.classification_guided && !(three_plus && self.deep_supervision) {
            return wrong(
                "classification_guided",
                "false unless name = \"unet3plus\" and deep_supervision = true",
                "true".into(),
            );
        }
        Ok(())
    }

    /// Checks that the network can take images of this size.
    ///
    /// # Errors
    ///
    /// [`ModelError::Size`], with the nearest size that fits.
    pub fn check_size(&self, height: usize, width: usize) -> Result<(), ModelError> {
        let fits = |side: usize| side >= 16 && side.is_multiple_of(16);
        if fits(height) && fits(width) {
            return Ok(());
        }
        let nearest = |side: usize| ((side + 8) / 16 * 16).max(16);
        Err(ModelError::Size {
            network: self.name.as_str(),
            height,
            width,
            nearest_height: nearest(height),
            nearest_width: nearest(width),
        })
    }
}
