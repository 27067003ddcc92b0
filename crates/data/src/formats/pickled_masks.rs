//! Labels in `.npy` files: pickled dictionaries of masks.
//!
//! A pickle is read as data (crate `pickle`): its calls are compared with those that NumPy writes for arrays, and none is
//! executed.

pub(crate) mod array;

use std::io::Read;
use std::path::Path;

use pickle::{Kind, Pickle, Value};

use crate::error::DataError;
use crate::files::open::open_file;
use crate::formats::npy::header::{ElementKind, NpyHeader};
use crate::formats::pickled_masks::array::reconstruct;

/// Maximum size of a file in bytes; the published ones take 6 MB.
const MAX_FILE: u64 = 32 << 20;

/// The masks of an image.
#[derive(Debug)]
pub(crate) struct Masks {
    /// Rows.
    pub(crate) height: usize,
    /// Columns.
    pub(crate) width: usize,
    /// A mask for each of the requested names, row after row; `None` if the file does not contain the structure.
    pub(crate) inside: Vec<Option<Vec<bool>>>,
}

/// Reads a pickled dictionary `{"image": …, "structures": {name: mask}}`, whose masks contain 0 and 1 and have some of
/// `names`.
///
/// # Errors
///
/// The file cannot be read, contains something else, or is too large.
pub(crate) fn read_masks(path: &Path, names: &[&str]) -> Result<Masks, DataError> {
    let bytes = read(path)?;
    masks(&bytes, names).map_err(|found| {
        DataError::new(
            path,
            format!(
                "a pickled dictionary {{\"image\": …, \"structures\": {{name: mask}}}}, with masks of 0 and 1 for {}",
                names.join(", ")
            ),
            found,
            "copy the file again; numpy.load(file, allow_pickle=True).item() shows what is in it",
        )
    })
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let unreadable = |found: String, advice: &str| {
        DataError::new(
            path,
            format!("a NumPy file of at most {} MiB", MAX_FILE >> 20),
            found,
            advice,
        )
    };
    let refused = |error: std::io::Error| {
        unreadable(error.to_string(), "check the path and the file's rights")
    };
    let (mut file, length) = open_file(path).map_err(refused)?;
    if length > MAX_FILE {
        return Err(unreadable(
            format!("{} MiB", length >> 20),
            "save the image and its masks at a smaller size",
        ));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(refused)?;
    Ok(bytes)
}

fn masks(bytes: &[u8], names: &[&str]) -> Result<Masks, String> {
    let mut data = bytes;
    let header = NpyHeader::read(&mut data).map_err(|error| error.to_string())?;
    if header.kind() != ElementKind::Object || !header.shape.is_empty() {
        return Err(format!(
            "an array of the type {} and the shape {:?}",
            header.element, header.shape
        ));
    }
    let pickle = Pickle::parse(data).map_err(|error| error.to_string())?;
    let dictionary = only_object(pickle.root())?;
    let structures = entry(dictionary, "structures")?;
    let mut size = None;
    let mut found: Vec<Option<Vec<bool>>> = vec![None; names.len()];
    for (name, mask) in structures.entries() {
        let position = name
            .as_str()
            .and_then(|name| names.iter().position(|known| *known == name));
        let Some(position) = position else {
            let name = name.as_str().unwrap_or("no text");
            return Err(format!("the structure {name:?}"));
        };
        let name = names[position];
        let array = reconstruct(mask).map_err(|found| format!("{found} as the mask {name:?}"))?;
        let [height, width] = array.shape[..] else {
            return Err(format!("a mask {name:?} of the shape {:?}", array.shape));
        };
        if *size.get_or_insert([height, width]) != [height, width] {
            return Err(format!("a mask {name:?} of another shape than the others"));
        }
        let values = array.zeros_and_ones();
        found[position] =
            Some(values.ok_or_else(|| format!("values other than 0 and 1 in the mask {name:?}"))?);
    }
    // Without any mask, the labels have the size of the image.
    let [height, width] = match size {
        Some(size) => size,
        None => image_size(entry(dictionary, "image")?)?,
    };
    if height == 0 || width == 0 {
        return Err(format!("arrays of {height}×{width}"));
    }
    Ok(Masks {
        height,
        width,
        inside: found,
    })
}

/// The only element of an array of one object.
fn only_object(root: Value<'_>) -> Result<Value<'_>, String> {
    let state = array::state(root)?;
    let elements = state[4];
    let mut items = elements.items();
    match (elements.kind(), items.next(), items.next()) {
        (Kind::List, Some(element), None) => Ok(element),
        _ => Err(format!(
            "{} in place of an array of one object",
            elements.type_name()
        )),
    }
}

fn entry<'p>(dictionary: Value<'p>, key: &str) -> Result<Value<'p>, String> {
    match dictionary.kind() {
        Kind::Dict => dictionary
            .get(key)
            .ok_or_else(|| format!("a dictionary without {key:?}")),
        _ => Err(format!(
            "{} in place of a dictionary",
            dictionary.type_name()
        )),
    }
}

fn image_size(image: Value<'_>) -> Result<[usize; 2], String> {
    let array = reconstruct(image).map_err(|found| format!("{found} as the image"))?;
    match array.shape[..] {
        [height, width] | [height, width, _] => Ok([height, width]),
        _ => Err(format!("an image of the shape {:?}", array.shape)),
    }
}
