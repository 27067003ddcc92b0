//! Synthetic sets with gross errors: what `corruptions.json` notes is what differs, and nothing else does.

use std::collections::BTreeMap;

use selvedge_data::synth::{SynthOptions, synthetic_set};
use selvedge_data::{
    CORRUPTIONS, Corruption, DataOptions, Dataset, GrossError, LayoutName, Split, check,
    image_name, read_corruptions,
};
use tempfile::{TempDir, tempdir};

use crate::contents::files;

const LAYOUTS: [LayoutName; 3] = [LayoutName::Bamsi, LayoutName::Fasu, LayoutName::Acdc];

fn drawn(layout: LayoutName, gross: f64, noise: f64) -> TempDir {
    let folder = tempdir().unwrap();
    let options = SynthOptions {
        images: if layout == LayoutName::Acdc { 12 } else { 40 },
        size: 64,
        seed: 4,
        noise,
        gross,
    };
    let set = synthetic_set(layout).unwrap();
    let sentence = (set.draw)(&folder.path().join("set"), &options, &|_| ()).unwrap();
    assert_eq!(
        sentence.contains("gross errors in"),
        gross > 0.0,
        "{sentence}"
    );
    folder
}

fn dataset(layout: LayoutName, folder: &TempDir) -> Dataset {
    let options = DataOptions {
        kind: layout,
        ..DataOptions::default()
    };
    let root = folder.path().join("set");
    let report = check(layout, &root, &options);
    assert_eq!(report.problems, []);
    Dataset::open(&root, &options).unwrap()
}

fn errors(folder: &TempDir) -> BTreeMap<String, Corruption> {
    let path = folder.path().join("set").join(CORRUPTIONS);
    let list = read_corruptions(&path).unwrap();
    list.into_iter()
        .map(|one| (one.image.clone(), one))
        .collect()
}

#[test]
fn gross_errors_change_the_noted_labels_and_nothing_else() {
    for layout in LAYOUTS {
        let (plain, spoilt) = (drawn(layout, 0.0, 1.0), drawn(layout, 0.3, 1.0));
        let before = files(&plain.path().join("set"));
        let after = files(&spoilt.path().join("set"));
        assert!(before.keys().eq(after.keys()), "{layout}");
        let noted = errors(&spoilt);
        let gross: Vec<&Corruption> = noted.values().filter(|one| one.gross.is_some()).collect();
        let kinds: std::collections::BTreeSet<GrossError> =
            gross.iter().filter_map(|one| one.gross).collect();
        assert!(kinds.len() >= 4, "{layout}: {kinds:?}");
        for (path, bytes) in &after {
            let name = path.file_name().unwrap().to_str().unwrap();
            if name == CORRUPTIONS || name == "dataset.json" {
                continue;
            }
            let stem = name.split('.').next().unwrap();
            let case = stem.trim_end_matches("_gt");
            let is_label = ["labels", "ARRAY_FORMAT"]
                .iter()
                .any(|part| path.parent().unwrap().ends_with(part))
                || stem.ends_with("_gt");
            let is_noted = gross
                .iter()
                .any(|one| one.image == case || one.image.starts_with(&format!("{case}, slice")));
            let changed = before[path] != *bytes;
            assert_eq!(changed, is_label && is_noted, "{}", path.display());
        }
        // Everything else is noted as without them.
        for (image, one) in errors(&plain) {
            let with = noted.get(&image).unwrap();
            assert_eq!(
                Corruption {
                    gross: one.gross,
                    ..with.clone()
                },
                one
            );
        }
    }
}

#[test]
fn gross_errors_differ_from_the_clean_labels_and_the_seed_decides() {
    for layout in LAYOUTS {
        let folder = drawn(layout, 0.3, 0.0);
        assert!(
            files(&folder.path().join("set")) == files(&drawn(layout, 0.3, 0.0).path().join("set"))
        );
        let noted = errors(&folder);
        let set = dataset(layout, &folder);
        let mut wrong = 0;
        for split in Split::ALL {
            for case in set.cases(split) {
                let labels = set.load_label_volume(case).unwrap();
                let clean = set.load_clean_volume(case).unwrap().unwrap();
                let slices = labels.shape[0];
                for slice in 0..slices {
                    let differs = labels.slice(slice) != clean.slice(slice);
                    let name = image_name(&case.stem, slice, slices);
                    // Without noise, nothing else is wrong with them.
                    assert_eq!(noted[&name].gross.is_some(), differs, "{name}");
                    wrong += usize::from(differs);
                    // Only this layout knows which images are for training.
                    assert!(!differs || layout != LayoutName::Bamsi || split == Split::Train);
                }
            }
        }
        assert!(wrong > 3, "{layout}: {wrong}");
    }
}

#[test]
fn what_was_missed_and_swapped_is_wrong_in_the_labels() {
    let (mut missed, mut swapped, mut leans) = (0, 0, Vec::new());
    for layout in LAYOUTS {
        let folder = drawn(layout, 0.0, 1.5);
        let noted = errors(&folder);
        let set = dataset(layout, &folder);
        for case in Split::ALL.iter().flat_map(|split| set.cases(*split)) {
            let labels = set.load_label_volume(case).unwrap();
            let clean = set.load_clean_volume(case).unwrap().unwrap();
            for slice in 0..labels.shape[0] {
                let name = image_name(&case.stem, slice, labels.shape[0]);
                let (labels, clean) = (labels.slice(slice), clean.slice(slice));
                let count = |place: selvedge_data::PixelBox, drawn: u8, truth: u8| {
                    let rows = place.y0..place.y1;
                    let places =
                        rows.flat_map(|row| (place.x0..place.x1).map(move |column| (row, column)));
                    places
                        .map(|(row, column)| row * labels.width + column)
                        .filter(|index| {
                            labels.classes[*index] == drawn && clean.classes[*index] == truth
                        })
                        .count()
                };
                let one = &noted[&name];
                leans.push(one.lean);
                for place in &one.missed {
                    // Structures of this layout may be under others.
                    let most = if layout == LayoutName::Fasu {
                        0
                    } else {
                        place.area / 2
                    };
                    assert!(
                        count(place.place, 0, place.class) >= most,
                        "{name}: {place:?}"
                    );
                    missed += 1;
                }
                for place in &one.swapped {
                    assert!(
                        2 * count(place.place, place.to, place.from) > place.area,
                        "{name}: {place:?}"
                    );
                    swapped += 1;
                }
            }
        }
    }
    assert!(
        missed > 20 && swapped > 2,
        "{missed} missed, {swapped} swapped"
    );
    assert!(leans.iter().any(|lean| *lean > 0.5) && leans.iter().any(|lean| *lean < -0.5));
}

#[test]
fn clean_sets_have_no_such_file() {
    for layout in LAYOUTS {
        let folder = drawn(layout, 0.0, 0.0);
        assert!(!folder.path().join("set").join(CORRUPTIONS).exists());
    }
}

#[test]
fn too_many_gross_errors_are_refused() {
    let options = |gross| SynthOptions {
        images: 12,
        size: 64,
        seed: 1,
        noise: 1.0,
        gross,
    };
    let folder = tempdir().unwrap();
    for layout in LAYOUTS {
        for gross in [-0.1, 0.6, f64::NAN] {
            let set = synthetic_set(layout).unwrap();
            let error =
                (set.draw)(&folder.path().join("set"), &options(gross), &|_| ()).unwrap_err();
            assert!(error.expected.contains("0 to 0.5"), "{error}");
        }
    }
}
