//! The safetensors format: a JSON header, then the numbers of all tensors.

use std::collections::BTreeMap;

use safetensors::{Dtype as Kind, SafeTensors};

use super::error::Refusal;
use super::file::MAX_TENSORS;
use super::stored::{Dtype, StoredTensor};

/// The header's length stands before it.
const LENGTH: usize = 8;

pub(super) fn looks_like(bytes: &[u8]) -> bool {
    let length = bytes
        .first_chunk::<LENGTH>()
        .map(|&length| u64::from_le_bytes(length));
    length.is_some_and(|length| length <= bytes.len() as u64) && bytes.get(LENGTH) == Some(&b'{')
}

pub(super) fn index(bytes: &[u8]) -> Result<BTreeMap<String, StoredTensor>, Refusal> {
    let damaged = |found: String| {
        Refusal::new(
            format!("expected safetensors, found {found}"),
            "fetch the file again: it is damaged or not whole",
        )
    };
    let (header, metadata) =
        SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
    let start = LENGTH + header;
    let names = metadata.offset_keys();
    if names.len() > MAX_TENSORS {
        return Err(damaged(format!("more than {MAX_TENSORS} tensors")));
    }
    let mut tensors = BTreeMap::new();
    for name in names {
        let Some(info) = metadata.info(&name) else {
            continue;
        };
        let dtype = match info.dtype {
            Kind::F16 => Dtype::F16,
            Kind::BF16 => Dtype::BF16,
            Kind::F32 => Dtype::F32,
            Kind::F64 => Dtype::F64,
            Kind::I64 => Dtype::I64,
            // No weights: only that it is there counts.
            _ => Dtype::Other(1),
        };
        let (from, until) = info.data_offsets;
        let shape = match dtype {
            Dtype::Other(_) => vec![until - from],
            _ => info.shape.clone(),
        };
        let tensor = StoredTensor::contiguous(dtype, shape, start + from..start + until)
            .map_err(|found| damaged(format!("'{name}' of {found}")))?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}
