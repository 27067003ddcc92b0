//! Tables as written by spreadsheets, scripts and other systems: read if their meaning is clear, otherwise one problem.

use std::fs;
use std::path::Path;

use selvedge_data::{CheckReport, DataOptions, Dataset, LayoutName, Split, check};
use tempfile::{TempDir, tempdir};

use super::folder::{folder, mask, small_image};

/// Twelve images `img_00` … of four patients, with a table of these bytes.
fn set(table: impl AsRef<[u8]>) -> TempDir {
    let set = tempdir().unwrap();
    for name in ["images", "labels"] {
        fs::create_dir(set.path().join(name)).unwrap();
    }
    for index in 0..12 {
        let image = set.path().join(format!("images/img_{index:02}.png"));
        small_image(index).save(image).unwrap();
        mask(1)
            .save(set.path().join(format!("labels/img_{index:02}.png")))
            .unwrap();
    }
    let description = r#"{"classes": ["background", "burn"]}"#;
    fs::write(set.path().join("dataset.json"), description).unwrap();
    fs::write(set.path().join("cases.csv"), table).unwrap();
    set
}

/// A table of four patients, line by line.
fn table(header: &str, line: impl Fn(String, String) -> String) -> String {
    let lines = (0..12).map(|index| line(format!("img_{index:02}"), format!("p{}", index / 3)));
    format!("{header}\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// Reads a table in both layouts, which must agree.
fn checked(set: &Path) -> CheckReport {
    let folder = check(LayoutName::Folder, set, &DataOptions::default());
    let bamsi = check(LayoutName::Bamsi, set, &DataOptions::default());
    assert_eq!(folder.problems, bamsi.problems);
    folder
}

/// The text of the only problem.
fn only_problem(table: impl AsRef<[u8]>) -> String {
    let set = set(table);
    let problems = checked(set.path()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].file.ends_with("cases.csv"), "{problems:?}");
    format!("{}; {}", problems[0], problems[0].advice)
}

#[test]
fn separators_quotes_case_and_order_of_columns_do_not_matter() {
    let tables = [
        table("image;patient;grade;split", |image, patient| {
            format!("{image};{patient};;")
        }),
        table("image\tpatient", |image, patient| {
            format!("{image}\t{patient}")
        }),
        table("Image, PATIENT ,Grade,Split", |image, patient| {
            format!("{image},{patient},,")
        }),
        table("\"patient\", \"image\"", |image, patient| {
            format!("\"{patient}\", \"{image}\"")
        }),
        table("sep=;\nimage;patient", |image, patient| {
            format!("{image};{patient}")
        }),
        table("image,patient", |image, patient| {
            format!("{image},{patient}\r\n,\r")
        }),
    ];
    for text in tables {
        let set = set(&text);
        let report = checked(set.path());
        assert_eq!(
            (report.patients, report.problems),
            (4, Vec::new()),
            "{text}"
        );
        assert_eq!(report.warnings, Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_comma_between_quotes_after_a_space_is_part_of_the_name() {
    let set = set(table("image, patient, split", |image, _| {
        format!("{image}, \"Doe, J\", \"train\"")
    }));
    let options = DataOptions {
        validation_share: 0.0,
        test_share: 0.0,
        ..DataOptions::default()
    };
    let dataset = Dataset::open_split(set.path(), &options, Split::Train).unwrap();
    assert_eq!(dataset.cases(Split::Train)[0].patient, "Doe, J");
    assert_eq!(dataset.cases(Split::Train).len(), 12);
}

#[test]
fn names_with_extensions_and_paths_are_accepted_and_noted() {
    for name in [
        |image: &str| format!("{image}.png"),
        |image: &str| format!("images/{image}.JPG"),
        |image: &str| format!("C:\\scans\\images\\{image}"),
    ] {
        let set = set(table("image,patient", |image, patient| {
            format!("{},{patient}", name(&image))
        }));
        let report = checked(set.path());
        assert_eq!((report.patients, report.problems), (4, Vec::new()));
        let [note] = report.warnings.as_slice() else {
            panic!("{:?}", report.warnings)
        };
        assert!(
            note.contains("as 'img_00'") && note.contains("7 more"),
            "{note}"
        );
    }
}

#[test]
fn a_misspelt_name_is_reported_with_the_closest_image() {
    let misspelt = |wrong: &'static str| {
        only_problem(table("image,patient", |image, patient| {
            let image = if image == "img_03" { wrong } else { &image };
            format!("{image},{patient}")
        }))
    };
    for wrong in ["Img_03", "img_3", "imgg_03"] {
        let message = misspelt(wrong);
        assert!(
            message.contains(&format!("'{wrong}' (line 5; is 'img_03' meant?)")),
            "{message}"
        );
        assert!(message.contains("no line for 'img_03'"), "{message}");
    }
    let message = misspelt("img_04");
    assert!(message.contains("'img_04' (lines 5 and 6)"), "{message}");
    let message = misspelt("somebody");
    assert!(message.contains("'somebody' (line 5)"), "{message}");
}

#[test]
fn a_table_that_cannot_be_read_is_one_problem_whatever_its_length() {
    let latin = table("image,patient", |image, _| format!("{image},Müller"));
    let latin: Vec<u8> = latin.chars().map(|letter| letter as u8).collect();
    let nul: Vec<u8> = "image,patient\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (table, fragment) in [
        (
            table("name,patient", |image, patient| {
                format!("{image},{patient}")
            })
            .into_bytes(),
            "'name,patient'",
        ),
        (
            table("image,Patient ID", |image, patient| {
                format!("{image},{patient}")
            })
            .into_bytes(),
            "'patient id', which has to be called 'patient'",
        ),
        (
            table("image,patient,patient", |image, patient| {
                format!("{image},{patient},x")
            })
            .into_bytes(),
            "'patient'",
        ),
        (
            table("image,patient", |image, _| format!("{image},Doe, J")).into_bytes(),
            "line 2 with 3 cells",
        ),
        (
            table("image,split", |image, _| format!("{image},exam")).into_bytes(),
            "line 2 with the split 'exam'",
        ),
        (
            table("image,split", |_, _| ",train".into()).into_bytes(),
            "line 2 with no image",
        ),
        (
            table("image,patient", |image, _| format!("{image},\"p")).into_bytes(),
            "a quote that is not closed",
        ),
        (latin, "line 2 in another encoding"),
        (nul, "another encoding"),
        (Vec::new(), "''"),
    ] {
        let message = only_problem(table);
        assert!(message.contains(fragment), "{fragment}: {message}");
    }
}

#[test]
fn names_of_splits_are_those_of_folders_in_any_case() {
    let splits = ["Train", "TRAIN", "val", "Valid", "Test", "validation"];
    let lines = (0..12).map(|index| format!("img_{index:02},{}\n", splits[index % 6]));
    let set = set(format!("image,split\n{}", lines.collect::<String>()));
    let dataset = Dataset::open(set.path(), &DataOptions::default()).unwrap();
    assert_eq!(
        Split::ALL.map(|split| dataset.cases(split).len()),
        [4, 6, 2]
    );
}

#[test]
fn one_patient_in_two_spellings_is_a_problem() {
    let message = only_problem(table("image,patient", |image, patient| {
        let patient = if image == "img_04" { "P 1" } else { &patient };
        format!("{image},{patient}")
    }));
    assert!(message.contains("'P 1' and 'p1'"), "{message}");
    // As in names of images, or in a split file.
    let set = tempdir().unwrap();
    folder(set.path(), 0);
    for (index, name) in ["a_0", "a_1", "A_2", "b_3", "c_4"].iter().enumerate() {
        small_image(index)
            .save(set.path().join(format!("images/{name}.png")))
            .unwrap();
        mask(1)
            .save(set.path().join(format!("labels/{name}.png")))
            .unwrap();
    }
    let by_name = DataOptions {
        patient_pattern: "^(.)_".into(),
        ..DataOptions::default()
    };
    let file = set.path().join("split.csv");
    let table =
        "image,patient,split\na_0,a,train\na_1,A,test\nA_2,d,train\nb_3,b,validation\nc_4,c,test\n";
    fs::write(&file, table).unwrap();
    let by_file = DataOptions {
        split_file: file.display().to_string(),
        ..DataOptions::default()
    };
    for options in [by_name, by_file] {
        let error = Dataset::open(set.path(), &options).unwrap_err();
        assert!(error.found.contains("'A' and 'a'"), "{error}");
    }
}

#[test]
fn skipped_columns_and_missing_patients_are_noted() {
    let set = set(table("image,patient,sex", |image, patient| {
        let patient = if image == "img_04" { "" } else { &patient };
        format!("{image},{patient},f")
    }));
    let report = checked(set.path());
    assert_eq!(report.problems, Vec::new());
    let message = report.warnings.join("\n");
    assert!(
        message.contains("columns sex")
            && message.contains("no patient is named for 1 of 12 images"),
        "{message}"
    );
}

#[test]
fn a_table_of_another_name_is_not_skipped_silently() {
    let set = set("");
    let rename = |old: &str, new: &str| {
        fs::rename(set.path().join(old), set.path().join(new)).unwrap();
    };
    let mut name = "cases.csv";
    for other in ["cases.csv.txt", "Case.CSV", "cases.xlsx", "CASES.TSV"] {
        rename(name, other);
        name = other;
        let problems = checked(set.path()).problems;
        assert_eq!(problems.len(), 1, "{other}: {problems:?}");
        assert!(problems[0].file.ends_with(other), "{problems:?}");
    }
    rename(name, "patients.csv");
    let report = checked(set.path());
    assert_eq!(report.problems, Vec::new());
    assert!(
        report.warnings[0].contains("patients.csv"),
        "{:?}",
        report.warnings
    );
}

#[test]
fn a_table_in_a_nested_folder_is_a_problem() {
    let set = tempdir().unwrap();
    for split in ["train", "validation", "test"] {
        folder(&set.path().join(split), 1);
    }
    let table = set.path().join("test/cases.csv");
    fs::write(&table, "image,patient\n0,a\n").unwrap();
    let problems = check(LayoutName::Folder, set.path(), &DataOptions::default()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].file, table);
}

#[test]
fn accented_letters_may_be_composed_or_decomposed() {
    let set = tempdir().unwrap();
    for name in ["images", "labels"] {
        fs::create_dir(set.path().join(name)).unwrap();
    }
    for index in 0..4 {
        let image = format!("images/Mu\u{308}ller_e\u{301}{index}.png");
        small_image(index).save(set.path().join(image)).unwrap();
        let name = format!("labels/M\u{fc}ller_\u{e9}{index}.png");
        mask(1).save(set.path().join(name)).unwrap();
    }
    // The same patient, once in each form.
    let table = "image,patient\nM\u{fc}ller_\u{e9}0,\u{e9}\nMu\u{308}ller_e\u{301}1,e\u{301}\nM\u{fc}ller_\u{e9}2,a\nM\u{fc}ller_\u{e9}3,b\n";
    fs::write(set.path().join("cases.csv"), table).unwrap();
    let report = check(LayoutName::Folder, set.path(), &DataOptions::default());
    assert_eq!(
        (report.images, report.patients, report.problems),
        (4, 3, Vec::new())
    );
}

#[test]
fn a_split_file_is_read_like_any_table() {
    let set = set(table("image,patient", |image, patient| {
        format!("{image},{patient}")
    }));
    let file = set.path().join("split.csv");
    let open = |text: String| {
        fs::write(&file, text).unwrap();
        let options = DataOptions {
            split_file: file.display().to_string(),
            ..DataOptions::default()
        };
        Dataset::open(set.path(), &options)
    };
    let splits = ["train", "train", "validation", "test"];
    let split = |patient: &str| splits[usize::from(patient.as_bytes()[1] - b'0')];
    let dataset = open(table("Image;Patient;Split", |image, patient| {
        format!("images\\{image}.png;{patient};{}", split(&patient))
    }))
    .unwrap();
    assert_eq!(
        Split::ALL.map(|split| dataset.cases(split).len()),
        [6, 3, 3]
    );
    let without = table("image,split", |image, patient| {
        let split = if image == "img_05" {
            ""
        } else {
            split(&patient)
        };
        format!("{image},{split}")
    });
    let error = open(without).unwrap_err();
    assert!(error.found.contains("no split for 'img_05'"), "{error}");
    let misspelt = table("image,split", |image, patient| {
        let image = if image == "img_05" { "img_55" } else { &image };
        format!("{image},{}", split(&patient))
    });
    let error = open(misspelt).unwrap_err();
    assert!(error.found.contains("is 'img_05' meant?"), "{error}");
}
