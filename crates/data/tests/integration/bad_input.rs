//! Bad input is refused with the name of the file, what was expected, what was found and what to do.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma, RgbImage};
use selvedge_data::{
    DataError, DataOptions, Dataset, LabelMap, LayoutName, Split, check, read_image,
    read_label_image, write_label_png,
};
use tempfile::tempdir;

use super::errors::assert_reports;
use super::folder::folder;
use super::tiff_file::{Page, write};

/// The only problem that the check finds.
fn only_problem(kind: LayoutName, root: &Path) -> DataError {
    let mut problems = check(kind, root, &DataOptions::default()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn a_missing_image_file_is_named() {
    let error = read_image(Path::new("nowhere/a.png")).unwrap_err();
    assert_reports(&error, "nowhere/a.png", &[]);
}

#[test]
fn an_empty_file_is_called_empty() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    fs::write(set.path().join("images/3.png"), "").unwrap();
    assert_reports(
        &only_problem(LayoutName::Folder, set.path()),
        "images/3.png",
        &["empty"],
    );
}

#[test]
fn truncated_files_are_refused_in_every_format() {
    let folder = tempdir().unwrap();
    let mut image = RgbImage::new(64, 64);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        pixel.0 = [(x * 37 + y * 11) as u8, (x * y) as u8, (x ^ y) as u8];
    }
    for extension in ["png", "jpg", "tif", "bmp", "gif"] {
        let path = folder.path().join(format!("cut.{extension}"));
        image.save(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        read_image(&path).unwrap();
        for share in [3, 2] {
            fs::write(&path, &bytes[..bytes.len() / share]).unwrap();
            let Err(error) = read_image(&path) else {
                panic!("{extension} was read")
            };
            assert_reports(&error, &format!("cut.{extension}"), &[]);
            assert!(read_label_image(&path).is_err(), "{extension} as labels");
        }
        fs::write(&path, b"this is no image").unwrap();
        assert!(read_image(&path).is_err() && read_label_image(&path).is_err());
    }
}

#[test]
fn a_truncated_jpeg_with_a_thumbnail_is_refused_and_a_complete_one_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("thumbnail.jpg");
    let mut image = RgbImage::new(64, 64);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        pixel.0 = [(x * 37 + y * 11) as u8, (x * y) as u8, (x ^ y) as u8];
    }
    image.save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    // An application segment with a complete small JPEG inside, including its end marker.
    let segment = b"thumb\xFF\xD8\xFF\xD9";
    let mut complete = bytes[..2].to_vec();
    complete.extend([0xFF, 0xE5]);
    complete.extend((segment.len() as u16 + 2).to_be_bytes());
    complete.extend(segment);
    complete.extend(&bytes[2..]);
    complete.extend(b"written by the camera after the end");
    fs::write(&path, &complete).unwrap();
    read_image(&path).unwrap();
    fs::write(&path, &complete[..complete.len() * 2 / 3]).unwrap();
    assert!(read_image(&path).is_err());
}

#[test]
fn an_absurd_size_in_the_header_is_refused_before_memory_is_allocated() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("huge.png");
    let file = fs::File::create(&path).unwrap();
    let mut encoder = png::Encoder::new(file, 60_000, 60_000);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x01]).unwrap();
    drop(writer);
    for error in [
        read_image(&path).unwrap_err(),
        read_label_image(&path).unwrap_err(),
    ] {
        assert_reports(&error, "huge.png", &["60000×60000"]);
    }
}

/// A PNG that claims to be 100,000 pixels square, with a few bytes of data.
fn png_bomb(path: &Path, colour: png::ColorType) {
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), 100_000, 100_000);
    encoder.set_color(colour);
    if colour == png::ColorType::Indexed {
        encoder.set_palette(&[0, 0, 0, 255, 255, 255][..]);
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x01]).unwrap();
}

