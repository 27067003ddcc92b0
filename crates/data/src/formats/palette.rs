//! The colours by which an indexed image shows its values.

/// Colours by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Palette(Vec<[u8; 3]>);

impl Palette {
    /// From red, green and blue, one colour after the other.
    pub(crate) fn new(parts: &[u8]) -> Self {
        let (colours, _) = parts.as_chunks();
        Self(colours.to_vec())
    }

    /// From colours of 16 bits.
    pub(crate) fn of_deep(colours: &[[u16; 3]]) -> Self {
        let eight_bits = |colour: &[u16; 3]| colour.map(|part| (part / 257) as u8);
        Self(colours.iter().map(eight_bits).collect())
    }

    /// The colour of an index; black if the palette has none for it.
    pub(crate) fn colour(&self, index: u16) -> [u8; 3] {
        self.0.get(usize::from(index)).copied().unwrap_or_default()
    }

    /// Whether it consists of black and white: a mask that a program saved as an indexed image.
    pub(crate) fn is_black_and_white(&self) -> bool {
        let holds = |grey: u8| self.0.contains(&[grey; 3]);
        let either = |colour: &[u8; 3]| [[0; 3], [255; 3]].contains(colour);
        holds(0) && holds(255) && self.0.iter().all(either)
    }

    /// Whether white comes before black.
    pub(crate) fn is_white_first(&self) -> bool {
        let place = |grey: u8| self.0.iter().position(|colour| *colour == [grey; 3]);
        place(255) < place(0)
    }
}
