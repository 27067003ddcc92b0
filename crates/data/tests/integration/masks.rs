//! Masks as programs write them: clear ones are read, ambiguous ones are read and noted, and undecidable ones are refused.

use std::fs;
use std::path::{Path, PathBuf};

use image::{GrayImage, ImageBuffer, Luma, LumaA, Rgba, RgbaImage};
use selvedge_data::{
    CheckReport, DataOptions, Dataset, LayoutName, Split, check, read_image, read_label_image,
};
use tempfile::{TempDir, tempdir};

use super::folder::folder;
use super::tiff_file::{Page, write};

/// The mask of all tests: four of twelve pixels.
const MASK: [u8; 12] = [0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0];

/// A valid set of one image, whose labels are to be written.
fn set() -> (TempDir, PathBuf) {
    let set = tempdir().unwrap();
    folder(set.path(), 1);
    fs::remove_file(set.path().join("labels/0.png")).unwrap();
    let labels = set.path().join("labels");
    (set, labels)
}

fn options() -> DataOptions {
    DataOptions {
        overfit: 1,
        ..DataOptions::default()
    }
}

/// The classes of the only image's labels.
fn classes(set: &TempDir) -> Vec<u8> {
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    let case = &dataset.cases(Split::Train)[0];
    dataset.load_labels(case).unwrap().classes
}

fn checked(set: &TempDir, options: &DataOptions) -> CheckReport {
    check(LayoutName::Folder, set.path(), options)
}

/// An indexed PNG of the mask with these colours, whose indices are `dark` and `bright`.
fn indexed(path: &Path, palette: &[u8], [dark, bright]: [u8; 2]) {
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), 4, 3);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette);
    let indices = MASK.map(|mask| [dark, bright][usize::from(mask)]);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&indices).unwrap();
}

#[test]
fn a_palette_of_black_and_white_is_read_as_shown() {
    let (set, labels) = set();
    let path = labels.join("0.png");
    indexed(&path, &[0, 0, 0, 255, 255, 255], [0, 1]);
    assert_eq!(classes(&set), MASK);
    assert_eq!(checked(&set, &options()).warnings, Vec::<String>::new());
    indexed(&path, &[255, 255, 255, 0, 0, 0], [1, 0]);
    assert_eq!(classes(&set), MASK);
    assert_eq!(read_label_image(&path).unwrap().classes, MASK);
    let [warning] = &checked(&set, &options()).warnings[..] else {
        panic!("white first is noted");
    };
    assert!(
        warning.contains("0.png") && warning.contains("white"),
        "{warning}"
    );
    // As a recipe names the displayed values.
    let named = DataOptions {
        label_values: [("0-127", 0), ("128-255", 1)]
            .map(|(key, class)| (key.to_string(), class))
            .into(),
        ..options()
    };
    let dataset = Dataset::open(set.path(), &named).unwrap();
    let read = dataset
        .load_labels(&dataset.cases(Split::Train)[0])
        .unwrap();
    assert_eq!(read.classes, MASK);
}

#[test]
fn a_palette_of_colours_means_its_indices() {
    let (set, labels) = set();
    // As drawn over a white background, and inverted as ImageJ shows masks.
    let path = labels.join("0.png");
    indexed(&path, &[255, 255, 255, 255, 0, 0], [0, 1]);
    assert_eq!(classes(&set), MASK);
    let inverted: Vec<u8> = (0..=255).rev().flat_map(|grey| [grey; 3]).collect();
    indexed(&path, &inverted, [0, 255]);
    assert_eq!(classes(&set), MASK);
    let warnings = checked(&set, &options()).warnings;
    assert!(warnings[0].contains("dark"), "{warnings:?}");
}

#[test]
fn a_mask_in_the_alpha_channel_is_read_and_noted() {
    let (set, labels) = set();
    let path = labels.join("0.png");
    let opacity = |x: u32, y: u32| 255 * MASK[(4 * y + x) as usize];
    let white = RgbaImage::from_fn(4, 3, |x, y| Rgba([255, 255, 255, opacity(x, y)]));
    white.save(&path).unwrap();
    assert_eq!(classes(&set), MASK);
    let warnings = checked(&set, &options()).warnings;
    assert!(warnings[0].contains("alpha"), "{warnings:?}");
    let grey = ImageBuffer::from_fn(4, 3, |x, y| LumaA([7_u8, opacity(x, y)]));
    grey.save(&path).unwrap();
    assert_eq!(classes(&set), MASK);
    // Different colours count more than opacity.
    let drawn = RgbaImage::from_fn(4, 3, |x, y| {
        let value = opacity(x, y);
        Rgba([value, value, value, 128])
    });
    drawn.save(&path).unwrap();
    assert_eq!(classes(&set), MASK);
    assert!(checked(&set, &options()).warnings.is_empty());
}

