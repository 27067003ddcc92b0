//! NIfTI files that lie about themselves.

use std::fs;
use std::time::Instant;

use selvedge_data::{DataError, read_class_volume, read_volume};
use tempfile::tempdir;

use super::files::{
    DATATYPE, DIM, PIXDIM, SCL_SLOPE, SFORM, VOX_OFFSET, assert_says, gzip, volume, with,
};

/// The error of a file of these bytes, plain and compressed.
fn refused(bytes: &[u8]) -> DataError {
    let folder = tempdir().unwrap();
    let path = folder.path().join("v.nii.gz");
    fs::write(&path, gzip(bytes)).unwrap();
    let compressed = read_volume(&path).unwrap_err();
    let path = folder.path().join("v.nii");
    fs::write(&path, bytes).unwrap();
    let plain = read_volume(&path).unwrap_err();
    assert_eq!(
        [&plain.expected, &plain.found],
        [&compressed.expected, &compressed.found]
    );
    assert!(read_class_volume(&path).is_err());
    plain
}

fn shorts(values: &[i16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn reals(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

#[test]
fn a_header_that_claims_terabytes_is_refused_before_memory_is_taken() {
    let start = Instant::now();
    for axes in [
        &[3, 32767, 32767, 32767][..],
        &[3, 512, 512, 65],
        &[7, 32767, 32767, 32767, 1, 1, 1, 1],
    ] {
        let error = refused(&with(DIM, &shorts(axes)));
        assert_says(&error, "v.nii", &["at most 16 million voxels"]);
    }
    // Less than the most, and far more than there is: read only as far as it goes.
    let error = refused(&with(DIM, &shorts(&[3, 4096, 4096, 1])));
    assert_says(&error, "v.nii", &["ends too early"]);
    // Not a measurement: a terabyte would take minutes.
    assert!(start.elapsed().as_secs() < 30);
}

#[test]
fn impossible_axes_are_refused() {
    for axes in [
        &[3, -4, 5, 3][..],
        &[3, 0, 5, 3],
        &[0, 4, 5, 3],
        &[-1, 4, 5, 3],
        &[8, 4, 5, 3],
    ] {
        refused(&with(DIM, &shorts(axes)));
    }
    let error = refused(&with(DIM, &shorts(&[4, 4, 5, 1, 3])));
    assert_says(&error, "v.nii", &["a series", "4×5×1×3"]);
}

#[test]
fn headers_without_sense_are_refused() {
    for (at, bytes, words) in [
        (0, &[1, 2, 3, 4][..], "another header"),
        (0, &540_i32.to_le_bytes()[..], "NIfTI-2"),
        (344, b"ni1\0", ".hdr with .img"),
        (344, b"nope", "another mark"),
        (DATATYPE, &shorts(&[128]), "data type 128"),
        (PIXDIM + 4, &reals(&[-1.0]), "lengths above 0"),
        (PIXDIM + 12, &reals(&[f32::NAN]), "lengths above 0"),
        (PIXDIM + 8, &reals(&[0.0]), "lengths above 0"),
        (SFORM + 4, &reals(&[f32::NAN]), "orientation"),
        (SFORM, &reals(&[f32::INFINITY]), "orientation"),
        (VOX_OFFSET, &reals(&[f32::NAN]), "byte 352"),
        (VOX_OFFSET, &reals(&[1e30]), "byte 352"),
        (VOX_OFFSET, &reals(&[100.0]), "byte 352"),
        (VOX_OFFSET, &reals(&[9000.0]), "ends too early"),
        (SCL_SLOPE, &reals(&[1.0, f32::NAN]), "number to add"),
        (SCL_SLOPE, &reals(&[f32::MAX, f32::MAX]), "32-bit numbers"),
    ] {
        assert_says(&refused(&with(at, bytes)), "v.nii", &[words]);
    }
    // A quaternion longer than 1 in place of the sform.
    let mut bytes = with(252, &shorts(&[1, 0]));
    bytes[256..268].copy_from_slice(&reals(&[1.0, 1.0, 1.0]));
    assert_says(&refused(&bytes), "v.nii", &["orientation"]);
}

#[test]
fn files_cut_short_anywhere_are_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("cut.nii.gz");
    for whole in [volume(), gzip(&volume())] {
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_says(&read_volume(&path).unwrap_err(), "cut.nii.gz", &[]);
        }
    }
    // A bit of a checksum.
    let mut damaged = gzip(&volume());
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    fs::write(&path, damaged).unwrap();
    assert_says(&read_volume(&path).unwrap_err(), "cut.nii.gz", &[]);
    assert!(read_volume(&folder.path().join("nowhere.nii")).is_err());
    assert!(read_volume(folder.path()).is_err());
}

#[test]
fn values_that_are_no_numbers_are_found_in_their_place() {
    let mut bytes = with(DATATYPE, &shorts(&[16, 32]));
    bytes.truncate(352);
    let mut values = [0.0; 60];
    values[27] = f32::NAN;
    bytes.extend(reals(&values));
    assert_says(
        &refused(&bytes),
        "v.nii",
        &["NaN in slice 1, row 1, column 3"],
    );
}

#[test]
fn an_archive_that_goes_on_for_ever_is_not_unpacked() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("bomb.nii.gz");
    // 64 MiB of zeros behind the voxels, 64 KiB packed: a file with something behind is read as far as it is a volume.
    let mut bytes = volume();
    bytes.resize(64 << 20, 0);
    fs::write(&path, gzip(&bytes)).unwrap();
    assert_eq!(read_volume(&path).unwrap().values.len(), 60);
}
