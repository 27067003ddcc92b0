//! The numbers of an array.

use std::io::{self, Read};

use crate::formats::npy::header::{Element, Letter, NpyHeader};

/// A number of any NumPy type, exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A floating-point number.
    Float(f64),
    /// A whole number.
    Whole(i128),
}

impl Number {
    /// The nearest f64.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Float(value) => value,
            Self::Whole(value) => value as f64,
        }
    }
}

/// The numbers after a header, in stored order: as many as the header states, or up to the reader's first error.
#[derive(Debug)]
pub struct Numbers<R> {
    reader: R,
    element: Element,
    left: u64,
}

impl<R: Read> Numbers<R> {
    /// Starts at the first byte of the array. Buffering the reader is up to the caller.
    ///
    /// `None` if the elements are not numbers, or their count exceeds 64 bits.
    pub fn new(header: &NpyHeader, reader: R) -> Option<Self> {
        Some(Self {
            reader,
            element: Element::parse(&header.element)?,
            left: header.count()?,
        })
    }

    fn read(&mut self) -> io::Result<Number> {
        let Element {
            letter,
            size,
            big_end_first,
        } = self.element;
        let mut bytes = [0; 8];
        self.reader.read_exact(&mut bytes[..size])?;
        if big_end_first {
            bytes[..size].reverse();
        }
        let bits = u64::from_le_bytes(bytes);
        let unused = 64 - 8 * size as u32;
        Ok(match letter {
            Letter::Float if size == 4 => Number::Float(f32::from_bits(bits as u32).into()),
            Letter::Float => Number::Float(f64::from_bits(bits)),
            Letter::Unsigned => Number::Whole(bits.into()),
            // Shifting left and arithmetically right again extends the sign.
            Letter::Signed => Number::Whole(((bits << unused).cast_signed() >> unused).into()),
        })
    }
}

impl<R: Read> Iterator for Numbers<R> {
    type Item = io::Result<Number>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let number = self.read();
        if number.is_err() {
            self.left = 0;
        }
        Some(number)
    }
}