#[test]
fn white_of_sixteen_bits_is_white() {
    let (set, labels) = set();
    let deep: ImageBuffer<Luma<u16>, Vec<u16>> =
        ImageBuffer::from_vec(4, 3, MASK.map(|mask| 65535 * u16::from(mask)).to_vec()).unwrap();
    deep.save(labels.join("0.png")).unwrap();
    assert_eq!(classes(&set), MASK);
}

#[test]
fn white_that_is_ignored_but_may_be_the_structure_is_noted() {
    let (set, labels) = set();
    let description = r#"{"name": "x", "classes": ["background", "burn"], "ignore": 255}"#;
    fs::write(set.path().join("dataset.json"), description).unwrap();
    let mut mask = GrayImage::from_vec(4, 3, MASK.map(|mask| 255 * mask).to_vec()).unwrap();
    mask.save(labels.join("0.png")).unwrap();
    let warnings = check(LayoutName::Bamsi, set.path(), &options()).warnings;
    assert!(warnings[0].contains("255 is ignored"), "{warnings:?}");
    mask.put_pixel(0, 0, Luma([1]));
    mask.save(labels.join("0.png")).unwrap();
    let warnings = check(LayoutName::Bamsi, set.path(), &options()).warnings;
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn gif_masks_are_read_by_their_colours() {
    let (set, labels) = set();
    let white = GrayImage::from_vec(4, 3, MASK.map(|mask| 255 * mask).to_vec()).unwrap();
    image::DynamicImage::from(white)
        .to_rgba8()
        .save(labels.join("0.gif"))
        .unwrap();
    assert_eq!(classes(&set), MASK);
    fs::copy(labels.join("0.gif"), set.path().join("images/0.gif")).unwrap();
    fs::remove_file(set.path().join("images/0.png")).unwrap();
    assert_eq!(checked(&set, &options()).problems, []);
}

#[test]
fn numbers_of_any_tiff_are_labels() {
    let (set, labels) = set();
    let path = labels.join("0.tif");
    let bytes = |convert: &dyn Fn(u8) -> Vec<u8>| -> Vec<u8> {
        MASK.iter().flat_map(|mask| convert(*mask)).collect()
    };
    let size = [3, 4];
    let float = bytes(&|mask| f32::from(mask).to_le_bytes().to_vec());
    let double = bytes(&|mask| (255.0 * f64::from(mask)).to_le_bytes().to_vec());
    let long = bytes(&|mask| i32::from(mask).to_le_bytes().to_vec());
    let deep = bytes(&|mask| (255 * u16::from(mask)).to_le_bytes().to_vec());
    let red = [65535, 0, 0];
    let pages = [
        Page::grey(size, 32, 3, float.clone()),
        Page::grey(size, 64, 3, double),
        Page::grey(size, 32, 2, long.clone()),
        Page::grey(size, 32, 1, long),
        Page::grey(size, 16, 1, deep),
        Page::palette(size, &[[0; 3], red, [0, 65535, 0]], MASK.to_vec()),
        Page::palette(
            size,
            &[[65535; 3], [0; 3]],
            MASK.map(|mask| 1 - mask).to_vec(),
        ),
    ];
    for big in [false, true] {
        for (index, page) in pages.iter().enumerate() {
            write(&path, std::slice::from_ref(page), big);
            assert_eq!(classes(&set), MASK, "page {index}, big: {big}");
        }
    }
    write(&path, &[pages[0].clone(), pages[0].clone()], false);
    assert_eq!(classes(&set), MASK);
    let warnings = checked(&set, &options()).warnings;
    assert!(warnings[0].contains("0.tif: several pages"), "{warnings:?}");
    write(&path, &pages[..1], false);
    fs::remove_file(set.path().join("images/0.png")).unwrap();
    let image = set.path().join("images").join("0.tif");
    write(&image, &[pages[4].clone(), pages[4].clone()], false);
    let warnings = checked(&set, &options()).warnings;
    let expected = format!("{}: several pages", image.display());
    assert!(warnings[0].contains(&expected), "{warnings:?}");
}

#[test]
fn tiles_of_deflated_numbers_are_labels() {
    let (set, labels) = set();
    let tile = |columns: std::ops::Range<usize>| {
        let mut values = Vec::new();
        for row in 0..16 {
            for column in 0..16 {
                let inside = row < 3 && columns.contains(&column);
                values.push(if inside {
                    u16::from(MASK[4 * row + column])
                } else {
                    0
                });
            }
        }
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &bytes).unwrap();
        packed.finish().unwrap()
    };
    let mut page = Page::grey([3, 4], 16, 1, tile(0..4));
    page.tags.push((259, vec![8]));
    page.tile = Some([16, 16]);
    write(&labels.join("0.tif"), &[page], true);
    assert_eq!(classes(&set), MASK);
}

