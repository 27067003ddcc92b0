//! Why a network cannot be built, or cannot take an image.

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
    /// The image's sides cannot be halved five times, or leave the coarsest graph too few nodes.
    #[error(
        "{network} takes images whose height and width are multiples of 32 and at least 128, so that its coarsest graph has \
         more than 11 nodes; found {height}×{width}; the nearest such size is {nearest_height}×{nearest_width}"
    )]
    GraphSize {
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
    /// The windows of the two encoders do not cover the maps of an image.
    #[error(
        "{network} takes images whose height and width are multiples of {side}, so that windows of 8 pixels cover the maps of \
         its first encoder and windows of 7 those of the second; found {height}×{width}; the nearest such size is \
         {nearest_height}×{nearest_width}"
    )]
    WindowSize {
        /// Name of the network.
        network: &'static str,
        /// What sides are multiples of.
        side: usize,
        /// Rows of the image.
        height: usize,
        /// Columns of the image.
        width: usize,
        /// The nearest number of rows that fits.
        nearest_height: usize,
        /// The nearest number of columns that fits.
        nearest_width: usize,
    },
    /// A training batch would hold a single image.
    #[error(
        "{network} trains on at least 2 images at a time, since its pooled branch has one value per image and channel to \
         normalise; found {found}"
    )]
    LoneImage {
        /// Name of the network.
        network: &'static str,
        /// Where a single image would come from, and what to choose instead.
        found: String,
    },
}
