//! One tensor within the bytes of a file.

use std::ops::Range;

use half::{bf16, f16};

use super::bytes::Bytes;

/// Maximum number of tensors in a file; the largest network here has fewer than two thousand.
pub(crate) const MAX_TENSORS: usize = 100_000;

/// Number types of weights, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dtype {
    F16,
    BF16,
    F32,
    F64,
    I64,
    /// Any other type, with its size in bytes.
    Other(usize),
}

impl Dtype {
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::F16 | Self::BF16 => 2,
            Self::F32 => 4,
            Self::F64 | Self::I64 => 8,
            Self::Other(bytes) => bytes,
        }
    }
}

/// Where a tensor's numbers are: number `i, j, …` at `offset + i·strides[0] + j·strides[1] + …` of its storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredTensor {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    strides: Vec<usize>,
    offset: usize,
    /// Range of bytes in the file.
    storage: Range<usize>,
    /// The CRC-32 of the storage, if the file has one.
    checksum: Option<u32>,
}

impl StoredTensor {
    /// Checks that every number is inside the storage, and that the tensor has no more numbers than the storage: a view that
    /// repeats its storage could have any size.
    pub(super) fn new(
        dtype: Dtype,
        shape: Vec<usize>,
        strides: Vec<usize>,
        offset: usize,
        storage: Range<usize>,
    ) -> Result<Self, String> {
        let room = storage.len() / dtype.bytes();
        let count = (shape.iter()).try_fold(1_usize, |count, &side| count.checked_mul(side));
        if shape.len() != strides.len() {
            return Err(format!("{} strides for the shape {shape:?}", strides.len()));
        }
        if count.is_none_or(|count| count > room) {
            return Err(format!(
                "the shape {shape:?} in a storage of {room} numbers"
            ));
        }
        let last = (shape.iter().zip(&strides)).try_fold(offset, |place, (&side, &stride)| {
            place.checked_add(side.saturating_sub(1).checked_mul(stride)?)
        });
        if count != Some(0) && last.is_none_or(|last| last >= room) {
            return Err(format!(
                "the shape {shape:?} with strides {strides:?} from number {offset} on in a storage of {room} numbers"
            ));
        }
        Ok(Self {
            dtype,
            shape,
            strides,
            offset,
            storage,
            checksum: None,
        })
    }

    /// The same with the checksum of its storage.
    pub(super) fn checked_by(self, checksum: Option<u32>) -> Self {
        Self { checksum, ..self }
    }

    /// A tensor stored row by row from the first number of the storage.
    pub(super) fn contiguous(
        dtype: Dtype,
        shape: Vec<usize>,
        storage: Range<usize>,
    ) -> Result<Self, String> {
        let mut strides = vec![1_usize; shape.len()];
        for place in (1..shape.len()).rev() {
            strides[place - 1] = strides[place].saturating_mul(shape[place]);
        }
        Self::new(dtype, shape, strides, 0, storage)
    }

    /// The storage's range in the file and its checksum.
    pub(super) fn storage(&self) -> (Range<usize>, Option<u32>) {
        (self.storage.clone(), self.checksum)
    }

    /// The bytes of the file from its first number to its last.
    fn span(&self) -> Range<usize> {
        if self.shape.contains(&0) {
            return self.storage.start..self.storage.start;
        }
        let steps = self.shape.iter().zip(&self.strides);
        let last = steps
            .map(|(side, stride)| (side - 1) * stride)
            .sum::<usize>();
        let start = self.storage.start + self.offset * self.dtype.bytes();
        start..start + (last + 1) * self.dtype.bytes()
    }

    /// Its numbers row by row.
    ///
    /// # Errors
    ///
    /// The numbers cannot be read, have a type that is not supported for weights, or are too far apart; the text describes what
    /// was found.
    pub(super) fn values(&self, file: &Bytes) -> Result<Vec<f32>, String> {
        /// Bytes between a tensor's numbers that may be read with it: a part of a larger tensor is often stored with the whole.
        const BETWEEN: usize = 64 << 20;
        let span = self.span();
        let own = self.shape.iter().product::<usize>() * self.dtype.bytes();
        if span.len() > own.saturating_mul(8).saturating_add(BETWEEN) {
            return Err(format!("numbers spread over {} bytes", span.len()));
        }
        let bytes = file.read(span).map_err(|error| error.to_string())?;
        self.numbers(&bytes).ok_or_else(|| "others".to_string())
    }