#[test]
fn values_that_are_not_labels_and_unknown_brightness_are_named() {
    let (set, labels) = set();
    let float = |values: &[f32]| {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        Page::grey([3, 4], 32, 3, bytes.collect())
    };
    let path = labels.join("0.tif");
    let mut values = [0.0; 12];
    for (value, word) in [
        (0.5, "0.5"),
        (f32::NAN, "NaN"),
        (-1.0, "-1"),
        (70_000.0, "70000"),
    ] {
        values[6] = value;
        write(&path, &[float(&values)], false);
        let problem = &checked(&set, &options()).problems[0];
        assert!(problem.file.ends_with("labels/0.tif"), "{problem}");
        for word in [word, "row 1, column 2"] {
            assert!(problem.found.contains(word), "{word}: {problem}");
        }
    }
    let image = set.path().join("images").join("0.tif");
    values[6] = 0.5;
    write(&image, &[float(&values)], false);
    let grey = read_image(&image).unwrap().values[6];
    assert!((grey - 0.5).abs() < 1e-4, "{grey}");
    for (value, word) in [(f32::NAN, "NaN"), (200.0, "0 to 200"), (-3.0, "-3 to 0")] {
        values[6] = value;
        write(&image, &[float(&values)], false);
        let error = read_image(&image).unwrap_err();
        assert!(error.found.contains(word), "{error}");
        assert!(error.advice.contains("8 or 16 bits"), "{error}");
    }
    let whole = Page::grey([3, 4], 32, 2, vec![0; 48]);
    write(&image, &[whole], false);
    let error = read_image(&image).unwrap_err();
    assert!(error.found.contains("32 bits"), "{error}");
}

#[test]
fn masks_changed_by_jpeg_are_refused_once_with_the_line_that_fixes_them() {
    let set = tempdir().unwrap();
    let disc =
        |middle: u32, [x, y]: [u32; 2]| x.abs_diff(middle).pow(2) + y.abs_diff(24).pow(2) < 150;
    for name in ["images", "labels"] {
        fs::create_dir(set.path().join(name)).unwrap();
        for index in 0..9 {
            let grey = |x, y| Luma([255 * u8::from(disc(16 + index, [x, y]))]);
            let mask = GrayImage::from_fn(48, 48, grey);
            mask.save(set.path().join(format!("{name}/{index}.jpg")))
                .unwrap();
        }
    }
    let problems = checked(&set, &DataOptions::default()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    for word in ["JPEG", "others and 255", "1.jpg", "and 3 more"] {
        assert!(problems[0].found.contains(word), "{word}: {}", problems[0]);
    }
    let line = r#""0-127" = 0, "128-255" = 1"#;
    assert!(problems[0].advice.contains(line), "{}", problems[0].advice);
    let named = DataOptions {
        label_values: [("0-127", 0), ("128-255", 1)]
            .map(|(key, class)| (key.to_string(), class))
            .into(),
        ..DataOptions::default()
    };
    let report = checked(&set, &named);
    assert_eq!((report.problems, report.warnings), (Vec::new(), Vec::new()));
}

#[test]
fn the_error_contains_the_recipe_line_for_the_values_found() {
    let (set, labels) = set();
    for (values, line) in [
        ([0, 32, 255], r#"{ "0-127" = 0, "128-255" = 1 }"#),
        ([0, 1, 255], r#"{ "0" = 0, "1" = 1, "255" = 255 }"#),
        ([0, 128, 128], r#"{ "0" = 0, "128" = 1 }"#),
        ([38, 38, 38], r#"{ "0" = 0, "38" = 1 }"#),
        ([0, 40, 100], r#"{ "0-50" = 0, "51-100" = 1 }"#),
    ] {
        let mask: Vec<u8> = (0..12).map(|pixel| values[pixel % 3]).collect();
        let mask = GrayImage::from_vec(4, 3, mask).unwrap();
        mask.save(labels.join("0.png")).unwrap();
        let problem = &checked(&set, &options()).problems[0];
        assert!(
            problem.advice.contains(line),
            "{values:?}: {}",
            problem.advice
        );
        assert!(problem.found.contains("pixels"), "{problem}");
    }
}
