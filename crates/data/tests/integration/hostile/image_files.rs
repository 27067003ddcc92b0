//! Writers of image files that claim more than they contain.

use std::fs::{self, File};
use std::io::{BufWriter, Read};
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use png::{BitDepth, ColorType};

use crate::tiff_file::{self, Page};

/// A reader of the bytes of an iterator.
pub(crate) fn bytes(mut values: impl Iterator<Item = u8>) -> impl Read {
    struct Bytes<I>(I);
    impl<I: Iterator<Item = u8>> Read for Bytes<I> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let mut count = 0;
            for (place, value) in buffer.iter_mut().zip(&mut self.0) {
                *place = value;
                count += 1;
            }
            Ok(count)
        }
    }
    Bytes(std::iter::from_fn(move || values.next()))
}

pub(crate) fn encoder(
    path: &Path,
    [height, width]: [u32; 2],
    colour: ColorType,
    depth: BitDepth,
) -> png::Writer<BufWriter<File>> {
    let file = BufWriter::new(File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == ColorType::Indexed {
        encoder.set_palette(&[0, 0, 0, 255, 255, 255][..]);
    }
    encoder.write_header().unwrap()
}

/// A valid PNG of 8 bits.
pub(crate) fn png(path: &Path, size: [u32; 2], colour: ColorType, values: &mut dyn Read) {
    let mut writer = encoder(path, size, colour, BitDepth::Eight);
    let mut stream = writer.stream_writer().unwrap();
    let length = size.map(u64::from).iter().product::<u64>() * colour.samples() as u64;
    std::io::copy(&mut values.take(length), &mut stream).unwrap();
    stream.finish().unwrap();
}

/// A PNG of zeros whose last bytes are missing.
pub(crate) fn png_cut(path: &Path, size: [u32; 2], colour: ColorType, depth: BitDepth) {
    let mut writer = encoder(path, size, colour, depth);
    let mut stream = writer.stream_writer().unwrap();
    let bits = size[1] as usize * colour.samples() * depth as usize;
    let length = u64::from(size[0]) * bits.div_ceil(8) as u64;
    std::io::copy(&mut std::io::repeat(0).take(length), &mut stream).unwrap();
    stream.finish().unwrap();
    drop(writer);
    let complete = fs::read(path).unwrap();
    fs::write(path, &complete[..complete.len() - 40]).unwrap();
}

/// A small PNG whose colour profile unpacks to a gigabyte, and which is truncated after it.
pub(crate) fn png_profile(path: &Path) {
    let mut writer = encoder(path, [3, 4], ColorType::Rgb, BitDepth::Eight);
    let mut packed = ZlibEncoder::new(b"profile\0\0".to_vec(), Compression::fast());
    std::io::copy(&mut std::io::repeat(0).take(1 << 30), &mut packed).unwrap();
    writer
        .write_chunk(png::chunk::iCCP, &packed.finish().unwrap())
        .unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x01]).unwrap();
}

