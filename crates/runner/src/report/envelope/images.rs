//! The heaviest and the lightest training images.

use std::path::Path;

use data::{BatchSource, Dataset, Split};
use image::RgbImage;
use maud::{Markup, html};

use crate::drawing::window::visible_slice;
use crate::error::RunnerError;
use crate::page::picture::{Packed, Stroke, TRUTH, contour, drawn_image, drawn_labels};
use crate::page::{cell, figure, key, shown, table};
use crate::report::budget::Budget;
use crate::report::options::ReportOptions;
use crate::report::run::ReportedRun;
use crate::run_folder::environment;
use crate::run_folder::image_history::ImageHistory;

/// Images at either end.
const EACH: usize = 8;
/// Longest side of a picture.
const SIDE: usize = 160;

/// An image at either end.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ranked {
    image: usize,
    weight: f64,
    loss: f64,
    kept: Option<f64>,
}

/// The images with the largest and the smallest weight at the end; by their loss if all weigh the same.
pub(super) fn extremes(
    run: &ReportedRun,
    options: ReportOptions<'_>,
    budget: &mut Budget,
) -> Markup {
    let Some(history) = &run.history else {
        return html! {
            p { "How single training images fared is not known: the run has no " code { "images.npz" } "." }
        };
    };
    // A fifth of the epochs: a single one depends on the augmentation.
    let late = history.epochs.div_ceil(5).max(1);
    let by_weight = run.selects();
    let ranked = ranked(history, late, by_weight);
    let ends = ends(&ranked);
    if ends[0].is_empty() {
        return html! {};
    }
    let titles = if by_weight {
        ["Heaviest images", "Lightest images"]
    } else {
        [
            "Images with the largest loss",
            "Images with the smallest loss",
        ]
    };
    let mut pictures = if options.private {
        None
    } else {
        match Thumbnails::open(run, options.data) {
            Ok(thumbnails) => Some(thumbnails),
            Err(error) => {
                tracing::warn!("no pictures of training images: {}", error.message());
                None
            }
        }
    };
    html! {
        p.quiet {
            (format!("Means over the last {late} of {} epochs. A heavy image is a hard one for this network: it may be rare, or wrongly \
                      labelled, or simply difficult; the weight alone does not tell.", history.epochs))
        }
        @for (title, images) in titles.into_iter().zip(&ends) {
            h3 { (title) }
            @let drawn = draw(pictures.as_mut(), images, history, budget);
            @if drawn.is_empty() {
                (text_table(run, history, images))
            } @else {
                div.gallery.small {
                    @for (ranked, picture) in &drawn { (thumbnail(run, history, *ranked, picture)) }
                }
            }
        }
        @if !options.private { (key(&[(TRUTH, "labels of the data set")])) }
    }
}

/// All images with a record, the heaviest (or that with the largest loss) first.
fn ranked(history: &ImageHistory, late: usize, by_weight: bool) -> Vec<Ranked> {
    let images = 0..history.names.len();
    let mut ranked: Vec<Ranked> = images
        .filter_map(|image| {
            Some(Ranked {
                image,
                weight: history.late_weight(image, late)?,
                loss: history.late_loss(image, late)?,
                kept: history.late_kept(image, late),
            })
        })
        .collect();
    ranked.sort_by(|one, other| {
        let by_loss = other.loss.total_cmp(&one.loss);
        if by_weight {
            other.weight.total_cmp(&one.weight).then(by_loss)
        } else {
            by_loss
        }
    });
    ranked
}

/// The first few, and the last few in reverse order; no image is among both.
fn ends(ranked: &[Ranked]) -> [Vec<Ranked>; 2] {
    let each = EACH.min(ranked.len().div_ceil(2));
    let first = ranked.iter().take(each).copied().collect();
    let last = ranked.iter().skip(each).rev().take(each).copied().collect();
    [first, last]
}

fn caption(ranked: Ranked) -> String {
    let kept = match ranked.kept {
        Some(kept) if kept < 0.9995 => {
            format!(", {:.1} % of its pixels dropped", 100.0 * (1.0 - kept))
        }
        _ => String::new(),
    };
    format!("weight {:.2}, loss {:.3}{kept}", ranked.weight, ranked.loss)
}

fn text_table(run: &ReportedRun, history: &ImageHistory, images: &[Ranked]) -> Markup {
    let rows: Vec<Vec<Markup>> = images
        .iter()
        .map(|ranked| {
            vec![
                cell(&run.image_names.of(&history.names[ranked.image])),
                cell(&format!("{:.2}", ranked.weight)),
                cell(&format!("{:.3}", ranked.loss)),
                cell(&ranked.kept.map_or("–".into(), |kept| {
                    format!("{:.1} %", 100.0 * (1.0 - kept))
                })),
            ]
        })
        .collect();
    table(&["image", "weight", "loss", "pixels dropped"], &rows, false)
}

