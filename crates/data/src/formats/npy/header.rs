//! The header of an array, with bounds on what a file may claim.

use std::io::{self, Read};

/// Maximum length in bytes of the header text; NumPy writes 118.
const MAX_HEADER: usize = 4096;

/// The kind of the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementKind {
    /// Floating-point numbers of 32 or 64 bits.
    Float,
    /// Whole numbers of 8 to 64 bits, signed or unsigned.
    Whole,
    /// Pickled Python objects.
    Object,
    /// Anything else: texts, booleans, times, records, numbers of other sizes.
    Other,
}

/// The description of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpyHeader {
    /// The element type as spelled in the file: `'<f4'`.
    pub element: String,
    /// Fortran order: the first index varies fastest.
    pub columns_first: bool,
    /// Length of each dimension.
    pub shape: Vec<u64>,
}

impl NpyHeader {
    /// Reads the header, up to the first byte of the array.
    ///
    /// # Errors
    ///
    /// The reader's error, or the header is not one of NumPy's; the message describes what was found.
    pub fn read(reader: &mut dyn Read) -> io::Result<Self> {
        let other = |found: String| io::Error::new(io::ErrorKind::InvalidData, found);
        let none = || other("no NumPy file".into());
        let cut = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => other("a file cut short".into()),
            _ => error,
        };
        let mut start = Vec::new();
        reader.take(8).read_to_end(&mut start)?;
        let &[b'\x93', b'N', b'U', b'M', b'P', b'Y', version, _] = &start[..] else {
            return Err(none());
        };
        let mut length = [0; 4];
        let digits = match version {
            1 => 2,
            2 | 3 => 4,
            _ => return Err(none()),
        };
        reader.read_exact(&mut length[..digits]).map_err(cut)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_HEADER {
            return Err(other(format!("a header of {length} bytes")));
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text).map_err(cut)?;
        parse(&String::from_utf8_lossy(&text))
            .ok_or_else(|| other("a header without type, order and shape".into()))
    }

    /// The kind of the elements.
    pub fn kind(&self) -> ElementKind {
        match Element::parse(&self.element) {
            Some(Element {
                letter: Letter::Float,
                ..
            }) => ElementKind::Float,
            Some(_) => ElementKind::Whole,
            None if self.element.starts_with("'|O") => ElementKind::Object,
            None => ElementKind::Other,
        }
    }

    /// Number of elements; `None` if it exceeds 64 bits.
    pub fn count(&self) -> Option<u64> {
        let mut sides = self.shape.iter();
        sides.try_fold(1_u64, |count, &side| count.checked_mul(side))
    }
}

/// The letters of NumPy types that are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letter {
    /// `f`.
    Float,
    /// `i`.
    Signed,
    /// `u`.
    Unsigned,
}

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) letter: Letter,
    /// Size in bytes.
    pub(super) size: usize,
    /// Whether its bytes are big-endian.
    pub(super) big_end_first: bool,
}

impl Element {
    /// Parses a quoted type: byte order, letter, size.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let &[b'\'', order, letter, size, b'\''] = text.as_bytes() else {
            return None;
        };
        let letter = match letter {
            b'f' => Letter::Float,
            b'i' => Letter::Signed,
            b'u' => Letter::Unsigned,
            _ => return None,
        };
        let size = usize::from(size.wrapping_sub(b'0'));
        let known = match letter {
            Letter::Float => [4, 8].contains(&size),
            Letter::Signed | Letter::Unsigned => [1, 2, 4, 8].contains(&size),
        };
        let big_end_first = match order {
            b'<' => false,
            b'>' => true,
            b'|' if size == 1 => false,
            _ => return None,
        };
        known.then_some(Self {
            letter,
            size,
            big_end_first,
        })
    }
}

/// Parses the dictionary, with its keys in any order. Nothing recurses, so nested brackets cannot overflow the stack.
fn parse(text: &str) -> Option<NpyHeader> {
    let mut rest = Rest(text);
    let (mut element, mut columns_first, mut shape) = (None, None, None);
    rest.token("{")?;
    while rest.token("}").is_none() {
        let key = rest.quoted()?;
        rest.token(":")?;
        match key {
            "descr" => element = Some(rest.element()?),
            "fortran_order" => columns_first = Some(rest.truth()?),
            "shape" => shape = Some(rest.shape()?),
            _ => return None,
        }
        if rest.token(",").is_none() {
            rest.token("}")?;
            break;
        }
    }
    rest.0.trim().is_empty().then_some(NpyHeader {
        element: element?,
        columns_first: columns_first?,
        shape: shape?,
    })
}

/// The remaining header text.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    /// Consumes a token and the space before it.
    fn token(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(token)?;
        Some(())
    }

    fn quoted(&mut self) -> Option<&'t str> {
        let text = self.0.trim_start();
        let quote = text.chars().next().filter(|first| "'\"".contains(*first))?;
        let (inside, rest) = text[1..].split_once(quote)?;
        self.0 = rest;
        Some(inside)
    }

    fn truth(&mut self) -> Option<bool> {
        match self.token("True") {
            Some(()) => Some(true),
            None => self.token("False").map(|()| false),
        }
    }

    fn shape(&mut self) -> Option<Vec<u64>> {
        let mut shape = Vec::new();
        self.token("(")?;
        while self.token(")").is_none() {
            let text = self.0.trim_start();
            let end = text.find(|digit: char| !digit.is_ascii_digit())?;
            shape.push(text[..end].parse().ok()?);
            self.0 = &text[end..];
            if self.token(",").is_none() {
                self.token(")")?;
                break;
            }
        }
        Some(shape)
    }

    /// A quoted type, or the fields of a record as written: a list of names and types.
    fn element(&mut self) -> Option<String> {
        if let Some(name) = self.quoted() {
            return Some(format!("'{name}'"));
        }
        let text = self.0.trim_start();
        text.strip_prefix('[')?;
        let mut depth = 0_usize;
        let mut quote = None;
        for (place, letter) in text.char_indices() {
            match (quote, letter) {
                (Some(open), _) if open == letter => quote = None,
                (None, '\'' | '"') => quote = Some(letter),
                (None, '[' | '(') => depth += 1,
                (None, ']' | ')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let (fields, rest) = text.split_at(place + 1);
                self.0 = rest;
                return Some(fields.into());
            }
        }
        None
    }
}
