//! A folder of photographs and labels to put something odd into.

use std::fs;
use std::path::Path;

use image::{GrayImage, RgbImage};

/// `images/` and `labels/` with `count` pairs of 4×3 pixels, black and all background.
pub(crate) fn folder(root: &Path, count: usize) {
    for name in ["images", "labels"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    for index in 0..count {
        let image = root.join(format!("images/{index}.png"));
        RgbImage::new(4, 3).save(image).unwrap();
        let labels = root.join(format!("labels/{index}.png"));
        GrayImage::new(4, 3).save(labels).unwrap();
    }
}
