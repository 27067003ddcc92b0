//! Label images before their values have a meaning.

use std::collections::BTreeSet;

use image::{DynamicImage, GenericImageView, Pixel};

use crate::formats::palette::Palette;
use crate::images::label_map::LabelMap;
use crate::labels::label_note::LabelNote;
use crate::labels::label_value::{LabelValue, Reading};
use crate::labels::opacity;

/// The values of a label image before they have a meaning.
pub(crate) struct RawLabels {
    pub(crate) height: usize,
    pub(crate) width: usize,
    stored: Stored,
    /// The colours that a viewer shows, if the values are indices.
    palette: Option<Palette>,
    /// Whether the values were stored as JPEG or lossy WebP, which does not preserve them.
    pub(crate) is_lossy: bool,
    /// Notes on how an ambiguous file was read.
    notes: BTreeSet<LabelNote>,
}

/// Values as decoded: any other form would take more memory.
enum Stored {
    Bytes(Vec<u8>),
    Values(Vec<u16>),
    Image(DynamicImage),
    /// The opacity of an image.
    Opacity(DynamicImage),
}

impl RawLabels {
    /// Class numbers, row after row.
    pub(crate) fn of_bytes(height: usize, width: usize, bytes: Vec<u8>) -> Self {
        Self::new(height, width, Stored::Bytes(bytes))
    }

    /// Grey values, row after row.
    pub(crate) fn of_values(height: usize, width: usize, values: Vec<u16>) -> Self {
        Self::new(height, width, Stored::Values(values))
    }

    pub(crate) fn of_image(image: DynamicImage) -> Self {
        let (height, width) = (image.height() as usize, image.width() as usize);
        Self::new(height, width, Stored::Image(image))
    }

    /// The opacity of an image, row after row.
    pub(crate) fn of_opacity(image: DynamicImage) -> Self {
        let (height, width) = (image.height() as usize, image.width() as usize);
        Self::new(height, width, Stored::Opacity(image))
    }

    /// Treats the values as indices into a palette, if there is one.
    pub(crate) fn with_palette(self, palette: Option<Palette>) -> Self {
        Self { palette, ..self }
    }

    /// Adds a note on how an ambiguous file was read.
    pub(crate) fn add_note(&mut self, note: LabelNote) {
        self.notes.insert(note);
    }

    fn new(height: usize, width: usize, stored: Stored) -> Self {
        Self {
            height,
            width,
            stored,
            palette: None,
            is_lossy: false,
            notes: BTreeSet::new(),
        }
    }

    /// Whether the palette shows every value that occurs as black or white, one value each: a mask that was saved as an
    /// indexed image. If two values look alike, the palette is not what they mean.
    fn is_black_and_white(&self) -> bool {
        let Some(palette) = &self.palette else {
            return false;
        };
        let mut shown = BTreeSet::new();
        palette.is_black_and_white()
            && self.distinct(256).is_some_and(|values| {
                values.into_iter().all(|value| match value {
                    LabelValue::Grey(index) => shown.insert(palette.colour(index)),
                    LabelValue::Colour(_) => false,
                })
            })
    }

    /// The interpretation of values about which nothing is known.
    pub(crate) fn usual_reading(&self) -> Reading {
        if self.is_black_and_white() {
            Reading::BlackAndWhite
        } else {
            Reading::Values
        }
    }

    /// The same values, in one byte each if they are all below 256.
    pub(crate) fn compact(self) -> Self {
        let byte = |value| match value {
            LabelValue::Grey(grey) => u8::try_from(grey).ok(),
            LabelValue::Colour(_) => None,
        };
        match self.classes(byte) {
            Some(map) => Self {
                stored: Stored::Bytes(map.classes),
                ..self
            },
            None => self,
        }
    }

    /// Notes on the ambiguity of the file under this interpretation.
    pub(crate) fn notes(&self, reading: Reading) -> BTreeSet<LabelNote> {
        let mut notes = self.notes.clone();
        let white_first = || self.palette.as_ref().is_some_and(Palette::is_white_first);
        notes.extend(match reading {
            Reading::Values => self.is_shown_inverted().then_some(LabelNote::ShownInverted),
            Reading::BlackAndWhite => white_first().then_some(LabelNote::WhiteFirst),
            Reading::Colours => None,
        });
        notes
    }

