//! The files of a case: their formats, extents and stored labels.

use std::path::{Path, PathBuf};

use crate::dataset::case::Case;
use crate::dataset::layouts::acdc::arrays::{IMAGE, LABEL};
use crate::error::DataError;
use crate::files::names::volume_stem;
use crate::formats::decode::{image_size, is_turned};
use crate::formats::nifti::read::{read_volume_grid, read_volume_labels};
use crate::formats::npz::{npz_shape, read_npz_labels};
use crate::images::placement::Placement;
use crate::images::volume::VolumeExtent;

/// How a case is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Picture,
    Nifti,
    Arrays,
}

/// The shape and the values of labels as they are stored, and what is worth saying of which file.
pub(crate) type Stored = ([usize; 3], Vec<u16>, Vec<(PathBuf, String)>);

impl Format {
    pub(crate) fn of(path: &Path) -> Self {
        if volume_stem(path).is_some() {
            Self::Nifti
        } else if path.extension().is_some_and(|ending| ending == "npz") {
            Self::Arrays
        } else {
            Self::Picture
        }
    }
}

/// What is worth saying of a file.
pub(crate) fn remarked<T: ToString>(
    path: &Path,
    texts: impl IntoIterator<Item = T>,
) -> Vec<(PathBuf, String)> {
    let texts = texts.into_iter();
    texts
        .map(|text| (path.to_path_buf(), text.to_string()))
        .collect()
}

/// Labels in the voxels of their volume, and what is worth saying of where both lie.
pub(crate) fn nifti_labels(case: &Case, path: &Path) -> Result<Stored, DataError> {
    let image = read_volume_grid(&case.image)?;
    let (grid, values) = read_volume_labels(path)?;
    let placement = Placement::find((path, &grid), (&case.image, &image))?;
    // Once where both headers have the same oddity.
    let of_image = image.remarks.into_iter();
    let of_image = of_image.filter(|text| !grid.remarks.contains(text));
    let mut remarks = remarked(&case.image, of_image);
    remarks.extend(remarked(path, grid.remarks.iter().chain(&placement.remark)));
    Ok((image.shape, placement.lay(values), remarks))
}

/// Labels in an archive of arrays, as many as its volume has voxels.
pub(crate) fn array_labels(case: &Case, path: &Path) -> Result<Stored, DataError> {
    let (found, values) = read_npz_labels(path, &LABEL)?;
    if extent(&case.image)?.map(|extent| extent.shape) != Some(found) {
        return Err(another_shape(case, path, found));
    }
    Ok((found, values, Vec::new()))
}

/// The extent of a volume; nothing of a photograph.
pub(crate) fn extent(path: &Path) -> Result<Option<VolumeExtent>, DataError> {
    let (shape, spacing) = match Format::of(path) {
        Format::Picture => return Ok(None),
        Format::Nifti => {
            let grid = read_volume_grid(path)?;
            (grid.shape, grid.spacing)
        }
        Format::Arrays => (npz_shape(path, &IMAGE)?, [1.0; 3]),
    };
    Ok(Some(VolumeExtent { shape, spacing }))
}

pub(crate) fn another_shape(
    case: &Case,
    path: &Path,
    [slices, rows, columns]: [usize; 3],
) -> DataError {
    let expected = match extent(&case.image) {
        Ok(Some(VolumeExtent {
            shape: [slices, rows, columns],
            ..
        })) => format!("{slices} slices of {rows}×{columns}"),
        _ => "the shape".into(),
    };
    DataError::new(
        path,
        format!("{expected} like {}", case.image.display()),
        format!("{slices} slices of {rows}×{columns}"),
        "export the labels on the grid of the volume",
    )
}

/// That the labels in `path` are as large as the case's photograph.
pub(crate) fn same_size(case: &Case, path: &Path, found: [usize; 2]) -> Result<(), DataError> {
    let [height, width] = image_size(&case.image)?;
    if [height, width] == found {
        return Ok(());
    }
    let stored = [width, height] == found && is_turned(&case.image);
    let advice = if stored {
        "the photograph is rotated by its EXIF orientation, and the labels are drawn on its stored pixels: rotate them \
         too, or remove the orientation from the photograph (`exiftool -Orientation= FILE`)"
    } else {
        "export the labels at the image's size"
    };
    Err(DataError::new(
        path,
        format!("{height}×{width} pixels like {}", case.image.display()),
        format!("{}×{}", found[0], found[1]),
        advice,
    ))
}
