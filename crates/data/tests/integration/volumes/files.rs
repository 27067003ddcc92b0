//! Small files to damage.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use selvedge_data::{
    DataError, DataOptions, LabelVolume, LayoutName, VolumeGrid, check, write_label_volume,
};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::npy_file::npy;

/// Offsets in a NIfTI header.
pub(crate) const DIM: usize = 40;
pub(crate) const DATATYPE: usize = 70;
pub(crate) const PIXDIM: usize = 76;
pub(crate) const VOX_OFFSET: usize = 108;
pub(crate) const SCL_SLOPE: usize = 112;
/// The codes of qform and sform.
pub(crate) const FORMS: usize = 252;
pub(crate) const QOFFSET: usize = 268;
pub(crate) const SFORM: usize = 280;

/// Slices, rows and columns of every volume here.
pub(crate) const SHAPE: [usize; 3] = [3, 5, 4];

/// The bytes of an uncompressed volume with values 0 to 3.
pub(crate) fn volume() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.nii");
    let grid = VolumeGrid::new(&path, SHAPE, [10.0, 1.5, 1.25]).unwrap();
    let labels = LabelVolume {
        shape: SHAPE,
        classes: (0..60).map(|index| index % 4).collect(),
    };
    write_label_volume(&path, &grid, &labels).unwrap();
    fs::read(&path).unwrap()
}

/// The bytes of a volume with some bytes of the header replaced.
pub(crate) fn with(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut volume = volume();
    volume[at..at + bytes.len()].copy_from_slice(bytes);
    volume
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Where a header describes its volume.
const DESCRIPTION: usize = 148;

/// A set of ten patients in the challenge's layout, whose volumes all differ.
pub(crate) fn patients(root: &Path) {
    for number in 1..=10 {
        let name = format!("patient{number:03}");
        let folder = root.join("training").join(&name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Info.cfg"), "ED: 1\nES: 12\nGroup: DCM\n").unwrap();
        for moment in ["01", "12"] {
            for part in ["", "_gt"] {
                let path = folder.join(format!("{name}_frame{moment}{part}.nii.gz"));
                let description = format!("{number} {moment}");
                let bytes = with(DESCRIPTION, description.as_bytes());
                fs::write(path, gzip(&bytes)).unwrap();
            }
        }
        fs::write(folder.join(format!("{name}_4d.nii.gz")), "a series").unwrap();
    }
}

/// An archive of these members.
pub(crate) fn write_archive(path: &Path, members: [(&str, &[u8]); 2]) {
    let mut archive = ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in members {
        archive
            .start_file(format!("{name}.npy"), SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

/// An archive of `img` and `label`.
pub(crate) fn write_arrays(path: &Path, shape: &[u64], image: &[f32], label: &[u8]) {
    let image: Vec<u8> = image.iter().flat_map(|value| value.to_le_bytes()).collect();
    let image = npy("<f4", false, shape, &image);
    let label = npy("|u1", false, shape, label);
    write_archive(path, [("img", &image), ("label", &label)]);
}

/// A set of arrays: four slices to train, one to validate, one volume to test on.
pub(crate) fn arrays(root: &Path) {
    for folder in ["train", "valid", "test"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let image: Vec<f32> = (0..60).map(|value| value as f32 / 59.0).collect();
    let label: Vec<u8> = (0..60).map(|value| value % 4).collect();
    for name in [
        "train/case_001_sliceED_0",
        "train/case_001_sliceED_1",
        "train/case_003_sliceES_0",
        "train/case_004_sliceES_7",
        "valid/case_019_sliceED_3",
    ] {
        let path = root.join(format!("{name}.npz"));
        write_arrays(&path, &[5, 4], &image[..20], &label[..20]);
    }
    let path = root.join("test/case_002_volume_ED.npz");
    write_arrays(&path, &[3, 5, 4], &image, &label);
}

/// The only problem that the check finds.
pub(crate) fn only_problem(root: &Path) -> DataError {
    let mut problems = check(LayoutName::Acdc, root, &options()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

pub(crate) fn options() -> DataOptions {
    DataOptions {
        kind: LayoutName::Acdc,
        ..DataOptions::default()
    }
}
