//! Batches on worker threads, in an order that the seed and the epoch alone decide.

mod epoch_batches;
mod options;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::augmentation::Sample;
use crate::{
    Augmentation, Case, CaseImage, DataError, Dataset, Split, resize_labels, resize_picture,
};

pub use epoch_batches::EpochBatches;
pub use options::BatchOptions;

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

/// All images of one split at training size, and the batches of any epoch.
#[derive(Clone, Debug)]
pub struct BatchSource {
    shared: Arc<Shared>,
}

/// The images of one case: one, or the slices of a volume, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageGroup {
    /// Name of the case.
    pub stem: String,
    /// How many images.
    pub images: usize,
    /// Distance of neighbouring slices, rows and columns: of a volume in millimetres at training size, or 1.
    pub spacing: [f64; 3],
}

/// What the workers see.
#[derive(Debug)]
struct Shared {
    samples: Vec<Sample>,
    groups: Vec<ImageGroup>,
    options: BatchOptions,
    ignore: u8,
}

impl BatchSource {
    /// Reads and resizes every case of a split on all cores, telling `progress` how many are done.
    ///
    /// # Errors
    ///
    /// Options that make no sense, or a split too large for memory at this size, before anything is read; then a case that
    /// cannot be read.
    pub fn new(
        dataset: &Dataset,
        split: Split,
        options: BatchOptions,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, DataError> {
        let cases = dataset.cases(split);
        let images = dataset.image_count(split)?;
        options.validate(images, &dataset.root)?;
        let done = AtomicUsize::new(0);
        let read: Result<Vec<(ImageGroup, Vec<Sample>)>, DataError> = cases
            .par_iter()
            .map(|case| {
                let read = read_case(dataset, case, &options)?;
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                Ok(read)
            })
            .collect();
        let (groups, samples): (Vec<_>, Vec<_>) = read?.into_iter().unzip();
        let samples = samples.into_iter().flatten().collect();
        Ok(Self::from_samples(samples, groups, options, dataset.ignore))
    }

    fn from_samples(
        samples: Vec<Sample>,
        groups: Vec<ImageGroup>,
        options: BatchOptions,
        ignore: u8,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                samples,
                groups,
                options,
                ignore,
            }),
        }
    }

    /// The cases that the images come from, in the order of [`in_order`](Self::in_order).
    pub fn groups(&self) -> &[ImageGroup] {
        &self.shared.groups
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
        self.shared.samples.is_empty()
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

    /// Every image once, in the order of the cases, as it is.
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

/// The images of a case at training size.
fn read_case(
    dataset: &Dataset,
    case: &Case,
    options: &BatchOptions,
) -> Result<(ImageGroup, Vec<Sample>), DataError> {
    let &BatchOptions { height, width, .. } = options;
    let image = dataset.load_image(case)?;
    let labels = dataset.load_label_volume(case)?;
    let samples: Vec<Sample> = image
        .slices()
        .enumerate()
        .map(|(index, slice)| Sample {
            height,
            width,
            picture: resize_picture(&slice, height, width)
                .values
                .into_iter()
                .map(|value| (value * 255.0).round() as u8)
                .collect(),
            labels: resize_labels(&labels.slice(index), height, width).classes,
        })
        .collect();
    let mut spacing = image.spacing();
    if let CaseImage::Volume(_) = image {
        let [_, rows, columns] = image.shape();
        spacing[1] *= rows as f64 / height as f64;
        spacing[2] *= columns as f64 / width as f64;
    }
    let group = ImageGroup {
        stem: case.stem.clone(),
        images: samples.len(),
        spacing,
    };
    Ok((group, samples))
}

impl Shared {
    fn batch(&self, indices: &[usize], epoch: Option<usize>) -> HostBatch {
        let BatchOptions { height, width, .. } = self.options;
        let pixels = height * width;
        let mut images = vec![0.0; indices.len() * 3 * pixels];
        let mut labels = vec![0; indices.len() * pixels];
        let still = Augmentation::default();
        for (position, &index) in indices.iter().enumerate() {
            let augmentation = if epoch.is_some() {
                &self.options.augmentation
            } else {
                &still
            };
            let mut random = generator(self.options.seed, epoch.unwrap_or(0), index);
            let values = &mut images[position * 3 * pixels..][..3 * pixels];
            let labels = &mut labels[position * pixels..][..pixels];
            augmentation.apply(
                &self.samples[index],
                self.ignore,
                &mut random,
                values,
                labels,
            );
            self.options.normalise.apply(values);
        }
        HostBatch {
            indices: indices.to_vec(),
            images,
            labels,
            height,
            width,
        }
    }
}

/// Random numbers of one image in one epoch, or, with `usize::MAX`, of the epoch's order.
fn generator(seed: u64, epoch: usize, index: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Streams of one key never meet.
    random.set_stream((epoch as u64) << 32 | (index as u64 & 0xFFFF_FFFF));
    random
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;
    use crate::{DataOptions, Normalisation};

    fn source(images: usize, workers: usize) -> BatchSource {
        let samples = (0..images)
            .map(|index| Sample {
                height: 4,
                width: 4,
                picture: (0..48).map(|value| (value + index * 5) as u8).collect(),
                labels: vec![(index % 3) as u8; 16],
            })
            .collect();
        let options = BatchOptions {
            augmentation: Augmentation {
                flip_horizontal: true,
                rotate_quarter: true,
                brightness: 0.1,
                ..Augmentation::default()
            },
            ..options(workers)
        };
        BatchSource::from_samples(samples, Vec::new(), options, 255)
    }

    fn options(workers: usize) -> BatchOptions {
        BatchOptions {
            height: 4,
            width: 4,
            batch_size: 3,
            augmentation: Augmentation::default(),
            normalise: Normalisation::default(),
            seed: 7,
            workers,
        }
    }

    #[test]
    fn the_number_of_workers_changes_nothing() {
        let of = |workers| -> Vec<HostBatch> { source(11, workers).epoch(2, 0).collect() };
        let one = of(1);
        assert_eq!(one.len(), 4);
        assert_eq!(one[3].indices.len(), 2);
        assert!(one == of(2) && one == of(4));
    }

    #[test]
    fn every_image_comes_once_and_epochs_differ() {
        let source = source(11, 2);
        let indices = |epoch| -> Vec<usize> {
            source
                .epoch(epoch, 0)
                .flat_map(|batch| batch.indices)
                .collect()
        };
        let mut first = indices(1);
        assert_ne!(first, indices(2));
        assert_eq!(first, indices(1));
        first.sort_unstable();
        assert_eq!(first, (0..11).collect::<Vec<_>>());
    }

    #[test]
    fn an_epoch_taken_up_again_goes_on_as_it_would_have() {
        let source = source(11, 2);
        let whole: Vec<HostBatch> = source.epoch(3, 0).collect();
        let rest: Vec<HostBatch> = source.epoch(3, 2).collect();
        assert_eq!(whole[2..], rest[..]);
    }

    #[test]
    fn evaluation_sees_the_images_as_they_are() {
        let batches: Vec<HostBatch> = source(4, 2).in_order().collect();
        assert_eq!(batches[0].indices, [0, 1, 2]);
        let expected = (5.0 / 255.0 - 0.5) / 0.25;
        assert!((batches[0].images[48] - expected).abs() < 1e-6);
        assert!(batches[1].labels.iter().all(|label| *label == 0));
    }

    #[test]
    fn an_epoch_left_early_leaves_no_thread_behind() {
        let source = source(60, 4);
        let mut batches = source.epoch(1, 0);
        assert!(batches.next().is_some());
        assert_eq!(batches.len(), 19);
        drop(batches);
        assert_eq!(
            Arc::strong_count(&source.shared),
            1,
            "every worker held one"
        );
    }

    #[test]
    fn no_images_and_a_finished_epoch_make_no_batches() {
        assert_eq!(source(0, 2).epoch(1, 0).count(), 0);
        assert_eq!(source(5, 2).epoch(1, 2).count(), 0);
        assert_eq!(source(5, 2).epoch(1, 9).count(), 0);
    }

    #[test]
    fn a_worker_that_panics_is_heard_at_its_batch() {
        for workers in [1, 2, 4] {
            let whole = source(30, workers);
            let mut samples = whole.shared.samples.clone();
            samples[16].labels.clear();
            let broken =
                BatchSource::from_samples(samples, Vec::new(), whole.shared.options.clone(), 255);
            let mut batches = broken.in_order();
            for _ in 0..5 {
                assert!(batches.next().is_some());
            }
            let message = |panic: Box<dyn Any + Send>| {
                let text = panic.downcast_ref::<&str>().map(ToString::to_string);
                text.or_else(|| panic.downcast_ref::<String>().cloned())
            };
            let heard = catch_unwind(AssertUnwindSafe(|| batches.next())).expect_err("image 16");
            let own = catch_unwind(AssertUnwindSafe(|| broken.shared.batch(&[16], None)));
            let own = message(own.expect_err("image 16"));
            assert!(own.is_some());
            assert_eq!(message(heard), own);
            assert!(batches.next().is_none());
            drop(batches);
            assert_eq!(Arc::strong_count(&broken.shared), 1);
        }
    }

    /// Ten images of 8×8: three left, five right columns, of which the labels are 0 and 1.
    fn data_set() -> (tempfile::TempDir, Dataset) {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["images", "labels"] {
            std::fs::create_dir(folder.path().join(part)).expect("a folder");
        }
        for index in 0..10 {
            let picture = RgbImage::from_fn(8, 8, |column, _| {
                Rgb([index, if column < 3 { 0 } else { 255 }, 51])
            });
            picture
                .save(folder.path().join(format!("images/{index}.png")))
                .expect("written");
            let labels = GrayImage::from_fn(8, 8, |column, _| Luma([u8::from(column >= 3)]));
            labels
                .save(folder.path().join(format!("labels/{index}.png")))
                .expect("written");
        }
        let dataset = Dataset::open(folder.path(), &DataOptions::default()).expect("a data set");
        (folder, dataset)
    }

    #[test]
    fn the_images_of_a_split_are_read_at_training_size() {
        let (_folder, dataset) = data_set();
        let most = AtomicUsize::new(0);
        let source = BatchSource::new(&dataset, Split::Train, options(2), &|done| {
            most.fetch_max(done, Ordering::Relaxed);
        })
        .expect("a source");
        let cases = dataset.cases(Split::Train);
        assert_eq!([source.len(), most.into_inner()], [cases.len(); 2]);
        assert_eq!(source.steps_per_epoch(), cases.len().div_ceil(3));
        let batch = source.in_order().next().expect("a batch");
        assert_eq!(batch.labels[..4], [0, 1, 1, 1]);
        let value = |channel: usize| batch.images[channel * 16 + 3] * 0.25 + 0.5;
        let red = cases[0].stem.parse::<f32>().expect("a number") / 255.0;
        for (found, expected) in [value(0), value(1), value(2)]
            .into_iter()
            .zip([red, 1.0, 0.2])
        {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }

    #[test]
    fn senseless_options_are_refused_before_anything_is_read() {
        let (_folder, dataset) = data_set();
        let senseless = BatchOptions {
            batch_size: 0,
            ..options(1)
        };
        let read = |_| panic!("an image has been read");
        let error = BatchSource::new(&dataset, Split::Train, senseless, &read).expect_err("none");
        assert!(error.advice.contains("train.batch_size"), "{error}");
    }

    #[test]
    fn images_can_be_left_out_of_a_batch() {
        let batch = source(3, 1).in_order().next().expect("one batch");
        let rest = batch.clone().without(&[true, false, true]);
        assert_eq!(rest.indices, [1]);
        assert_eq!(rest.images, batch.images[48..96]);
        assert_eq!(rest.labels, batch.labels[16..32]);
    }
}