    /// Whether the palette shows the largest value that occurs darker than the smallest.
    fn is_shown_inverted(&self) -> bool {
        let Some((palette, values)) = self.palette.as_ref().zip(self.distinct(256)) else {
            return false;
        };
        let grey = |value: Option<&LabelValue>| match value {
            Some(LabelValue::Grey(index)) => match palette.colour(*index) {
                [red, green, blue] if red == green && green == blue => Some(red),
                _ => None,
            },
            _ => None,
        };
        let ends = grey(values.first()).zip(grey(values.last()));
        ends.is_some_and(|(low, high)| low > high)
    }

    /// The values that occur, if there are at most `most`.
    pub(crate) fn distinct(&self, most: usize) -> Option<BTreeSet<LabelValue>> {
        let mut values = BTreeSet::new();
        let mut last = None;
        let few = self.all(|value| {
            if last.replace(value) != Some(value) {
                values.insert(value);
            }
            values.len() <= most
        });
        few.then_some(values)
    }

    /// The meaning of a value under an interpretation.
    pub(crate) fn interpreted(&self, value: LabelValue, reading: Reading) -> LabelValue {
        let (LabelValue::Grey(index), Some(palette)) = (value, &self.palette) else {
            return value;
        };
        match reading {
            Reading::Values => value,
            Reading::Colours => LabelValue::of_colour(palette.colour(index)),
            Reading::BlackAndWhite => LabelValue::grey(u8::from(palette.colour(index) != [0; 3])),
        }
    }

    /// Whether every value passes `test`, row after row; stops at the first that fails it.
    pub(crate) fn all(&self, mut test: impl FnMut(LabelValue) -> bool) -> bool {
        use LabelValue as Value;
        let image = match &self.stored {
            Stored::Bytes(bytes) => return bytes.iter().all(|byte| test(Value::grey(*byte))),
            Stored::Values(values) => return values.iter().all(|value| test(Value::Grey(*value))),
            Stored::Opacity(image) => return opacity::all(image, |value| test(Value::Grey(value))),
            Stored::Image(image) => image,
        };
        match image {
            DynamicImage::ImageLuma8(image) => {
                let values = image.as_raw();
                values.iter().all(|value| test(Value::grey(*value)))
            }
            DynamicImage::ImageLuma16(image) => {
                let values = image.as_raw();
                values.iter().all(|value| test(Value::Grey(*value)))
            }
            DynamicImage::ImageRgb8(image) => {
                let mut pixels = image.pixels();
                pixels.all(|pixel| test(Value::of_colour(pixel.0)))
            }
            DynamicImage::ImageLumaA16(image) => {
                let mut pixels = image.pixels();
                pixels.all(|pixel| test(Value::of_deep_colour(pixel.to_rgb().0)))
            }
            DynamicImage::ImageRgb16(image) => {
                let mut pixels = image.pixels();
                pixels.all(|pixel| test(Value::of_deep_colour(pixel.0)))
            }
            DynamicImage::ImageRgba16(image) => {
                let mut pixels = image.pixels();
                pixels.all(|pixel| test(Value::of_deep_colour(pixel.to_rgb().0)))
            }
            other => {
                let mut pixels = other.pixels();
                pixels.all(|(_, _, pixel)| test(Value::of_colour(pixel.to_rgb().0)))
            }
        }
    }

    /// The class of every value, if every value has one. Memory is allocated only then.
    pub(crate) fn classes(&self, class: impl Fn(LabelValue) -> Option<u8>) -> Option<LabelMap> {
        if !self.all(|value| class(value).is_some()) {
            return None;
        }
        let mut classes = Vec::with_capacity(self.height * self.width);
        self.all(|value| {
            classes.extend(class(value));
            true
        });
        Some(LabelMap {
            height: self.height,
            width: self.width,
            classes,
        })
    }
}
