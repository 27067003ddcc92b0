//! Odd but valid input is read correctly.

use std::fs;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use selvedge_data::{
    DataOptions, Dataset, LabelMap, LayoutName, Split, check, read_image, read_label_image,
    write_label_png,
};
use tempfile::tempdir;

use super::folder::{folder, mask, photograph};

fn bits_png(
    path: &Path,
    colour: png::ColorType,
    depth: png::BitDepth,
    size: [u32; 2],
    bytes: &[u8],
) {
    let [height, width] = size;
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == png::ColorType::Indexed {
        encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 9, 9]);
    }
    encoder
        .write_header()
        .unwrap()
        .write_image_data(bytes)
        .unwrap();
}

/// A JPEG whose EXIF block states an orientation.
pub(crate) fn turned_jpeg(path: &Path, image: RgbImage, orientation: u8) {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 100)
        .encode_image(&image)
        .unwrap();
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut turned = bytes[..2].to_vec();
    turned.extend([0xFF, 0xE1]);
    turned.extend((exif.len() as u16 + 2).to_be_bytes());
    turned.extend(exif);
    turned.extend(&bytes[2..]);
    fs::write(path, turned).unwrap();
}

#[test]
fn images_of_sixteen_bits_keep_them() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("deep.png");
    let deep: ImageBuffer<Rgb<u16>, _> =
        ImageBuffer::from_pixel(1, 1, Rgb([100_u16, 32_768, 65_535]));
    DynamicImage::ImageRgb16(deep).save(&path).unwrap();
    let values = read_image(&path).unwrap().values;
    for (value, expected) in values.iter().zip([100.0, 32_768.0, 65_535.0]) {
        assert!((value - expected / 65_535.0).abs() < 1e-6);
    }
}

#[test]
fn palettes_are_colours_in_images_and_classes_in_labels() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("palette.PNG");
    // Five pixels to a row, so that the last byte of a row of 2-bit samples is not full.
    let rows = [0b0001_1011, 0b0100_0000, 0b1110_0100, 0b1000_0000];
    bits_png(
        &path,
        png::ColorType::Indexed,
        png::BitDepth::Two,
        [2, 5],
        &rows,
    );
    assert_eq!(
        read_label_image(&path).unwrap().classes,
        [0, 1, 2, 3, 1, 3, 2, 1, 0, 2]
    );
    let image = read_image(&path).unwrap();
    assert_eq!([image.height, image.width], [2, 5]);
    assert_eq!(image.values[..5], [0.0, 1.0, 0.0, 9.0 / 255.0, 1.0]);
}

#[test]
fn grey_labels_of_few_bits_keep_their_sample_values() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("few.png");
    bits_png(
        &path,
        png::ColorType::Grayscale,
        png::BitDepth::One,
        [1, 4],
        &[0b0110_0000],
    );
    assert_eq!(read_label_image(&path).unwrap().classes, [0, 1, 1, 0]);
    bits_png(
        &path,
        png::ColorType::Grayscale,
        png::BitDepth::Four,
        [1, 3],
        &[0x05, 0x30],
    );
    assert_eq!(read_label_image(&path).unwrap().classes, [0, 5, 3]);
}

#[test]
fn labels_of_sixteen_bits_keep_their_values_grey_or_colour() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("deep.png");
    let grey: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_raw(3, 1, vec![0_u16, 5, 2]).unwrap();
    DynamicImage::ImageLuma16(grey).save(&path).unwrap();
    assert_eq!(read_label_image(&path).unwrap().classes, [0, 5, 2]);
    let colour: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_pixel(2, 1, Rgb([3_u16; 3]));
    DynamicImage::ImageRgb16(colour).save(&path).unwrap();
    assert_eq!(read_label_image(&path).unwrap().classes, [3, 3]);
}

#[test]
fn the_content_of_a_label_file_counts_and_not_its_extension() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("really-bmp.png");
    GrayImage::from_pixel(2, 2, Luma([4]))
        .save_with_format(&path, image::ImageFormat::Bmp)
        .unwrap();
    assert_eq!(read_label_image(&path).unwrap().classes, [4; 4]);
}

#[test]
fn transparent_parts_become_white() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("alpha.png");
    let mut image = RgbaImage::from_pixel(2, 1, Rgba([0, 0, 255, 255]));
    image.put_pixel(1, 0, Rgba([0, 0, 255, 0]));
    image.save(&path).unwrap();
    assert_eq!(
        read_image(&path).unwrap().values,
        [0.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    );
}

#[test]
fn a_photograph_is_rotated_by_its_exif_orientation() {
    let set = tempdir().unwrap();
    folder(set.path(), 0);
    let mut image = RgbImage::new(16, 8);
    for (x, _, pixel) in image.enumerate_pixels_mut() {
        *pixel = Rgb([if x < 8 { 255 } else { 0 }; 3]);
    }
    // 6: the first row of the file is the right side of the image, so the file's left half is on top.
    turned_jpeg(&set.path().join("images/turned.JPG"), image, 6);
    GrayImage::new(8, 16)
        .save(set.path().join("labels/turned.png"))
        .unwrap();
    let options = DataOptions {
        overfit: 1,
        ..DataOptions::default()
    };
    let dataset = Dataset::open(set.path(), &options).unwrap();
    let case = &dataset.cases(Split::Train)[0];
    let image = photograph(&dataset, case);
    assert_eq!([image.height, image.width], [16, 8]);
    assert!(image.values[3 * 8 + 4] > 0.9 && image.values[12 * 8 + 4] < 0.1);
    assert_eq!(dataset.load_labels(case).unwrap().height, 16);
}

