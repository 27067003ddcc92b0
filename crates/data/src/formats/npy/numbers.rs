//! The numbers of an array.

use std::io::{self, Read};

use crate::formats::npy::header::{Element, Letter, NpyHeader};

/// A number of any of NumPy's types, exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Of a type with a fraction.
    Float(f64),
    /// Of a type without.
    Whole(i128),
}

impl Number {
    /// The nearest number of 64 bits with a fraction.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Float(value) => value,
            Self::Whole(value) => value as f64,
        }
    }
}

/// The numbers behind a header, in the order in which they are stored: as many as it says, or up to the reader's first
/// error.
#[derive(Debug)]
pub struct Numbers<R> {
    reader: R,
    element: Element,
    left: u64,
}

impl<R: Read> Numbers<R> {
    /// Begins at the first byte of the array. A buffer between the reader and its file is the caller's to have.
    ///
    /// Nothing where the elements are no numbers, or more than 64 bits can count.
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
            // The sign's bit is moved to the top, and down again with what it stands for.
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
