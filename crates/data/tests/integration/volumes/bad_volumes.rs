//! NIfTI files with wrong headers.

use std::fs;
use std::time::Instant;

use selvedge_data::{DataError, read_class_volume, read_volume};
use tempfile::tempdir;

use super::files::{
    DATATYPE, DIM, FORMS, PIXDIM, SCL_SLOPE, SFORM, VOX_OFFSET, gzip, volume, with,
};
use crate::errors::assert_reports;

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
fn a_header_that_claims_terabytes_is_refused_before_memory_is_allocated() {
    let start = Instant::now();
    for axes in [
        &[3, 32767, 32767, 32767][..],
        &[3, 512, 512, 65],
        &[7, 32767, 32767, 32767, 1, 1, 1, 1],
    ] {
        let error = refused(&with(DIM, &shorts(axes)));
        assert_reports(&error, "v.nii", &["at most 16 million voxels"]);
    }
    // Within the limit, but far more than the file contains: read only to its end.
    let error = refused(&with(DIM, &shorts(&[3, 4096, 4096, 1])));
    assert_reports(&error, "v.nii", &["ends too early"]);
    // Not a measurement: reading a terabyte would take minutes.
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
    assert_reports(&error, "v.nii", &["a series", "4×5×1×3"]);
}

#[test]
fn invalid_headers_are_refused() {
    for (at, bytes, fragment) in [
        (0, &[1, 2, 3, 4][..], "another header"),
        (0, &540_i32.to_le_bytes()[..], "NIfTI-2"),
        (344, b"ni1\0", ".hdr with .img"),
        (344, b"nope", "another signature"),
        (344, b"\0\0\0\0", "Analyze"),
        (DATATYPE, &shorts(&[128]), "colours (RGB24)"),
        (DATATYPE, &shorts(&[2304]), "colours (RGBA32)"),
        (DATATYPE, &shorts(&[32]), "complex"),
        (DATATYPE, &shorts(&[1]), "single bits"),
        (DATATYPE, &shorts(&[77]), "data type 77"),
        (SFORM + 4, &reals(&[f32::NAN]), "orientation"),
        (SFORM, &reals(&[f32::INFINITY]), "orientation"),
        (VOX_OFFSET, &reals(&[f32::NAN]), "byte 352"),
        (VOX_OFFSET, &reals(&[1e30]), "byte 352"),
        (VOX_OFFSET, &reals(&[100.0]), "byte 352"),
        (VOX_OFFSET, &reals(&[9000.0]), "ends too early"),
        (SCL_SLOPE, &reals(&[1.0, f32::NAN]), "a finite scl_inter"),
        (SCL_SLOPE, &reals(&[f32::MAX, f32::MAX]), "32-bit numbers"),
    ] {
        assert_reports(&refused(&with(at, bytes)), "v.nii", &[fragment]);
    }
    // A quaternion longer than 1 in place of the sform.
    let mut bytes = with(FORMS, &shorts(&[1, 0]));
    bytes[256..268].copy_from_slice(&reals(&[1.0, 1.0, 1.0]));
    assert_reports(&refused(&bytes), "v.nii", &["orientation"]);
    // Voxel sizes count only without an sform.
    for (axis, length) in [(1, f32::NAN), (2, 0.0), (3, f32::INFINITY)] {
        let mut bytes = with(FORMS, &shorts(&[0, 0]));
        bytes[PIXDIM + 4 * axis..][..4].copy_from_slice(&length.to_le_bytes());
        assert_reports(&refused(&bytes), "v.nii", &["voxel sizes above 0"]);
    }
}

#[test]
fn files_that_are_not_volumes_are_named() {
    let mut dicom = vec![0; 400];
    dicom[128..132].copy_from_slice(b"DICM");
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    for (bytes, fragments) in [
        (&b""[..], &["an empty file", "again"][..]),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d4d\nsize 2091273\n",
            &["a Git LFS pointer", "git lfs pull"],
        ),
        (b"\n<!DOCTYPE HTML>\n<html>", &["a web page", "login"]),
        (b"PK\x03\x04rest", &["a ZIP archive", "unpack"]),
        (&dicom, &["a DICOM file", "dcm2niix"]),
        (&tar, &["a tar archive"]),
        (b"NRRD0004\n", &["an NRRD volume"]),
        (b"\x89HDF\r\n\x1A\n", &["an HDF5 file"]),
        (b"\x89PNG\r\n", &["an image"]),
        (b"BZh9", &["compressed in another way"]),
        (b"something else", &["ends too early"]),
    ] {
        assert_reports(&refused(bytes), "v.nii", fragments);
    }
}

#[test]
fn files_truncated_anywhere_are_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("cut.nii.gz");
    for complete in [volume(), gzip(&volume())] {
        for length in 0..complete.len() {
            fs::write(&path, &complete[..length]).unwrap();
            assert_reports(&read_volume(&path).unwrap_err(), "cut.nii.gz", &[]);
        }
    }
    // A bit of a checksum.
    let mut damaged = gzip(&volume());
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    fs::write(&path, damaged).unwrap();
    assert_reports(&read_volume(&path).unwrap_err(), "cut.nii.gz", &[]);
    assert!(read_volume(&folder.path().join("nowhere.nii")).is_err());
    assert!(read_volume(folder.path()).is_err());
}

/// A volume of 32-bit floating point.
fn of_reals(values: &[f32; 60]) -> Vec<u8> {
    let mut bytes = with(DATATYPE, &shorts(&[16, 32]));
    bytes.truncate(352);
    bytes.extend(reals(values));
    bytes
}

#[test]
fn values_that_are_not_numbers_are_reported_with_their_position() {
    let mut values = [0.0; 60];
    values[27] = f32::INFINITY;
    assert_reports(
        &refused(&of_reals(&values)),
        "v.nii",
        &["inf in slice 1, row 1, column 3"],
    );
    assert_reports(&refused(&of_reals(&[f32::NAN; 60])), "v.nii", &["NaN"]);
}

#[test]
fn voxels_without_a_number_are_background_of_images_and_refused_in_labels() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("v.nii");
    let mut values = [3.5; 60];
    values[..3].copy_from_slice(&[f32::NAN, 7.0, -2.0]);
    values[59] = f32::NAN;
    fs::write(&path, of_reals(&values)).unwrap();
    let read = read_volume(&path).unwrap().values;
    assert_eq!(read[..3], [-2.0, 7.0, -2.0]);
    assert_eq!((read[58], read[59]), (3.5, -2.0));
    values[2] = 2.0;
    fs::write(&path, of_reals(&values)).unwrap();
    let error = read_class_volume(&path).unwrap_err();
    assert_reports(
        &error,
        "v.nii",
        &["NaN in slice 0, row 0, column 0", "0 where nothing"],
    );
}

#[test]
fn an_endless_archive_is_not_unpacked() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("bomb.nii.gz");
    // 64 MiB of zeros after the voxels, 64 KiB compressed: data after a volume are not read completely.
    let mut bytes = volume();
    bytes.resize(64 << 20, 0);
    fs::write(&path, gzip(&bytes)).unwrap();
    assert_eq!(read_volume(&path).unwrap().values.len(), 60);
}
