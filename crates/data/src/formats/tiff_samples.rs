//! TIFF images that the `image` crate does not decode: samples of other than 8 and 16 bits, and palettes.

pub(crate) mod as_grey;

use std::path::{Path, PathBuf};

use half::f16;
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, Luma, Rgb};
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{SampleFormat, Tag};

use crate::error::DataError;
use crate::formats::bounds::{MAX_BESIDE, MAX_BYTES, check_size, undecodable};
use crate::formats::brightness::check_brightness;
use crate::formats::packed_bits::unpack;
use crate::formats::palette::Palette;
use crate::formats::tiff_samples::as_grey::{AsGrey, MOST_PAGES, open_palette};

/// Bits of `NewSubfileType` that mark a page as a smaller copy or a mask of another.
const NO_PAGE: u32 = 0b101;

/// A TIFF of one sample per pixel, whose header has been read.
pub(crate) struct TiffSamples {
    decoder: Decoder<AsGrey>,
    head: Head,
    /// The colours, if the samples are indices into them.
    palette: Option<Vec<[u16; 3]>>,
}

struct Head {
    path: PathBuf,
    /// Length of the file in bytes.
    length: u64,
    /// Rows and columns as they are stored.
    size: [u32; 2],
    orientation: Orientation,
    bits: u8,
    format: SampleFormat,
}

impl TiffSamples {
    /// Reads the header; `None` for a file that is not a TIFF, or one that the `image` crate decodes or refuses.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let (file, length) = AsGrey::open(path)?;
        let mut decoder = Decoder::new(file).ok()?;
        let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat);
        let format = formats
            .ok()?
            .map_or(Some(1), |formats| formats.first().copied())?;
        let format = SampleFormat::from_u16_exhaustive(format);
        let (bits, palette) = match decoder.colortype() {
            Ok(ColorType::Gray(1 | 8 | 16)) if format == SampleFormat::Uint => return None,
            Ok(ColorType::Gray(bits)) => (bits, None),
            Ok(_) => return None,
            Err(_) => {
                let (grey, bits, palette) = open_palette(path, &mut decoder)?;
                decoder = grey;
                (bits, Some(palette))
            }
        };
        let (width, height) = decoder.dimensions().ok()?;
        let orientation = decoder.find_tag_unsigned(Tag::Orientation).ok()?;
        let head = Head {
            path: path.to_path_buf(),
            length,
            size: [height, width],
            orientation: orientation
                .and_then(Orientation::from_exif)
                .unwrap_or(Orientation::NoTransforms),
            bits,
            format,
        };
        Some(Self {
            decoder,
            head,
            palette,
        })
    }

    /// Stored rows and columns, and the orientation.
    pub(crate) fn size(&self) -> ([u32; 2], Orientation) {
        (self.head.size, self.head.orientation)
    }

    /// The image as a viewer shows it.
    ///
    /// # Errors
    ///
    /// The data cannot be decoded, or it is unknown which value is white.
    pub(crate) fn image(self) -> Result<DynamicImage, DataError> {
        let Self {
            decoder,
            head,
            palette,
        } = self;
        let room = head.room(6)?;
        if let Some(palette) = palette {
            let mut values = Vec::with_capacity(3 * head.pixels());
            head.read(decoder, room, |index| {
                let colour = palette.get(index as usize);
                values.extend(colour.copied().unwrap_or_default());
                Ok(())
            })?;
            return Ok(head.image::<Rgb<u16>>(values));
        }
        let white = match head.format {
            SampleFormat::Uint if head.bits < 8 => f64::from((1_u16 << head.bits) - 1),
            SampleFormat::IEEEFP => 1.0,
            _ => {
                return Err(DataError::new(
                    &head.path,
                    "an image of 8 or 16 bits, or of floating-point values of 0 (black) to 1 (white)",
                    head.kind(),
                    "save the image with 8 or 16 bits",
                ));
            }
        };
        let mut values = Vec::with_capacity(head.pixels());
        head.read(decoder, room, |value| {
            values.push((value / white) as f32);
            Ok(())
        })?;
        check_brightness(&head.path, &values)?;
        let deep = values.into_iter();
        let deep = deep.map(|value| (value * f32::from(u16::MAX)).round() as u16);
        Ok(head.image::<Luma<u16>>(deep.collect()))
    }

    /// The samples themselves, and the palette if there is one.
    ///
    /// # Errors
    ///
    /// The data cannot be decoded, or the samples are not whole numbers of 0 to 65535.
    pub(crate) fn labels(self) -> Result<(DynamicImage, Option<Palette>), DataError> {
        let Self {
            decoder,
            head,
            palette,
        } = self;
        let columns = head.size[1] as usize;
        let room = head.room(2)?;
        let mut values = Vec::with_capacity(head.pixels());
        head.read(decoder, room, |value| {
            if value.fract() == 0.0 && (0.0..=65535.0).contains(&value) {
                values.push(value as u16);
                return Ok(());
            }
            let (row, column) = (values.len() / columns, values.len() % columns);
            Err(DataError::new(
                &head.path,
                "labels that are whole numbers of 0 to 65535",
                format!("{value} in row {row}, column {column}"),
                "save them as an 8-bit grey PNG: class numbers, or black and white",
            ))
        })?;
        let palette = palette.map(|colours| Palette::of_deep(&colours));
        Ok((head.image::<Luma<u16>>(values), palette))
    }
}

