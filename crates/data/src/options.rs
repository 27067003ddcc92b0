//! The settings of a data set: the `[data]` section of a recipe.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{DataError, VolumeNormalise};

/// How a data set is laid out on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Cardiac MRI: the volumes of the ACDC challenge, or the arrays made of them.
    Acdc,
    /// Burn photographs with index masks, a `dataset.json` and a `cases.csv`.
    Bamsi,
    /// Any folder of pictures and label images with the same names.
    #[default]
    Folder,
}

impl Kind {
    /// The name used in recipes and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acdc => "acdc",
            Self::Bamsi => "bamsi",
            Self::Folder => "folder",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Acdc, Self::Bamsi, Self::Folder]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("expected acdc, bamsi or folder, found {text:?}"))
    }
}

/// A part of a data set with a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// What the network learns from.
    Train,
    /// What the best epoch is chosen by.
    Validation,
    /// What is scored at the end, and never looked at before.
    Test,
}

impl Split {
    /// All three, in the order of use.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The name used in tables, folders and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|split| split.as_str() == text)
            .ok_or_else(|| format!("expected train, validation or test, found {text:?}"))
    }
}

/// How a data set is to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataOptions {
    /// The layout.
    pub kind: Kind,
    /// Names of the classes, the first being the background. Empty: those of `dataset.json` (`bamsi`), or background and
    /// foreground (`folder`).
    pub classes: Vec<String>,
    /// What the values in the label files mean: a grey value or palette index such as `"128"`, or a colour such as `"255,0,0"`,
    /// to a class number or to [`ignore`](Self::ignore). Empty: values are class numbers; and for a `folder` of two classes,
    /// files that hold only 0 and 255 are read as background and foreground.
    pub label_values: BTreeMap<String, u8>,
    /// The class number that marks pixels to be left out.
    pub ignore: u8,
    /// Share of the patients put aside for validation where the data set itself does not say.
    pub validation_share: f64,
    /// Share of the patients put aside for testing where the data set itself does not say.
    pub test_share: f64,
    /// Seed of that choice.
    pub split_seed: u64,
    /// `acdc`: whether the challenge's hundred training patients, where all are there, are split by the lists that published
    /// results use (70 to train, 10 to validate, 20 to test on) and not drawn.
    pub published_split: bool,
    /// Volumes: how their grey values become 0..=1.
    pub volume_normalise: VolumeNormalise,
    /// If not 0: train, validation and test are all the same first images by stem, this many. For trying out whether a
    /// network can learn at all; its scores say nothing about new images.
    pub overfit: usize,
    /// If not 0: the inside of each labelled structure is blurred, by a deviation of this share of the image's shorter side,
    /// for training, validation and test alike, so that the picture agrees with its labels (Florea et al. 2025, Section
    /// 5.2). For finding out whether a rule that sets pixels aside helps because of wrong labels; its scores say nothing
    /// about photographs as they are.
    pub homogenise: f64,
}

impl Default for DataOptions {
    fn default() -> Self {
        Self {
            kind: Kind::default(),
            classes: Vec::new(),
            label_values: BTreeMap::new(),
            ignore: 255,
            validation_share: 0.15,
            test_share: 0.2,
            split_seed: 0,
            published_split: true,
            volume_normalise: VolumeNormalise::default(),
            overfit: 0,
            homogenise: 0.0,
        }
    }
}

impl DataOptions {
    /// Whether the shares can be: each from 0 to 1, and together below 1.
    pub(crate) fn check_shares(&self, root: &Path) -> Result<(), DataError> {
        let shares = [self.validation_share, self.test_share];
        if shares.iter().all(|share| (0.0..1.0).contains(share)) && shares.iter().sum::<f64>() < 1.0
        {
            return Ok(());
        }
        Err(DataError::new(
            root,
            "data.validation_share and data.test_share of at least 0 and together below 1",
            format!("{} and {}", self.validation_share, self.test_share),
            "change them in the recipe",
        ))
    }
}
