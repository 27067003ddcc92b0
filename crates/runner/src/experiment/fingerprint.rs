//! Hashes by which a training is found again: of its recipe and of its data.

use std::path::Path;

use data::{DataOptions, Dataset};
use sha2::{Digest, Sha256};

use crate::error::RunnerError;
use crate::files::checksum::{FileSums, hexadecimal};
use crate::recipe::Recipe;
use crate::run_folder::data_checksum;

/// The hash of a training: the recipe's own keys, and the hash of the data (empty for a synthetic set, which the recipe
/// describes).
///
/// # Errors
///
/// A number that TOML cannot represent.
pub(crate) fn of_training(recipe: &Recipe, data: &str) -> Result<String, RunnerError> {
    let keys = toml::to_string(&recipe.own_keys()?).map_err(RunnerError::bug)?;
    let mut hash = Sha256::new();
    hash.update(keys.as_bytes());
    hash.update([0]);
    hash.update(data.as_bytes());
    Ok(hexadecimal(hash.finalize()))
}

/// The hash of a data set: of the names and contents of its images and labels.
///
/// # Errors
///
/// The set cannot be opened, or a file not be read.
pub(crate) fn of_data(root: &Path, options: &DataOptions) -> Result<String, RunnerError> {
    let dataset = Dataset::open(root, options)?;
    data_checksum::of(&dataset, &FileSums::new()).ok_or_else(|| {
        RunnerError::unreadable(root, "not every image and label file of it can be read")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_what_is_trained_and_not_on_its_name() {
        let hash = |overrides: &[&str], data: &str| {
            let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
            let recipe = Recipe::load("smoke", &overrides).expect("a recipe");
            of_training(&recipe, data).expect("a hash")
        };
        let own = hash(&[], "");
        assert_eq!(own, hash(&["name=other", "description=another"], ""));
        // A key at its default is as good as none.
        assert_eq!(own, hash(&["train.workers=2"], ""));
        for other in [
            "train.seed=2",
            "loss.images=top_k",
            "data.synthetic.images=9",
        ] {
            assert_ne!(own, hash(&[other], ""), "{other}");
        }
        assert_ne!(own, hash(&[], "data"));
    }

    #[test]
    fn the_hash_of_a_recipe_is_the_same_for_ever() {
        // Folders of experiments that people have are found by it.
        let recipe = Recipe::of_text("[train]\nepochs = 3\n[data.synthetic]\nimages = 8", "test");
        let hash = of_training(&recipe.expect("a recipe"), "").expect("a hash");
        let text = "[data.synthetic]\nimages = 8\n\n[train]\nepochs = 3\n\0";
        assert_eq!(hash, hexadecimal(Sha256::digest(text)));
    }

    #[test]
    fn the_hash_of_data_follows_the_bytes_and_not_the_place() {
        let parent = tempfile::tempdir().expect("a folder");
        let write = |name: &str, values: [u8; 4]| {
            let root = parent.path().join(name);
            for folder in ["images", "labels"] {
                std::fs::create_dir_all(root.join(folder)).expect("a folder");
                for stem in 0..8 {
                    let path = root.join(folder).join(format!("{stem}.png"));
                    let picture = image::GrayImage::from_raw(2, 2, values.to_vec());
                    picture.expect("four pixels").save(path).expect("written");
                }
            }
            of_data(&root, &DataOptions::default()).expect("a hash")
        };
        let one = write("one", [0, 1, 0, 1]);
        assert_eq!(one, write("two", [0, 1, 0, 1]));
        assert_ne!(one, write("three", [0, 1, 1, 1]));
    }
}