impl Head {
    fn pixels(&self) -> usize {
        self.size[0] as usize * self.size[1] as usize
    }

    /// Bytes of a stored row.
    fn row_bytes(&self) -> u64 {
        u64::from(self.size[1])
            .saturating_mul(self.bits.into())
            .div_ceil(8)
    }

    /// Memory limits of the decoder, if `bytes` bytes per pixel are kept.
    fn room(&self, bytes: u64) -> Result<Limits, DataError> {
        let known: &[u8] = match self.format {
            SampleFormat::Uint => &[1, 2, 4, 8, 16, 32, 64],
            SampleFormat::Int => &[8, 16, 32, 64],
            SampleFormat::IEEEFP => &[16, 32, 64],
            _ => &[],
        };
        if !known.contains(&self.bits) {
            return Err(undecodable(&self.path, &self.kind()));
        }
        let [height, width] = self.size.map(u64::from);
        let stored = self.row_bytes().saturating_mul(height);
        let kept = width.saturating_mul(height).saturating_mul(bytes);
        let all = stored.saturating_add(kept);
        check_size(&self.path, self.length, self.size, all)?;
        let mut limits = Limits::default();
        limits.decoding_buffer_size = stored as usize;
        limits.intermediate_buffer_size = (MAX_BYTES - all + MAX_BESIDE) as usize;
        Ok(limits)
    }

    /// Passes every sample to `take`, row after row.
    fn read(
        &self,
        decoder: Decoder<AsGrey>,
        room: Limits,
        take: impl FnMut(f64) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let decoded = decoder.with_limits(room).read_image();
        let decoded = decoded.map_err(|error| undecodable(&self.path, &error))?;
        self.numbers(&decoded).try_for_each(take)
    }

    /// The samples of decoded data, unpacked if they have fewer than 8 bits.
    fn numbers<'a>(&self, decoded: &'a DecodingResult) -> Box<dyn Iterator<Item = f64> + 'a> {
        let (bits, width) = (usize::from(self.bits), self.size[1] as usize);
        let line = self.row_bytes() as usize;
        match decoded {
            DecodingResult::U8(bytes) => {
                let lines = bytes.chunks_exact(line);
                Box::new(lines.flat_map(move |line| unpack(line, width, bits).map(f64::from)))
            }
            DecodingResult::U16(values) => Box::new(values.iter().map(|value| f64::from(*value))),
            DecodingResult::U32(values) => Box::new(values.iter().map(|value| f64::from(*value))),
            DecodingResult::U64(values) => Box::new(values.iter().map(|value| *value as f64)),
            DecodingResult::I8(values) => Box::new(values.iter().map(|value| f64::from(*value))),
            DecodingResult::I16(values) => Box::new(values.iter().map(|value| f64::from(*value))),
            DecodingResult::I32(values) => Box::new(values.iter().map(|value| f64::from(*value))),
            DecodingResult::I64(values) => Box::new(values.iter().map(|value| *value as f64)),
            DecodingResult::F16(values) => Box::new(values.iter().copied().map(f16::to_f64)),
            DecodingResult::F32(values) => Box::new(values.iter().map(|value| f64::from(*value))),
            DecodingResult::F64(values) => Box::new(values.iter().copied()),
        }
    }

    /// An image of these pixels, with the orientation applied.
    fn image<P>(&self, values: Vec<u16>) -> DynamicImage
    where
        P: image::Pixel<Subpixel = u16>,
        DynamicImage: From<ImageBuffer<P, Vec<u16>>>,
    {
        let [height, width] = self.size;
        let image = ImageBuffer::<P, _>::from_raw(width, height, values);
        let mut image = DynamicImage::from(image.expect("a number for every pixel was decoded"));
        image.apply_orientation(self.orientation);
        image
    }

    /// A description of the sample type.
    fn kind(&self) -> String {
        let kind = match self.format {
            SampleFormat::Uint => "whole numbers",
            SampleFormat::Int => "signed whole numbers",
            SampleFormat::IEEEFP => "floating-point numbers",
            _ => "numbers of an unknown kind",
        };
        format!("{kind} of {} bits", self.bits)
    }
}

/// Whether a TIFF contains another page of the size of its first that is neither a reduced copy nor a mask.
pub(crate) fn has_more_pages(path: &Path) -> bool {
    let Some((mut decoder, size)) = AsGrey::open(path).and_then(|(file, _)| {
        let mut decoder = Decoder::new(file).ok()?;
        let size = decoder.dimensions().ok()?;
        Some((decoder, size))
    }) else {
        return false;
    };
    (1..MOST_PAGES).any(|_| {
        decoder.more_images() && decoder.next_image().is_ok() && {
            let kind = decoder.find_tag_unsigned::<u32>(Tag::NewSubfileType);
            let kind = kind.ok().flatten().unwrap_or(0);
            kind & NO_PAGE == 0 && decoder.dimensions().is_ok_and(|page| page == size)
        }
    })
}
