//! `corruptions.json`: what is wrong with each label of a set whose errors were made on purpose.
//!
//! It lies in the root of the set, and is only read to measure how well errors are found; no training reads it. A list with one
//! object per image (of volumes, per slice), in its own line:
//!
//! * `image`: its name among the training images: the stem, and for a slice of a volume `STEM, slice INDEX`;
//! * `lean`, `tolerance`: how far, in pixels, the outlines lie outside (negative: inside) of the true ones, and how far the true
//!   outline may be from the line between two drawn corners; `by_class` has both for each class, where classes differ;
//! * `missed`: places of a class that the label lacks; `swapped`: places that have another class than they should;
//! * `gross`: what is wrong with the label as a whole, or null. Such a label was spoilt after everything else, so that its other
//!   entries describe what it was before.

#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::files::open::{MAX_ROWS, read_bounded};
use crate::pixel_box::PixelBox;

/// Its name.
pub const CORRUPTIONS: &str = "corruptions.json";

/// Largest size in bytes: enough for a few hundred thousand images.
const MOST_BYTES: u64 = 64 << 20;

/// What is wrong with the label of an image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Corruption {
    /// The image.
    pub image: String,
    /// Pixels by which the outlines lie outside of the true ones; negative: inside.
    #[serde(default)]
    pub lean: f64,
    /// Pixels that the outlines are simplified by.
    #[serde(default)]
    pub tolerance: f64,
    /// Lean and tolerance by class, if the classes differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_class: Vec<ClassLean>,
    /// Places that the label lacks.
    #[serde(default)]
    pub missed: Vec<MissedPlace>,
    /// Places with another class than they should have.
    #[serde(default)]
    pub swapped: Vec<SwappedPlace>,
    /// What is wrong with the label as a whole.
    #[serde(default)]
    pub gross: Option<GrossError>,
}

/// Lean and tolerance of a class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassLean {
    /// The class.
    pub class: u8,
    /// As [`Corruption::lean`].
    pub lean: f64,
    /// As [`Corruption::tolerance`].
    pub tolerance: f64,
}

/// A place that a label lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedPlace {
    /// The class that is there.
    pub class: u8,
    /// Where.
    #[serde(flatten)]
    pub place: PixelBox,
    /// Its pixels.
    pub area: usize,
}

/// A place with the wrong class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwappedPlace {
    /// The class that is there.
    pub from: u8,
    /// The class of the label.
    pub to: u8,
    /// Where.
    #[serde(flatten)]
    pub place: PixelBox,
    /// Its pixels.
    pub area: usize,
}

/// What can be wrong with a label as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GrossError {
    /// It is the label of another image.
    #[serde(rename = "other image")]
    OtherImage,
    /// It is shifted, by 10 to 40 pixels if the shorter side has 128.
    #[serde(rename = "shifted")]
    Shifted,
    /// Left and right, or top and bottom, are exchanged.
    #[serde(rename = "mirrored")]
    Mirrored,
    /// It is empty, though the image shows something.
    #[serde(rename = "empty")]
    Empty,
    /// A whole structure has the class of another one.
    #[serde(rename = "wrong grade")]
    WrongGrade,
}

impl GrossError {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::OtherImage,
        Self::Shifted,
        Self::Mirrored,
        Self::Empty,
        Self::WrongGrade,
    ];

    /// Its name in the file and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherImage => "other image",
            Self::Shifted => "shifted",
            Self::Mirrored => "mirrored",
            Self::Empty => "empty",
            Self::WrongGrade => "wrong grade",
        }
    }
}

/// Reads `corruptions.json`.
///
/// # Errors
///
/// The file cannot be read, is larger than 64 MiB, or is not such a list; an image occurs twice; a box is empty.
pub fn read_corruptions(path: &Path) -> Result<Vec<Corruption>, DataError> {
    let wrong = |found: String| {
        DataError::new(
            path,
            "a list of what is wrong with each label, as `selvedge synth` writes it",
            found,
            "write the set again, or move the file away: errors are then found by comparing the labels with the clean ones",
        )
    };
    let text = read_bounded(path, MOST_BYTES).map_err(|error| wrong(error.to_string()))?;
    let list: Vec<Corruption> =
        serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    if list.len() > MAX_ROWS {
        return Err(wrong(format!("{} images", list.len())));
    }
    let mut names: Vec<&str> = list.iter().map(|one| one.image.as_str()).collect();
    names.sort_unstable();
    if let Some([twice, _]) = names.array_windows().find(|[one, next]| one == next) {
        return Err(wrong(format!("{twice:?} twice")));
    }
    for one in &list {
        let missed = one.missed.iter().map(|missed| missed.place);
        let mut places = missed.chain(one.swapped.iter().map(|swapped| swapped.place));
        if let Some(empty) = places.find(|place| place.x0 >= place.x1 || place.y0 >= place.y1) {
            return Err(wrong(format!(
                "{empty:?} of {:?}, which is empty",
                one.image
            )));
        }
    }
    Ok(list)
}

/// Writes `corruptions.json`, one image per line.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write_corruptions(path: &Path, list: &[Corruption]) -> Result<(), DataError> {
    let unwritten = |found: String| {
        DataError::new(
            path,
            "to write there",
            found,
            "check the folder's rights and the free space",
        )
    };
    let lines: Result<Vec<String>, _> = list.iter().map(serde_json::to_string).collect();
    let lines = lines.map_err(|error| unwritten(error.to_string()))?;
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    fs::write(path, text).map_err(|error| unwritten(error.to_string()))
}
