//! Batches on worker threads, in an order that the seed and the epoch alone decide.

pub(crate) mod epoch_batches;
pub(crate) mod options;
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::augmentation::Augmentation;
use crate::batches::epoch_batches::EpochBatches;
use crate::batches::options::BatchOptions;
use crate::batches::samples::{ImageGroup, Samples};
use crate::dataset::Dataset;
use crate::dataset::overview::Overview;
use crate::error::DataError;
use crate::options::Split;

/// A batch, ready to be copied to a device.
#[derive(Clone, Debug, PartialEq)]
pub struct HostBatch {
    /// Which images: positions among the split's images, which are its cases or the slices of its volumes.
    pub indices: Vec<usize>,
    /// `[batch, 3, height, width]`, normalised.
    pub images: Vec<f32>,
    /// `[batch, height, width]`, class numbers or the ignore value.
    pub labels: Vec<i32>,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl HostBatch {
    /// The batch without the images for which `left_out`, one flag for each image, is true.
    #[must_use]
    pub fn without(mut self, left_out: &[bool]) -> Self {
        if !left_out.contains(&true) {
            return self;
        }
        self.images = kept(&self.images, left_out);
        self.labels = kept(&self.labels, left_out);
        self.indices = kept(&self.indices, left_out);
        self
    }
}

/// The equal parts of `values`, one for each image, that are not left out.
fn kept<T: Copy>(values: &[T], left_out: &[bool]) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len());
    for (part, left_out) in values
        .chunks_exact(values.len() / left_out.len())
        .zip(left_out)
    {
        if !left_out {
            kept.extend_from_slice(part);
        }
    }
    kept
}

/// The images of one split, and the batches of any epoch.
#[derive(Clone, Debug)]
pub struct BatchSource {
    shared: Arc<Shared>,
}

/// What the workers see.
#[derive(Debug)]
struct Shared {
    samples: Samples,
    options: BatchOptions,
    ignore: u8,
}

impl BatchSource {
    /// Reads and resizes every case of a split on all cores, telling `progress` how many cases are done, and keeps in memory
    /// the images that fit into `cache_bytes`.
    ///
    /// # Errors
    ///
    /// Options that make no sense, before anything is read; then a case that cannot be read, whether it would be kept or not.
    pub fn new(
        dataset: &Dataset,
        split: Split,
        options: BatchOptions,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, DataError> {
        options.validate(&dataset.root)?;
        let mut samples = Samples::of_split(dataset, split, options.sample_size())?;
        let room = options.cache_bytes / options.sample_bytes();
        samples.read_all(room, dataset.ignore, progress)?;
        Ok(Self::from_samples(samples, options, dataset.ignore))
    }

    /// As [`new`](Self::new), without reading more than the headers of volumes yet and without keeping anything: every image
    /// is read each time that it is asked for.
    ///
    /// # Errors
    ///
    /// Options that make no sense, or a volume whose header cannot be read.
    pub fn unread(
        dataset: &Dataset,
        split: Split,
        options: BatchOptions,
    ) -> Result<Self, DataError> {
        options.validate(&dataset.root)?;
        let samples = Samples::of_split(dataset, split, options.sample_size())?;
        Ok(Self::from_samples(samples, options, dataset.ignore))
    }

    fn from_samples(samples: Samples, options: BatchOptions, ignore: u8) -> Self {
        Self {
            shared: Arc::new(Shared {
                samples,
                options,
                ignore,
            }),
        }
    }

    /// The cases that the images come from, in the order of [`in_order`](Self::in_order).
    pub fn groups(&self) -> &[ImageGroup] {
        self.shared.samples.groups()
    }

    /// What the images hold, at training size; nothing of images that are [unread](Self::unread).
    pub fn overview(&self) -> &Overview {
        self.shared.samples.overview()
    }

    /// A name for every image: that of its case, with the slice if the case has several.
    pub fn names(&self) -> Vec<String> {
        self.groups()
            .iter()
            .flat_map(|group| {
                (0..group.images).map(|slice| {
                    if group.images == 1 {
                        group.stem.clone()
                    } else {
                        format!("{}, slice {slice}", group.stem)
                    }
                })
            })
            .collect()
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.shared.samples.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many images are in memory; the others are read anew for every epoch.
    pub fn kept(&self) -> usize {
        self.shared.samples.kept()
    }

    /// Bytes that the images in memory take.
    pub fn kept_bytes(&self) -> usize {
        self.kept() * self.shared.options.sample_bytes()
    }

    /// One image as a batch of its own: as it is augmented in an epoch (from 1), or as it is.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn image(&self, index: usize, epoch: Option<usize>) -> Result<HostBatch, DataError> {
        self.shared.batch(&[index], epoch)
    }

    /// Batches of one epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.len().div_ceil(self.shared.options.batch_size)
    }

    /// The batches of an epoch (from 1), shuffled and augmented, without the first `skip`.
    ///
    /// The order comes from seed and epoch, the augmentation of an image from seed, epoch and image: however many threads
    /// there are, and wherever an epoch is taken up again, the batches are the same.
    pub fn epoch(&self, epoch: usize, skip: usize) -> EpochBatches {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut generator(self.shared.options.seed, epoch, usize::MAX));
        self.start(&order, Some(epoch), skip)
    }

    /// Every image once, in the order of the cases, as it is: whole, also where training images are crops.
    pub fn in_order(&self) -> EpochBatches {
        let order: Vec<usize> = (0..self.len()).collect();
        self.start(&order, None, 0)
    }

    fn start(&self, order: &[usize], epoch: Option<usize>, skip: usize) -> EpochBatches {
        let batches: Vec<&[usize]> = order
            .chunks(self.shared.options.batch_size)
            .skip(skip)
            .collect();
        EpochBatches::start(&self.shared, &batches, epoch)
    }
}

impl Shared {
    fn batch(&self, indices: &[usize], epoch: Option<usize>) -> Result<HostBatch, DataError> {
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

/// Random numbers of one image in one epoch, or, with `usize::MAX`, of the epoch's order.
fn generator(seed: u64, epoch: usize, index: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Streams of one key never meet.
    random.set_stream((epoch as u64) << 32 | (index as u64 & 0xFFFF_FFFF));
    random
}
