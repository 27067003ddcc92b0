//! How much of a page pictures may take.

use image::RgbImage;

use crate::error::RunnerError;
use crate::page::picture::Packed;

/// Bytes for all pictures together: a page stays below five million.
const PICTURES: usize = 4_100_000;

/// What is left for pictures.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { left: PICTURES }
    }

    /// Packs a picture; none if there is no room for it any more.
    ///
    /// # Errors
    ///
    /// An image that cannot be packed.
    pub(super) fn pack(&mut self, image: &RgbImage) -> Result<Option<Packed>, RunnerError> {
        if self.left == 0 {
            return Ok(None);
        }
        let packed = Packed::new(image)?;
        if packed.bytes() > self.left {
            // Nothing larger would follow, and smaller ones would be an odd choice.
            self.left = 0;
            return Ok(None);
        }
        self.left -= packed.bytes();
        Ok(Some(packed))
    }

    /// Keeps this fraction of what is left for later sections.
    pub(super) fn reserve(&mut self, share: f64) -> Self {
        let kept = (self.left as f64 * share) as usize;
        self.left -= kept;
        Self { left: kept }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_end_where_their_room_ends() {
        let noise = |seed: u32| {
            RgbImage::from_fn(64, 64, |x, y| {
                let hash = (x * 7919 + y * 104_729 + seed).wrapping_mul(2_654_435_761);
                image::Rgb([(hash >> 8) as u8, (hash >> 16) as u8, (hash >> 24) as u8])
            })
        };
        let mut budget = Budget { left: 40_000 };
        let mut later = budget.reserve(0.25);
        assert_eq!([budget.left, later.left], [30_000, 10_000]);
        let mut packed = 0;
        while let Some(picture) = budget.pack(&noise(packed)).expect("packed") {
            packed += 1;
            assert!(picture.bytes() < 30_000);
        }
        assert!((1..30).contains(&packed), "{packed}");
        // None after the first that had no room.
        assert!(budget.pack(&RgbImage::new(1, 1)).expect("packed").is_none());
        assert!(later.pack(&RgbImage::new(1, 1)).expect("packed").is_some());
    }
}
