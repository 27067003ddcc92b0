//! GIF and WebP: read as images and masks, and refused if they are animations.

use std::fs;
use std::path::Path;

use image::codecs::gif::GifEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, Frame, RgbaImage};
use selvedge_data::{DataOptions, LayoutName, check, read_image, read_label_image};
use tempfile::tempdir;

use super::folder::{lossy_webp, mask, of_digits, small_image};

/// A GIF of that many frames.
fn gif(path: &Path, frames: usize) {
    let mut encoder = GifEncoder::new(fs::File::create(path).unwrap());
    for frame in 0..frames {
        let image = RgbaImage::from_pixel(4, 3, image::Rgba([frame as u8 * 9, 0, 0, 255]));
        encoder.encode_frame(Frame::new(image)).unwrap();
    }
}

#[test]
fn a_gif_of_one_frame_is_read_and_an_animation_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.gif");
    gif(&path, 1);
    assert_eq!(read_image(&path).unwrap().width, 4);
    for frames in [2, 3] {
        gif(&path, frames);
        for error in [
            read_image(&path).unwrap_err(),
            read_label_image(&path).unwrap_err(),
        ] {
            assert_eq!(error.found, "an animation");
            assert!(error.advice.contains("PNG"), "{}", error.advice);
        }
    }
}

/// A WebP with an extended header of these flags around the chunks of another.
fn extended(plain: &[u8], flags: u8) -> Vec<u8> {
    let mut chunk = b"VP8X\x0A\0\0\0".to_vec();
    chunk.extend([flags, 0, 0, 0, 3, 0, 0, 2, 0, 0]);
    let length = (plain.len() - 8 + chunk.len()) as u32;
    let riff: [&[u8]; 5] = [
        b"RIFF",
        &length.to_le_bytes(),
        b"WEBP",
        &chunk,
        &plain[12..],
    ];
    riff.concat()
}

#[test]
fn a_webp_is_read_as_image_and_mask_and_an_animation_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.webp");
    small_image(7).save(&path).unwrap();
    let other = folder.path().join("a.png");
    small_image(7).save(&other).unwrap();
    assert_eq!(read_image(&path).unwrap(), read_image(&other).unwrap());

    let file = fs::File::create(&path).unwrap();
    let grey = mask(1);
    let encoder = WebPEncoder::new_lossless(file);
    encoder.encode(&grey, 4, 3, ExtendedColorType::L8).unwrap();
    let labels = read_label_image(&path).unwrap();
    assert_eq!(
        labels
            .classes
            .iter()
            .map(|class| usize::from(*class))
            .sum::<usize>(),
        1
    );

    let plain = fs::read(&path).unwrap();
    fs::write(&path, extended(&plain, 0)).unwrap();
    assert_eq!(read_label_image(&path).unwrap(), labels);
    fs::write(&path, extended(&plain, 2)).unwrap();
    assert_eq!(read_image(&path).unwrap_err().found, "an animation");
}

#[test]
fn class_numbers_in_a_lossy_webp_are_refused_like_those_in_a_jpeg() {
    let folder = tempdir().unwrap();
    for part in ["images", "labels"] {
        fs::create_dir(folder.path().join(part)).unwrap();
        fs::write(folder.path().join(part).join("a.webp"), lossy_webp()).unwrap();
    }
    assert_eq!(
        read_image(&folder.path().join("images/a.webp"))
            .unwrap()
            .height,
        16
    );
    let problems = check(LayoutName::Folder, folder.path(), &DataOptions::default()).problems;
    let refused = problems
        .iter()
        .find(|problem| problem.file.ends_with("labels/a.webp"));
    assert!(
        refused.unwrap().found.contains("lossy WebP"),
        "{problems:?}"
    );
}

#[test]
fn a_chunk_longer_than_the_file_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.webp");
    let mut bytes = lossy_webp();
    bytes.extend(b"EXIF\xF0\xFF\xFF\xFFx");
    fs::write(&path, bytes).unwrap();
    assert!(
        read_image(&path)
            .unwrap_err()
            .found
            .contains("longer than the file")
    );
}

#[test]
fn a_mask_of_one_colour_is_small_at_any_size_and_nevertheless_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.webp");
    // 3000×2000 black pixels, lossless, as libwebp writes them.
    let bytes = "524946461a000000574542505650384c0e0000002fb7cbf301071011fd0f4444ff03";
    fs::write(&path, of_digits(bytes)).unwrap();
    assert_eq!(read_label_image(&path).unwrap().classes, vec![0; 6_000_000]);
    // One that would need too much memory is refused by its header.
    image::GrayImage::new(5200, 5200).save(&path).unwrap();
    assert!(
        read_label_image(&path)
            .unwrap_err()
            .expected
            .contains("at most")
    );
}
