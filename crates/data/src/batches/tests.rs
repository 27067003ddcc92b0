//! Batches from images in memory, from files, and from files that fail.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use image::{GrayImage, Luma, Rgb, RgbImage};

use super::*;
use crate::augmentation::Augmentation;
use crate::augmentation::normalisation::Normalisation;
use crate::batches::samples::photographs;
use crate::images::sample::Sample;
use crate::options::DataOptions;

fn sample(index: usize) -> Sample {
    Sample {
        height: 4,
        width: 4,
        image: (0..48).map(|value| (value + index * 5) as u8).collect(),
        labels: vec![(index % 3) as u8; 16],
    }
}

/// The batches expected from files that can all be read.
fn batches(source: EpochBatches) -> Vec<HostBatch> {
    source.collect::<Result<_, _>>().expect("every image")
}

fn source(images: usize, workers: usize) -> BatchSource {
    let samples = Samples::new(
        photographs(images),
        Box::new(|index| Ok(vec![sample(index)])),
    );
    let options = BatchOptions {
        augmentation: Augmentation {
            flip_horizontal: true,
            rotate_quarter: true,
            brightness: 0.1,
            ..Augmentation::default()
        },
        ..options(workers)
    };
    BatchSource::from_samples(samples, options, 255)
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
        cache_bytes: 1 << 20,
    }
}

#[test]
fn the_number_of_workers_does_not_affect_batches() {
    let epoch_with = |workers| batches(source(11, workers).epoch(2, 0));
    let one = epoch_with(1);
    assert_eq!(one.len(), 4);
    assert_eq!(one[3].indices.len(), 2);
    assert!(one == epoch_with(2) && one == epoch_with(4));
}