    /// Its numbers row by row, from the bytes of its span; `None` for a type that is not supported for weights.
    fn numbers(&self, storage: &[u8]) -> Option<Vec<f32>> {
        match self.dtype {
            Dtype::F16 => Some(self.gather(storage, |bytes| f16::from_le_bytes(bytes).to_f32())),
            Dtype::BF16 => Some(self.gather(storage, |bytes| bf16::from_le_bytes(bytes).to_f32())),
            Dtype::F32 => Some(self.gather(storage, f32::from_le_bytes)),
            Dtype::F64 => Some(self.gather(storage, |bytes| f64::from_le_bytes(bytes) as f32)),
            Dtype::I64 => Some(self.gather(storage, |bytes| i64::from_le_bytes(bytes) as f32)),
            Dtype::Other(_) => None,
        }
    }

    fn gather<const N: usize>(&self, storage: &[u8], number: fn([u8; N]) -> f32) -> Vec<f32> {
        let (numbers, _) = storage.as_chunks::<N>();
        let count = self.shape.iter().product();
        let mut place = vec![0; self.shape.len()];
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            let steps = place.iter().zip(&self.strides);
            let at = steps.map(|(step, stride)| step * stride).sum::<usize>();
            values.push(number(numbers[at]));
            for (step, &side) in place.iter_mut().zip(&self.shape).rev() {
                *step += 1;
                if *step < side {
                    break;
                }
                *step = 0;
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(tensor: &StoredTensor, file: &[u8]) -> Option<Vec<f32>> {
        tensor.numbers(&file[tensor.span()])
    }

    #[test]
    fn views_are_read_row_by_row() {
        let file: Vec<u8> = (0..12).flat_map(|k| (k as f32).to_le_bytes()).collect();
        let view = |shape: &[usize], strides: &[usize], offset| {
            StoredTensor::new(Dtype::F32, shape.to_vec(), strides.to_vec(), offset, 0..48)
        };
        let transposed = view(&[4, 3], &[1, 4], 0).expect("within");
        assert_eq!(
            values(&transposed, &file).expect("numbers"),
            [0., 4., 8., 1., 5., 9., 2., 6., 10., 3., 7., 11.]
        );
        let part = view(&[2, 2], &[4, 1], 5).expect("within");
        assert_eq!(values(&part, &file).expect("numbers"), [5., 6., 9., 10.]);
        let scalar = view(&[], &[], 11).expect("within");
        assert_eq!(values(&scalar, &file).expect("a number"), [11.]);
        let nothing = view(&[0, 5], &[5, 1], 99).expect("an empty tensor");
        assert_eq!(values(&nothing, &file).expect("none"), [0.0; 0]);
        for (shape, strides, offset) in [
            (&[13][..], &[1][..], 0),
            (&[3], &[1], 10),
            (&[usize::MAX, 2], &[0, 0], 0),
            (&[4, 4], &[0, 1], 0),
            (&[2], &[usize::MAX], 0),
            (&[2], &[1], usize::MAX),
            (&[2, 2], &[1], 0),
        ] {
            assert!(
                view(shape, strides, offset).is_err(),
                "{shape:?} {strides:?}"
            );
        }
    }

    #[test]
    fn every_type_of_number_becomes_single_precision() {
        let single = |dtype, bytes: &[u8]| {
            let tensor = StoredTensor::contiguous(dtype, vec![1], 0..bytes.len());
            values(&tensor.expect("within"), bytes).map(|values| values[0])
        };
        assert_eq!(single(Dtype::F16, &[0x00, 0xc1]), Some(-2.5));
        assert_eq!(single(Dtype::BF16, &[0x20, 0xc0]), Some(-2.5));
        assert_eq!(single(Dtype::F64, &0.1_f64.to_le_bytes()), Some(0.1));
        assert_eq!(single(Dtype::I64, &(-7_i64).to_le_bytes()), Some(-7.0));
        assert_eq!(single(Dtype::Other(1), &[1]), None);
    }
}