/// The same as a TIFF: grey, of one strip, whose ten thousand million bytes are supposed to follow the header.
fn tiff_bomb(path: &Path) {
    let mut bytes = b"II\x2A\0\x08\0\0\0".to_vec();
    // Width, height, bits, compression, interpretation, offset of the strip, samples, rows and bytes of the strip.
    let tags: [(u16, u32); 9] = [
        (256, 100_000),
        (257, 100_000),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, 100_000),
        (279, u32::MAX),
    ];
    bytes.extend((tags.len() as u16).to_le_bytes());
    for (tag, value) in tags {
        bytes.extend(tag.to_le_bytes());
        // One number of 32 bits.
        bytes.extend(4_u16.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_small_file_that_claims_ten_thousand_million_pixels_is_refused() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    let refused = |place: &str, write: &dyn Fn(&Path)| {
        let path = set.path().join(place);
        let sound = fs::read(&path).unwrap();
        write(&path);
        let fragments = ["100000×100000", "million pixels"];
        assert_reports(&read_image(&path).unwrap_err(), place, &fragments);
        assert_reports(&read_label_image(&path).unwrap_err(), place, &fragments);
        assert_reports(
            &only_problem(LayoutName::Folder, set.path()),
            place,
            &fragments,
        );
        fs::write(&path, sound).unwrap();
    };
    for place in ["images/4.png", "labels/4.png"] {
        refused(place, &|path| png_bomb(path, png::ColorType::Rgb));
        refused(place, &|path| png_bomb(path, png::ColorType::Indexed));
        // The first bytes decide, and not the name.
        refused(place, &tiff_bomb);
    }
}

#[test]
fn an_image_without_pixels_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("none.gif");
    image::RgbaImage::new(4, 3).save(&path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // The width, after the six bytes of the signature.
    bytes[6..8].copy_from_slice(&[0, 0]);
    fs::write(&path, bytes).unwrap();
    assert_reports(&read_image(&path).unwrap_err(), "none.gif", &["3×0"]);
    assert_reports(&read_label_image(&path).unwrap_err(), "none.gif", &["3×0"]);
}

#[test]
fn a_tiff_that_claims_more_text_than_it_contains_is_refused_unread() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.tif");
    for big in [false, true] {
        let page = Page::grey([3, 4], 16, 1, vec![0; 24]);
        write(&path, &[page.clone(), page], big);
        assert!(read_image(&path).is_ok());
        let sound = fs::read(&path).unwrap();
        // The width, 4, as a 32-bit number becomes a text of a third of a gigabyte, on the first page or the second.
        let count = if big { 8 } else { 4 };
        let mut entry = vec![0, 1, 4, 0, 1];
        entry.resize(4 + count, 0);
        let places: Vec<usize> = (0..sound.len() - entry.len())
            .filter(|place| sound[*place..].starts_with(&entry))
            .collect();
        assert_eq!(places.len(), 2);
        for place in places {
            let mut bytes = sound.clone();
            bytes[place + 2] = 2;
            bytes[place + 4..place + 8].copy_from_slice(&(5_u32 << 26).to_le_bytes());
            fs::write(&path, bytes).unwrap();
            let error = read_image(&path).unwrap_err();
            assert_reports(&error, "a.tif", &["a text that is longer than the file"]);
        }
    }
}

#[test]
fn labels_of_another_size_are_refused() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    GrayImage::new(3, 4)
        .save(set.path().join("labels/7.png"))
        .unwrap();
    assert_reports(
        &only_problem(LayoutName::Folder, set.path()),
        "labels/7.png",
        &["3×4", "4×3"],
    );
}

#[test]
fn unknown_label_values_are_listed_with_their_pixels() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    let mut labels = GrayImage::new(4, 3);
    for (x, value) in [(0, 128), (1, 128), (2, 77)] {
        labels.put_pixel(x, 0, Luma([value]));
    }
    labels.save(set.path().join("labels/2.png")).unwrap();
    let problem = only_problem(LayoutName::Folder, set.path());
    assert_reports(
        &problem,
        "labels/2.png",
        &["77 (1 pixel)", "128 (2 pixels)", "label_values"],
    );
}

#[test]
fn one_and_white_in_one_file_are_refused() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    let mut labels = GrayImage::new(4, 3);
    labels.put_pixel(0, 0, Luma([1]));
    labels.put_pixel(1, 0, Luma([255]));
    labels.save(set.path().join("labels/2.png")).unwrap();
    assert_reports(
        &only_problem(LayoutName::Folder, set.path()),
        "labels/2.png",
        &["255", "label_values"],
    );
}

