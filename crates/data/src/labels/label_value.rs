//! The value of one pixel of a label image.

use std::fmt;

/// How the values of an image with a palette are interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As the stored values. The only interpretation without a palette.
    Values,
    /// As the colours of the palette.
    Colours,
    /// As 0 for black and 1 for white.
    BlackAndWhite,
}

/// The value of one pixel of a label image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LabelValue {
    /// A grey value or palette index; a colour with three equal parts is grey.
    Grey(u16),
    /// A colour.
    Colour([u8; 3]),
}

/// As a key of `data.label_values`.
impl fmt::Display for LabelValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grey(grey) => write!(formatter, "{grey}"),
            Self::Colour([red, green, blue]) => write!(formatter, "{red},{green},{blue}"),
        }
    }
}

impl LabelValue {
    pub(super) fn grey(value: u8) -> Self {
        Self::Grey(value.into())
    }

    pub(super) fn of_colour([red, green, blue]: [u8; 3]) -> Self {
        if red == green && green == blue {
            Self::Grey(red.into())
        } else {
            Self::Colour([red, green, blue])
        }
    }

    /// Grey values keep their 16 bits: rounded to 8, all small class numbers would become 0.
    pub(super) fn of_deep_colour(deep: [u16; 3]) -> Self {
        match deep {
            [red, green, blue] if red == green && green == blue => Self::Grey(red),
            deep => Self::Colour(deep.map(|part| (part / 257) as u8)),
        }
    }
}
