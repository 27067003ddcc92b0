//! What one pixel of a label image says.

use std::fmt;

/// What the positions among a palette's colours stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// For themselves. The only reading of values without a palette.
    Values,
    /// For their colours.
    Colours,
    /// Black for 0 and white for 1.
    BlackAndWhite,
}

/// What one pixel of a label image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LabelValue {
    /// A grey value or palette index; a colour whose three parts are equal counts as grey.
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

    /// Rounded to 8 bits, all small class numbers would be 0.
    pub(super) fn of_deep_colour(deep: [u16; 3]) -> Self {
        match deep {
            [red, green, blue] if red == green && green == blue => Self::Grey(red),
            deep => Self::Colour(deep.map(|part| (part / 257) as u8)),
        }
    }
}
