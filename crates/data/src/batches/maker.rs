//! Makes one batch.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::augmentation::Augmentation;
use crate::batches::host_batch::HostBatch;
use crate::batches::options::BatchOptions;
use crate::batches::samples::Samples;
use crate::error::DataError;

/// The state that the workers share.
#[derive(Debug)]
pub(crate) struct BatchMaker {
    pub(crate) samples: Samples,
    pub(crate) options: BatchOptions,
    pub(crate) ignore: u8,
}

impl BatchMaker {
    pub(crate) fn batch(
        &self,
        indices: &[usize],
        epoch: Option<usize>,
    ) -> Result<HostBatch, DataError> {
        let still = Augmentation::default();
        let (augmentation, size) = match epoch {
            Some(_) => (
                &self.options.augmentation,
                [self.options.height, self.options.width],
            ),
            None => (&still, self.options.sample_size()),
        };
        let [height, width] = size;
        let pixels = height * width;
        let mut images = vec![0.0; indices.len() * 3 * pixels];
        let mut labels = vec![0; indices.len() * pixels];
        for (position, &index) in indices.iter().enumerate() {
            let sample = self.samples.get(index)?;
            let mut random = generator(self.options.seed, epoch.unwrap_or(0), index);
            let values = &mut images[position * 3 * pixels..][..3 * pixels];
            let labels = &mut labels[position * pixels..][..pixels];
            augmentation.apply(&sample, size, self.ignore, &mut random, values, labels);
            self.options.normalise.apply(values);
        }
        Ok(HostBatch {
            indices: indices.to_vec(),
            images,
            labels,
            height,
            width,
        })
    }
}

/// The random numbers of one image in one epoch, or, with `usize::MAX`, of the order of an epoch.
pub(crate) fn generator(seed: u64, epoch: usize, index: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Different streams of one seed do not overlap.
    random.set_stream((epoch as u64) << 32 | (index as u64 & 0xFFFF_FFFF));
    random
}
