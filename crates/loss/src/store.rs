//! The last known loss of every training image, kept sorted.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::error::LossError;

/// One loss per training image, and the images in the order of their losses.
///
/// An insertion searches in O(log N). Serialises as a list with null for an image not yet seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Vec<Option<f32>>", try_from = "Vec<Option<f32>>")]
pub struct LossStore {
    losses: Vec<Option<f32>>,
    /// The known images, smallest loss first, ties by image index.
    sorted: Vec<usize>,
}

impl LossStore {
    /// A store for `images` images, without any losses yet.
    #[must_use]
    pub fn new(images: usize) -> Self {
        Self {
            losses: vec![None; images],
            sorted: Vec::with_capacity(images),
        }
    }

    /// Replaces the last loss of `image` (its index in the training set).
    ///
    /// # Errors
    /// [`LossError::NonFinite`] for an infinite loss or NaN, [`LossError::NoSuchImage`] for an index beyond the end;
    /// the store is unchanged then.
    pub fn insert(&mut self, image: usize, loss: f32) -> Result<(), LossError> {
        if image >= self.losses.len() {
            return Err(LossError::NoSuchImage {
                image,
                images: self.losses.len(),
            });
        }
        if !loss.is_finite() {
            return Err(LossError::NonFinite { image, loss });
        }
        if let Some(known) = self.losses[image]
            && let Ok(position) = self.position(image, known)
        {
            self.sorted.remove(position);
        }
        // −0 would otherwise sort before 0, but ties go by image index.
        let loss = loss + 0.0;
        let (Ok(position) | Err(position)) = self.position(image, loss);
        self.sorted.insert(position, image);
        self.losses[image] = Some(loss);
        Ok(())
    }

    /// The rank of `image` among the known images: 1 for the smallest loss, ties by image index; `None` if not yet seen.
    #[must_use]
    pub fn rank(&self, image: usize) -> Option<usize> {
        let loss = self.get(image)?;
        self.position(image, loss).ok().map(|position| position + 1)
    }

    /// The last known loss of `image`.
    #[must_use]
    pub fn get(&self, image: usize) -> Option<f32> {
        self.losses.get(image).copied().flatten()
    }

    /// Number of images in the training set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.losses.len()
    }

    /// Whether the training set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.losses.is_empty()
    }

    /// Number of images with a known loss.
    #[must_use]
    pub fn known(&self) -> usize {
        self.sorted.len()
    }

    /// The losses in the order of the training set, NaN for an image not yet seen.
    #[must_use]
    pub fn to_vec(&self) -> Vec<f32> {
        self.losses
            .iter()
            .map(|loss| loss.unwrap_or(f32::NAN))
            .collect()
    }

    /// The store with these losses, in the form of [`to_vec`](Self::to_vec).
    ///
    /// # Errors
    /// [`LossError::NonFinite`] for an infinite loss.
    pub fn from_vec(losses: Vec<f32>) -> Result<Self, LossError> {
        let known = |loss: f32| (!loss.is_nan()).then_some(loss);
        losses.into_iter().map(known).collect::<Vec<_>>().try_into()
    }

    /// The position of `image` with `loss` in the sorted list, or where it would be inserted.
    fn position(&self, image: usize, loss: f32) -> Result<usize, usize> {
        self.sorted.binary_search_by(|&other| {
            let known = self.losses[other].map_or(Ordering::Less, |known| known.total_cmp(&loss));
            known.then(other.cmp(&image))
        })
    }
}

impl From<LossStore> for Vec<Option<f32>> {
    fn from(store: LossStore) -> Self {
        store.losses
    }
}

impl TryFrom<Vec<Option<f32>>> for LossStore {
    type Error = LossError;

    fn try_from(losses: Vec<Option<f32>>) -> Result<Self, LossError> {
        let mut store = Self::new(losses.len());
        for (image, loss) in losses.into_iter().enumerate() {
            if let Some(loss) = loss {
                store.insert(image, loss)?;
            }
        }
        Ok(store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::oracle::Random;

    #[test]
    fn ranks_count_from_the_smallest_loss_and_ties_go_by_image() {
        let store = LossStore::from_vec(vec![2.0, 0.5, f32::NAN, 2.0, -0.0, 0.0]).unwrap();
        let ranks: Vec<_> = (0..7).map(|image| store.rank(image)).collect();
        assert_eq!(
            ranks,
            [Some(4), Some(3), None, Some(5), Some(1), Some(2), None]
        );
        assert_eq!((store.len(), store.known()), (6, 5));
    }

    #[test]
    fn ranks_after_many_insertions_are_those_of_a_full_sort() {
        let mut random = Random::new(11);
        let mut store = LossStore::new(40);
        for _ in 0..600 {
            let image = random.below(40);
            // Few distinct values, so that ties are frequent.
            store.insert(image, random.below(7) as f32).unwrap();
            let losses = store.to_vec();
            for image in (0..40).filter(|&image| !losses[image].is_nan()) {
                let below = (0..40)
                    .filter(|&other| (losses[other], other) < (losses[image], image))
                    .count();
                assert_eq!(store.rank(image), Some(below + 1));
            }
        }
        assert_eq!(store.known(), 40);
    }

    #[test]
    fn a_loss_that_is_not_finite_is_refused_with_the_images_number_and_changes_nothing() {
        let mut store = LossStore::from_vec(vec![1.0, 2.0, 3.0]).unwrap();
        let before = store.clone();
        for loss in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let message = store.insert(1, loss).unwrap_err().to_string();
            assert!(message.contains("training image 1:"), "{message}");
        }
        assert_eq!(store, before);
        let infinite = LossStore::from_vec(vec![1.0, f32::INFINITY]);
        assert_eq!(
            infinite,
            Err(LossError::NonFinite {
                image: 1,
                loss: f32::INFINITY
            })
        );
    }

    #[test]
    fn an_image_beyond_the_end_is_refused() {
        let refused = LossStore::new(3).insert(3, 1.0);
        assert_eq!(
            refused,
            Err(LossError::NoSuchImage {
                image: 3,
                images: 3
            })
        );
    }

    #[test]
    fn a_store_survives_a_round_trip_through_json_and_through_a_list() {
        let store = LossStore::from_vec(vec![0.1, f32::NAN, 7.5, 1.0e-38]).unwrap();
        let text = serde_json::to_string(&store).unwrap();
        assert_eq!(serde_json::from_str::<LossStore>(&text).unwrap(), store);
        assert_eq!(LossStore::from_vec(store.to_vec()).unwrap(), store);
    }
}
