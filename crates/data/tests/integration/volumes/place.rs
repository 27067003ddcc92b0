//! Labels in another order of voxels than their volume, at another position, or without one.

use std::fs;

use selvedge_data::{
    Affine, DataError, Dataset, LabelVolume, Split, check, read_class_volume_on, read_volume,
};
use tempfile::tempdir;

use super::files::{
    FORMS, PIXDIM, QOFFSET, SFORM, SHAPE, only_problem, options, patients, volume, with,
};
use crate::errors::assert_reports;

/// Labels that differ under every permutation and flip.
fn labels() -> Vec<u8> {
    (0..60).map(|index| (index * index % 7) as u8 % 4).collect()
}

/// A volume of `shape` whose sform is `affine`.
fn placed(shape: [usize; 3], affine: Affine, values: &[u8]) -> Vec<u8> {
    let mut bytes = volume();
    for (axis, length) in shape.into_iter().rev().enumerate() {
        bytes[42 + 2 * axis..][..2].copy_from_slice(&(length as u16).to_le_bytes());
    }
    for (index, value) in affine.iter().flatten().enumerate() {
        bytes[SFORM + 4 * index..][..4].copy_from_slice(&(*value as f32).to_le_bytes());
    }
    bytes.truncate(352);
    bytes.extend(values);
    bytes
}

/// The affine map of [`volume`] with another first voxel.
const AFFINE: Affine = [
    [-1.25, 0.0, 0.0, 10.0],
    [0.0, -1.5, 0.0, 20.0],
    [0.0, 0.0, 10.0, 30.0],
];

/// The labels `bytes` read onto an image of [`AFFINE`], and the remarks.
fn on_image(bytes: &[u8]) -> Result<(LabelVolume, Vec<String>), DataError> {
    let folder = tempdir().unwrap();
    let [image, path] = ["image.nii", "labels.nii"].map(|name| folder.path().join(name));
    fs::write(&image, placed(SHAPE, AFFINE, &[0; 60])).unwrap();
    fs::write(&path, bytes).unwrap();
    let grid = read_volume(&image).unwrap().grid;
    read_class_volume_on(&path, (&image, &grid))
}

