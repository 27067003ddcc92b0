//! A figure: rows of panels under headings, with a caption below each panel and the colours of the classes at the end.

use std::borrow::Cow;

use data::{LabelMap, PlanarImage, resize_image, resize_labels};
use image::RgbImage;

use crate::drawing::lettering::{LINE, width, wrapped, write};
use crate::drawing::overlay::{overlay, plain, side_by_side, stacked};
use crate::drawing::palette::colour;

/// Longest side at which an image is drawn, in its own pixels.
const LONGEST: usize = 512;
/// White space around a text.
const MARGIN: u32 = 4;

/// A panel and the text below it.
pub(crate) struct Panel {
    pub(crate) image: RgbImage,
    pub(crate) caption: String,
}

/// A figure.
pub(crate) struct Figure<'a> {
    pub(crate) title: String,
    /// One for each column.
    pub(crate) headings: Vec<String>,
    /// Rows of as many panels as there are headings.
    pub(crate) rows: Vec<Vec<Panel>>,
    /// Names of the classes, background first.
    pub(crate) classes: &'a [String],
}

/// The image without labels, and with each of these labels drawn over it.
pub(crate) fn panels(
    image: &PlanarImage,
    labels: &[LabelMap],
    names: &[String],
    ignore: u8,
) -> Vec<RgbImage> {
    let longest = image.height.max(image.width);
    let size = [image.height, image.width].map(|side| (side * LONGEST / longest.max(1)).max(1));
    let is_long = longest > LONGEST;
    let image = if is_long {
        Cow::Owned(resize_image(image, size[0], size[1]))
    } else {
        Cow::Borrowed(image)
    };
    let drawn = labels.iter().map(|labels| {
        if is_long {
            let labels = resize_labels(labels, size[0], size[1]);
            overlay(&image, &labels, names, ignore)
        } else {
            overlay(&image, labels, names, ignore)
        }
    });
    [plain(&image)].into_iter().chain(drawn).collect()
}

impl Figure<'_> {
    /// The whole figure.
    pub(crate) fn draw(&self) -> RgbImage {
        let widths: Vec<u32> = (0..self.headings.len())
            .map(|column| {
                let panels = self.rows.iter().filter_map(|row| row.get(column));
                panels.map(|panel| panel.image.width()).max().unwrap_or(1)
            })
            .collect();
        let mut parts = vec![side_by_side(&texts(&self.headings, &widths))];
        let whole = parts[0].width();
        parts.insert(
            0,
            side_by_side(&texts(std::slice::from_ref(&self.title), &[whole])),
        );
        for row in &self.rows {
            let images = row.iter().zip(&widths).map(|(panel, width)| {
                let mut cell = white(*width, panel.image.height());
                let left = (*width - panel.image.width()) / 2;
                image::imageops::replace(&mut cell, &panel.image, left.into(), 0);
                cell
            });
            parts.push(side_by_side(&images.collect::<Vec<_>>()));
            let captions: Vec<String> = row.iter().map(|panel| panel.caption.clone()).collect();
            parts.push(side_by_side(&texts(&captions, &widths)));
        }
        parts.push(legend(self.classes, whole));
        stacked(&parts)
    }
}

/// Texts in columns, all of the same height.
fn texts(texts: &[String], widths: &[u32]) -> Vec<RgbImage> {
    let columns: Vec<Vec<String>> = texts
        .iter()
        .zip(widths)
        .map(|(text, width)| wrapped(text, width.saturating_sub(2 * MARGIN)))
        .collect();
    let lines = columns.iter().map(Vec::len).max().unwrap_or(0);
    let columns = columns.iter().zip(widths).map(|(lines_of, width)| {
        let mut strip = white(*width, lines as u32 * LINE + 2 * MARGIN);
        for (line, text) in lines_of.iter().enumerate() {
            write(&mut strip, [MARGIN, MARGIN + line as u32 * LINE], text);
        }
        strip
    });
    columns.collect()
}

/// The colours of the classes, in as many lines as they need.
fn legend(classes: &[String], whole: u32) -> RgbImage {
    const SWATCH: u32 = LINE - 4;
    const AFTER: u32 = 2 * SWATCH;
    let mut places = Vec::new();
    let [mut x, mut y] = [MARGIN, MARGIN];
    for (class, name) in classes.iter().enumerate().skip(1) {
        let needed = SWATCH + SWATCH / 2 + width(name);
        if x > MARGIN && x + needed > whole {
            [x, y] = [MARGIN, y + LINE];
        }
        places.push((class, name, [x, y]));
        x += needed + AFTER;
    }
    let mut strip = white(whole, y + LINE + MARGIN);
    for (class, name, [x, y]) in places {
        let swatch = RgbImage::from_pixel(SWATCH, SWATCH, image::Rgb(colour(class, classes)));
        image::imageops::replace(&mut strip, &swatch, x.into(), y.into());
        write(&mut strip, [x + SWATCH + SWATCH / 2, y], name);
    }
    strip
}

fn white(width: u32, height: u32) -> RgbImage {
    RgbImage::from_pixel(width, height, image::Rgb([255; 3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_images_are_drawn_smaller_and_rows_of_any_size_fit() {
        let names = ["background", "liver"].map(String::from);
        let row = |height: usize, width: usize| {
            let image = PlanarImage {
                height,
                width,
                values: vec![0.5; 3 * height * width],
            };
            let labels = LabelMap {
                height,
                width,
                classes: vec![1; height * width],
            };
            let panels = panels(&image, &[labels], &names, 255);
            let panel = |image| Panel {
                image,
                caption: "Dice 0.5".into(),
            };
            panels.into_iter().map(panel).collect::<Vec<_>>()
        };
        let large = row(1024, 2048);
        assert_eq!(large[0].image.dimensions(), (512, 256));
        assert_eq!(row(64, 96)[0].image.dimensions(), (384, 256));
        let figure = Figure {
            title: "UNet".into(),
            headings: ["image", "labels"].map(String::from).into(),
            rows: vec![large, row(64, 96)],
            classes: &names,
        };
        let drawn = figure.draw();
        assert_eq!(drawn.width(), 2 * 512 + 4);
        // The swatch of the class has its colour.
        let colour = colour(1, &names);
        let bottom = drawn.get_pixel(MARGIN + 1, drawn.height() - LINE - MARGIN + 1);
        assert_eq!(bottom.0, colour);
    }
}
