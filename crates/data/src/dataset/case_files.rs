//! The files of a case: their formats, extents and stored labels.

use std::path::{Path, PathBuf};

use crate::dataset::case::Case;
use crate::dataset::layouts::acdc::arrays::{IMAGE, LABEL};
use crate::error::DataError;
use crate::files::names::volume_stem;
use crate::formats::decode::{image_size, is_turned};
use crate::formats::nifti::read::{read_volume_grid, read_volume_labels};
use crate::formats::npz::{npz_shape, read_npz_labels};
use crate::images::label_volume::LabelVolume;
use crate::images::placement::Placement;
use crate::images::volume::VolumeExtent;

/// The format of the files of a case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Photograph,
    Nifti,
    Arrays,
}

/// Labels, and remarks on files.
pub(crate) type Remarked = (LabelVolume, Vec<(PathBuf, String)>);

/// The stored shape and values of labels, and remarks on files.
pub(crate) type Stored = ([usize; 3], Vec<u16>, Vec<(PathBuf, String)>);

impl Format {
    pub(crate) fn from_path(path: &Path) -> Self {
        if volume_stem(path).is_some() {
            Self::Nifti
        } else if path.extension().is_some_and(|ending| ending == "npz") {
            Self::Arrays
        } else {
            Self::Photograph
        }
    }
}

/// Remarks on a file.
pub(crate) fn remarks_on<T: ToString>(
    path: &Path,
    texts: impl IntoIterator<Item = T>,
) -> Vec<(PathBuf, String)> {
    let texts = texts.into_iter();
    texts
        .map(|text| (path.to_path_buf(), text.to_string()))
        .collect()
}

/// Labels on the grid of their volume, and remarks on both files.
pub(crate) fn nifti_labels(case: &Case, path: &Path) -> Result<Stored, DataError> {
    let image = read_volume_grid(&case.image)?;
    let (grid, values) = read_volume_labels(path)?;
    let placement = Placement::find((path, &grid), (&case.image, &image))?;
    // Reported once if both headers have the same oddity.
    let of_image = image.remarks.into_iter();
    let of_image = of_image.filter(|text| !grid.remarks.contains(text));
    let mut remarks = remarks_on(&case.image, of_image);
    remarks.extend(remarks_on(
        path,
        grid.remarks.iter().chain(&placement.remark),
    ));
    Ok((image.shape, placement.place(values), remarks))
}

/// Labels in an archive of arrays, with the shape of its volume.
pub(crate) fn array_labels(case: &Case, path: &Path) -> Result<Stored, DataError> {
    let (found, values) = read_npz_labels(path, &LABEL)?;
    if extent(&case.image)?.map(|extent| extent.shape) != Some(found) {
        return Err(another_shape(case, path, found));
    }
    Ok((found, values, Vec::new()))
}

/// The extent of a volume; `None` for a photograph.
pub(crate) fn extent(path: &Path) -> Result<Option<VolumeExtent>, DataError> {
    let (shape, spacing) = match Format::from_path(path) {
        Format::Photograph => return Ok(None),
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

/// Checks that the labels in `path` have the size of the case's photograph.
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
