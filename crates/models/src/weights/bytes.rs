//! The bytes of a file, read on demand: a size claimed by a file costs nothing until it has been checked.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// A regular file. Reading a pipe would block, and a device may never end.
pub(super) struct Bytes {
    file: File,
    length: usize,
}

impl Bytes {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let about = fs::metadata(path)?;
        if !about.is_file() {
            let found = if about.is_dir() {
                "a folder"
            } else {
                "a pipe or a device"
            };
            return Err(io::Error::new(io::ErrorKind::InvalidInput, found));
        }
        Ok(Self {
            file: File::open(path)?,
            length: usize::try_from(about.len()).map_err(io::Error::other)?,
        })
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// A reader from the byte `start`. Only one at a time: all share the file's position.
    pub(super) fn from(&self, start: usize) -> io::Result<&File> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(start as u64))?;
        Ok(file)
    }

    /// The bytes of a range within the file.
    pub(super) fn read(&self, range: Range<usize>) -> io::Result<Vec<u8>> {
        let wanted = range.len();
        let mut bytes = Vec::new();
        self.from(range.start)?
            .take(wanted as u64)
            .read_to_end(&mut bytes)?;
        if bytes.len() < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    /// The first `most` bytes, or all of a shorter file.
    pub(super) fn head(&self, most: usize) -> io::Result<Vec<u8>> {
        self.read(0..self.length.min(most))
    }

    /// Passes these bytes on piece by piece.
    pub(super) fn pieces(
        &self,
        range: Range<usize>,
        mut take: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        const PIECE: usize = 1 << 16;
        let part = self.from(range.start)?.take(range.len() as u64);
        let mut part = BufReader::with_capacity(PIECE, part);
        loop {
            let piece = part.fill_buf()?;
            if piece.is_empty() {
                return Ok(());
            }
            take(piece);
            let read = piece.len();
            part.consume(read);
        }
    }
}
