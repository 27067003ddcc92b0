//! NumPy's files: pickles of millions of values, archives of millions of names, arrays that unpack to gigabytes.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use selvedge_data::LayoutName;
use selvedge_data::synth::SynthOptions;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Hostile, sparse};
use crate::folder::write_fasu;
use crate::npy_file::{header, preamble};

pub(crate) fn hostile() -> Vec<Hostile> {
    let mut hostile = Vec::new();
    for (name, write) in [
        (
            "array of five gigabytes",
            (|path| sparse(path, b"\x93NUMPY\x01\0", 5 << 30)) as fn(&Path),
        ),
        ("pickle of 30 million empty lists", |path| {
            pickle(path, b"", b"]");
        }),
        ("pickle of ten million tuples of tuples", |path| {
            pickle(path, b")", b"\x85\x94");
        }),
        ("pickle of 30 million marks", |path| pickle(path, b"", b"(")),
        ("pickle of 30 million memories", |path| {
            pickle(path, b"N", b"\x94");
        }),
        ("pickle of 15 million objects", |path| {
            pickle(path, b"cnumpy\ndtype\nq\0", b"h\0)R");
        }),
        ("pickle of one list of 15 million mentions", |path| {
            pickle(path, b"](Nq\0", b"h\0");
        }),
        ("pickle of a text of a gigabyte", |path| {
            pickle(path, b"X\0\0\0\x40", b"a");
        }),
    ] {
        hostile.push(Hostile::new(LayoutName::Fasu, name, move |root| {
            let options = SynthOptions {
                images: 8,
                size: 64,
                seed: 1,
                noise: 1.0,
                gross: 0.0,
            };
            let set = root.join("set");
            write_fasu(&set, &options);
            // The two folders may have been merged into one.
            let folder = fs::read_dir(&set).unwrap().next().unwrap().unwrap();
            let path = folder.path().join("ARRAY_FORMAT/P01_IMG1.npy");
            write(&path);
            path
        }));
    }
    for (name, write) in [
        ("archive of a million names", names as fn(&Path)),
        ("archive of five gigabytes", |path| {
            sparse(path, b"PK\x03\x04", 5 << 30);
        }),
        (
            "archive of 16 million numbers, the last of them none",
            |path| {
                let most = 4096 * 4096;
                let values = std::io::repeat(0).take(8 * (most - 1));
                let last = f64::NAN.to_le_bytes();
                array(path, "(4096, 4096)", &mut values.chain(&last[..]));
            },
        ),
        ("archive of a gigabyte behind two numbers", |path| {
            array(path, "(2, 1)", &mut std::io::repeat(0).take(1 << 30));
        }),
    ] {
        hostile.push(Hostile::new(LayoutName::Acdc, name, move |root| {
            archive(root, write)
        }));
    }
    hostile
}

/// A pickle that begins with `start` and repeats `part` up to 30 MB.
fn pickle(path: &Path, start: &[u8], part: &[u8]) {
    let preamble = preamble(&header("|O", false, "()"));
    fs::write(path, [&preamble[..], b"\x80\x04", start].concat()).unwrap();
    let file = fs::OpenOptions::new().append(true).open(path).unwrap();
    let mut file = BufWriter::new(file);
    for _ in 0..30_000_000 / part.len() {
        file.write_all(part).unwrap();
    }
    file.flush().unwrap();
}

/// The first archive of a set in which the others are valid.
fn archive(root: &Path, write: fn(&Path)) -> PathBuf {
    for (folder, name) in [
        ("train", "case_001_sliceED_0"),
        ("train", "case_002_sliceED_0"),
        ("valid", "case_003_sliceED_0"),
        ("test", "case_004_volume_ED"),
    ] {
        let folder = root.join(folder);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.npz"));
        let zeros = || std::io::repeat(0).take(8 * 6);
        two_arrays(&path, "(2, 3)", &mut zeros(), &mut zeros());
    }
    let path = root.join("train/case_001_sliceED_0.npz");
    write(&path);
    path
}

fn array(path: &Path, shape: &str, values: &mut dyn Read) {
    two_arrays(path, shape, values, &mut std::io::empty());
}

fn two_arrays<'a>(path: &Path, shape: &str, image: &'a mut dyn Read, labels: &'a mut dyn Read) {
    let mut writer = ZipWriter::new(File::create(path).unwrap());
    for (name, values) in [("img.npy", image), ("label.npy", labels)] {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        let preamble = preamble(&header("<f8", false, shape));
        writer.write_all(&preamble).unwrap();
        std::io::copy(values, &mut writer).unwrap();
    }
    writer.finish().unwrap();
}

/// An archive that consists of a directory, in the form for more than 65535 names (PKWARE's appnote 6.3, 4.3.12 to 4.3.16).
fn names(path: &Path) {
    let count = 1_000_000_u64;
    let mut file = BufWriter::new(File::create(path).unwrap());
    let mut entry = b"PK\x01\x02".to_vec();
    entry.resize(28, 0);
    entry.extend(7_u16.to_le_bytes());
    entry.resize(46, 0);
    for index in 0..count {
        file.write_all(&entry).unwrap();
        write!(file, "{index:07}").unwrap();
    }
    let size = count * 53;
    file.write_all(b"PK\x06\x06").unwrap();
    file.write_all(&44_u64.to_le_bytes()).unwrap();
    file.write_all(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        .unwrap();
    for number in [count, count, size, 0] {
        file.write_all(&number.to_le_bytes()).unwrap();
    }
    file.write_all(b"PK\x06\x07\0\0\0\0").unwrap();
    file.write_all(&size.to_le_bytes()).unwrap();
    file.write_all(&1_u32.to_le_bytes()).unwrap();
    file.write_all(b"PK\x05\x06\0\0\0\0").unwrap();
    file.write_all(&[0xFF; 12]).unwrap();
    file.write_all(&[0; 2]).unwrap();
    file.flush().unwrap();
}
