//! Errors planted into a copy of a set are those that are noted, and the original stays as it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use image::{GrayImage, Luma, Rgb, RgbImage};
use selvedge_data::synth::{SynthOptions, synthetic_set};
use selvedge_data::{
    CORRUPTIONS, Changes, Corruption, DataOptions, Dataset, LayoutName, NewLabels, PlantOptions,
    Split, check, image_name, plant, read_corruptions,
};
use tempfile::tempdir;

use crate::contents::files;

fn options_of(layout: LayoutName) -> DataOptions {
    DataOptions {
        kind: layout,
        ..DataOptions::default()
    }
}

fn open(layout: LayoutName, root: &Path) -> Dataset {
    Dataset::open(root, &options_of(layout)).unwrap()
}

fn noted(root: &Path) -> BTreeMap<String, Corruption> {
    let list = read_corruptions(&root.join(CORRUPTIONS)).unwrap();
    list.into_iter()
        .map(|one| (one.image.clone(), one))
        .collect()
}

const OPTIONS: PlantOptions = PlantOptions {
    gross: 0.2,
    missed: 0.2,
    swapped: 0.1,
    seed: 1,
};

#[test]
fn planted_errors_are_those_that_are_noted() {
    for layout in [LayoutName::Acdc, LayoutName::Bamsi] {
        let folder = tempdir().unwrap();
        let set = folder.path().join("set");
        let drawn = SynthOptions {
            images: if layout == LayoutName::Acdc { 10 } else { 40 },
            size: 64,
            seed: 2,
            noise: 0.0,
            gross: 0.0,
        };
        (synthetic_set(layout).unwrap().draw)(&set, &drawn, &|_| ()).unwrap();
        let before = files(&set);
        let planted = |name: &str, options: &PlantOptions| {
            let out = folder.path().join(name);
            let planted = plant(&open(layout, &set), &out, options).unwrap();
            (out, planted)
        };
        let (out, counts) = planted("one", &OPTIONS);
        assert!(before == files(&set), "the original is as it was");
        assert!(files(&out) == files(&planted("two", &OPTIONS).0));
        let other = PlantOptions { seed: 2, ..OPTIONS };
        assert!(files(&out) != files(&planted("three", &other).0));
        assert!(
            counts.gross > 1 && counts.missed > 1 && counts.swapped > 1,
            "{counts:?}"
        );

        assert_eq!(check(layout, &out, &options_of(layout)).problems, []);
        let noted = noted(&out);
        let copy = open(layout, &out);
        let mut wrong = 0;
        for split in Split::ALL {
            for case in copy.cases(split) {
                let labels = copy.load_label_volume(case).unwrap();
                let clean = copy.load_clean_volume(case).unwrap().unwrap();
                for slice in 0..labels.shape[0] {
                    let name = image_name(&case.stem, slice, labels.shape[0]);
                    let is_noted = noted.get(&name).is_some_and(|one| {
                        one.gross.is_some() || !one.missed.is_empty() || !one.swapped.is_empty()
                    });
                    let differs = labels.slice(slice) != clean.slice(slice);
                    assert_eq!(differs, is_noted, "{name}");
                    assert!(!differs || split == Split::Train, "{name}");
                    wrong += usize::from(differs);
                }
            }
        }
        assert_eq!(
            wrong,
            counts.gross + counts.missed + counts.swapped,
            "{layout}"
        );
    }
}

