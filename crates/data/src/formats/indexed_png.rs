//! PNG images of palette indices, or of grey values of fewer than 8 bits, as they are stored.

use std::io::BufReader;
use std::path::Path;

use crate::error::DataError;
use crate::files::open::open_file;
use crate::formats::bounds::{check_size, undecodable};
use crate::formats::packed_bits::unpack;
use crate::formats::palette::Palette;

/// The samples of a PNG as they are stored.
pub(crate) struct StoredSamples {
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// Row after row.
    pub(crate) values: Vec<u8>,
    /// The colours, if the values are indices into them.
    pub(crate) palette: Option<Palette>,
}

/// The indices with their palette, or the grey values; `None` for other PNGs.
pub(crate) fn read(path: &Path) -> Result<Option<StoredSamples>, DataError> {
    let broken = |error: png::DecodingError| undecodable(path, &error);
    let (file, length) = open_file(path).map_err(|error| undecodable(path, &error))?;
    let mut decoder = png::Decoder::new(BufReader::new(file));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(broken)?;
    let info = reader.info();
    let bits = info.bit_depth as usize;
    let indexed = info.color_type == png::ColorType::Indexed;
    if !(indexed || (info.color_type == png::ColorType::Grayscale && bits < 8)) {
        return Ok(None);
    }
    let palette = info.palette.as_deref().filter(|_| indexed);
    let palette = palette.map(Palette::new);
    let (height, width) = (info.height as usize, info.width as usize);
    let unpacked = u64::from(info.height) * u64::from(info.width);
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    check_size(
        path,
        length,
        [reader.info().height, reader.info().width],
        unpacked.saturating_add(size as u64),
    )?;
    let mut bytes = vec![0; size];
    let frame = reader.next_frame(&mut bytes).map_err(broken)?;
    let lines = bytes.chunks_exact(frame.line_size).take(height);
    Ok(Some(StoredSamples {
        height,
        width,
        values: lines.flat_map(|line| unpack(line, width, bits)).collect(),
        palette,
    }))
}