#[test]
fn an_image_without_labels_and_labels_without_an_image_are_named() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    fs::remove_file(set.path().join("labels/4.png")).unwrap();
    assert_reports(
        &only_problem(LayoutName::Folder, set.path()),
        "images/4.png",
        &["labels"],
    );
    fs::remove_file(set.path().join("images/4.png")).unwrap();
    fs::remove_file(set.path().join("images/5.png")).unwrap();
    assert_reports(
        &only_problem(LayoutName::Folder, set.path()),
        "labels/5.png",
        &["images"],
    );
}

#[test]
fn two_images_with_the_same_stem_are_refused() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    RgbImage::new(4, 3)
        .save(set.path().join("images/1.jpg"))
        .unwrap();
    assert_reports(
        &only_problem(LayoutName::Folder, set.path()),
        "images/1.png",
        &["1.jpg"],
    );
}

#[test]
fn a_folder_without_a_data_set_is_refused_with_what_was_expected_and_what_it_contains() {
    let set = tempdir().unwrap();
    fs::create_dir(set.path().join("holiday")).unwrap();
    for (kind, looked_for) in [
        (LayoutName::Folder, "images/"),
        (LayoutName::Bamsi, "dataset.json"),
    ] {
        let problem = only_problem(kind, set.path());
        assert_reports(&problem, "", &[looked_for, "holiday/"]);
    }
    let error = Dataset::open(&set.path().join("nowhere"), &DataOptions::default()).unwrap_err();
    assert_reports(&error, "nowhere", &[]);
}

#[test]
fn folders_that_would_not_be_read_are_reported() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    fs::create_dir(set.path().join("masks")).unwrap();
    assert_reports(
        &only_problem(LayoutName::Folder, set.path()),
        "",
        &["masks/", "both"],
    );
    fs::remove_dir(set.path().join("masks")).unwrap();
    folder(&set.path().join("training"), 10);
    assert_reports(
        &only_problem(LayoutName::Folder, set.path()),
        "training",
        &["rename it to train"],
    );
}

#[test]
fn a_patient_in_two_splits_is_named() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    let mut lines = vec!["image,patient,grade,split".to_string()];
    for index in 0..10 {
        let split = Split::ALL[index % 3];
        lines.push(format!("{index},patient {},,{split}", index / 2));
    }
    fs::write(set.path().join("cases.csv"), lines.join("\n")).unwrap();
    let error = Dataset::open(set.path(), &DataOptions::default()).unwrap_err();
    assert!(error.to_string().contains("patient 0"), "{error}");
}

#[test]
fn every_problem_is_reported_and_not_only_the_first() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    fs::write(set.path().join("images/0.png"), "").unwrap();
    fs::write(set.path().join("labels/1.png"), "no image").unwrap();
    fs::remove_file(set.path().join("labels/2.png")).unwrap();
    let report = check(LayoutName::Folder, set.path(), &DataOptions::default());
    assert_eq!(report.problems.len(), 3, "{:?}", report.problems);
    let json = serde_json::to_value(&report).unwrap();
    for problem in json["problems"].as_array().unwrap() {
        for key in ["file", "expected", "found", "advice"] {
            assert!(problem[key].is_string(), "{key} in {problem}");
        }
    }
}

#[test]
fn files_that_cannot_be_written_are_named_with_their_paths() {
    let folder = tempdir().unwrap();
    let labels = LabelMap {
        height: 1,
        width: 1,
        classes: vec![1],
    };
    let error = write_label_png(&folder.path().join("nowhere/a.png"), &labels).unwrap_err();
    assert_reports(&error, "nowhere/a.png", &[]);
    let short = LabelMap {
        height: 2,
        width: 2,
        classes: vec![1],
    };
    assert!(write_label_png(&folder.path().join("short.png"), &short).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_noticed() {
    let labels = LabelMap {
        height: 1,
        width: 1,
        classes: vec![1],
    };
    let error = write_label_png(Path::new("/dev/full"), &labels).unwrap_err();
    assert_reports(&error, "/dev/full", &["No space left"]);
}
