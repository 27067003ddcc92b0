//! Notes on label images that could be read in two ways.

use std::fmt;

/// How an ambiguous label image was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LabelNote {
    /// A single colour: the mask is the opacity.
    Alpha,
    /// A palette of black and white, with white first.
    WhiteFirst,
    /// A palette that shows small numbers bright and large ones dark.
    ShownInverted,
    /// The first of several pages.
    FirstPage,
    /// Class numbers stored as JPEG or lossy WebP.
    Jpeg,
    /// White, which is ignored, and no other class than background.
    WhiteIgnored,
}

impl fmt::Display for LabelNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Alpha => {
                "a single colour, so the mask is read from the alpha channel: opaque is white"
            }
            Self::WhiteFirst => {
                "a palette with white before black: read as it is shown, white is the structure"
            }
            Self::ShownInverted => {
                "a palette that shows small values bright and large ones dark: the stored values are read, not the colours"
            }
            Self::FirstPage => "several pages: the first is read",
            Self::Jpeg => {
                "class numbers in a JPEG or lossy WebP, which changes values when it is saved: check whether they are right, and save them as PNG"
            }
            Self::WhiteIgnored => {
                "only 0 and 255, and 255 is ignored in this set: if white is the structure, set label_values = { \"0\" = 0, \"255\" = 1 }"
            }
        })
    }
}
