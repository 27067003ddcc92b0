//! Presents a TIFF with a palette to the decoder as grey, since the decoder does not support palettes.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use tiff::decoder::Decoder;
use tiff::tags::Tag;

use crate::files::open::open_file;
use crate::formats::bounds::MAX_BYTES;

/// The photometric interpretations of a palette's indices, and of greys.
const PALETTE: u16 = 3;
const GREY: u8 = 1;
/// Field types of a directory: ASCII text and 16-bit numbers.
const LETTERS: u64 = 2;
const SHORT: u64 = 3;
/// Maximum number of entries of a directory that are read: all that 16 bits can count.
const MOST_ENTRIES: u64 = 1 << 16;

/// The byte order of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    SmallestFirst,
    LargestFirst,
}

impl Order {
    fn number(self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        match self {
            Self::SmallestFirst => bytes.iter().rev().fold(0, add),
            Self::LargestFirst => bytes.iter().fold(0, add),
        }
    }
}

/// A page's tags.
struct Directory {
    entries: Vec<Entry>,
    /// Offset of the next page's directory, if there is one.
    next: Option<u64>,
}

struct Entry {
    tag: u64,
    kind: u64,
    count: u64,
    /// Offset of the value or of its offset.
    value: u64,
}

/// A file of which two bytes may be replaced when read.
pub(super) struct AsGrey {
    file: BufReader<File>,
    order: Order,
    position: u64,
    /// Offset of the photometric interpretation, and the bytes read in its place.
    patch: Option<(u64, [u8; 2])>,
}

impl AsGrey {
    /// The unmodified file and its length; `None` if it is not a TIFF, or has [texts that exceed it](has_endless_text).
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
        let mut file = BufReader::new(file);
        let mut start = [0; 2];
        file.read_exact(&mut start).ok()?;
        let order = match &start {
            b"II" => Order::SmallestFirst,
            b"MM" => Order::LargestFirst,
            _ => return None,
        };
        let file = Self {
            file,
            order,
            position: 2,
            patch: None,
        };
        Some((file, length))
    }

    /// Whether a text field of one of the first pages claims more than `most` bytes.
    fn promises_more_letters_than(&mut self, most: u64) -> bool {
        let mut place = self.first_directory();
        for _ in 0..=MOST_PAGES {
            let Some(directory) = place.and_then(|place| self.directory(place)) else {
                return false;
            };
            let mut texts = directory
                .entries
                .iter()
                .filter(|entry| entry.kind == LETTERS);
            if texts.any(|text| text.count > most) {
                return true;
            }
            place = directory.next;
        }
        false
    }

    /// An unsigned number of the file, in its byte order.
    fn number(&mut self, place: u64, bytes: u64) -> Option<u64> {
        self.seek(SeekFrom::Start(place)).ok()?;
        let mut found = Vec::new();
        Read::by_ref(self)
            .take(bytes)
            .read_to_end(&mut found)
            .ok()?;
        (found.len() as u64 == bytes).then(|| self.order.number(&found))
    }

    fn is_big(&mut self) -> Option<bool> {
        Some(self.number(2, 2)? == 43)
    }

    fn first_directory(&mut self) -> Option<u64> {
        if self.is_big()? {
            self.number(8, 8)
        } else {
            self.number(4, 4)
        }
    }

    /// The directory at `place`, as far as the file contains it; 0 means none.
    fn directory(&mut self, place: u64) -> Option<Directory> {
        if place == 0 {
            return None;
        }
        // Bytes of the entry count, of an entry, and of an entry's own count and offset.
        let (counted, size, wide) = if self.is_big()? {
            (8, 20, 8)
        } else {
            (2, 12, 4)
        };
        let count = self.number(place, counted)?.min(MOST_ENTRIES);
        let first = place.checked_add(counted)?;
        let after = first.checked_add(count * size)?;
        self.seek(SeekFrom::Start(first)).ok()?;
        let mut bytes = Vec::new();
        let mut all = Read::by_ref(self).take(count * size);
        all.read_to_end(&mut bytes).ok()?;
        let next = self.number(after, wide);
        let entries = (0..).zip(bytes.chunks_exact(size as usize));
        let entries = entries.map(|(index, entry)| Entry {
            tag: self.order.number(&entry[..2]),
            kind: self.order.number(&entry[2..4]),
            count: self.order.number(&entry[4..][..wide as usize]),
            value: first + index * size + 4 + wide,
        });
        Some(Directory {
            entries: entries.collect(),
            next,
        })
    }

    /// Offset of the photometric interpretation in the directory at `place`, if it is stored as a 16-bit number.
    fn interpretation(&mut self, place: u64) -> Option<u64> {
        let tag = u64::from(Tag::PhotometricInterpretation.to_u16());
        let directory = self.directory(place)?;
        let mut entries = directory.entries.iter();
        let entry = entries.find(|entry| entry.tag == tag && entry.kind == SHORT)?;
        Some(entry.value)
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

/// Whether a TIFF claims a text that is longer than the file or than any that is read. Such files are refused early,
/// because the decoder would print a warning to stderr.
pub(crate) fn has_endless_text(path: &Path) -> bool {
    AsGrey::open_any(path)
        .is_some_and(|(mut file, length)| file.promises_more_letters_than(length.min(MAX_BYTES)))
}

/// For a TIFF of palette indices: a decoder that reads the indices as grey values, their bits, and the palette.
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
    let grey = match file.order {
        Order::SmallestFirst => [GREY, 0],
        Order::LargestFirst => [0, GREY],
    };
    file.patch = Some((place, grey));
    file.seek(SeekFrom::Start(0)).ok()?;
    Some((Decoder::new(file).ok()?, bits, palette))
}

/// Maximum number of pages that are searched for another image.
pub(crate) const MOST_PAGES: usize = 16;
