//! Writes arrays with the last index varying fastest.

use std::io::{self, BufWriter, Write};

/// An element type that can be written.
pub trait NpyElement: Copy {
    /// Its NumPy name.
    const NAME: &'static str;

    /// Writes one element, little-endian.
    ///
    /// # Errors
    ///
    /// The writer's error.
    fn write(self, writer: &mut dyn Write) -> io::Result<()>;
}

impl NpyElement for f32 {
    const NAME: &'static str = "<f4";

    fn write(self, writer: &mut dyn Write) -> io::Result<()> {
        writer.write_all(&self.to_le_bytes())
    }
}

impl NpyElement for bool {
    const NAME: &'static str = "|b1";

    fn write(self, writer: &mut dyn Write) -> io::Result<()> {
        writer.write_all(&[u8::from(self)])
    }
}

/// Writes an array: the header, padded as NumPy does, and as many values as the shape has.
///
/// # Errors
///
/// The writer's error, or the number of values differs from the shape.
pub fn write_npy<T: NpyElement>(
    writer: &mut dyn Write,
    shape: &[usize],
    values: impl IntoIterator<Item = T>,
) -> io::Result<()> {
    const BEFORE_TEXT: usize = 10;
    // The first value is aligned to a multiple of this.
    const ALIGNMENT: usize = 64;
    // A tuple of one element needs its comma in Python.
    let sides: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let mut text = format!(
        "{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
        T::NAME,
        sides.join(" ")
    );
    let unpadded = BEFORE_TEXT + text.len() + 1;
    let padding = unpadded.next_multiple_of(ALIGNMENT) - unpadded;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let length = u16::try_from(text.len()).map_err(io::Error::other)?;
    // Compression is much slower on one value at a time.
    let mut writer = BufWriter::new(writer);
    writer.write_all(b"\x93NUMPY\x01\0")?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(text.as_bytes())?;
    let mut count = 0;
    for value in values {
        value.write(&mut writer)?;
        count += 1;
    }
    writer.flush()?;
    if count == shape.iter().product::<usize>() {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "{count} values for the shape {shape:?}"
        )))
    }
}
