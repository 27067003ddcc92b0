//! Which pixels the pixel rule dropped in a few fixed training images, early and late.

use image::{Rgb, RgbImage};
use maud::{Markup, html};

use data::LabelMap;

use crate::error::RunnerError;
use crate::page::picture::{
    OTHER_CLASS, Packed, Stroke, TRUTH, contour, drawn_image, drawn_labels,
};
use crate::page::{figure, key, notice, shown};
use crate::report::budget::Budget;
use crate::report::run::ReportedRun;
use crate::run_folder::previews::{Preview, Previews};

/// Longest side of a picture.
const SIDE: usize = 240;
/// Most epochs that are shown of an image.
const MOST_EPOCHS: usize = 3;

/// A picture and what is below it.
type Captioned = (String, Packed);

/// The maps of a run; nothing if it has none.
pub(super) fn maps(run: &ReportedRun, budget: &mut Budget) -> Markup {
    match rows(run, budget) {
        Ok(rows) if rows.is_empty() => html! {},
        Ok(rows) => html! {
            h3 { "Dropped pixels, early and late" }
            p.quiet {
                "The same training images after some epochs, without augmentation: pixels that the rule dropped. Where they follow the \
                 outline, the label's border is in doubt; where they fill a structure, the network has not learned it, or its label is \
                 wrong."
            }
            (key(&[(OTHER_CLASS, "dropped"), (TRUTH, "labels of the data set")]))
            @for (name, pictures) in &rows {
                div.gallery.small {
                    @for (caption, picture) in pictures {
                        (figure(picture, &format!("{name}: {caption}"), &html! { (shown(name)) ": " (caption) }))
                    }
                }
            }
        },
        Err(error) => {
            tracing::warn!("no maps of dropped pixels: {}", error.message());
            notice(&html! { p { "No maps of dropped pixels: " (shown(&error.message())) } })
        }
    }
}

/// The pictures of each image that has room.
fn rows(
    run: &ReportedRun,
    budget: &mut Budget,
) -> Result<Vec<(String, Vec<Captioned>)>, RunnerError> {
    let Some(previews) = Previews::read(&run.folder)? else {
        return Ok(Vec::new());
    };
    if previews.training.is_empty() {
        return Ok(Vec::new());
    }
    let mut epochs = Previews::dropped_epochs(&run.folder);
    if epochs.len() > MOST_EPOCHS {
        epochs = vec![
            epochs[0],
            epochs[epochs.len() / 2],
            epochs[epochs.len() - 1],
        ];
    }
    let mut dropped = Vec::new();
    for epoch in epochs {
        dropped.push((epoch, previews.dropped(&run.folder, epoch)?));
    }
    let mut rows = Vec::new();
    for (index, preview) in previews.training.iter().enumerate() {
        let mut pictures = Vec::new();
        for (epoch, maps) in &dropped {
            let Some(map) = maps.get(index) else { continue };
            let share = map.classes.iter().filter(|one| **one != 0).count() as f64
                / map.classes.len().max(1) as f64;
            let caption = format!("epoch {epoch}, {:.1} % dropped", 100.0 * share);
            if let Some(packed) = budget.pack(&drawn(preview, map))? {
                pictures.push((caption, packed));
            }
        }
        if !pictures.is_empty() {
            rows.push((run.image_names.of(&preview.name), pictures));
        }
    }
    Ok(rows)
}

/// The image in grey, with the outline of its labels and the dropped pixels in colour.
fn drawn(preview: &Preview, dropped: &LabelMap) -> RgbImage {
    let mut drawn = drawn_image(&preview.image, SIDE);
    for pixel in drawn.pixels_mut() {
        let grey = (pixel.0.iter().map(|value| u32::from(*value)).sum::<u32>() / 3) as u8;
        *pixel = Rgb([grey; 3]);
    }
    contour(
        &mut drawn,
        &drawn_labels(&preview.truth, SIDE),
        TRUTH,
        Stroke::Solid,
    );
    let dropped = drawn_labels(dropped, SIDE);
    for (pixel, dropped) in drawn.pixels_mut().zip(&dropped.classes) {
        if *dropped != 0 {
            *pixel = Rgb(OTHER_CLASS);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use data::PlanarImage;

    use super::*;

    #[test]
    fn dropped_pixels_have_a_colour_and_the_others_are_grey() {
        let image = PlanarImage {
            height: 4,
            width: 4,
            values: vec![0.5; 48],
        };
        let labels = |classes: Vec<u8>| LabelMap {
            height: 4,
            width: 4,
            classes,
        };
        let mut map = labels(vec![0; 16]);
        map.classes[15] = 1;
        let preview = Preview {
            name: "a".into(),
            image,
            truth: labels(vec![0; 16]),
        };
        let drawn = drawn(&preview, &map);
        assert_eq!(drawn.dimensions(), (240, 240));
        assert_eq!(drawn.get_pixel(239, 239).0, OTHER_CLASS);
        assert_eq!(drawn.get_pixel(0, 0).0, [128; 3]);
    }
}
