//! Whether a GIF or a WebP is one image and not an animation, of which nobody knows which frame the labels belong to.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use image::ImageFormat;

use crate::error::DataError;
use crate::files::open::open_file;
use crate::formats::bounds::{MAX_BYTES, undecodable};

/// Refuses an animation. A file that breaks off is not one: its decoder reports what is wrong.
pub(crate) fn check_single_frame(path: &Path, format: ImageFormat) -> Result<(), DataError> {
    let animated = match format {
        ImageFormat::Gif => has_second_frame(path).unwrap_or(false),
        ImageFormat::WebP => webp_chunks(path).is_ok_and(|chunks| chunks.animated),
        _ => false,
    };
    if !animated {
        return Ok(());
    }
    Err(DataError::new(
        path,
        "a single image",
        "an animation",
        "save the frame that the labels belong to as PNG, for example with `magick FILE[0] NAME.png`",
    ))
}

/// Whether a WebP stores its colours with loss, which changes class numbers.
pub(crate) fn is_lossy_webp(path: &Path) -> bool {
    webp_chunks(path).is_ok_and(|chunks| chunks.lossy)
}

/// Refuses a WebP with a chunk that claims to be longer than the file, for which its decoder would ask for memory.
pub(crate) fn check_chunks(path: &Path) -> Result<(), DataError> {
    match webp_chunks(path) {
        Ok(chunks) if chunks.are_whole => Ok(()),
        Ok(_) => Err(undecodable(path, &"a chunk that is longer than the file")),
        Err(error) => Err(undecodable(path, &error)),
    }
}

/// Skips `count` bytes; an early end is an error.
fn skip(file: &mut impl Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut file.take(count), &mut io::sink())?;
    if skipped < count {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Skips blocks up to the empty one that ends them; each begins with its length.
fn skip_blocks(file: &mut impl Read) -> io::Result<()> {
    loop {
        match bytes::<1>(file)? {
            [0] => return Ok(()),
            [length] => skip(file, length.into())?,
        }
    }
}

/// Bytes of the colour table that a GIF's flags announce.
fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 {
        return 0;
    }
    3 << (1 + (flags & 7))
}

/// Whether a GIF has a second image (version 89a, Sections 18 to 27).
fn has_second_frame(path: &Path) -> io::Result<bool> {
    let mut file = BufReader::new(open_file(path)?.0.take(MAX_BYTES));
    let head = bytes::<13>(&mut file)?;
    skip(&mut file, colours(head[10]))?;
    let mut frames = 0;
    loop {
        if file.fill_buf()?.is_empty() {
            return Ok(false);
        }
        match bytes::<1>(&mut file)? {
            // An extension: its kind, then blocks.
            [0x21] => {
                skip(&mut file, 1)?;
                skip_blocks(&mut file)?;
            }
            [0x2C] => {
                frames += 1;
                if frames > 1 {
                    return Ok(true);
                }
                let about = bytes::<9>(&mut file)?;
                skip(&mut file, colours(about[8]) + 1)?;
                skip_blocks(&mut file)?;
            }
            _ => return Ok(false),
        }
    }
}

/// What the chunks of a WebP state (RFC 9649, Section 2).
#[derive(Default)]
struct Chunks {
    animated: bool,
    lossy: bool,
    /// Whether all are inside the file.
    are_whole: bool,
}

fn webp_chunks(path: &Path) -> io::Result<Chunks> {
    /// More than the format defines.
    const MOST_CHUNKS: usize = 1000;
    let (file, length) = open_file(path)?;
    let mut file = BufReader::new(file);
    let mut at = file.seek(SeekFrom::Start(12))?;
    let mut chunks = Chunks::default();
    for _ in 0..MOST_CHUNKS {
        if at + 8 > length {
            chunks.are_whole = true;
            break;
        }
        let name = bytes::<4>(&mut file)?;
        let size = u64::from(u32::from_le_bytes(bytes(&mut file)?));
        if at + 8 + size > length {
            break;
        }
        match &name {
            b"VP8 " => chunks.lossy = true,
            b"VP8X" if size > 0 => {
                let [flags] = bytes(&mut file)?;
                chunks.animated = flags & 2 != 0;
            }
            _ => {}
        }
        at += 8 + size + size % 2;
        file.seek(SeekFrom::Start(at))?;
    }
    Ok(chunks)
}
