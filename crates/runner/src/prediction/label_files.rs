//! Files of predicted labels, in the format of their image.

use std::path::Path;

use data::{CaseImage, LabelVolume, write_label_png, write_label_volume};

use crate::error::RunnerError;

/// Writes predicted labels in the format of the image: PNG for a photograph, NIfTI with the same grid for a volume.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write_prediction(
    folder: &Path,
    stem: &str,
    image: &CaseImage,
    predicted: &LabelVolume,
) -> Result<(), RunnerError> {
    let ending = label_ending(matches!(image, CaseImage::Volume(_)));
    write_labels(&folder.join(format!("{stem}{ending}")), image, predicted)
}

/// The file extension of predicted labels.
pub(crate) fn label_ending(of_volume: bool) -> &'static str {
    if of_volume { ".nii.gz" } else { ".png" }
}

/// Writes predicted labels to a file with that extension.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write_labels(
    path: &Path,
    image: &CaseImage,
    predicted: &LabelVolume,
) -> Result<(), RunnerError> {
    match image {
        CaseImage::Photograph(_) => write_label_png(path, &predicted.slice(0))?,
        CaseImage::Volume(volume) => write_label_volume(path, &volume.grid, predicted)?,
    }
    Ok(())
}
