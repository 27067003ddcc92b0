//! The names of the layouts of data sets.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownName;

/// The name of a layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayoutName {
    /// Cardiac MRI: the volumes of the ACDC challenge, or the arrays made of them.
    Acdc,
    /// Burn photographs with index masks, a `dataset.json` and a `cases.csv`.
    Bamsi,
    /// Any folder of images or volumes with labels.
    #[default]
    Folder,
    /// The raw data of nnU-Net: `dataset.json`, `imagesTr/` and `labelsTr/`.
    Nnunet,
    /// Fetal abdominal ultrasound images with masks of four structures in pickled NumPy files.
    Fasu,
}

impl LayoutName {
    /// All layouts.
    pub const ALL: [Self; 5] = [
        Self::Acdc,
        Self::Bamsi,
        Self::Fasu,
        Self::Folder,
        Self::Nnunet,
    ];

    /// The name used in recipes and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acdc => "acdc",
            Self::Bamsi => "bamsi",
            Self::Folder => "folder",
            Self::Fasu => "fasu",
            Self::Nnunet => "nnunet",
        }
    }
}

impl fmt::Display for LayoutName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for LayoutName {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::as_str).join(", ");
                UnknownName {
                    expected: format!("one of {names}"),
                    found: text.to_string(),
                }
            })
    }
}