/// Twenty photographs with masks of 0 and 255, each with two squares.
fn masks(root: &Path) {
    for name in ["images", "masks"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    for index in 0..20_u32 {
        let photograph = RgbImage::from_fn(48, 32, |x, y| {
            Rgb([(x * 5) as u8, (y * 7) as u8, index as u8])
        });
        let mask = GrayImage::from_fn(48, 32, |x, y| {
            let inside = |left, top| (left..left + 8).contains(&x) && (top..top + 8).contains(&y);
            Luma([if inside(2 + index, 4) || inside(30, 20) {
                255
            } else {
                0
            }])
        });
        photograph
            .save(root.join(format!("images/{index:02}.png")))
            .unwrap();
        mask.save(root.join(format!("masks/{index:02}.png")))
            .unwrap();
    }
}

#[test]
fn masks_are_written_and_the_original_ones_kept() {
    let folder = tempdir().unwrap();
    let set = folder.path().join("set");
    masks(&set);
    let dataset = open(LayoutName::Folder, &set);
    let out = folder.path().join("spoilt");
    let refused = |options: &PlantOptions, place: &Path, fragment: &str| {
        let error = plant(&dataset, place, options).unwrap_err();
        assert!(error.to_string().contains(fragment), "{fragment}: {error}");
    };
    let none = PlantOptions {
        gross: 0.0,
        missed: 0.0,
        swapped: 0.0,
        seed: 1,
    };
    refused(&none, &out, "above 0");
    refused(
        &PlantOptions {
            missed: 0.6,
            ..none
        },
        &out,
        "0 to 0.5",
    );
    refused(
        &PlantOptions {
            missed: f64::NAN,
            ..none
        },
        &out,
        "0 to 0.5",
    );
    refused(
        &PlantOptions {
            swapped: 0.1,
            ..none
        },
        &out,
        "two foreground classes",
    );
    refused(
        &PlantOptions {
            missed: 0.1,
            ..none
        },
        &set.join("inside"),
        "outside of",
    );
    refused(
        &PlantOptions {
            missed: 0.1,
            ..none
        },
        &set,
        "does not exist yet",
    );
    assert!(!out.exists());

    let options = PlantOptions {
        gross: 0.2,
        missed: 0.3,
        ..none
    };
    let counts = plant(&dataset, &out, &options).unwrap();
    assert!(counts.gross > 0 && counts.missed > 1, "{counts:?}");
    assert_eq!(
        check(LayoutName::Folder, &out, &options_of(LayoutName::Folder)).problems,
        []
    );
    for index in 0..20 {
        let kept = fs::read(out.join(format!("clean/{index:02}.png"))).unwrap();
        assert_eq!(
            kept,
            fs::read(set.join(format!("masks/{index:02}.png"))).unwrap()
        );
    }
    let copy = open(LayoutName::Folder, &out);
    let noted = noted(&out);
    for split in Split::ALL {
        for case in copy.cases(split) {
            let labels = copy.load_labels(case).unwrap();
            let original = dataset
                .cases(split)
                .iter()
                .find(|one| one.stem == case.stem);
            let differs = labels != dataset.load_labels(original.unwrap()).unwrap();
            assert_eq!(differs, noted.contains_key(&case.stem), "{}", case.stem);
        }
    }
    // A second copy would put other labels where the clean ones are.
    let again = plant(&copy, &folder.path().join("again"), &options).unwrap_err();
    assert!(
        again.to_string().contains("original labels are kept"),
        "{again}"
    );
}

#[test]
fn labels_that_are_not_written_are_refused() {
    let folder = tempdir().unwrap();
    let set = folder.path().join("set");
    let drawn = SynthOptions {
        images: 12,
        size: 64,
        seed: 2,
        noise: 1.0,
        gross: 0.0,
    };
    (synthetic_set(LayoutName::Fasu).unwrap().draw)(&set, &drawn, &|_| ()).unwrap();
    let dataset = open(LayoutName::Fasu, &set);
    let out = folder.path().join("out");
    let error = plant(&dataset, &out, &OPTIONS).unwrap_err();
    assert!(error.found.contains("array"), "{error}");
    assert!(!out.exists());
    // Files of the same format are copied.
    let case = &dataset.cases(Split::Train)[0];
    let labels = NewLabels::File(case.clean.clone().unwrap());
    let changes = Changes {
        labels: BTreeMap::from([(case.stem.clone(), labels)]),
        ..Changes::default()
    };
    dataset.copy_changed(&out, &changes).unwrap();
    let (before, after) = (files(&set), files(&out));
    let changed: Vec<&PathBuf> = before
        .keys()
        .filter(|file| before[*file] != after[*file])
        .collect();
    let label = case.labels.strip_prefix(&set).unwrap().to_path_buf();
    assert_eq!(changed, [&label]);
}

#[test]
fn masks_next_to_their_images_are_written_and_several_masks_of_an_image_refused() {
    let folder = tempdir().unwrap();
    let (apart, set) = (folder.path().join("apart"), folder.path().join("set"));
    masks(&apart);
    fs::create_dir(&set).unwrap();
    for index in 0..20 {
        let name = |end: &str| set.join(format!("{index:02}{end}.png"));
        let file = |part: &str| apart.join(format!("{part}/{index:02}.png"));
        fs::rename(file("images"), name("")).unwrap();
        fs::rename(file("masks"), name("_mask")).unwrap();
    }
    let dataset = open(LayoutName::Folder, &set);
    let options = PlantOptions {
        swapped: 0.0,
        ..OPTIONS
    };
    let out = folder.path().join("spoilt");
    let counts = plant(&dataset, &out, &options).unwrap();
    assert!(counts.gross > 0, "{counts:?}");
    let report = check(LayoutName::Folder, &out, &options_of(LayoutName::Folder));
    assert_eq!((report.images, report.problems), (20, Vec::new()));
    for index in 0..20 {
        let kept = fs::read(out.join(format!("clean/{index:02}_mask.png"))).unwrap();
        let original = fs::read(set.join(format!("{index:02}_mask.png"))).unwrap();
        assert!(kept == original);
    }

    fs::copy(set.join("00_mask.png"), set.join("00_mask_2.png")).unwrap();
    let dataset = open(LayoutName::Folder, &set);
    let error = plant(&dataset, &folder.path().join("no"), &options).unwrap_err();
    assert!(error.found.contains("2 masks of '00'"), "{error}");
}
