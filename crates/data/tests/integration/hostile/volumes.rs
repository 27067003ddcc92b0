//! NIfTI files of sixteen million voxels whose last voxel is wrong, and files next to them.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use selvedge_data::{LabelVolume, LayoutName, VolumeGrid, write_label_volume};

use super::{Hostile, sparse};

pub(crate) fn hostile() -> Vec<Hostile> {
    let mut hostile = Vec::new();
    for (name, file, write) in [
        (
            "volume of 16 million voxels, cut short",
            "patient002_frame01.nii.gz",
            (|path| volume(path, 8 * (1 << 24) - 1, &[])) as fn(&Path),
        ),
        (
            "volume of 16 million voxels, the last of them infinite",
            "patient002_frame01.nii.gz",
            |path| {
                volume(path, 8 * ((1 << 24) - 1), &f64::INFINITY.to_le_bytes());
            },
        ),
        (
            "labels of 16 million voxels, the last of them unknown",
            "patient002_frame01_gt.nii.gz",
            |path| {
                let image = path.with_file_name("patient002_frame01.nii.gz");
                volume(&image, 8 * (1 << 24), &[]);
                volume(path, 8 * ((1 << 24) - 1), &9_f64.to_le_bytes());
            },
        ),
        (
            "labels of 16 million voxels that have to be turned, the last of them unknown",
            "patient002_frame01_gt.nii.gz",
            |path| {
                let image = path.with_file_name("patient002_frame01.nii.gz");
                let rows = |step: f32, first| [0.0, step, 0.0, first];
                packed(&image, &header(Some(rows(1.0, 5.0))), 8 * (1 << 24), &[]);
                let turned = header(Some(rows(-1.0, 4100.0)));
                packed(path, &turned, 8 * ((1 << 24) - 1), &9_f64.to_le_bytes());
            },
        ),
        (
            "volume with two gigabytes behind it, then damage",
            "patient002_frame01.nii.gz",
            |path| {
                volume(
                    path,
                    8 * ((1 << 24) - 1) + 4,
                    &[&f64::INFINITY.to_le_bytes()[4..], &[0xFF; 996]].concat(),
                );
            },
        ),
        (
            "volume of five gigabytes",
            "patient002_frame01.nii.gz",
            |path| sparse(path, b"\x5C\x01\0\0", 5 << 30),
        ),
        ("description that is a pipe", "Info.cfg", pipe),
        ("volume that is a pipe", "patient002_frame01.nii.gz", pipe),
        ("description of five gigabytes", "Info.cfg", |path| {
            sparse(path, b"Group: DCM", 5 << 30);
        }),
        (
            "volume that is a link to itself",
            "patient002_frame01.nii.gz",
            |path| {
                fs::remove_file(path).unwrap();
                std::os::unix::fs::symlink(path, path).unwrap();
            },
        ),
    ] {
        hostile.push(Hostile::new(LayoutName::Acdc, name, move |root| {
            let path = patients(root).join(file);
            write(&path);
            path
        }));
    }
    hostile
}

/// Ten patients; the folder of the second.
fn patients(root: &Path) -> PathBuf {
    let shape = [2, 4, 3];
    for number in 1..=10 {
        let name = format!("patient{number:03}");
        let folder = root.join(&name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Info.cfg"), "Group: DCM\n").unwrap();
        for part in ["", "_gt"] {
            let path = folder.join(format!("{name}_frame01{part}.nii.gz"));
            let grid = VolumeGrid::new(&path, shape, [1.0; 3]).unwrap();
            let classes = vec![0; shape.iter().product()];
            write_label_volume(&path, &grid, &LabelVolume { shape, classes }).unwrap();
        }
    }
    root.join("patient002")
}

/// A compressed volume of 16 million 64-bit numbers: `zeros` bytes, then `last`.
fn volume(path: &Path, zeros: u64, last: &[u8]) {
    packed(path, &header(None), zeros, last);
}

/// The header of 16 million 64-bit numbers; with an sform of which the second row is given.
fn header(second_row: Option<[f32; 4]>) -> Vec<u8> {
    let mut header = vec![0; 352];
    header[..4].copy_from_slice(&348_i32.to_le_bytes());
    for (index, side) in [3_i16, 4096, 4096, 1, 1, 1, 1, 1].into_iter().enumerate() {
        header[40 + 2 * index..][..2].copy_from_slice(&side.to_le_bytes());
    }
    header[70..72].copy_from_slice(&64_i16.to_le_bytes());
    header[72..74].copy_from_slice(&64_i16.to_le_bytes());
    for index in 0..4 {
        header[76 + 4 * index..][..4].copy_from_slice(&1_f32.to_le_bytes());
    }
    header[108..112].copy_from_slice(&352_f32.to_le_bytes());
    if let Some(second_row) = second_row {
        header[254] = 1;
        let rows = [[1.0, 0.0, 0.0, 0.0], second_row, [0.0, 0.0, 1.0, 0.0]];
        for (index, value) in rows.iter().flatten().enumerate() {
            header[280 + 4 * index..][..4].copy_from_slice(&value.to_le_bytes());
        }
    }
    header[344..348].copy_from_slice(b"n+1\0");
    header
}

fn packed(path: &Path, header: &[u8], zeros: u64, last: &[u8]) {
    let file = BufWriter::new(File::create(path).unwrap());
    let mut packed = GzEncoder::new(file, Compression::fast());
    packed.write_all(header).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(zeros), &mut packed).unwrap();
    packed.write_all(last).unwrap();
    packed.finish().unwrap();
}

/// A named pipe in place of a file.
pub(crate) fn pipe(path: &Path) {
    if path.exists() {
        fs::remove_file(path).unwrap();
    }
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}
