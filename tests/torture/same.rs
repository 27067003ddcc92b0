//! Compares two runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn_pack::{Reader, Scalar};

/// Compares everything except times and the random names that Burn gives to parameters in its files.
pub(super) fn assert_same(one: &Path, other: &Path) {
    assert_eq!(names(one), names(other), "{}", other.display());
    for file in [
        "scores.jsonl",
        "scores.csv",
        "summary.json",
        "cases.csv",
        "images.npz",
        "recipe.toml",
        "curves.svg",
    ] {
        assert_same_bytes(&one.join(file), &other.join(file));
    }
    for folder in ["predictions", "previews"] {
        let files = names(&one.join(folder));
        assert_eq!(files, names(&other.join(folder)));
        for file in files {
            let file = Path::new(folder).join(file);
            assert_same_bytes(&one.join(&file), &other.join(&file));
        }
    }
    for name in ["best", "last"] {
        let [one, other] = [one.join(name), other.join(name)];
        assert_eq!(names(&one), names(&other));
        for file in ["state.toml", "images.f32"] {
            assert_same_bytes(&one.join(file), &other.join(file));
        }
        assert!(
            Saved::read(&one) == Saved::read(&other),
            "{}: different tensors",
            other.display()
        );
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into()
        })
        .collect();
    names.sort();
    names
}

fn assert_same_bytes(one: &Path, other: &Path) {
    let [first, second] = [one, other].map(|path| fs::read(path).expect("a file"));
    assert!(first == second, "{} differs", other.display());
}

/// A checkpoint's tensors and counters, by parameter name.
#[derive(PartialEq)]
struct Saved {
    network: BTreeMap<String, Vec<u8>>,
    optimizer: BTreeMap<String, Vec<u8>>,
    counts: BTreeMap<String, Scalar>,
}

impl Saved {
    fn read(checkpoint: &Path) -> Self {
        let read = |name| Reader::from_file_exact(checkpoint.join(name)).expect("a file of Burn's");
        let mut parameters = BTreeMap::new();
        let mut network = BTreeMap::new();
        for tensor in read("model.bpk").into_tensors().expect("tensors") {
            let id = tensor.param_id.expect("an identity").to_string();
            parameters.insert(id, tensor.name.clone());
            network.insert(
                tensor.name.clone(),
                tensor.into_bytes().expect("bytes").to_vec(),
            );
        }
        let named = |name: &str| {
            let (id, field) = name.split_once('.').expect("a parameter and a field");
            format!("{}: {field}", parameters[id])
        };
        let states = read("optimizer.bpk");
        let counts = states.scalars().iter();
        let counts = counts.map(|(name, &count)| (named(name), count)).collect();
        let optimizer = states.into_tensors().expect("tensors").into_iter();
        let optimizer = optimizer
            .map(|tensor| {
                let name = named(&tensor.name);
                (name, tensor.into_bytes().expect("bytes").to_vec())
            })
            .collect();
        Self {
            network,
            optimizer,
            counts,
        }
    }
}