fn thumbnail(
    run: &ReportedRun,
    history: &ImageHistory,
    ranked: Ranked,
    picture: &Packed,
) -> Markup {
    let name = run.image_names.of(&history.names[ranked.image]);
    let text = caption(ranked);
    figure(
        picture,
        &format!("{name}: {text}"),
        &html! { (shown(&name)) ": " (text) },
    )
}

/// Pictures of these images; those that cannot be drawn are left out.
fn draw(
    thumbnails: Option<&mut Thumbnails>,
    images: &[Ranked],
    history: &ImageHistory,
    budget: &mut Budget,
) -> Vec<(Ranked, Packed)> {
    let Some(thumbnails) = thumbnails else {
        return Vec::new();
    };
    let mut drawn = Vec::new();
    for ranked in images {
        let name = &history.names[ranked.image];
        let packed = thumbnails
            .picture(name)
            .and_then(|picture| budget.pack(&picture));
        match packed {
            Ok(Some(picture)) => drawn.push((*ranked, picture)),
            Ok(None) => {}
            Err(error) => tracing::warn!("not drawn: {}", error.message()),
        }
    }
    drawn
}

/// The training images as files.
struct Thumbnails {
    dataset: Dataset,
    /// Name, case and slice of each image.
    places: Vec<(String, usize, usize)>,
}

impl Thumbnails {
    fn open(run: &ReportedRun, data: Option<&Path>) -> Result<Self, RunnerError> {
        let root = match data {
            Some(root) => root.to_path_buf(),
            None => environment::data_root(&run.folder)?,
        };
        let dataset = Dataset::open_split(&root, &run.recipe.data.options, Split::Train)?;
        let options = run.recipe.batch_options(Split::Train);
        let source = BatchSource::unread(&dataset, Split::Train, options)?;
        let groups = source.groups().iter().enumerate();
        let slices =
            groups.flat_map(|(case, group)| (0..group.images).map(move |slice| (case, slice)));
        let names = source.names().into_iter();
        let places = names
            .zip(slices)
            .map(|(name, (case, slice))| (name, case, slice))
            .collect();
        Ok(Self { dataset, places })
    }

    fn picture(&self, name: &str) -> Result<RgbImage, RunnerError> {
        let found = self.places.iter().find(|(known, _, _)| known == name);
        let Some((_, case, slice)) = found else {
            return Err(RunnerError::mismatch(
                format!("the training image '{name}'"),
                "no such image",
                "restore the data as it was",
            )
            .at(self.dataset.root.display()));
        };
        let case = &self.dataset.cases(Split::Train)[*case];
        let image = self.dataset.load_image(case)?;
        let labels = self.dataset.load_label_volume(case)?;
        if labels.shape != image.shape() {
            return Err(RunnerError::fixable(
                format!("the labels of '{name}' have another size than the image"),
                "check the data with `selvedge data check`",
            ));
        }
        let mut drawn = drawn_image(&visible_slice(&image, *slice), SIDE);
        let labels = drawn_labels(&labels.slice(*slice), SIDE);
        contour(&mut drawn, &labels, TRUTH, Stroke::Solid);
        Ok(drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_image_is_at_both_ends() {
        let ranked = |count: usize| -> Vec<Ranked> {
            (0..count)
                .map(|image| Ranked {
                    image,
                    weight: 1.0,
                    loss: 1.0,
                    kept: None,
                })
                .collect()
        };
        let images = |end: &[Ranked]| end.iter().map(|one| one.image).collect::<Vec<_>>();
        let [first, last] = ends(&ranked(5));
        assert_eq!([images(&first), images(&last)], [vec![0, 1, 2], vec![4, 3]]);
        let [first, last] = ends(&ranked(100));
        assert_eq!([first.len(), last.len(), last[0].image], [8, 8, 99]);
        assert!(ends(&[]).iter().all(Vec::is_empty));
    }

    #[test]
    fn a_caption_names_dropped_pixels_only_if_there_are_some() {
        let mut ranked = Ranked {
            image: 0,
            weight: 0.5,
            loss: 0.25,
            kept: Some(0.9),
        };
        assert_eq!(
            caption(ranked),
            "weight 0.50, loss 0.250, 10.0 % of its pixels dropped"
        );
        ranked.kept = Some(1.0);
        assert_eq!(caption(ranked), "weight 0.50, loss 0.250");
    }
}
