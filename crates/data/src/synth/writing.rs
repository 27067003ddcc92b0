//! Shared parts of writing synthetic sets.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, fs};

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::corruption::{CORRUPTIONS, Corruption, write_corruptions};
use crate::error::DataError;
use crate::files::whole_folder::{check_free, refused};
use crate::synth::options::SynthOptions;
use crate::text::counted;

/// The random numbers of one item of a set.
pub(super) fn generator(seed: u64, stream: u64, index: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream << 40 | index as u64);
    random
}

/// The results of `write` for every item of a set, in order; `progress` is called with the number of finished ones.
pub(super) fn write_items<I: Sync, T: Send>(
    items: &[I],
    progress: &(dyn Fn(usize) + Sync),
    write: impl Fn(&I) -> Result<T, DataError> + Sync,
) -> Result<Vec<T>, DataError> {
    let done = AtomicUsize::new(0);
    items
        .par_iter()
        .map(|item| {
            let written = write(item)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            Ok(written)
        })
        .collect()
}

/// Writes a PNG of `[height, width]` pixels, grey or RGB by the number of bytes.
pub(super) fn write_image(
    path: &Path,
    image: &[u8],
    [height, width]: [usize; 2],
) -> Result<(), DataError> {
    let colour = if image.len() == height * width {
        ExtendedColorType::L8
    } else {
        ExtendedColorType::Rgb8
    };
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(image, width as u32, height as u32, colour)
        .map_err(|error| refused(path, &error))?;
    fs::write(path, bytes).map_err(|error| refused(path, &error))
}

/// The numbers and sizes of images that a layout's sets can have, and their names in errors.
pub(super) struct SetLimits {
    pub(super) number: (RangeInclusive<usize>, &'static str),
    pub(super) size: (RangeInclusive<usize>, &'static str),
}

/// Of sets that consist of single images.
pub(super) const IMAGES: SetLimits = SetLimits {
    number: (8..=100_000, "images"),
    size: (64..=2048, "images"),
};

/// Checks the options and whether `folder` is free.
pub(super) fn check_options(
    folder: &Path,
    options: &SynthOptions,
    limits: &SetLimits,
) -> Result<(), DataError> {
    let wrong = |expected: String, found: &dyn fmt::Display| {
        Err(DataError::new(
            folder,
            expected,
            found.to_string(),
            "choose another value",
        ))
    };
    let SetLimits {
        number: (numbers, counted),
        size: (sizes, sized),
    } = limits;
    if !numbers.contains(&options.images) {
        let (least, most) = (numbers.start(), numbers.end());
        return wrong(format!("{least} to {most} {counted}"), &options.images);
    }
    if !sizes.contains(&options.size) {
        let (least, most) = (sizes.start(), sizes.end());
        let expected = format!("{sized} of {least} to {most} pixels a side");
        return wrong(expected, &options.size);
    }
    if !(0.0..=3.0).contains(&options.noise) {
        return wrong("annotation noise of 0 to 3".into(), &options.noise);
    }
    if !(0.0..=0.5).contains(&options.gross) {
        return wrong(
            "gross errors in a fraction of 0 to 0.5".into(),
            &options.gross,
        );
    }
    check_free(folder)
}

/// Writes what is wrong with the labels into the root of a set, unless they are clean.
pub(super) fn write_errors(
    root: &Path,
    options: &SynthOptions,
    errors: &[Corruption],
) -> Result<(), DataError> {
    if !options.has_errors() {
        return Ok(());
    }
    write_corruptions(&root.join(CORRUPTIONS), errors)
}

/// The end of a summary: how many labels have a gross error, if any has.
pub(super) fn gross_errors(errors: &[Corruption]) -> String {
    match errors.iter().filter(|error| error.gross.is_some()).count() {
        0 => String::new(),
        count => format!("; gross errors in {}", counted(count, "label")),
    }
}
