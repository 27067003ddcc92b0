//! Damage to the bytes of a file.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Number of first bytes in which damage has the most effect: those of a header.
const HEAD: usize = 348;

/// Numbers at the limits of what a field can contain.
const EXTREMES: [u32; 10] = [
    0,
    u32::MAX,
    i32::MAX as u32,
    0x7FFF_7FFF,
    0x8000_8000,
    0xFEFE_FEFE,
    f32::NAN.to_bits(),
    f32::INFINITY.to_bits(),
    f32::MAX.to_bits(),
    (-1_f32).to_bits(),
];

/// Damages bytes in one to six places: a bit or a byte changed, a number made extreme, the end cut off, a piece doubled,
/// removed or inserted.
pub(crate) fn damage(valid: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for _ in 0..random.random_range(1..=6) {
        if bytes.is_empty() {
            return bytes;
        }
        let end = if random.random_bool(0.5) {
            bytes.len().min(HEAD)
        } else {
            bytes.len()
        };
        let at = random.random_range(0..end);
        let piece = at..bytes.len().min(at + random.random_range(1..=64));
        match random.random_range(0..8) {
            0 => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes[at] = random.random(),
            2 | 3 => {
                let number = EXTREMES[random.random_range(0..EXTREMES.len())].to_le_bytes();
                let count = random.random_range(1..=4).min(bytes.len() - at);
                bytes[at..at + count].copy_from_slice(&number[..count]);
            }
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(piece)),
            6 => bytes.insert(at, random.random()),
            _ => {
                let piece = bytes[piece].to_vec();
                let to = random.random_range(0..=bytes.len());
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes
}
