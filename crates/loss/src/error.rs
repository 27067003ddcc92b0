//! Errors of a loss's settings or values.

/// An error of the loss.
///
/// Its `Display` shows [`place`](Self::place), [`expected`](Self::expected) and [`found`](Self::found), without
/// [`advice`](Self::advice).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}: expected {}, found {}", self.place(), self.expected(), self.found())]
pub enum LossError {
    /// A setting outside its range.
    Setting {
        /// The key of the `[loss]` section.
        key: &'static str,
        /// The values it may take.
        expected: String,
        /// The value it has.
        found: String,
    },
    /// An image's loss is infinite or not a number.
    NonFinite {
        /// Index of the image in the training set.
        image: usize,
        /// The refused value.
        loss: f32,
    },
    /// An image number beyond the loss store's end.
    NoSuchImage {
        /// The requested index.
        image: usize,
        /// Number of images in the store.
        images: usize,
    },
    /// The device failed, with its own message.
    #[error("the device could not compute the loss: {0}")]
    Device(String),
}

impl LossError {
    /// The setting, image, loss store or device that the error is about.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Setting { key, .. } => format!("loss.{key}"),
            Self::NonFinite { image, .. } => format!("the loss of training image {image}"),
            Self::NoSuchImage { .. } => "the loss store".into(),
            Self::Device(_) => "the device".into(),
        }
    }

    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Setting { expected, .. } => expected.clone(),
            Self::NonFinite { .. } => "a finite number".into(),
            Self::NoSuchImage { images, .. } => format!("an image number below {images}"),
            Self::Device(_) => "a result".into(),
        }
    }

    /// What was found instead.
    #[must_use]
    pub fn found(&self) -> String {
        match self {
            Self::Setting { found, .. } => found.clone(),
            Self::NonFinite { loss, .. } => loss.to_string(),
            Self::NoSuchImage { image, .. } => image.to_string(),
            Self::Device(error) => error.clone(),
        }
    }

    /// What to do; `None` for a setting, which is to be changed.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Setting { .. } => None,
            Self::NonFinite { .. } => Some(
                "look at the image and its labels (`selvedge data check`), or lower optimizer.learning_rate",
            ),
            Self::NoSuchImage { .. } => Some("make the store as long as the training set"),
            Self::Device(_) => Some("try a smaller batch, or the CPU"),
        }
    }
}
