//! The safetensors format: a JSON header, then the numbers of all tensors.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::bytes::Bytes;
use super::error::Refusal;
use super::stored::{Dtype, MAX_TENSORS, StoredTensor};

/// Bytes of the header's length, which precedes the header.
const LENGTH: usize = 8;
/// Maximum size of a header in bytes: some hundred for each of [`MAX_TENSORS`].
const MAX_HEADER: usize = 16 << 20;

pub(super) fn looks_like(head: &[u8], length: usize) -> bool {
    header_length(head).is_some_and(|header| header <= length) && head.get(LENGTH) == Some(&b'{')
}

fn header_length(head: &[u8]) -> Option<usize> {
    let length = head.first_chunk::<LENGTH>()?;
    usize::try_from(u64::from_le_bytes(*length)).ok()
}

pub(super) fn index(head: &[u8], bytes: &Bytes) -> Result<BTreeMap<String, StoredTensor>, Refusal> {
    let damaged = |found: String| Refusal::damaged("safetensors", found);
    let header = header_length(head).unwrap_or_default();
    if header > MAX_HEADER {
        return Err(damaged(format!("a header of {header} bytes")));
    }
    let start = LENGTH.saturating_add(header);
    if start > bytes.length() {
        return Err(damaged(format!(
            "a header of {header} bytes in a file of {}",
            bytes.length()
        )));
    }
    let text = bytes
        .read(LENGTH..start)
        .map_err(|error| damaged(error.to_string()))?;
    let Header(entries) =
        serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    check_places(&entries, bytes.length() - start).map_err(damaged)?;
    let mut tensors = BTreeMap::new();
    for (name, entry) in entries {
        let [from, until] = entry.data_offsets;
        let dtype = entry.dtype();
        let shape = match dtype {
            Dtype::Other(_) => vec![until - from],
            _ => entry.shape,
        };
        let tensor = StoredTensor::contiguous(dtype, shape, start + from..start + until)
            .map_err(|found| damaged(format!("'{name}' of {found}")))?;
        if tensors.insert(name.clone(), tensor).is_some() {
            return Err(damaged(format!("two tensors called '{name}'")));
        }
    }
    Ok(tensors)
}

/// Checks that the tensors follow each other without gaps from the header to the end of the file.
fn check_places(entries: &[(String, Entry)], room: usize) -> Result<(), String> {
    let mut places: Vec<([usize; 2], &str)> = entries
        .iter()
        .map(|(name, entry)| (entry.data_offsets, name.as_str()))
        .collect();
    places.sort_unstable();
    let mut end = 0;
    for ([from, until], name) in places {
        if from != end || until < from {
            return Err(format!(
                "'{name}' at the bytes {from} to {until} where {end} is the next"
            ));
        }
        end = until;
    }
    if end == room {
        Ok(())
    } else {
        Err(format!(
            "{room} bytes of numbers where the header has {end}"
        ))
    }
}

/// A tensor's entry in the header.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

impl Entry {
    fn dtype(&self) -> Dtype {
        match self.dtype.as_str() {
            "F16" => Dtype::F16,
            "BF16" => Dtype::BF16,
            "F32" => Dtype::F32,
            "F64" => Dtype::F64,
            "I64" => Dtype::I64,
            // Not a type of weights; only its presence matters.
            _ => Dtype::Other(1),
        }
    }
}

/// The entries in order. A map would hide a name that occurs twice.
struct Header(Vec<(String, Entry)>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("tensors by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut entries = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    if entries.len() == MAX_TENSORS {
                        return Err(A::Error::custom(format!("more than {MAX_TENSORS} tensors")));
                    }
                    entries.push((name, map.next_value()?));
                }
                Ok(Header(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
