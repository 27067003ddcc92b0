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

fn lines(path: &Path, head: &str, count: usize, line: impl Fn(usize) -> String) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(head.as_bytes()).unwrap();
    for index in 0..count {
        file.write_all(line(index).as_bytes()).unwrap();
    }
    file.flush().unwrap();
}
