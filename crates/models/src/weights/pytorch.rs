//! The formats of `torch.save`: a pickle in which tensors are calls with storages as arguments, and the storages' bytes.

mod states;

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use pickle::{Kind, Pickle, Value};
use zip::{CompressionMethod, ZipArchive};

use super::bytes::Bytes;
use super::error::{Refusal, SAVE_AGAIN};
use super::stored::{MAX_TENSORS, StoredTensor};
use states::{Entry, Storages, element_bytes, storages, tensors};

/// 0x1950a86a20f9469cfc6c, little-endian: the magic number of the old format.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// Maximum size of a file's pickles in bytes. Two thousand tensors take some hundred thousand.
const MAX_PICKLE: usize = 16 << 20;
/// Maximum bytes read to find and parse an archive's directory: some hundred for each of [`MAX_TENSORS`] entries.
const MAX_DIRECTORY: u64 = 16 << 20;

fn parse(bytes: &[u8]) -> Result<Pickle<'_>, Refusal> {
    Pickle::parse(bytes).map_err(|error| {
        Refusal::new(
            "a pickle",
            format!("one that could not be read: {error}"),
            "download the file again; if it is complete, save the weights alone in PyTorch: torch.save(model.state_dict(), …)",
        )
    })
}

fn unreadable(error: io::Error) -> Refusal {
    Refusal::damaged(
        "a readable file",
        format!("one that could not be read: {error}"),
    )
}

fn big_endian() -> Refusal {
    Refusal::new(
        "little-endian numbers",
        "another order of bytes",
        SAVE_AGAIN,
    )
}

/// An archive: `NAME/data.pkl`, `NAME/byteorder`, and `NAME/data/KEY` for every storage, uncompressed.
pub(super) fn zip(bytes: &Bytes) -> Result<BTreeMap<String, StoredTensor>, Refusal> {
    let damaged = |error: zip::result::ZipError| {
        Refusal::damaged("an archive", format!("one that could not be read: {error}"))
    };
    let left = Cell::new(MAX_DIRECTORY);
    let file = bytes.from(0).map_err(|error| damaged(error.into()))?;
    let file = BufReader::new(Bounded { file, left: &left });
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    left.set(u64::MAX);
    if archive.len() > MAX_TENSORS {
        let found = archive.len();
        let expected = format!("at most {MAX_TENSORS} entries");
        return Err(Refusal::damaged(expected, found.to_string()));
    }
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        let length = entry.size();
        if entry.compression() != CompressionMethod::Stored || entry.compressed_size() != length {
            return Err(Refusal::new(
                "entries that are not compressed, as torch.save writes them",
                format!("'{name}', which is"),
                SAVE_AGAIN,
            ));
        }
        let start = entry.data_start();
        let range = start.and_then(|start| {
            let until = start.checked_add(length)?;
            (until <= bytes.length() as u64).then_some(start as usize..until as usize)
        });
        let range = range.ok_or_else(|| {
            Refusal::damaged(
                format!("{length} bytes of '{name}'"),
                format!("fewer in the file's {}", bytes.length()),
            )
        })?;
        // PyTorch can be configured to write no checksums; they are 0 then.
        let checksum = Some(entry.crc32()).filter(|sum| *sum != 0);
        drop(entry);
        entries.insert(name, (range, checksum));
    }
    let root = entries
        .keys()
        .filter_map(|name| name.strip_suffix("data.pkl"))
        .filter(|root| root.is_empty() || root.ends_with('/'))
        .min_by_key(|root| root.len())
        .map(str::to_string)
        .ok_or_else(|| {
            Refusal::new(
                "an archive of torch.save with an entry data.pkl",
                "none",
                "give a .safetensors, .pth or .pt file",
            )
        })?;
    if let Some(entry) = entries.get(&format!("{root}byteorder"))
        && small(bytes, entry)? != b"little"
    {
        return Err(big_endian());
    }
    let text = small(bytes, &entries[&format!("{root}data.pkl")])?;
    let pickle = parse(&text)?;
    let prefix = format!("{root}data/");
    let storages: Storages = (entries.into_iter())
        .filter_map(|(name, entry)| Some((name.strip_prefix(&prefix)?.to_string(), entry)))
        .collect();
    tensors(&pickle, &storages)
}

