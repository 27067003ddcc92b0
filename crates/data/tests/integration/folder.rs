//! A folder of photographs and labels to which something odd is added.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma, Rgb, RgbImage};
use selvedge_data::synth::{SynthOptions, synthetic_set};
use selvedge_data::{Case, CaseImage, Dataset, LayoutName, PlanarImage};

/// An image of 4×3 pixels with a bright one, different for every number.
pub(crate) fn small_image(number: usize) -> RgbImage {
    let mut image = RgbImage::new(4, 3);
    image.put_pixel(3, 2, Rgb([255, number as u8, (number >> 8) as u8]));
    image
}

/// Labels of 4×3 pixels, the last of which is foreground of this value.
pub(crate) fn mask(value: u8) -> GrayImage {
    let mut mask = GrayImage::new(4, 3);
    mask.put_pixel(3, 2, Luma([value]));
    mask
}

/// `images/` and `labels/` with `count` pairs of 4×3 pixels, the last of which is foreground.
pub(crate) fn folder(root: &Path, count: usize) {
    for name in ["images", "labels"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    for index in 0..count {
        let image = root.join(format!("images/{index}.png"));
        small_image(index).save(image).unwrap();
        let labels = root.join(format!("labels/{index}.png"));
        mask(1).save(labels).unwrap();
    }
}

/// A lossy WebP of 24×16 pixels, in hexadecimal digits.
const LOSSY_WEBP: &str = "52494646600000005745425056503820540000005003009d012a180010003f71accb5b34ae2924300802902e\
    096c3b8018c79000c5b5c000fed5d10ea108df94999e3d110ed546fac0af5cdd31c19cf6644a8bc19298e9846de4b3482f7e63b5c27ec98dff000000";

/// The bytes of a lossy WebP of 24×16 pixels.
pub(crate) fn lossy_webp() -> Vec<u8> {
    of_digits(LOSSY_WEBP)
}

/// Bytes by their hexadecimal digits.
pub(crate) fn of_digits(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The image of a case, which is a photograph.
pub(crate) fn photograph(dataset: &Dataset, case: &Case) -> PlanarImage {
    match dataset.load_image(case).unwrap() {
        CaseImage::Photograph(image) => image,
        CaseImage::Volume(_) => panic!("{} is a volume", case.image.display()),
    }
}

/// A synthetic set of `fasu` in a new folder.
pub(crate) fn write_fasu(folder: &Path, options: &SynthOptions) {
    let set = synthetic_set(LayoutName::Fasu).unwrap();
    (set.draw)(folder, options, &|_| ()).unwrap();
}
