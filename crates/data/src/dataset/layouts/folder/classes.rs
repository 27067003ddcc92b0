//! The classes of a folder, and the files of each if every class has its own masks.

use std::path::Path;

use crate::dataset::layouts::folder::arrangement::{Arrangement, below};
use crate::dataset::layouts::folder::joining::LabelPlace;
use crate::error::DataError;
use crate::files::names::without_extension;
use crate::options::DataOptions;

/// The names of the classes, background first.
///
/// # Errors
///
/// `data.label_files` names a class that `data.classes` lacks.
pub(super) fn class_names(root: &Path, options: &DataOptions) -> Result<Vec<String>, DataError> {
    if options.classes.is_empty() {
        let own = ["foreground".to_string()];
        let named: Vec<String> = options.label_files.keys().cloned().collect();
        let foreground = if named.is_empty() { &own[..] } else { &named };
        let names = ["background".to_string()];
        return Ok(names.iter().chain(foreground).cloned().collect());
    }
    let is_known = |name: &&String| options.classes.iter().skip(1).any(|class| class == *name);
    let unknown = options.label_files.keys().find(|name| !is_known(name));
    let Some(unknown) = unknown else {
        return Ok(options.classes.clone());
    };
    let quoted = |names: &mut dyn Iterator<Item = &String>| -> String {
        names
            .map(|name| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let all = quoted(&mut options.label_files.keys());
    Err(DataError::new(
        root,
        format!(
            "classes of data.label_files among the foreground of data.classes: {}",
            quoted(&mut options.classes.iter().skip(1))
        ),
        format!("\"{unknown}\""),
        format!(
            "name the classes: data.classes = [\"background\", {all}]; where two overlap, the later one counts"
        ),
    ))
}

/// Where the labels of each class are; one place without a class if a file contains all.
pub(super) fn label_places(
    place: &Path,
    arrangement: &Arrangement,
    class_names: &[String],
    options: &DataOptions,
) -> Vec<LabelPlace> {
    if options.label_files.is_empty() {
        return vec![LabelPlace {
            class: None,
            folder: arrangement.labels.clone(),
            suffix: without_extension(&arrangement.suffix).to_string(),
            numbered: false,
        }];
    }
    let numbered = (0..=u8::MAX).zip(class_names);
    let places = numbered.filter_map(|(class, name)| {
        let file = options.label_files.get(name)?;
        let (folder, suffix) = match file.rsplit_once('/') {
            Some((folder, suffix)) => (below(place, folder), suffix),
            None => (arrangement.labels.clone(), file.as_str()),
        };
        Some(LabelPlace {
            class: Some(class),
            folder,
            suffix: without_extension(suffix).to_string(),
            numbered: false,
        })
    });
    places.collect()
}
