//! Images that unpack to hundreds of megabytes, and are damaged near their ends.

use std::path::Path;

use png::{BitDepth, ColorType};
use selvedge_data::LayoutName;

use super::image_files::{
    bmp, bytes, gif, jpeg, png, png_cut, png_profile, tiff, tiff_deflated, tiff_pages, webp,
};
use super::{Hostile, sparse};
use crate::folder::folder;

pub(crate) fn hostile() -> Vec<Hostile> {
    let mut damaged: Vec<InflatedImage> = vec![
        (
            "PNG of 56 million colours, cut short",
            "images/2.png",
            "images/2.png",
            |path| png_cut(path, [7520, 7520], ColorType::Rgb, BitDepth::Eight),
        ),
        (
            "PNG of 21 million deep colours, cut short",
            "images/2.png",
            "images/2.png",
            |path| {
                png_cut(path, [4600, 4600], ColorType::Rgba, BitDepth::Sixteen);
            },
        ),
        (
            "PNG labels of one bit, cut short",
            "labels/2.png",
            "labels/2.png",
            |path| {
                png_cut(path, [9380, 9380], ColorType::Indexed, BitDepth::One);
            },
        ),
        (
            "PNG labels of 99 million unknown values",
            "labels/2.png",
            "labels/2.png",
            |path| {
                png(
                    path,
                    [9900, 10_000],
                    ColorType::Grayscale,
                    &mut std::io::repeat(7),
                );
            },
        ),
        (
            "PNG labels of four million colours",
            "labels/2.png",
            "labels/2.png",
            |path| {
                let mut index = 0_u32;
                let colours = std::iter::from_fn(|| {
                    index += 1;
                    let pixel = index / 3;
                    Some((pixel >> (8 * (index % 3))) as u8)
                });
                png(path, [2000, 2000], ColorType::Rgb, &mut bytes(colours));
            },
        ),
        (
            "PNG with a colour profile of a gigabyte",
            "images/2.png",
            "images/2.png",
            png_profile,
        ),
        (
            "BMP that claims 56 million colours",
            "images/2.png",
            "images/2.png",
            |path| bmp(path, 24, 0),
        ),
        (
            "BMP of runs that end at once",
            "labels/2.png",
            "labels/2.png",
            |path| {
                bmp(path, 8, 1);
            },
        ),
        (
            "TIFF of one deflated strip, cut short",
            "images/2.png",
            "images/2.png",
            tiff_deflated,
        ),
    ];
    damaged.extend(tiffs_and_gifs());
    let hostile = damaged
        .into_iter()
        .chain(empty())
        .map(|(name, place, reported, write)| {
            Hostile::new(LayoutName::Folder, name, move |root| {
                folder(root, 4);
                write(&root.join(place));
                give_labels_an_image(root);
                root.join(reported)
            })
        });
    hostile.collect()
}

/// TIFF files of numbers, and GIF files, with claims that the others cannot make.
fn tiffs_and_gifs() -> Vec<InflatedImage> {
    vec![
        (
            "TIFF of 14 million 64-bit floats, cut short",
            "images/2.png",
            "images/2.png",
            |path| tiff(path, 3700, [64, 3, 1]),
        ),
        (
            "TIFF labels of 26 million 32-bit numbers, cut short",
            "labels/2.png",
            "labels/2.png",
            |path| tiff(path, 5100, [32, 2, 1]),
        ),
        (
            "TIFF labels of 90 million one-bit indices, cut short",
            "labels/2.png",
            "labels/2.png",
            |path| tiff(path, 7700, [1, 1, 3]),
        ),
        (
            "TIFF whose pages never end",
            "labels/2.png",
            "labels/2.png",
            tiff_pages,
        ),
        (
            "GIF of 42 million pixels, cut short",
            "images/2.png",
            "images/2.png",
            |path| gif(path, [6500, 6500], [6500, 6500]),
        ),
        (
            "GIF of a frame larger than the image",
            "labels/2.png",
            "labels/2.png",
            |path| gif(path, [3, 4], [65_535, 65_535]),
        ),
        (
            "WebP of 268 million pixels without data",
            "labels/2.png",
            "labels/2.png",
            |path| webp(path, 16_383),
        ),
        (
            "WebP of 24 million pixels without data",
            "images/2.png",
            "images/2.png",
            |path| webp(path, 4_900),
        ),
        (
            "WebP of five gigabytes",
            "images/2.png",
            "images/2.png",
            |path| sparse(path, b"RIFF\xFF\xFF\xFF\x7FWEBPVP8L", 5 << 30),
        ),
        (
            "GIF of five gigabytes",
            "images/2.png",
            "images/2.png",
            |path| {
                let start = b"GIF89a\x04\0\x03\0\x80\0\0\0\0\0\xFF\xFF\xFF";
                sparse(path, start, 5 << 30);
            },
        ),
    ]
}

/// A name, the path of the file in the set, the path that is reported (of a JPEG without data, which decodes to grey, the
/// labels of another size), and what writes it.
type InflatedImage = (&'static str, &'static str, &'static str, fn(&Path));

/// Files of many bytes or pixels, which are meaningless except for the first.
fn empty() -> Vec<InflatedImage> {
    vec![
        (
            "JPEG of 56 million colours without data",
            "images/2.png",
            "labels/2.png",
            |path| {
                jpeg(path, 0xC0, [7500, 7500]);
            },
        ),
        (
            "progressive JPEG of 19 million colours without data",
            "images/2.png",
            "labels/2.png",
            |path| {
                jpeg(path, 0xC2, [4400, 4400]);
            },
        ),
        (
            "JPEG of five gigabytes",
            "images/2.png",
            "images/2.png",
            |path| {
                sparse(path, b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", 5 << 30);
            },
        ),
        (
            "JPEG labels of five gigabytes",
            "labels/2.png",
            "labels/2.png",
            |path| {
                sparse(path, b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", 5 << 30);
            },
        ),
        (
            "JPEG of 170 MB of nothing",
            "images/2.png",
            "images/2.png",
            |path| {
                sparse(path, b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", 170_000_000);
            },
        ),
        (
            "PNG of five gigabytes",
            "images/2.png",
            "images/2.png",
            |path| {
                sparse(path, b"\x89PNG\r\n\x1A\n", 5 << 30);
            },
        ),
        (
            "BMP of five gigabytes",
            "images/2.png",
            "images/2.png",
            |path| {
                sparse(path, b"BM", 5 << 30);
            },
        ),
        (
            "TIFF of five gigabytes",
            "images/2.png",
            "images/2.png",
            |path| {
                sparse(path, b"II\x2A\0\x08\0\0\0", 5 << 30);
            },
        ),
    ]
}

/// Writes a grey image of the size of the labels, unless they are those of the valid set.
fn give_labels_an_image(root: &Path) {
    if let Ok((width, height)) = image::image_dimensions(root.join("labels/2.png"))
        && [width, height] != [4, 3]
    {
        let image = root.join("images/2.png");
        let size = [height, width];
        png(&image, size, ColorType::Grayscale, &mut std::io::repeat(0));
    }
}
