//! What can be wrong with a loss's settings or values.

/// An error of the loss: what was expected, what was found and where, then what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LossError {
    /// A setting outside its range.
    #[error(
        "loss.{key}: expected {expected}, found {found}; correct `{key}` in the [loss] section of the recipe"
    )]
    Setting {
        /// The key of the `[loss]` section.
        key: &'static str,
        /// The values it may take.
        expected: String,
        /// The value it has.
        found: String,
    },
    /// An image's loss is infinite or not a number.
    #[error(
        "the loss of training image {image}: expected a finite number, found {loss}; look at that image and its labels \
         (every label a class number or the ignore value), or lower the learning rate"
    )]
    NonFinite {
        /// Index of the image in the training set.
        image: usize,
        /// The refused value.
        loss: f32,
    },
    /// An image number beyond the loss store's end.
    #[error(
        "the loss store: expected an image number below {images}, found {image}; make the store as long as the \
         training set"
    )]
    NoSuchImage {
        /// The index asked for.
        image: usize,
        /// How many images the store holds.
        images: usize,
    },
    /// The device could not answer.
    #[error("the device could not answer: {0}; try a smaller batch, or the CPU")]
    Device(String),
}
