//! Tables, lists and descriptions of millions of lines.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use selvedge_data::LayoutName;

use super::volumes::pipe;
use super::{Hostile, sparse};
use crate::folder::folder;

pub(crate) fn hostile() -> Vec<Hostile> {
    let mut hostile = Vec::new();
    for (name, file, reported, write) in [
        (
            "table of five gigabytes",
            "cases.csv",
            "cases.csv",
            (|path| sparse(path, b"image\n", 5 << 30)) as fn(&Path),
        ),
        (
            "table of eight million bad lines",
            "cases.csv",
            "cases.csv",
            |path| {
                lines(path, "image,patient,grade,split\n", 2_000_000, |_| {
                    "a,,,x\n".into()
                });
            },
        ),
        (
            "table of two million names",
            "cases.csv",
            "cases.csv",
            |path| {
                lines(path, "image\n", 2_000_000, |index| format!("{index:06x}\n"));
            },
        ),
        ("table of one field", "cases.csv", "cases.csv", |path| {
            lines(path, "image\n\"", 4_000_000, |_| "abc\n".into());
        }),
        ("table that is a pipe", "cases.csv", "cases.csv", pipe),
        (
            "description that nests without end",
            "dataset.json",
            "dataset.json",
            |path| {
                lines(path, "", 100_000, |_| "[[[[[[[[".into());
            },
        ),
        (
            "description of five gigabytes",
            "dataset.json",
            "dataset.json",
            |path| {
                sparse(path, b"{", 5 << 30);
            },
        ),
        (
            "description that is a pipe",
            "dataset.json",
            "dataset.json",
            pipe,
        ),
        (
            "description of a hundred thousand classes",
            "dataset.json",
            "",
            |path| {
                lines(path, "{\"classes\": [\"a\"", 100_000, |_| ",\"b\"".into());
                let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(b"]}").unwrap();
            },
        ),
    ] {
        hostile.push(Hostile::new(LayoutName::Bamsi, name, move |root| {
            folder(root, 4);
            let description = r#"{"name": "x", "classes": ["background", "burn"]}"#;
            fs::write(root.join("dataset.json"), description).unwrap();
            write(&root.join(file));
            // Too many classes are a problem of the set.
            root.join(reported)
        }));
    }
    hostile.extend(nnunet());
    let mut split = Hostile::new(LayoutName::Folder, "split of a million images", |root| {
        folder(root, 4);
        let path = root.join("split.csv");
        lines(&path, "image,patient,split\n", 1_000_000, |index| {
            format!("{index},,test\n")
        });
        path
    });
    split.options.split_file = "split.csv".into();
    hostile.push(split);
    hostile
}

/// Descriptions and folds of sets of nnU-Net.
fn nnunet() -> Vec<Hostile> {
    let files: [(_, _, fn(&Path)); 6] = [
        (
            "description of nnU-Net of five gigabytes",
            "dataset.json",
            |path| {
                sparse(path, b"{", 5 << 30);
            },
        ),
        (
            "description of nnU-Net with a list of labels",
            "dataset.json",
            |path| {
                lines(path, "{\"labels\": {\"a\": [0", 1_000_000, |_| ",0".into());
            },
        ),
        (
            "description of nnU-Net with as many labels as fit",
            "dataset.json",
            |path| {
                let head = "{\"channel_names\": {\"0\": \"R\"}, \"file_ending\": \".png\", \"labels\": {\"x\": 0";
                lines(path, head, 130_000, |index| {
                    format!(",\"{index:06}\":{index}")
                });
                let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(b"}}").unwrap();
            },
        ),
        ("folds of five gigabytes", "splits_final.json", |path| {
            sparse(path, b"[", 5 << 30);
        }),
        (
            "folds of as many names as fit",
            "splits_final.json",
            |path| {
                lines(path, "[{\"val\": [], \"train\": [\"a\"", 800_000, |_| {
                    ",\"b\"".into()
                });
                let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(b"]}]").unwrap();
            },
        ),
        ("folds that are a pipe", "splits_final.json", pipe),
    ];
    let hostile = files.into_iter().map(|(name, file, write)| {
        Hostile::new(LayoutName::Nnunet, name, move |root| {
            let set = crate::nnunet::set();
            for folder in ["imagesTr", "labelsTr"] {
                fs::create_dir(root.join(folder)).unwrap();
                for entry in fs::read_dir(set.path().join(folder)).unwrap() {
                    let entry = entry.unwrap();
                    fs::copy(entry.path(), root.join(folder).join(entry.file_name())).unwrap();
                }
            }
            fs::copy(set.path().join("dataset.json"), root.join("dataset.json")).unwrap();
            write(&root.join(file));
            root.join(file)
        })
    });
    hostile.collect()
}

fn lines(path: &Path, head: &str, count: usize, line: impl Fn(usize) -> String) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(head.as_bytes()).unwrap();
    for index in 0..count {
        file.write_all(line(index).as_bytes()).unwrap();
    }
    file.flush().unwrap();
}
