//! The images of one split, in memory as far as there is room.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::augmentation::Sample;
use crate::{Case, DataError, Dataset, Split, resize_labels, resize_picture};

/// Reads an image, by its position in the split.
type Read = Box<dyn Fn(usize) -> Result<Sample, DataError> + Send + Sync>;

/// The images of one split at sample size: the first ones in memory, the others read each time that they are asked for.
///
/// Every epoch asks for every image once. No rule of replacement finds more of them in memory than keeping the same ones
/// throughout, and the one least recently used would be the very next.
pub(super) struct Samples {
    kept: Vec<Sample>,
    count: usize,
    read: Read,
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
    /// `count` images that `read` gives, of which none is in memory yet.
    pub(super) fn new(count: usize, read: Read) -> Self {
        Self {
            kept: Vec::new(),
            count,
            read,
        }
    }

    /// The images of a split, resized.
    pub(super) fn of_split(dataset: &Dataset, split: Split, size: [usize; 2]) -> Self {
        let dataset = dataset.clone();
        let count = dataset.cases(split).len();
        let read = move |index| read(&dataset, &dataset.cases(split)[index], size);
        Self::new(count, Box::new(read))
    }

    /// Reads every image on all cores, so that what cannot be read shows at once, and keeps the first `room` ones; tells
    /// `progress` how many are done.
    pub(super) fn read_all(
        &mut self,
        room: usize,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), DataError> {
        let done = AtomicUsize::new(0);
        let read = |index| {
            let sample = (self.read)(index);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            sample
        };
        let kept = room.min(self.count);
        self.kept = (0..kept)
            .into_par_iter()
            .map(read)
            .collect::<Result<_, _>>()?;
        (kept..self.count)
            .into_par_iter()
            .try_for_each(|index| read(index).map(drop))
    }

    /// One image.
    pub(super) fn get(&self, index: usize) -> Result<Cow<'_, Sample>, DataError> {
        match self.kept.get(index) {
            Some(sample) => Ok(Cow::Borrowed(sample)),
            None => (self.read)(index).map(Cow::Owned),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// How many are in memory.
    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }
}

fn read(dataset: &Dataset, case: &Case, [height, width]: [usize; 2]) -> Result<Sample, DataError> {
    let (picture, labels) = dataset.load(case)?;
    let picture = resize_picture(&picture, height, width);
    let labels = resize_labels(&labels, height, width);
    Ok(Sample {
        height,
        width,
        picture: picture
            .values
            .into_iter()
            .map(|value| (value * 255.0).round() as u8)
            .collect(),
        labels: labels.classes,
    })
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
            Ok(sample(index))
        };
        let mut samples = Samples::new(10, Box::new(read));
        let told = AtomicUsize::new(0);
        samples
            .read_all(4, &|done| {
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
    fn an_image_beyond_the_room_is_tried_too() {
        let read = |index| match index {
            7 => Err(DataError::new(
                Path::new("seven.png"),
                "an image",
                "none",
                "",
            )),
            _ => Ok(sample(index)),
        };
        for room in [0, 4, 100] {
            let error = Samples::new(10, Box::new(read)).read_all(room, &|_| ());
            assert!(error.expect_err("seven").file.ends_with("seven.png"));
        }
    }
}