#[test]
fn every_image_comes_once_and_epochs_differ() {
    let source = source(11, 2);
    let indices = |epoch| -> Vec<usize> {
        let batches = batches(source.epoch(epoch, 0));
        batches
            .into_iter()
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
fn a_resumed_epoch_continues_with_the_same_batches() {
    let source = source(11, 2);
    let whole = batches(source.epoch(3, 0));
    let rest = batches(source.epoch(3, 2));
    assert_eq!(whole[2..], rest[..]);
}

#[test]
fn evaluation_uses_unchanged_images() {
    let batches = batches(source(4, 2).in_order());
    assert_eq!(batches[0].indices, [0, 1, 2]);
    let expected = (5.0 / 255.0 - 0.5) / 0.25;
    assert!((batches[0].images[48] - expected).abs() < 1e-6);
    assert!(batches[1].labels.iter().all(|label| *label == 0));
}

#[test]
fn an_epoch_that_is_dropped_early_leaves_no_thread() {
    let source = source(60, 4);
    let mut batches = source.epoch(1, 0);
    assert!(batches.next().is_some());
    assert_eq!(batches.len(), 19);
    drop(batches);
    assert_eq!(Arc::strong_count(&source.maker), 1, "every worker held one");
}

#[test]
fn no_images_and_a_finished_epoch_make_no_batches() {
    assert_eq!(source(0, 2).epoch(1, 0).count(), 0);
    assert_eq!(source(5, 2).epoch(1, 2).count(), 0);
    assert_eq!(source(5, 2).epoch(1, 9).count(), 0);
}

#[test]
fn the_panic_of_a_worker_surfaces_at_its_batch() {
    for workers in [1, 2, 4] {
        let whole = source(30, workers);
        let read = |index| {
            let mut sample = sample(index);
            if index == 16 {
                sample.labels.clear();
            }
            Ok(vec![sample])
        };
        let samples = Samples::new(photographs(30), Box::new(read));
        let broken = BatchSource::from_samples(samples, whole.maker.options.clone(), 255);
        let mut batches = broken.in_order();
        for _ in 0..5 {
            assert!(batches.next().is_some());
        }
        let message = |panic: Box<dyn Any + Send>| {
            let text = panic.downcast_ref::<&str>().map(ToString::to_string);
            text.or_else(|| panic.downcast_ref::<String>().cloned())
        };
        let panic = catch_unwind(AssertUnwindSafe(|| batches.next())).expect_err("image 16");
        let own = catch_unwind(AssertUnwindSafe(|| broken.maker.batch(&[16], None)));
        let own = message(own.expect_err("image 16"));
        assert!(own.is_some());
        assert_eq!(message(panic), own);
        assert!(batches.next().is_none());
        drop(batches);
        assert_eq!(Arc::strong_count(&broken.maker), 1);
    }
}

/// Ten images of 8×8: three columns of label 0 on the left, five of label 1 on the right.
fn data_set() -> (tempfile::TempDir, Dataset) {
    let folder = tempfile::tempdir().expect("a folder");
    for part in ["images", "labels"] {
        std::fs::create_dir(folder.path().join(part)).expect("a folder");
    }
    for index in 0..10 {
        let image = RgbImage::from_fn(8, 8, |column, _| {
            Rgb([index, if column < 3 { 0 } else { 255 }, 51])
        });
        image
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
    let batch = batches(source.in_order()).swap_remove(0);
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
fn invalid_options_are_refused_before_anything_is_read() {
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
fn images_can_be_excluded_from_a_batch() {
    let batch = batches(source(3, 1).in_order()).swap_remove(0);
    let rest = batch.clone().without(&[true, false, true]);
    assert_eq!(rest.indices, [1]);
    assert_eq!(rest.images, batch.images[48..96]);
    assert_eq!(rest.labels, batch.labels[16..32]);
}

#[test]
fn images_that_are_read_again_have_the_same_bits_as_those_in_memory() {
    let (_folder, dataset) = data_set();
    let source_with = |cache_bytes| {
        let mut options = BatchOptions {
            cache_bytes,
            ..options(2)
        };
        options.augmentation.rotate_degrees = 30.0;
        options.augmentation.noise.deviation = 0.1;
        BatchSource::new(&dataset, Split::Train, options, &|_| ()).expect("a source")
    };
    // Each image takes 64 bytes.
    let (all, some, none) = (
        source_with(1 << 20),
        source_with(3 * 64 + 63),
        source_with(0),
    );
    assert_eq!([all.kept(), some.kept(), none.kept()], [all.len(), 3, 0]);
    assert_eq!(some.kept_bytes(), 192);
    let options = all.maker.options.clone();
    let unread = BatchSource::unread(&dataset, Split::Train, options).expect("a source");
    for epoch in [1, 2] {
        let whole = batches(all.epoch(epoch, 0));
        for source in [&some, &none, &unread] {
            assert!(whole == batches(source.epoch(epoch, 0)));
        }
        let batch = &whole[1];
        let alone = none.image(batch.indices[0], Some(epoch)).expect("read");
        assert_eq!(alone.images, batch.images[..48]);
        assert_eq!(alone.labels, batch.labels[..16]);
    }
    assert!(batches(all.in_order()) == batches(none.in_order()));
}

#[test]
fn a_file_that_disappears_between_epochs_is_named() {
    let (folder, dataset) = data_set();
    for workers in [1, 3] {
        let source = BatchSource::unread(&dataset, Split::Train, options(workers)).expect("one");
        let case = &dataset.cases(Split::Train)[4];
        let moved = folder.path().join("elsewhere.png");
        std::fs::rename(&case.image, &moved).expect("moved");
        let mut batches = source.in_order();
        assert!(batches.next().expect("a batch").is_ok());
        let error = batches.next().expect("a batch").expect_err("it is gone");
        assert_eq!(error.file, case.image);
        assert!(batches.next().is_none());
        drop(batches);
        assert_eq!(Arc::strong_count(&source.maker), 1);
        std::fs::rename(&moved, &case.image).expect("moved back");
    }
}

#[test]
fn training_images_are_crops_and_others_whole() {
    let (_folder, dataset) = data_set();
    let mut options = options(2);
    options.augmentation.crop.from = [8, 6];
    let source = BatchSource::new(&dataset, Split::Train, options, &|_| ()).expect("a source");
    for batch in batches(source.epoch(1, 0)) {
        assert_eq!([batch.height, batch.width], [4, 4]);
        assert_eq!(batch.labels.len(), 16 * batch.indices.len());
    }
    for batch in batches(source.in_order()) {
        assert_eq!([batch.height, batch.width], [8, 6]);
        assert_eq!(batch.images.len(), 3 * 48 * batch.indices.len());
    }
}

#[test]
fn the_batches_of_an_epoch_are_made_before_they_are_requested() {
    let read = Arc::new(AtomicUsize::new(0));
    let counted = read.clone();
    let samples = Samples::new(
        photographs(60),
        Box::new(move |index| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(vec![sample(index)])
        }),
    );
    let source = BatchSource::from_samples(samples, options(2), 255);
    let batches = source.epoch(1, 0);
    // Two workers have two batches of three images each waiting, and work on their next ones.
    while read.load(Ordering::Relaxed) < 18 {
        std::thread::yield_now();
    }
    assert_eq!(batches.len(), 20);
}
