//! The images or the volumes in a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::files::listing::{entries, images_by_stem, volumes};

/// Files by stem.
pub(super) type Files = BTreeMap<String, PathBuf>;

/// The files of a folder that could be images or labels.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) images: Files,
    pub(super) volumes: Files,
}

impl Listed {
    pub(super) fn of(folder: &Path, problems: &mut Vec<DataError>) -> Self {
        let images = images_by_stem(folder, problems);
        let volumes = volumes(folder).unwrap_or_else(|problem| {
            problems.push(problem);
            Files::new()
        });
        Self { images, volumes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.images.is_empty() && self.volumes.is_empty()
    }

    /// The images, or the volumes if there are no images.
    pub(super) fn any(self) -> Files {
        if self.images.is_empty() {
            self.volumes
        } else {
            self.images
        }
    }

    /// The stems of the images, or of the volumes if there are no images.
    pub(super) fn stems(&self) -> Vec<&str> {
        let files = if self.images.is_empty() {
            &self.volumes
        } else {
            &self.images
        };
        files.keys().map(String::as_str).collect()
    }
}

/// The names of the folders in a folder, sorted.
pub(super) fn subfolders(folder: &Path) -> Vec<String> {
    let mut names = entries(folder);
    names.retain(|name| folder.join(name).is_dir());
    names
}
