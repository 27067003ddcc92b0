//! Malicious files and damaged files.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::file::WeightsFile;
use super::super::load::verified;
use super::{folder, opened, refused};

/// An archive as `torch.save` writes it.
fn archive(pickle: &[u8], storages: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    let mut add = |name: &str, bytes: &[u8]| {
        writer.start_file(name, options).expect("an entry");
        writer.write_all(bytes).expect("written");
    };
    add("a/data.pkl", pickle);
    for (key, bytes) in storages {
        add(&format!("a/data/{key}"), bytes);
    }
    writer.finish().expect("an archive").into_inner()
}

/// The pickle of `{"w": tensor}` with a storage of the key `0`.
fn state_dict(shape: &[u8], strides: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00".to_vec();
    for sizes in [shape, strides] {
        bytes.push(b'(');
        bytes.extend(sizes);
        bytes.push(b't');
    }
    bytes.extend(b"\x89NtRs.");
    bytes
}

#[test]
fn a_file_that_would_run_a_command_is_refused_and_runs_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mark = folder.path().join("pwned");
    let command = format!("touch {}", mark.display());
    let mut pickle = b"\x80\x02}X\x01\x00\x00\x00wcposix\nsystem\nX".to_vec();
    pickle.extend((command.len() as u32).to_le_bytes());
    pickle.extend(command.as_bytes());
    pickle.extend(b"\x85Rs.");
    let error = refused(&archive(&pickle, &[], CompressionMethod::Stored));
    let message = error.to_string();
    assert!(message.contains("names posix.system"), "{message}");
    assert!(message.contains("nothing was called"), "{message}");
    assert!(message.contains(&error.path.display().to_string()));
    assert!(!mark.exists());
}

#[test]
fn archives_that_describe_more_data_than_they_contain_are_refused() {
    let eight = [0_u8; 8];
    let zip = |pickle: &[u8], storages: &[(&str, &[u8])]| {
        archive(pickle, storages, CompressionMethod::Stored)
    };
    let sound = zip(&state_dict(b"K\x02", b"K\x01"), &[("0", &eight)]);
    assert_eq!(opened(&sound).expect("sound").tensors["w"].shape, [2]);
    let repeated = state_dict(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f", b"K\x00K\x00");
    let negative = state_dict(b"J\xff\xff\xff\xff", b"K\x01");
    let beyond = state_dict(b"K\x02", b"K\x02");
    let missing = state_dict(b"K\x02", b"K\x01");
    for (bytes, expected) in [
        (
            zip(&repeated, &[("0", &eight)]),
            "in a storage of 2 numbers",
        ),
        (zip(&negative, &[("0", &eight)]), "invalid sizes"),
        (zip(&beyond, &[("0", &eight)]), "with strides [2]"),
        (zip(&missing, &[]), "no storage '0'"),
        (zip(b"\x80\x02}.", &[]), "expected tensors by name"),
        (zip(b"\x80\x02io", &[]), "opcode INST"),
        (sound[..sound.len() - 30].to_vec(), "expected an archive"),
        (b"PK\x03\x04".to_vec(), "expected an archive"),
        (b"nothing".to_vec(), "7 bytes of neither"),
        (b"\xff\0\0\0\0\0\0\0{".to_vec(), "9 bytes of neither"),
        (b"\x01\0\0\0\0\0\0\0{".to_vec(), "expected safetensors"),
    ] {
        let message = refused(&bytes).to_string();
        assert!(message.contains(expected), "'{expected}' in: {message}");
    }
    let mut tar = vec![0_u8; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(refused(&tar).advice.contains("torch.save"));
    // The checksum detects a flipped bit of a storage.
    let mut flipped = sound.clone();
    let name = b"a/data/0";
    let place = flipped
        .windows(name.len())
        .position(|window| window == name)
        .expect("the storage");
    flipped[place + name.len()] ^= 1;
    let flipped = opened(&flipped).expect("its directory is sound");
    assert!(verified(&flipped, flipped.tensors.values()).is_err());
    let sound = opened(&sound).expect("sound");
    verified(&sound, sound.tensors.values()).expect("sound");
}

#[test]
fn damaged_files_are_read_or_refused() {
    for name in ["small.pth", "small-legacy.pth", "small.safetensors"] {
        let bytes = std::fs::read(folder().join(name)).expect("the committed file");
        let mut state = 1_u32;
        let mut random = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("damaged");
        for _ in 0..400 {
            let mut damaged = bytes.clone();
            for _ in 0..=random(4) {
                let place = random(damaged.len());
                damaged[place] = random(256) as u8;
            }
            if random(4) == 0 {
                damaged.truncate(random(damaged.len()));
            }
            std::fs::write(&path, &damaged).expect("written");
            if let Ok(file) = WeightsFile::open(&path) {
                for tensor in file.tensors.values() {
                    let values = tensor.values(&file.bytes).unwrap_or_default();
                    assert!(4 * values.len() <= 8 * damaged.len());
                }
            }
        }
    }
}
