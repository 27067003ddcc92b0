//! Voxel types.

/// The voxel types that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataType {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl DataType {
    const ALL: [Self; 10] = [
        Self::I8,
        Self::U8,
        Self::I16,
        Self::U16,
        Self::I32,
        Self::U32,
        Self::I64,
        Self::U64,
        Self::F32,
        Self::F64,
    ];

    /// Its code in the header.
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::U8 => 2,
            Self::I16 => 4,
            Self::I32 => 8,
            Self::F32 => 16,
            Self::F64 => 64,
            Self::I8 => 256,
            Self::U16 => 512,
            Self::U32 => 768,
            Self::I64 => 1024,
            Self::U64 => 1280,
        }
    }

    pub(crate) fn of_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The value of [`bytes`](Self::bytes) bytes; whole numbers of more than 53 bits are rounded.
    pub(crate) fn value(self, voxel: &[u8], big_endian: bool) -> f64 {
        let mut little = [0; 8];
        let bytes = &mut little[..voxel.len()];
        bytes.copy_from_slice(voxel);
        if big_endian {
            bytes.reverse();
        }
        let [a, b, c, d, ..] = little;
        match self {
            Self::I8 => f64::from(a as i8),
            Self::U8 => f64::from(a),
            Self::I16 => f64::from(i16::from_le_bytes([a, b])),
            Self::U16 => f64::from(u16::from_le_bytes([a, b])),
            Self::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Self::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Self::I64 => i64::from_le_bytes(little) as f64,
            Self::U64 => u64::from_le_bytes(little) as f64,
            Self::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Self::F64 => f64::from_le_bytes(little),
        }
    }
}

/// A description of a voxel type that is not read.
pub(crate) fn unread(code: i16) -> String {
    match code {
        1 => "single bits".into(),
        128 => "colours (RGB24)".into(),
        2304 => "colours (RGBA32)".into(),
        32 | 1792 | 2048 => "complex numbers".into(),
        1536 => "floating point of 128 bits".into(),
        _ => format!("data type {code}"),
    }
}
