//! The interface of a layout of data sets.

use std::path::Path;

use crate::dataset::found::Found;
use crate::error::DataError;
use crate::formats::decode::image_size;
use crate::labels::label_images::read_raw_labels;
use crate::labels::raw_labels::RawLabels;
use crate::options::DataOptions;
use crate::synth::options::SyntheticSet;

/// A layout of data sets on disk.
pub(crate) trait Layout: Sync {
    /// Finds the cases of a data set without reading an image, and adds everything that is wrong to `problems`.
    ///
    /// # Errors
    ///
    /// A problem that prevents finding any case.
    fn find(
        &self,
        root: &Path,
        options: &DataOptions,
        problems: &mut Vec<DataError>,
    ) -> Result<Found, DataError>;

    /// Reads the labels of an image. `check_size` compares rows and columns with those of the image, before the labels are
    /// decoded where their header states them.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or `check_size` refuses its size.
    fn read_labels(&self, path: &Path, check_size: &CheckSize<'_>) -> Result<RawLabels, DataError> {
        check_size(image_size(path)?)?;
        read_raw_labels(path)
    }

    /// Whether images have a grade as a whole.
    fn has_grades(&self) -> bool {
        false
    }

    /// The synthetic sets in this layout, if there are any.
    fn synthetic(&self) -> Option<SyntheticSet> {
        None
    }
}

/// Refuses rows and columns that differ from those of the image.
pub(crate) type CheckSize<'a> = dyn Fn([usize; 2]) -> Result<(), DataError> + 'a;
