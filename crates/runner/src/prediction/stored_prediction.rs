//! What a finished run predicted for its test images: the files in `predictions/`.

use std::path::Path;

use data::{Case, CaseImage, LabelVolume, read_class_volume, read_label_image};

use crate::error::RunnerError;
use crate::prediction::label_files::label_ending;

/// What a run predicted for a case: its own file.
///
/// # Errors
///
/// There is none, or it cannot be read.
pub(crate) fn predicted(
    run: &Path,
    case: &Case,
    image: &CaseImage,
) -> Result<LabelVolume, RunnerError> {
    let is_volume = matches!(image, CaseImage::Volume(_));
    let name = format!("{}{}", case.stem, label_ending(is_volume));
    let path = run.join("predictions").join(name);
    if !path.exists() {
        return Err(RunnerError::mismatch(
            "the prediction that the training wrote",
            "no such file",
            "remove the run's folder and run the experiment again, which trains it again",
        )
        .at(path.display()));
    }
    Ok(if is_volume {
        read_class_volume(&path)?.1
    } else {
        read_label_image(&path)?.into()
    })
}

/// The slice with the most pixels whose class is one of `counted`; the first of several.
pub(crate) fn most_labelled(labels: &LabelVolume, counted: impl Fn(u8) -> bool) -> usize {
    let [slices, _, _] = labels.shape;
    let labelled = |slice: &usize| {
        let classes = labels.slice(*slice).classes;
        classes.iter().filter(|class| counted(**class)).count()
    };
    (0..slices).rev().max_by_key(labelled).unwrap_or(0)
}