#[test]
fn names_may_have_spaces_accents_and_upper_case_extensions() {
    let set = tempdir().unwrap();
    folder(set.path(), 0);
    for (image, label) in [
        ("brûlure n° 1.JPG", "brûlure n° 1.PNG"),
        ("β.TIFF", "β.bmp"),
        ("two dots.dcm.jpeg", "two dots.dcm.tif"),
    ] {
        RgbImage::new(4, 3)
            .save(set.path().join("images").join(image))
            .unwrap();
        mask(1).save(set.path().join("labels").join(label)).unwrap();
    }
    for stray in [
        "images/.DS_Store",
        "images/._a.png",
        "labels/Thumbs.db",
        "labels/.hidden.png",
    ] {
        fs::write(set.path().join(stray), "no image").unwrap();
    }
    let report = check(LayoutName::Folder, set.path(), &DataOptions::default());
    assert_eq!((report.images, report.problems), (3, Vec::new()));
}

#[test]
fn label_values_can_be_named_by_grey_and_by_colour() {
    let set = tempdir().unwrap();
    folder(set.path(), 1);
    let mut labels = RgbImage::new(4, 3);
    labels.put_pixel(0, 0, Rgb([255, 0, 0]));
    labels.put_pixel(1, 0, Rgb([7, 7, 7]));
    labels.save(set.path().join("labels/0.png")).unwrap();
    let options = DataOptions {
        overfit: 1,
        label_values: [("0", 0), ("255,0,0", 1), ("7", 255)]
            .map(|(key, class)| (key.to_string(), class))
            .into(),
        ..DataOptions::default()
    };
    let dataset = Dataset::open(set.path(), &options).unwrap();
    let labels = dataset.load_labels(&dataset.cases(Split::Test)[0]).unwrap();
    assert_eq!(labels.classes[..4], [1, 255, 0, 0]);
}

#[test]
fn the_ignore_value_of_a_bamsi_set_is_respected() {
    let set = tempdir().unwrap();
    folder(set.path(), 1);
    let description = r#"{"name": "x", "classes": ["background", "burn"], "ignore": 9}"#;
    fs::write(set.path().join("dataset.json"), description).unwrap();
    let mut labels = GrayImage::new(4, 3);
    labels.put_pixel(0, 0, Luma([9]));
    labels.put_pixel(1, 0, Luma([1]));
    labels.save(set.path().join("labels/0.png")).unwrap();
    let options = DataOptions {
        kind: LayoutName::Bamsi,
        overfit: 1,
        ..DataOptions::default()
    };
    let dataset = Dataset::open(set.path(), &options).unwrap();
    let labels = dataset
        .load_labels(&dataset.cases(Split::Train)[0])
        .unwrap();
    assert_eq!(labels.classes[..3], [dataset.ignore, 1, 0]);
    assert_eq!(dataset.class_names, ["background", "burn"]);
}

#[test]
fn a_table_from_a_spreadsheet_is_read() {
    let set = tempdir().unwrap();
    folder(set.path(), 3);
    let table = "\u{feff}image,patient,grade,split\r\n0,\"Doe, J\",2a,train\r\n1,b,,validation\r\n2,c,,test\r\n";
    fs::write(set.path().join("cases.csv"), table).unwrap();
    let dataset = Dataset::open(set.path(), &DataOptions::default()).unwrap();
    assert_eq!(dataset.cases(Split::Train)[0].patient, "Doe, J");
    assert_eq!(dataset.cases(Split::Test)[0].stem, "2");
}

#[test]
fn a_description_and_a_table_from_windows_are_read() {
    let set = tempdir().unwrap();
    folder(set.path(), 3);
    // Notepad's mark before UTF-8, and what `>` writes in PowerShell.
    let description = "\u{feff}{\r\n\"classes\": [\"background\", \"burn\"]\r\n}\r\n";
    fs::write(set.path().join("dataset.json"), description).unwrap();
    let table =
        "\u{feff}image,patient,grade,split\r\n0,Åse,burn,train\r\n1,b,,validation\r\n2,c,,test\r\n";
    let utf16: Vec<u8> = table.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(set.path().join("cases.csv"), utf16).unwrap();
    let options = DataOptions {
        kind: LayoutName::Bamsi,
        ..DataOptions::default()
    };
    let dataset = Dataset::open(set.path(), &options).unwrap();
    assert_eq!(dataset.class_names, ["background", "burn"]);
    assert_eq!(dataset.cases(Split::Train)[0].patient, "Åse");
    assert_eq!(dataset.cases(Split::Test)[0].stem, "2");
}

#[test]
fn overfitting_uses_the_same_first_images_for_everything() {
    let set = tempdir().unwrap();
    folder(set.path(), 5);
    let options = DataOptions {
        overfit: 2,
        ..DataOptions::default()
    };
    let dataset = Dataset::open(set.path(), &options).unwrap();
    for split in Split::ALL {
        let stems: Vec<_> = dataset
            .cases(split)
            .iter()
            .map(|case| case.stem.as_str())
            .collect();
        assert_eq!(stems, ["0", "1"]);
    }
}

#[test]
fn labels_come_back_as_they_were_written() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("é 1.png");
    let labels = LabelMap {
        height: 2,
        width: 3,
        classes: vec![0, 1, 5, 255, 2, 3],
    };
    write_label_png(&path, &labels).unwrap();
    assert_eq!(read_label_image(&path).unwrap(), labels);
}
