//! The images of one split, kept in memory up to a limit.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::dataset::overview::{ImageStatistics, Overview};
use crate::error::DataError;
use crate::images::sample::Sample;
use crate::images::volume::VolumeExtent;
use crate::options::split::Split;
use crate::text::counted;

/// Reads the images of a case, given its index in the split.
type Read = Box<dyn Fn(usize) -> Result<Vec<Sample>, DataError> + Send + Sync>;

/// The images of one case: one, or the slices of a volume in order.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageGroup {
    /// Name of the case.
    pub stem: String,
    /// Number of images.
    pub images: usize,
    /// Distances between neighbouring slices, rows and columns: of a volume in millimetres at training size, otherwise 1.
    pub spacing: [f64; 3],
}

impl ImageGroup {
    /// From the header of a case, with its slices resized to `[height, width]`.
    fn of_case(
        dataset: &Dataset,
        case: &Case,
        [height, width]: [usize; 2],
    ) -> Result<Self, DataError> {
        let (images, spacing) = match dataset.volume_extent(case)? {
            None => (1, [1.0; 3]),
            Some(VolumeExtent {
                shape: [slices, rows, columns],
                spacing: [between, down, across],
            }) => {
                let down = down * (rows as f64 / height as f64);
                let across = across * (columns as f64 / width as f64);
                (slices, [between, down, across])
            }
        };
        Ok(Self {
            stem: case.stem.clone(),
            images,
            spacing,
        })
    }
}

/// The images of one split at sample size: the first ones are in memory, the others are read each time they are requested,
/// a slice with its whole volume.
///
/// Every epoch uses every image once, so no replacement strategy has more hits than keeping the same images. With LRU, the
/// evicted image is always the next one needed.
pub(crate) struct Samples {
    kept: Vec<Sample>,
    groups: Vec<ImageGroup>,
    /// Index of each case's first image.
    starts: Vec<usize>,
    count: usize,
    read: Read,
    /// Statistics of the images, once they have all been read.
    overview: Overview,
}

impl fmt::Debug for Samples {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} images, {} in memory",
            self.count,
            self.kept.len()
        )
    }
}

impl Samples {
    /// The images of the cases `groups`, which `read` returns; none is in memory yet.
    pub(crate) fn new(groups: Vec<ImageGroup>, read: Read) -> Self {
        let mut count = 0;
        let starts = groups
            .iter()
            .map(|group| {
                let start = count;
                count += group.images;
                start
            })
            .collect();
        Self {
            kept: Vec::new(),
            groups,
            starts,
            count,
            read,
            overview: Overview::default(),
        }
    }

    /// The images of a split, resized. Reads the headers of volumes.
    ///
    /// # Errors
    ///
    /// A header cannot be read.
    pub(crate) fn of_split(
        dataset: &Dataset,
        split: Split,
        size: [usize; 2],
    ) -> Result<Self, DataError> {
        let groups: Vec<ImageGroup> = dataset
            .cases(split)
            .par_iter()
            .map(|case| ImageGroup::of_case(dataset, case, size))
            .collect::<Result<_, _>>()?;
        let dataset = dataset.clone();
        let expected: Vec<usize> = groups.iter().map(|group| group.images).collect();
        let read = move |index: usize| {
            let case = &dataset.cases(split)[index];
            let samples = read(&dataset, case, size)?;
            if samples.len() == expected[index] {
                return Ok(samples);
            }
            Err(DataError::new(
                &case.image,
                format!(
                    "{}, as its header stated at first",
                    counted(expected[index], "slice")
                ),
                format!("{}", samples.len()),
                "do not change the files while they are being read",
            ))
        };
        Ok(Self::new(groups, Box::new(read)))
    }

    /// Reads every case on all cores, so that errors appear immediately, keeps the first `room` images, and reports the
    /// number of finished cases to `progress`. Labels equal to `ignore` are not counted.
    pub(crate) fn read_all(
        &mut self,
        room: usize,
        ignore: u8,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), DataError> {
        let done = AtomicUsize::new(0);
        let read: Vec<(Vec<Sample>, Vec<ImageStatistics>)> = self
            .starts
            .par_iter()
            .enumerate()
            .map(|(case, start)| {
                let mut samples = (self.read)(case)?;
                let is_slice = samples.len() > 1;
                let statistics = samples
                    .iter()
                    .map(|sample| statistics(sample, ignore, is_slice))
                    .collect();
                samples.truncate(room.saturating_sub(*start));
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                Ok((samples, statistics))
            })
            .collect::<Result<_, DataError>>()?;
        let (kept, statistics): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        self.kept = kept.into_iter().flatten().collect();
        for (group, statistics) in self.groups.iter().zip(statistics) {
            for statistics in statistics {
                self.overview.add(&group.stem, &statistics);
            }
        }
        Ok(())
    }

    /// One image.
    pub(crate) fn get(&self, index: usize) -> Result<Cow<'_, Sample>, DataError> {
        if let Some(sample) = self.kept.get(index) {
            return Ok(Cow::Borrowed(sample));
        }
        let case = self.starts.partition_point(|start| *start <= index) - 1;
        let mut samples = (self.read)(case)?;
        Ok(Cow::Owned(samples.swap_remove(index - self.starts[case])))
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The number of images in memory.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    pub(crate) fn overview(&self) -> &Overview {
        &self.overview
    }

    pub(crate) fn groups(&self) -> &[ImageGroup] {
        &self.groups
    }
}

fn read(
    dataset: &Dataset,
    case: &Case,
    [height, width]: [usize; 2],
) -> Result<Vec<Sample>, DataError> {
    let slices = dataset.load_resized(case, [height, width])?;
    let samples = slices.into_iter().map(|(image, labels)| Sample {
        height,
        width,
        image: image
            .values
            .into_iter()
            .map(|value| (value * 255.0).round() as u8)
            .collect(),
        labels: labels.classes,
    });
    Ok(samples.collect())
}

/// Statistics of an image at training size.
fn statistics(sample: &Sample, ignore: u8, is_slice: bool) -> ImageStatistics {
    let value = |byte: Option<&u8>| f32::from(*byte.unwrap_or(&0)) / 255.0;
    let (darkest, brightest) = (sample.image.iter().min(), sample.image.iter().max());
    ImageStatistics {
        classes: ImageStatistics::classes(&sample.labels, ignore),
        range: (!is_slice).then(|| [value(darkest), value(brightest)]),
    }
}

/// Photographs that are named by their numbers.
#[cfg(test)]
pub(crate) fn photographs(count: usize) -> Vec<ImageGroup> {
    let group = |index: usize| ImageGroup {
        stem: index.to_string(),
        images: 1,
        spacing: [1.0; 3],
    };
    (0..count).map(group).collect()
}
