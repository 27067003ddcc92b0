//! The images of one split, in memory as far as there is room.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::augmentation::Sample;
use crate::overview::{Glance, Overview};
use crate::text::counted;
use crate::{Case, DataError, Dataset, Split, VolumeExtent};

/// Reads the images of a case, by its position in the split.
type Read = Box<dyn Fn(usize) -> Result<Vec<Sample>, DataError> + Send + Sync>;

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

impl ImageGroup {
    /// What the header of a case says, once its slices have the size `[height, width]`.
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

/// The images of one split at sample size: the first ones in memory, the others read each time that they are asked for, a
/// slice with its whole volume.
///
/// Every epoch asks for every image once. No rule of replacement finds more of them in memory than keeping the same ones
/// throughout, and the one least recently used would be the very next.
pub(super) struct Samples {
    kept: Vec<Sample>,
    groups: Vec<ImageGroup>,
    /// Position of each case's first image.
    starts: Vec<usize>,
    count: usize,
    read: Read,
    /// What the images hold, once they have all been read.
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
    /// The images of the cases `groups`, as many of each as its group says, that `read` gives; none is in memory yet.
    pub(super) fn new(groups: Vec<ImageGroup>, read: Read) -> Self {
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
    pub(super) fn of_split(
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
                    "{}, as its header said at first",
                    counted(expected[index], "slice")
                ),
                format!("{}", samples.len()),
                "leave the files alone while they are read",
            ))
        };
        Ok(Self::new(groups, Box::new(read)))
    }

    /// Reads every case on all cores, so that what cannot be read shows at once, and keeps the first `room` images; tells
    /// `progress` how many cases are done. Labels of `ignore` are none.
    pub(super) fn read_all(
        &mut self,
        room: usize,
        ignore: u8,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), DataError> {
        let done = AtomicUsize::new(0);
        let read: Vec<(Vec<Sample>, Vec<Glance>)> = self
            .starts
            .par_iter()
            .enumerate()
            .map(|(case, start)| {
                let mut samples = (self.read)(case)?;
                let is_slice = samples.len() > 1;
                let glances = samples
                    .iter()
                    .map(|sample| glance(sample, ignore, is_slice))
                    .collect();
                samples.truncate(room.saturating_sub(*start));
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                Ok((samples, glances))
            })
            .collect::<Result<_, DataError>>()?;
        let (kept, glances): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        self.kept = kept.into_iter().flatten().collect();
        for (group, glances) in self.groups.iter().zip(glances) {
            for glance in glances {
                self.overview.add(&group.stem, &glance);
            }
        }
        Ok(())
    }

    /// One image.
    pub(super) fn get(&self, index: usize) -> Result<Cow<'_, Sample>, DataError> {
        if let Some(sample) = self.kept.get(index) {
            return Ok(Cow::Borrowed(sample));
        }
        let case = self.starts.partition_point(|start| *start <= index) - 1;
        let mut samples = (self.read)(case)?;
        Ok(Cow::Owned(samples.swap_remove(index - self.starts[case])))
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// How many are in memory.
    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn overview(&self) -> &Overview {
        &self.overview
    }

    pub(super) fn groups(&self) -> &[ImageGroup] {
        &self.groups
    }
}

fn read(
    dataset: &Dataset,
    case: &Case,
    [height, width]: [usize; 2],
) -> Result<Vec<Sample>, DataError> {
    let slices = dataset.load_resized(case, [height, width])?;
    let samples = slices.into_iter().map(|(picture, labels)| Sample {
        height,
        width,
        picture: picture
            .values
            .into_iter()
            .map(|value| (value * 255.0).round() as u8)
            .collect(),
        labels: labels.classes,
    });
    Ok(samples.collect())
}

/// What a look at an image at training size shows.
fn glance(sample: &Sample, ignore: u8, is_slice: bool) -> Glance {
    let value = |byte: Option<&u8>| f32::from(*byte.unwrap_or(&0)) / 255.0;
    let (darkest, brightest) = (sample.picture.iter().min(), sample.picture.iter().max());
    Glance {
        classes: Glance::classes(&sample.labels, ignore),
        range: (!is_slice).then(|| [value(darkest), value(brightest)]),
    }
}

/// Photographs, called by their numbers.
#[cfg(test)]
pub(super) fn photographs(count: usize) -> Vec<ImageGroup> {
    let group = |index: usize| ImageGroup {
        stem: index.to_string(),
        images: 1,
        spacing: [1.0; 3],
    };
    (0..count).map(group).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use super::*;

    fn sample(index: usize) -> Sample {
        Sample {
            height: 1,
            width: 1,
            picture: vec![index as u8; 3],
            labels: vec![0],
        }
    }

    #[test]
    fn the_first_images_are_read_once_and_the_others_each_time() {
        let reads = Arc::new(Mutex::new([0; 10]));
        let counted = reads.clone();
        let read = move |index| {
            counted.lock().expect("no panic")[index] += 1;
            Ok(vec![sample(index)])
        };
        let mut samples = Samples::new(photographs(10), Box::new(read));
        let told = AtomicUsize::new(0);
        samples
            .read_all(4, 255, &|done| {
                told.fetch_max(done, Ordering::Relaxed);
            })
            .expect("read");
        assert_eq!(
            [samples.len(), samples.kept(), told.into_inner()],
            [10, 4, 10]
        );
        for _ in 0..2 {
            for index in 0..10 {
                assert_eq!(*samples.get(index).expect("read"), sample(index));
            }
        }
        assert_eq!(
            *reads.lock().expect("no panic"),
            [1, 1, 1, 1, 3, 3, 3, 3, 3, 3]
        );
    }

    #[test]
    fn slices_are_kept_up_to_the_room_and_found_beyond_it() {
        let groups: Vec<ImageGroup> = [3, 1, 4]
            .into_iter()
            .map(|images| ImageGroup {
                stem: String::new(),
                images,
                spacing: [1.0; 3],
            })
            .collect();
        for room in 0..10 {
            let read = |case| match case {
                0 => Ok((0..3).map(sample).collect()),
                1 => Ok(vec![sample(3)]),
                _ => Ok((4..8).map(sample).collect()),
            };
            let mut samples = Samples::new(groups.clone(), Box::new(read));
            samples.read_all(room, 255, &|_| ()).expect("read");
            assert_eq!([samples.len(), samples.kept()], [8, room.min(8)]);
            for index in 0..8 {
                assert_eq!(*samples.get(index).expect("read"), sample(index));
            }
        }
    }

    #[test]
    fn an_image_beyond_the_room_is_tried_too() {
        let read = |index| match index {
            7 => Err(DataError::new(
                Path::new("seven.png"),
                "an image",
                "none",
                "",
            )),
            _ => Ok(vec![sample(index)]),
        };
        for room in [0, 4, 100] {
            let error = Samples::new(photographs(10), Box::new(read)).read_all(room, 255, &|_| ());
            assert!(error.expect_err("seven").file.ends_with("seven.png"));
        }
    }
}
