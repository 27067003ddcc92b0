//! A TIFF's file as its decoder is to see it: with greys in place of a palette, of which it knows nothing.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::MOST_PAGES;
use crate::decode::MAX_BYTES;
use crate::file::open_file;

/// The photometric interpretations of a palette's indices, and of greys.
const PALETTE: u16 = 3;
const GREY: u8 = 1;
/// The types of letters and of 16-bit numbers in a directory.
const LETTERS: u16 = 2;
const SHORT: u16 = 3;
/// Entries of a directory that are looked at: all that 16 bits can count.
const MOST_ENTRIES: u64 = 1 << 16;

/// A file, of which two bytes may be read as others.
pub(super) struct AsGrey {
    file: BufReader<File>,
    position: u64,
    /// Where the interpretation is stored, and what is read there.
    patch: Option<(u64, [u8; 2])>,
}

impl AsGrey {
    /// The file as it is, and its length; nothing of what is no TIFF, or has [texts that do not fit](has_endless_text).
    pub(super) fn open(path: &Path) -> Option<(Self, u64)> {
        let (mut file, length) = Self::open_any(path)?;
        if file.promises_more_letters_than(length.min(MAX_BYTES)) {
            return None;
        }
        file.seek(SeekFrom::Start(0)).ok()?;
        Some((file, length))
    }

    fn open_any(path: &Path) -> Option<(Self, u64)> {
        let (file, length) = open_file(path).ok()?;
        let mut file = Self {
            file: BufReader::new(file),
            position: 0,
            patch: None,
        };
        let mut start = [0; 2];
        file.read_exact(&mut start).ok()?;
        [*b"II", *b"MM"].contains(&start).then_some((file, length))
    }

    /// Whether an entry of one of the first pages has more letters than that.
    fn promises_more_letters_than(&mut self, most: u64) -> bool {
        let big = self.number::<2>(2) == Some(43);
        let mut place = if big {
            self.number::<8>(8)
        } else {
            self.number::<4>(4)
        };
        for _ in 0..=MOST_PAGES {
            let Some(directory) = place.filter(|place| *place > 0) else {
                return false;
            };
            let Some((longest, next)) = self.longest_text(directory, big) else {
                return false;
            };
            if longest > most {
                return true;
            }
            place = next;
        }
        false
    }

    /// The letters of the longest text of the directory at `place`, and the place of the next directory.
    fn longest_text(&mut self, place: u64, big: bool) -> Option<(u64, Option<u64>)> {
        let (count, first, size) = if big {
            (self.number::<8>(place)?, 8, 20)
        } else {
            (self.number::<2>(place)?, 2, 12)
        };
        let little = self.number::<2>(0)? == u64::from(u16::from_be_bytes(*b"II"));
        let number = |bytes: &[u8]| {
            let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
            if little {
                bytes.iter().rev().fold(0, add)
            } else {
                bytes.iter().fold(0, add)
            }
        };
        let count = count.min(MOST_ENTRIES);
        self.seek(SeekFrom::Start(place.checked_add(first)?)).ok()?;
        let mut entries = Vec::new();
        let mut all = Read::by_ref(self).take(count * size);
        all.read_to_end(&mut entries).ok()?;
        let letters = entries
            .chunks_exact(size as usize)
            .filter(|entry| number(&entry[2..4]) == u64::from(LETTERS))
            .map(|entry| number(&entry[4..if big { 12 } else { 8 }]));
        let longest = letters.max().unwrap_or(0);
        let behind = place + first + count * size;
        let next = if big {
            self.number::<8>(behind)
        } else {
            self.number::<4>(behind)
        };
        Some((longest, next))
    }

    /// Whole numbers of the file, whose order of bytes its first two tell.
    fn number<const BYTES: usize>(&mut self, place: u64) -> Option<u64> {
        let mut order = [0; 2];
        self.seek(SeekFrom::Start(0)).ok()?;
        self.read_exact(&mut order).ok()?;
        let mut bytes = [0; BYTES];
        self.seek(SeekFrom::Start(place)).ok()?;
        self.read_exact(&mut bytes).ok()?;
        if order == *b"II" {
            bytes.reverse();
        }
        Some(
            bytes
                .iter()
                .fold(0, |sum, byte| (sum << 8) | u64::from(*byte)),
        )
    }

    /// Where the directory at `place` stores the interpretation, if as a 16-bit number.
    fn interpretation(&mut self, place: u64) -> Option<u64> {
        let big = self.number::<2>(2)? == 43;
        let (count, first, entry, value) = if big {
            (self.number::<8>(place)?, 8, 20, 12)
        } else {
            (self.number::<2>(place)?, 2, 12, 8)
        };
        // No directory has more than a few dozen; tags are in rising order.
        (0..count.min(1000)).find_map(|index| {
            let entry = place.checked_add(first + entry * index)?;
            let tag = self.number::<2>(entry)?;
            let kind = self.number::<2>(entry + 2)?;
            (tag == u64::from(Tag::PhotometricInterpretation.to_u16()) && kind == u64::from(SHORT))
                .then_some(entry + value)
        })
    }
}

impl Read for AsGrey {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        for (place, byte) in self.patch.iter().flat_map(|(start, bytes)| {
            bytes
                .iter()
                .enumerate()
                .map(move |(index, byte)| (start + index as u64, *byte))
        }) {
            let place = place.checked_sub(self.position);
            if let Some(place) = place.filter(|place| *place < count as u64) {
                buffer[place as usize] = byte;
            }
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for AsGrey {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

/// Whether a TIFF promises a text that is longer than its file, or than anything that is read: its decoder would complain on
/// stderr, where that is none of its business.
pub(crate) fn has_endless_text(path: &Path) -> bool {
    AsGrey::open_any(path)
        .is_some_and(|(mut file, length)| file.promises_more_letters_than(length.min(MAX_BYTES)))
}

/// For a TIFF of palette indices: a decoder that takes them for greys, their bits, and the palette.
pub(super) fn open_palette(
    path: &Path,
    decoder: &mut Decoder<AsGrey>,
) -> Option<(Decoder<AsGrey>, u8, Vec<[u16; 3]>)> {
    let interpretation = decoder.find_tag_unsigned(Tag::PhotometricInterpretation);
    if interpretation.ok()? != Some(PALETTE) {
        return None;
    }
    let samples = decoder
        .find_tag_unsigned::<u16>(Tag::SamplesPerPixel)
        .ok()?;
    let bits: u8 = *decoder
        .find_tag_unsigned_vec(Tag::BitsPerSample)
        .ok()??
        .first()?;
    let parts = decoder.find_tag_unsigned_vec::<u16>(Tag::ColorMap).ok()??;
    let colours = 1_usize.checked_shl(bits.into())?;
    if samples.unwrap_or(1) != 1 || parts.len() != 3 * colours {
        return None;
    }
    // All reds, then all greens, then all blues.
    let palette = (0..colours)
        .map(|index| [0, 1, 2].map(|part| parts[part * colours + index]))
        .collect();
    let directory = decoder.ifd_pointer()?.0;
    let (mut file, _) = AsGrey::open(path)?;
    let place = file.interpretation(directory)?;
    let little = file.number::<2>(0)? == u64::from(u16::from_be_bytes(*b"II"));
    file.patch = Some((place, if little { [GREY, 0] } else { [0, GREY] }));
    file.seek(SeekFrom::Start(0)).ok()?;
    Some((Decoder::new(file).ok()?, bits, palette))
}
