//! The images of a data set as an audit sees them: every case of every split, and every slice of a volume.

use data::{Case, CaseImage, Dataset, LabelMap, LabelVolume, PlanarImage, Split};

use crate::error::RunnerError;
use crate::files::checksum::FileSums;
use crate::run_folder::data_checksum;

/// All cases, whatever their split.
pub(crate) fn all_cases(dataset: &Dataset) -> Vec<Case> {
    let cases = Split::ALL.iter().flat_map(|split| dataset.cases(*split));
    let mut cases: Vec<Case> = cases.cloned().collect();
    cases.sort_by(|one, other| (&one.stem, &one.image).cmp(&(&other.stem, &other.image)));
    // With data.overfit, every split has the same images.
    cases.dedup_by(|one, other| one.image == other.image && one.stem == other.stem);
    cases
}

/// The name of a slice, as in `images.npz`; that of the case if it has only one.
pub(crate) fn slice_name(stem: &str, slice: usize, slices: usize) -> String {
    data::image_name(stem, slice, slices)
}

/// The names of the images of cases, in order.
///
/// # Errors
///
/// A volume's header cannot be read; or two images have the same name, which could not be told apart in a list.
pub(crate) fn names(dataset: &Dataset, cases: &[Case]) -> Result<Vec<String>, RunnerError> {
    let mut names = Vec::new();
    for case in cases {
        let slices = dataset.slice_count(case)?;
        names.extend((0..slices).map(|slice| slice_name(&case.stem, slice, slices)));
    }
    let mut sorted = names.clone();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(names),
        Some(pair) => Err(RunnerError::mismatch(
            "images of different names",
            format!("'{}' twice", pair[0]),
            "rename one of them and its labels: an audit lists images by name",
        )
        .at(dataset.root.display())),
    }
}

/// An image with its label.
pub(crate) struct Slice {
    pub(crate) name: String,
    pub(crate) image: PlanarImage,
    pub(crate) labels: LabelMap,
}

/// Calls `each` with every slice of a case, in order.
///
/// # Errors
///
/// The case cannot be read, or the error of `each`.
pub(crate) fn for_each_slice(
    dataset: &Dataset,
    case: &Case,
    mut each: impl FnMut(Slice) -> Result<(), RunnerError>,
) -> Result<(), RunnerError> {
    let (image, labels): (CaseImage, LabelVolume) = dataset.load(case)?;
    let slices = image.shape()[0];
    for slice in 0..slices {
        each(Slice {
            name: slice_name(&case.stem, slice, slices),
            image: image.slice(slice).into_owned(),
            labels: labels.slice(slice),
        })?;
    }
    Ok(())
}

/// The checksum of a data set's images and labels.
///
/// # Errors
///
/// A file cannot be read.
pub(crate) fn checksum(dataset: &Dataset) -> Result<String, RunnerError> {
    data_checksum::of(dataset, &FileSums::default()).ok_or_else(|| {
        RunnerError::fixable(
            format!(
                "{}: not all files could be read for the checksum of the data",
                dataset.root.display()
            ),
            "`selvedge data check` lists the files that cannot be read",
        )
    })
}

/// Refuses a data set that has changed since `then` was noted in `place`.
///
/// # Errors
///
/// It has another checksum, or cannot be read.
pub(crate) fn refuse_changed(
    dataset: &Dataset,
    then: &str,
    place: &str,
) -> Result<(), RunnerError> {
    let now = checksum(dataset)?;
    if now == then {
        return Ok(());
    }
    Err(RunnerError::mismatch(
        format!("the data whose checksum {place} has ({then:.12}…)"),
        format!("other images or labels ({now:.12}…)"),
        "scores of the old labels say nothing about new ones: restore the data, or train and audit again",
    )
    .at(dataset.root.display()))
}
