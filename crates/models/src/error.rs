//! Why a network cannot be built, or cannot take an image.

use std::fmt::Display;

/// Why a network cannot be built, or cannot take an image.
///
/// Its [`Display`] shows [`place`](Self::place), [`expected`](Self::expected) and [`found`](Self::found), without
/// [`advice`](Self::advice).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {}, found {}", self.place(), self.expected(), self.found())]
pub enum ModelError {
    /// A setting of the `[model]` section is out of range.
    Setting {
        /// The key inside `[model]`.
        key: &'static str,
        /// What is allowed.
        expected: String,
        /// The value in the recipe.
        found: String,
    },
    /// The network does not accept images of this size.
    Size {
        /// Name of the network.
        network: &'static str,
        /// Which images it accepts.
        expected: &'static str,
        /// Rows and columns of the image.
        found: [usize; 2],
        /// The nearest accepted size.
        nearest: [usize; 2],
    },
    /// A training batch would have a single image.
    LoneImage {
        /// Name of the network.
        network: &'static str,
        /// Images of a batch.
        batch: usize,
        /// Number of training images, if known.
        images: Option<usize>,
        /// The nearest batch size that leaves no image alone, if there is one.
        nearest: Option<usize>,
    },
}

impl ModelError {
    pub(crate) fn setting(
        key: &'static str,
        expected: impl Into<String>,
        found: impl Display,
    ) -> Self {
        Self::Setting {
            key,
            expected: expected.into(),
            found: found.to_string(),
        }
    }

    /// The setting or the network that the error is about.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Setting { key, .. } => format!("model.{key}"),
            Self::Size { network, .. } | Self::LoneImage { network, .. } => (*network).into(),
        }
    }

    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Setting { expected, .. } => expected.clone(),
            Self::Size { expected, .. } => (*expected).into(),
            Self::LoneImage { .. } => "at least 2 images in every training batch, since its pooled branch has one value per \
                                       image and channel to normalise"
                .into(),
        }
    }

    /// What was found instead.
    #[must_use]
    pub fn found(&self) -> String {
        match self {
            Self::Setting { found, .. } => found.clone(),
            Self::Size {
                found: [height, width],
                ..
            } => format!("{height}×{width}"),
            Self::LoneImage { batch, images, .. } => {
                let images = images.map_or(String::new(), |images| {
                    format!(" for {images} training images")
                });
                format!("train.batch_size = {batch}{images}")
            }
        }
    }

    /// What to choose instead, if known.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Setting { .. } => None,
            Self::Size {
                nearest: [height, width],
                ..
            } => Some(format!("the nearest such size is {height}×{width}")),
            Self::LoneImage { nearest, .. } => {
                nearest.map(|nearest| format!("train.batch_size = {nearest} would do"))
            }
        }
    }
}
