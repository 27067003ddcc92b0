//! Arrays as NumPy pickles them.

use std::borrow::Cow;

use pickle::{Kind, Object, Value};

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    /// `b`, `u` or `i`: zero is all bytes 0.
    Whole,
    /// `f`.
    Float,
}

/// An array described by its pickle, not yet decoded.
#[derive(Debug)]
pub(super) struct Array<'p> {
    /// Length of each dimension.
    pub(super) shape: Vec<usize>,
    /// Fortran order: the first index varies fastest.
    columns_first: bool,
    number: Number,
    /// Size of an element in bytes.
    size: usize,
    /// Whether its bytes are big-endian.
    big_end_first: bool,
    bytes: Cow<'p, [u8]>,
}

/// The five parts of an array's state: version, shape, type, order, elements.
pub(super) fn state(value: Value<'_>) -> Result<[Value<'_>; 5], String> {
    let other = || format!("{} in place of an array", described(value));
    let object = call(value, "_reconstruct").ok_or_else(other)?;
    let state: Vec<Value<'_>> = object.state().ok_or_else(other)?.items().collect();
    state.try_into().map_err(|_| other())
}

/// The array that `numpy.…multiarray._reconstruct` and a state describe.
pub(super) fn reconstruct(value: Value<'_>) -> Result<Array<'_>, String> {
    let [_, shape, kind, order, elements] = state(value)?;
    let shape: Option<Vec<usize>> = shape
        .items()
        .map(|side| usize::try_from(side.as_i64()?).ok())
        .collect();
    let shape = shape.ok_or("an array whose shape is not made of whole numbers")?;
    let (number, size, big_end_first) = element_type(kind)?;
    let columns_first = order
        .as_bool()
        .ok_or("an array that does not state its order")?;
    let bytes = bytes_of(elements)
        .ok_or_else(|| format!("an array whose elements are {}", described(elements)))?;
    let wanted = shape
        .iter()
        .try_fold(size, |count, side| count.checked_mul(*side));
    if wanted != Some(bytes.len()) {
        return Err(format!(
            "an array with {} bytes for the shape {shape:?} of {size} bytes each",
            bytes.len()
        ));
    }
    Ok(Array {
        shape,
        columns_first,
        number,
        size,
        big_end_first,
        bytes,
    })
}

/// The bytes of a value: a bytes object, or the Latin-1 text by which Python 3 pickles bytes for Python 2.
fn bytes_of(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    if let Some(bytes) = value.as_bytes() {
        return Some(Cow::Borrowed(bytes));
    }
    let Kind::Object(object) = value.kind() else {
        return None;
    };
    if object.function() != Some(("_codecs", "encode")) {
        return None;
    }
    let mut arguments = object.arguments().items();
    let text = arguments.next()?.as_str()?;
    if arguments.next()?.as_str()? != "latin1" {
        return None;
    }
    let bytes: Option<Vec<u8>> = text
        .chars()
        .map(|letter| u8::try_from(letter).ok())
        .collect();
    Some(Cow::Owned(bytes?))
}

/// A call of one of NumPy's functions, under the name of its module before or since version 2.
fn call<'p>(value: Value<'p>, function: &str) -> Option<Object<'p>> {
    let Kind::Object(object) = value.kind() else {
        return None;
    };
    let modules = ["numpy.core.multiarray", "numpy._core.multiarray"];
    let (module, name) = object.function()?;
    (modules.contains(&module) && name == function).then_some(object)
}

/// The type and size of an element, and whether it is big-endian, from `numpy.dtype("u1", …)`.
fn element_type(value: Value<'_>) -> Result<(Number, usize, bool), String> {
    let other = || format!("an array of {}", described(value));
    let Kind::Object(object) = value.kind() else {
        return Err(other());
    };
    if object.function() != Some(("numpy", "dtype")) {
        return Err(other());
    }
    let name = object.arguments().items().next();
    let name = name.and_then(Value::as_str).ok_or_else(other)?;
    let (number, size) = match name {
        "b1" | "u1" | "i1" => (Number::Whole, 1),
        "u2" | "i2" => (Number::Whole, 2),
        "u4" | "i4" => (Number::Whole, 4),
        "u8" | "i8" => (Number::Whole, 8),
        "f4" => (Number::Float, 4),
        "f8" => (Number::Float, 8),
        _ => return Err(format!("an array of the type {name:?}")),
    };
    let order = object
        .state()
        .and_then(|state| state.items().nth(1)?.as_str());
    match order {
        Some("|" | "<" | "=") => Ok((number, size, false)),
        Some(">") => Ok((number, size, true)),
        _ => Err(other()),
    }
}

/// A value in an error: the function that it would call, or its type.
fn described(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Object(object) => object.function().map_or_else(
            || value.type_name(),
            |(module, name)| format!("a call of {module}.{name}"),
        ),
        _ => value.type_name(),
    }
}

impl Array<'_> {
    /// Whether each element is 1, with the first index varying slowest; `None` if one is neither 0 nor 1, or if there are
    /// not two
    /// dimensions.
    pub(super) fn zeros_and_ones(&self) -> Option<Vec<bool>> {
        let [height, width] = self.shape[..] else {
            return None;
        };
        let one: [u8; 8] = match (self.number, self.size) {
            (Number::Whole, _) => 1_u64.to_le_bytes(),
            (Number::Float, 4) => u64::from(1_f32.to_bits()).to_le_bytes(),
            (Number::Float, _) => 1_f64.to_bits().to_le_bytes(),
        };
        let mut one = one[..self.size].to_vec();
        if self.big_end_first {
            one.reverse();
        }
        let is_one = |element: &[u8]| {
            if element == one {
                Some(true)
            } else {
                element.iter().all(|byte| *byte == 0).then_some(false)
            }
        };
        let stored: Option<Vec<bool>> = self.bytes.chunks_exact(self.size).map(is_one).collect();
        let stored = stored?;
        if !self.columns_first {
            return Some(stored);
        }
        let place = |index: usize| stored[index % width * height + index / width];
        Some((0..height * width).map(place).collect())
    }
}
