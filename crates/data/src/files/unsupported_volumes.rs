//! Volumes that cannot be read where they are: in another format, or in a folder for images.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::files::names::volume_stem;

/// Maximum number of files that are examined in a folder.
const MAX_EXAMINED: usize = 10_000;

/// Extensions of volumes in formats that are not read, in addition to DICOM and the two files of Analyze.
const OTHERS: [&str; 5] = ["mgz", "mgh", "nrrd", "mha", "mhd"];

/// Whether a file name is that of a volume, in any format.
pub(crate) fn is_volume(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let mut known = OTHERS.iter().chain(&["hdr", "img", "dcm"]);
    volume_stem(Path::new(name)).is_some() || known.any(|known| ending.eq_ignore_ascii_case(known))
}

/// The error of a folder that contains volumes in formats that are not read; `None` if there are none.
pub fn unsupported_volumes(folder: &Path) -> Option<DataError> {
    let files = files(folder);
    let ends = |path: &Path, ending: &str| {
        let found = path.extension();
        found.is_some_and(|found| found.eq_ignore_ascii_case(ending))
    };
    let first_with = |ending: &str| files.iter().find(|path| ends(path, ending));
    let pair = files
        .iter()
        .find(|path| ends(path, "hdr") && files.contains(&path.with_extension("img")));
    let (file, found, advice) = if let Some(header) = pair {
        (
            header,
            "a header whose voxels are in another file (.hdr with .img)",
            "join both: nibabel.save(nibabel.load(\"NAME.hdr\"), \"NAME.nii.gz\")",
        )
    } else if let Some(file) = first_with("dcm") {
        (
            file,
            "a DICOM file",
            "convert the series, for example with dcm2niix",
        )
    } else {
        let file = OTHERS.into_iter().find_map(first_with)?;
        (
            file,
            "a volume of another format",
            "save it as NIfTI, for example with 3D Slicer or SimpleITK: sitk.WriteImage(image, \"NAME.nii.gz\")",
        )
    };
    let expected = "NIfTI-1 volumes in one file (.nii or .nii.gz)";
    Some(DataError::new(file, expected, found, advice))
}

/// The error of a data set of photographs whose folders contain volumes; `None` if there are none.
pub(crate) fn volumes_in_place_of_images(root: &Path) -> Option<DataError> {
    let places = ["images", "labels", "train/images", "."].map(|place| root.join(place));
    let volume = places.iter().find_map(|folder| {
        let mut files = files(folder).into_iter();
        files.find(|path| volume_stem(path).is_some())
    })?;
    Some(DataError::new(
        &volume,
        "photographs or other images",
        "a NIfTI volume",
        "volumes are read in the layouts `folder` (images/ and labels/ with volumes of the same names), `nnunet` and `acdc`",
    ))
}

/// The files of a folder, sorted; empty if it cannot be listed.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .take(MAX_EXAMINED)
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
}
