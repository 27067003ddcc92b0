//! Makes batches on worker threads, in an order that depends only on the seed and the epoch.

pub(crate) mod epoch_batches;
pub(crate) mod host_batch;
pub(crate) mod maker;
pub(crate) mod options;
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rand::seq::SliceRandom;

use crate::batches::epoch_batches::EpochBatches;
use crate::batches::host_batch::HostBatch;
use crate::batches::maker::{BatchMaker, generator};
use crate::batches::options::BatchOptions;
use crate::batches::samples::{ImageGroup, Samples};
use crate::dataset::Dataset;
use crate::dataset::overview::Overview;
use crate::error::DataError;
use crate::images::label_volume::image_name;
use crate::options::split::Split;

/// The images of one split, and the batches of any epoch.
#[derive(Clone, Debug)]
pub struct BatchSource {
    maker: Arc<BatchMaker>,
}

impl BatchSource {
    /// Reads and resizes every case of a split on all cores, reporting the number of finished cases to `progress`, and
    /// keeps the images that fit into `cache_bytes` in memory.
    ///
    /// # Errors
    ///
    /// An option is out of range, which is checked before anything is read; or a case cannot be read, whether it would be
    /// kept or not.
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

    /// As [`new`](Self::new), but reads only the headers of volumes and keeps nothing in memory: every image is read each
    /// time it is requested.
    ///
    /// # Errors
    ///
    /// An option is out of range, or the header of a volume cannot be read.
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
            maker: Arc::new(BatchMaker {
                samples,
                options,
                ignore,
            }),
        }
    }

    /// The cases of the images, in the order of [`in_order`](Self::in_order).
    pub fn groups(&self) -> &[ImageGroup] {
        self.maker.samples.groups()
    }

    /// Statistics of the images at training size; empty if they are [unread](Self::unread).
    pub fn overview(&self) -> &Overview {
        self.maker.samples.overview()
    }

    /// A name for every image: that of its case, with the slice if the case has several.
    pub fn names(&self) -> Vec<String> {
        self.groups()
            .iter()
            .flat_map(|group| {
                (0..group.images).map(|slice| image_name(&group.stem, slice, group.images))
            })
            .collect()
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.maker.samples.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many images are in memory; the others are read again in every epoch.
    pub fn kept(&self) -> usize {
        self.maker.samples.kept()
    }

    /// Bytes that the images in memory take.
    pub fn kept_bytes(&self) -> usize {
        self.kept() * self.maker.options.sample_bytes()
    }

    /// One image as a batch of its own: augmented as in an epoch (from 1), or unchanged.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn image(&self, index: usize, epoch: Option<usize>) -> Result<HostBatch, DataError> {
        self.maker.batch(&[index], epoch)
    }

    /// Number of batches per epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.len().div_ceil(self.maker.options.batch_size)
    }

    /// The batches of an epoch (from 1), shuffled and augmented, without the first `skip`.
    ///
    /// The order depends on seed and epoch, the augmentation of an image on seed, epoch and image. The batches are
    /// therefore the same for any number of threads, and wherever an epoch is resumed.
    pub fn epoch(&self, epoch: usize, skip: usize) -> EpochBatches {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut generator(self.maker.options.seed, epoch, usize::MAX));
        self.start(&order, Some(epoch), skip)
    }

    /// Every image once, in the order of the cases and unchanged: the whole image, even if training images are crops.
    pub fn in_order(&self) -> EpochBatches {
        let order: Vec<usize> = (0..self.len()).collect();
        self.start(&order, None, 0)
    }

    fn start(&self, order: &[usize], epoch: Option<usize>, skip: usize) -> EpochBatches {
        let batches: Vec<&[usize]> = order
            .chunks(self.maker.options.batch_size)
            .skip(skip)
            .collect();
        EpochBatches::start(&self.maker, &batches, epoch)
    }
}
