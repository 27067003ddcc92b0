//! A place in an image whose label deserves a look.

use std::fmt;

use data::PixelBox;
use serde::{Deserialize, Serialize};

/// What may be wrong, as a person who draws labels thinks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The label of the whole image is doubtful: another image's, shifted, empty.
    Image,
    /// A structure that the label lacks.
    Missed,
    /// A structure in the label that is not in the image.
    Extra,
    /// A structure with another class.
    Class,
    /// A border too far outside or inside.
    Border,
}

impl Kind {
    /// All kinds, in the order in which equal ranks are listed.
    pub const ALL: [Self; 5] = [
        Self::Image,
        Self::Missed,
        Self::Extra,
        Self::Class,
        Self::Border,
    ];

    /// Its name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Missed => "missed",
            Self::Extra => "extra",
            Self::Class => "class",
            Self::Border => "border",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What the network would draw instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Suggestion {
    /// This class.
    Class(usize),
    /// The border this many pixels further outside; further inside if negative.
    Move(f64),
}

/// A connected place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What may be wrong.
    pub kind: Kind,
    /// The class of the label; for [`Kind::Missed`], the class that is missing.
    pub class: usize,
    /// How much the label is doubted, 0 to 1.
    pub score: f64,
    /// The pixels `[column, row]`: of the structure, or those between the two borders.
    pub pixels: Vec<[usize; 2]>,
    /// What the network would draw.
    pub suggestion: Suggestion,
}

impl Place {
    /// Number of its pixels.
    pub fn area(&self) -> usize {
        self.pixels.len()
    }

    /// The box around it.
    pub fn bounds(&self) -> PixelBox {
        PixelBox::around(&self.pixels).unwrap_or_default()
    }
}

/// The fraction of its score that a place of `area` pixels keeps in an image of `pixels`: a place of a two-thousandth of the
/// image keeps half, so that a few pixels never head the list.
pub(crate) fn size_factor(area: usize, pixels: usize) -> f64 {
    let half = (pixels as f64 / 2000.0).max(4.0);
    area as f64 / (area as f64 + half)
}

/// Fewer pixels than this are not a place: an image of `pixels` would have too many of them.
pub(crate) fn smallest(pixels: usize) -> usize {
    (pixels / 20_000).max(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_score_is_left_at_a_two_thousandth_of_the_image() {
        assert!((size_factor(50, 100_000) - 0.5).abs() < 1e-12);
        assert!((size_factor(4, 64) - 0.5).abs() < 1e-12, "at least 4");
        assert!(size_factor(5000, 100_000) > 0.99);
        assert_eq!([smallest(64), smallest(1_000_000)], [4, 50]);
    }
}