#[test]
fn labels_in_any_order_of_axes_are_reordered_to_their_volume() {
    let [slices, rows, columns] = SHAPE;
    let labels = labels();
    let at = |[slice, row, column]: [usize; 3]| labels[(slice * rows + row) * columns + column];
    let mut tried = 0;
    for axes in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        for bits in 0..8 {
            let reversed = [0, 1, 2].map(|axis| bits >> axis & 1 == 1);
            // Stored axis `axis` is the image's axis `axes[axis]`.
            let shape = axes.map(|axis| SHAPE[axis]);
            let mut stored = Vec::new();
            for first in 0..shape[0] {
                for second in 0..shape[1] {
                    for third in 0..shape[2] {
                        let mut voxel = [0; 3];
                        for (axis, index) in [first, second, third].into_iter().enumerate() {
                            let length = shape[axis];
                            voxel[axes[axis]] = if reversed[axis] {
                                length - 1 - index
                            } else {
                                index
                            };
                        }
                        stored.push(at(voxel));
                    }
                }
            }
            // The columns of the affine map belong to columns, rows and slices, in reverse order.
            let affine = AFFINE.map(|row| {
                let mut turned = [0.0, 0.0, 0.0, row[3]];
                for axis in 0..3 {
                    let step = row[2 - axes[axis]];
                    turned[2 - axis] = if reversed[axis] { -step } else { step };
                    if reversed[axis] {
                        turned[3] += step * (shape[axis] - 1) as f64;
                    }
                }
                turned
            });
            let (read, notes) = on_image(&placed(shape, affine, &stored)).unwrap();
            assert_eq!(read.shape, [slices, rows, columns]);
            assert!(read.classes == labels, "{axes:?} {reversed:?}");
            let plain = axes == [0, 1, 2] && bits == 0;
            assert_eq!(notes.is_empty(), plain, "{axes:?} {reversed:?}: {notes:?}");
            if !plain {
                assert!(
                    notes[notes.len() - 1].contains("turned to its partner's, LPS"),
                    "{notes:?}"
                );
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 48);
}

#[test]
fn labels_at_another_position_are_refused_with_both_positions() {
    let mut moved = AFFINE;
    moved[0][3] = -124.0;
    let error = on_image(&placed(SHAPE, moved, &labels())).unwrap_err();
    assert_reports(
        &error,
        "labels.nii",
        &[
            "voxels of 10×1.5×1.25 mm towards LPS from (10, 20, 30) like",
            "from (-124, 20, 30)",
            "nibabel.Nifti1Image(labels, image.affine)",
        ],
    );
    // A quarter of a voxel counts as rounding, half of one does not; nor does another slice thickness.
    let mut near = AFFINE;
    near[2][3] += 2.0;
    let (read, notes) = on_image(&placed(SHAPE, near, &labels())).unwrap();
    assert!(read.classes == labels() && notes.is_empty());
    near[2][3] += 3.0;
    on_image(&placed(SHAPE, near, &labels())).unwrap_err();
    let mut higher = AFFINE;
    higher[2][2] = 12.0;
    let error = on_image(&placed(SHAPE, higher, &labels())).unwrap_err();
    assert_reports(&error, "labels.nii", &["found voxels of 12×1.5×1.25 mm"]);
    // Along other axes, and at another position.
    let error = on_image(&placed([5, 3, 4], AFFINE, &labels())).unwrap_err();
    assert_reports(
        &error,
        "labels.nii",
        &["3 slices of 5×4", "5 slices of 3×4"],
    );
}

#[test]
fn labels_without_a_position_are_matched_voxel_by_voxel_and_noted() {
    let identity = |sign: f64| {
        [
            [sign, 0.0, 0.0, 0.0],
            [0.0, sign, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ]
    };
    let ones = |mut bytes: Vec<u8>| {
        bytes[PIXDIM + 4..][..12].copy_from_slice(&[0, 0, 128, 63].repeat(3));
        bytes
    };
    let mut nothing = placed(SHAPE, AFFINE, &labels());
    nothing[FORMS..FORMS + 4].fill(0);
    for bytes in [
        ones(placed(SHAPE, identity(1.0), &labels())),
        ones(placed(SHAPE, identity(-1.0), &labels())),
        nothing,
    ] {
        let (read, notes) = on_image(&bytes).unwrap();
        assert!(read.classes == labels());
        assert!(
            notes.len() == 1 && notes[0].contains("has no position"),
            "{notes:?}"
        );
    }
}

/// The spacing, the orientation and the remarks of a volume of these bytes.
fn remarks(bytes: &[u8]) -> ([f64; 3], String, Vec<String>) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("v.nii");
    fs::write(&path, bytes).unwrap();
    let grid = read_volume(&path).unwrap().grid;
    (grid.spacing, grid.orientation(), grid.remarks)
}

/// A volume with a qform like its sform, except for the handedness.
fn with_qform(mut bytes: Vec<u8>, handedness: f32) -> Vec<u8> {
    bytes[FORMS..FORMS + 2].copy_from_slice(&[1, 0]);
    bytes[PIXDIM..PIXDIM + 4].copy_from_slice(&handedness.to_le_bytes());
    // Half a turn about the third axis.
    for (index, value) in [0.0_f32, 0.0, 1.0, 10.0, 20.0, 30.0]
        .into_iter()
        .enumerate()
    {
        bytes[QOFFSET - 12 + 4 * index..][..4].copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

#[test]
fn contradictory_headers_are_read_in_the_usual_way_and_noted() {
    let sound = placed(SHAPE, AFFINE, &labels());
    let lengths = [10.0, 1.5, 1.25];
    let lps = || "LPS".to_string();
    assert_eq!(
        remarks(&with_qform(sound.clone(), 1.0)),
        (lengths, lps(), vec![])
    );

    let (spacing, orientation, notes) = remarks(&with_qform(sound.clone(), -1.0));
    assert_eq!((spacing, orientation), (lengths, lps()));
    assert!(
        notes[0].contains("towards LPS by its sform, towards LPI by its qform"),
        "{notes:?}"
    );

    let mut other = sound.clone();
    other[PIXDIM + 4..][..12].copy_from_slice(&[0, 0, 128, 63].repeat(3));
    let (spacing, _, notes) = remarks(&other);
    assert_eq!(spacing.map(f64::to_bits), lengths.map(f64::to_bits));
    assert!(
        notes[0].contains("voxel sizes of its sform differ from its pixdim"),
        "{notes:?}"
    );

    // Without a qform, only the voxel sizes remain.
    let zeros = placed(SHAPE, [[0.0; 4]; 3], &labels());
    let identity = [
        [-1.0, 0.0, 0.0, 0.0],
        [0.0, -1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
    ];
    for (sform, fragment) in [
        (zeros, "maps no voxel anywhere"),
        (placed(SHAPE, identity, &labels()), "the identity"),
    ] {
        let (spacing, _, notes) = remarks(&sform);
        assert_eq!(spacing.map(f64::to_bits), lengths.map(f64::to_bits));
        assert!(
            notes[0].contains(fragment) && notes[0].contains("the voxels' sizes are used"),
            "{notes:?}"
        );
        let (spacing, orientation, notes) = remarks(&with_qform(sform, 1.0));
        assert_eq!((spacing, orientation), (lengths, lps()));
        assert!(
            notes[0].contains(fragment) && notes[0].contains("the qform is used"),
            "{notes:?}"
        );
    }
}

#[test]
fn a_set_notes_each_decision_once_and_refuses_labels_at_another_position() {
    let set = tempdir().unwrap();
    patients(set.path());
    let labels = |patient: usize, frame: &str| {
        let name = format!("patient{patient:03}");
        set.path()
            .join(format!("training/{name}/{name}_frame{frame}_gt.nii.gz"))
    };
    let image = read_volume(&labels(1, "01")).unwrap();
    let values: Vec<u8> = image.values.iter().map(|value| *value as u8).collect();
    // Saved again with reversed columns, as stated in the header.
    let mirrored: Vec<u8> = values
        .chunks(4)
        .flat_map(|row| row.iter().rev().copied())
        .collect();
    let mut affine = image.grid.affine;
    affine[0] = [1.25, 0.0, 0.0, -3.75];
    let bytes = placed(SHAPE, affine, &mirrored);
    for frame in ["01", "12"] {
        fs::write(labels(4, frame), &bytes).unwrap();
    }
    let report = check(options().kind, set.path(), &options());
    assert_eq!(report.problems, []);
    let notes = report.warnings;
    assert_eq!(notes.len(), 1, "{notes:?}");
    let fragment = "patient004_frame01_gt.nii.gz and 1 more: axes towards RPS, turned";
    assert!(notes[0].contains(fragment), "{notes:?}");
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    let mut cases = Split::ALL
        .into_iter()
        .flat_map(|split| dataset.cases(split));
    let case = cases
        .find(|case| case.stem == "patient004_frame12")
        .unwrap();
    assert!(dataset.load_label_volume(case).unwrap().classes == values);

    fs::write(labels(4, "01"), with(SFORM + 12, &200_f32.to_le_bytes())).unwrap();
    assert_reports(
        &only_problem(set.path()),
        "patient004_frame01_gt.nii.gz",
        &["from (200, 0, 0)"],
    );
}