/// A BMP of 7500 pixels square with this many bits and this compression, and a thousandth of the data that it needs.
pub(crate) fn bmp(path: &Path, bits: u16, compression: u32) {
    let side = 7500_i32;
    let mut bytes = b"BM".to_vec();
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend((54_u32 + if bits == 8 { 1024 } else { 0 }).to_le_bytes());
    bytes.extend(40_u32.to_le_bytes());
    bytes.extend(side.to_le_bytes());
    bytes.extend(side.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(compression.to_le_bytes());
    bytes.resize(54, 0);
    if bits == 8 {
        bytes.resize(54 + 1024, 9);
    }
    // Runs of 255 pixels, where there are runs.
    bytes.extend([255, 7].repeat(50_000));
    fs::write(path, bytes).unwrap();
}

/// A TIFF of 7700 pixels square, of one truncated deflated strip of zeros.
pub(crate) fn tiff_deflated(path: &Path) {
    tiff(path, 7700, [8, 1, 1]);
}

/// The same with this side, bits, sample format and photometric interpretation.
pub(crate) fn tiff(path: &Path, side: u32, [bits, format, interpretation]: [u16; 3]) {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    let length = (u64::from(side) * u64::from(bits)).div_ceil(8) * u64::from(side);
    std::io::copy(&mut std::io::repeat(0).take(length), &mut packed).unwrap();
    let mut strip = packed.finish().unwrap();
    strip.truncate(strip.len() - 1000);
    let mut page = Page::grey([side, side], bits, format, strip);
    page.tags = vec![
        (258, vec![bits]),
        (259, vec![8]),
        (262, vec![interpretation]),
        (339, vec![format]),
    ];
    if interpretation == 3 {
        page.tags.push((320, vec![0; 3 << bits]));
    }
    tiff_file::write(path, &[page], false);
}

/// A TIFF of two pages of labels without a class, the second of which links to itself.
pub(crate) fn tiff_pages(path: &Path) {
    let page = Page::grey([3, 4], 8, 1, vec![9; 12]);
    tiff_file::write(path, &[page.clone(), page], false);
    let mut bytes = fs::read(path).unwrap();
    let next = |bytes: &[u8], place: usize| -> usize {
        let count = usize::from(u16::from_le_bytes([bytes[place], bytes[place + 1]]));
        place + 2 + 12 * count
    };
    let number = |bytes: &[u8], place: usize| {
        u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap()) as usize
    };
    let second = number(&bytes, next(&bytes, 8));
    let end = next(&bytes, second);
    bytes[end..end + 4].copy_from_slice(&(second as u32).to_le_bytes());
    fs::write(path, bytes).unwrap();
}

/// A lossless WebP of this many pixels square, of which only the header is there.
pub(crate) fn webp(path: &Path, side: u32) {
    let size = (side - 1) | ((side - 1) << 14);
    let mut chunk = vec![0x2F];
    chunk.extend(size.to_le_bytes());
    chunk.extend([0; 11]);
    let riff: [&[u8]; 5] = [
        b"RIFF",
        &28_u32.to_le_bytes(),
        b"WEBPVP8L",
        &16_u32.to_le_bytes(),
        &chunk,
    ];
    fs::write(path, riff.concat()).unwrap();
}

/// A GIF of an image and a frame of these sizes, with a thousandth of the data that it needs.
pub(crate) fn gif(path: &Path, image: [u16; 2], frame: [u16; 2]) {
    let mut bytes = b"GIF89a".to_vec();
    let size = |[height, width]: [u16; 2]| [width.to_le_bytes(), height.to_le_bytes()].concat();
    bytes.extend(size(image));
    // A palette of two colours.
    bytes.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    bytes.extend([0x2C, 0, 0, 0, 0]);
    bytes.extend(size(frame));
    // Codes of two or more bits, in blocks: a start, then anything.
    bytes.extend([0, 2]);
    for _ in 0..200 {
        bytes.push(255);
        bytes.extend([0x44; 255]);
    }
    fs::write(path, bytes).unwrap();
}

/// A JPEG with one table of each kind, a frame of three components, and hardly any data.
pub(crate) fn jpeg(path: &Path, frame: u8, [height, width]: [u16; 2]) {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
    bytes.extend([1; 64]);
    bytes.extend([0xFF, frame, 0, 17, 8]);
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    for table in [0x00, 0x10] {
        bytes.extend([0xFF, 0xC4, 0, 20, table, 1]);
        bytes.extend([0; 15]);
        bytes.push(0);
    }
    let last = if frame == 0xC2 { 0 } else { 63 };
    bytes.extend([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, last, 0]);
    // As many pixels per byte as a file may claim.
    bytes.extend([0; 8000]);
    bytes.extend([0xFF, 0xD9]);
    fs::write(path, bytes).unwrap();
}
