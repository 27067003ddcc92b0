//! TIFF files of any kind, written tag by tag: other programs write them, but no encoder here.

use std::fs;
use std::path::Path;

/// Types of a tag's values.
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// One page to be written.
#[derive(Clone)]
pub(crate) struct Page {
    /// Tags with their 16-bit values; widths and offsets of the data are added.
    pub(crate) tags: Vec<(u16, Vec<u16>)>,
    /// Rows and columns.
    pub(crate) size: [u32; 2],
    /// Rows and columns of a tile; none for one strip.
    pub(crate) tile: Option<[u32; 2]>,
    /// The strip, or the tiles.
    pub(crate) data: Vec<Vec<u8>>,
}

impl Page {
    /// Grey values of this many bits in one strip; `format` is 1 for unsigned, 2 for signed, 3 for floating-point numbers.
    pub(crate) fn grey(size: [u32; 2], bits: u16, format: u16, data: Vec<u8>) -> Self {
        Self {
            tags: vec![(258, vec![bits]), (262, vec![1]), (339, vec![format])],
            size,
            tile: None,
            data: vec![data],
        }
    }

    /// Indices of 8 bits with their palette.
    pub(crate) fn palette(size: [u32; 2], colours: &[[u16; 3]], data: Vec<u8>) -> Self {
        let parts = [0, 1, 2].map(|part| {
            let given = colours.iter().map(|colour| colour[part]);
            given.chain(std::iter::repeat(0)).take(256).collect()
        });
        let parts: [Vec<u16>; 3] = parts;
        Self {
            tags: vec![(258, vec![8]), (262, vec![3]), (320, parts.concat())],
            ..Self::grey(size, 8, 1, data)
        }
    }
}

/// Writes the pages in little-endian order; `big` with offsets of 64 bits.
pub(crate) fn write(path: &Path, pages: &[Page], big: bool) {
    let mut file = if big {
        b"II\x2B\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec()
    } else {
        b"II\x2A\0\x08\0\0\0".to_vec()
    };
    for (index, page) in pages.iter().enumerate() {
        add(&mut file, page, big, index + 1 < pages.len());
    }
    fs::write(path, file).unwrap();
}

fn add(file: &mut Vec<u8>, page: &Page, big: bool, more: bool) {
    let short = |values: &[u16]| -> Vec<u8> {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        bytes.collect()
    };
    let long = |values: &[u32]| -> Vec<u8> {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        bytes.collect()
    };
    let [height, width] = page.size;
    let mut tags: Vec<(u16, u16, Vec<u8>)> =
        vec![(256, LONG, long(&[width])), (257, LONG, long(&[height]))];
    let tags_of_page = page.tags.iter();
    tags.extend(tags_of_page.map(|(tag, values)| (*tag, SHORT, short(values))));
    let lengths: Vec<u32> = page.data.iter().map(|data| data.len() as u32).collect();
    let (places, counts) = if let Some([rows, columns]) = page.tile {
        tags.push((322, LONG, long(&[columns])));
        tags.push((323, LONG, long(&[rows])));
        (324, 325)
    } else {
        tags.push((278, LONG, long(&[height])));
        (273, 279)
    };
    tags.push((counts, LONG, long(&lengths)));
    tags.push((places, LONG, vec![0; 4 * lengths.len()]));
    tags.sort();
    let (count, entry, inline) = if big { (8, 20, 8) } else { (2, 12, 4) };
    let directory = count + entry * tags.len() + inline;
    // Values that do not fit into the directory follow it, and the data follow those.
    let outside: usize = tags
        .iter()
        .map(|tag| tag.2.len())
        .filter(|length| *length > inline)
        .sum();
    let mut place = file.len() + directory + outside;
    let places_of_data: Vec<u32> = lengths
        .iter()
        .map(|length| {
            place += *length as usize;
            place as u32 - length
        })
        .collect();
    for tag in tags.iter_mut().filter(|tag| tag.0 == places) {
        tag.2 = long(&places_of_data);
    }
    let number = |value: usize| (value as u64).to_le_bytes();
    let mut behind = file.len() + directory;
    let mut values: Vec<u8> = Vec::new();
    file.extend(&number(tags.len())[..count]);
    for (tag, kind, bytes) in &tags {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        let each = if *kind == SHORT { 2 } else { 4 };
        file.extend(&number(bytes.len() / each)[..inline]);
        if bytes.len() > inline {
            file.extend(&number(behind)[..inline]);
            behind += bytes.len();
            values.extend(bytes);
        } else {
            let mut padded = bytes.clone();
            padded.resize(inline, 0);
            file.extend(padded);
        }
    }
    let next = if more { place } else { 0 };
    file.extend(&number(next)[..inline]);
    file.extend(values);
    file.extend(page.data.concat());
}