/// The bytes of an entry other than a storage.
fn small(bytes: &Bytes, (range, checksum): &Entry) -> Result<Vec<u8>, Refusal> {
    if range.len() > MAX_PICKLE {
        let expected = format!("a pickle of at most {MAX_PICKLE} bytes");
        return Err(Refusal::damaged(expected, range.len().to_string()));
    }
    let read = bytes.read(range.clone());
    let read = read.map_err(unreadable)?;
    match checksum {
        Some(sum) if crc32fast::hash(&read) != *sum => {
            Err(Refusal::damaged("the bytes of its checksum", "others"))
        }
        _ => Ok(read),
    }
}

/// A file with a limit on the bytes read from it.
struct Bounded<'a> {
    file: &'a File,
    left: &'a Cell<u64>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let left = self.left.get().checked_sub(count as u64);
        let left = left.ok_or_else(|| io::Error::other("a directory with too many entries"))?;
        self.left.set(left);
        Ok(count)
    }
}

impl Seek for Bounded<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Whether a file begins with the magic number of the old format, as a pickle of any protocol.
pub(super) fn looks_legacy(bytes: &[u8]) -> bool {
    const WITHIN: usize = 32;
    let start = &bytes[..bytes.len().min(WITHIN)];
    start.windows(MAGIC.len()).any(|window| window == MAGIC)
}

/// The old format: pickles of the magic number, the version, the system, the values, and the storages' keys; then, for every
/// key, the count of its numbers and the numbers.
pub(super) fn legacy(bytes: &Bytes) -> Result<BTreeMap<String, StoredTensor>, Refusal> {
    let head = bytes.head(MAX_PICKLE).map_err(unreadable)?;
    let mut position = 0;
    let mut next = || -> Result<Pickle<'_>, Refusal> {
        let pickle = parse(&head[position..])?;
        position += pickle.end();
        Ok(pickle)
    };
    let magic = next()?;
    if !matches!(magic.root().kind(), Kind::BigInt(number) if number == MAGIC) {
        return Err(Refusal::damaged(
            "the magic number of PyTorch at the start",
            "another value",
        ));
    }
    let version = next()?.root().as_i64();
    if version != Some(1001) {
        return Err(Refusal::new(
            "version 1001 of the old format of PyTorch",
            format!("{version:?}"),
            SAVE_AGAIN,
        ));
    }
    let system = next()?;
    if system.root().get("little_endian").and_then(Value::as_bool) != Some(true) {
        return Err(big_endian());
    }
    let values = next()?;
    let keys = next()?;
    let sizes: HashMap<&str, usize> = storages(&values)?
        .into_iter()
        .map(|storage| (storage.key, element_bytes(storage.kind)))
        .collect();
    let mut ranges = Storages::new();
    for key in keys.root().items() {
        let key = key
            .as_str()
            .ok_or_else(|| Refusal::damaged("strings as the storages' keys", "other values"))?;
        let size = *sizes.get(key).ok_or_else(|| {
            Refusal::damaged(
                "storages of tensors",
                format!("storage '{key}', which belongs to no tensor"),
            )
        })?;
        let rest = bytes.length().saturating_sub(position);
        let count = bytes.read(position..position + 8).ok();
        let count = count.and_then(|count| Some(u64::from_le_bytes(count.try_into().ok()?)));
        let length = count
            .and_then(|count| usize::try_from(count).ok()?.checked_mul(size))
            .filter(|&length| length <= rest.saturating_sub(8));
        let length = length.ok_or_else(|| {
            Refusal::damaged(
                format!("storage '{key}' of {count:?} numbers"),
                format!("fewer in the file's {} bytes", bytes.length()),
            )
        })?;
        let range = position + 8..position + 8 + length;
        ranges.insert(key.to_string(), (range, None));
        position += 8 + length;
    }
    tensors(&values, &ranges)
}
