//! The test images: the worst, the median and the best of each class, and every one that a dot leads to.

mod source;

use image::RgbImage;
use maud::{Markup, html};

use crate::error::RunnerError;
use crate::page::picture::{CONTOUR_KEY, ERROR_KEY, Packed};
use crate::page::{figure, key, notice, shown};
use crate::report::budget::Budget;
use crate::report::cases::source::{Source, View};
use crate::report::options::ReportOptions;
use crate::report::run::ReportedRun;
use crate::run_folder::cases::Truth;
use crate::terminal::progress::Progress;

/// Longest side of the pictures of chosen cases.
const LARGE: usize = 320;
/// Longest side of the pictures of the others.
const SMALL: usize = 208;
/// Most classes whose cases are chosen.
const MOST_CLASSES: usize = 8;
/// Most runs whose predictions are drawn.
const MOST_DRAWN: usize = 6;
/// Messages about cases that could not be drawn.
const MOST_MESSAGES: usize = 3;

/// A case that is shown large.
struct Chosen<'a> {
    class: &'a str,
    image: &'a str,
    dice: f64,
    place: &'static str,
}

/// The pictures of the test images; without pictures, their list.
pub(super) fn section(
    runs: &[ReportedRun],
    truth: Truth,
    options: ReportOptions<'_>,
    budget: &mut Budget,
    progress: Progress,
) -> Markup {
    let run = &runs[0];
    let all = run.dice_by_image(truth, None);
    let drawn = &runs[..runs.len().min(MOST_DRAWN)];
    let source = if options.private {
        None
    } else {
        Some(Source::open(drawn, truth, options.data))
    };
    let mut body = html! {
        p.quiet {
            "The Dice of an image is the mean over its classes. For a class, the worst, the second worst, the median and the best of the \
             images in which it is counted are chosen: by rank, not by eye."
            @if runs.len() > 1 { " Chosen and sorted by the first run, " (shown(&run.name)) "." }
            @if drawn.len() < runs.len() { (format!(" Pictures are of the first {MOST_DRAWN} runs.")) }
        }
    };
    match source {
        None => body = html! { (body) (list(run, &all)) },
        Some(Err(error)) => {
            tracing::warn!("the report has no pictures: {}", error.message());
            body = html! {
                (body)
                (notice(&html! {
                    p { "No pictures: " (shown(&error.message())) }
                    p { "Give the data set's folder with " code { "--data" } "." }
                }))
                (list(run, &all))
            };
        }
        Some(Ok(source)) => {
            // A quarter is for the pictures of the selection.
            let rest = budget.reserve(0.25);
            let pictures = pictures(&source, drawn, &all, truth, budget, progress);
            *budget = rest;
            body = html! { (body) (pictures) };
        }
    }
    body
}

fn pictures(
    source: &Source<'_>,
    runs: &[ReportedRun],
    all: &[(&str, f64)],
    truth: Truth,
    budget: &mut Budget,
    progress: Progress,
) -> Markup {
    let chosen = choose(&runs[0], truth);
    let bar = progress.counting("drawing", chosen.len() + all.len());
    let mut messages = Vec::new();
    let mut large = Vec::new();
    for chosen in &chosen {
        let view = View::Class(chosen.class);
        let panels = source.panels(chosen.image, view, LARGE);
        match panels.and_then(|panels| pack(&panels, budget)) {
            Ok(Some(packed)) => large.push((chosen, packed)),
            Ok(None) => {}
            Err(error) => messages.push(error.message()),
        }
        bar.inc(1);
    }
    let side = if runs.len() > 1 { SMALL * 3 / 4 } else { SMALL };
    let mut small = Vec::new();
    let mut without = Vec::new();
    let mut is_full = false;
    for &(image, dice) in all {
        bar.inc(1);
        if is_full {
            without.push((image, dice));
            continue;
        }
        match source
            .panels(image, View::Contours, side)
            .and_then(|panels| pack(&panels, budget))
        {
            Ok(Some(packed)) => small.push((image, dice, packed)),
            Ok(None) => {
                is_full = true;
                without.push((image, dice));
            }
            Err(error) => {
                messages.push(error.message());
                without.push((image, dice));
            }
        }
    }
    bar.finish_and_clear();
    html! {
        (failures(&messages))
        (key(&[&CONTOUR_KEY[..], &ERROR_KEY[..]].concat()))
        @for class in runs[0].scored_classes(truth).into_iter().take(MOST_CLASSES) {
            @let of_class: Vec<_> = large.iter().filter(|(chosen, _)| chosen.class == class).collect();
            @if !of_class.is_empty() {
                h3 { (shown(class)) }
                @for (chosen, packed) in of_class { (large_case(runs, chosen, packed)) }
            }
        }
        h3 { "Every test image, from worst to best" }
        div.gallery.small[runs.len() == 1] {
            @for (image, dice, packed) in &small { (small_case(runs, image, *dice, packed)) }
        }
        @if !without.is_empty() {
            p.quiet { "Without a picture, to keep the page below 5 MB or since it could not be drawn:" }
            (list(&runs[0], &without))
        }
    }
}

/// The pictures of a case with their captions.
type PackedPanels = Vec<(String, Packed)>;

/// Packs all panels of a case, or none if there is no room for them.
fn pack(
    panels: &[(String, RgbImage)],
    budget: &mut Budget,
) -> Result<Option<PackedPanels>, RunnerError> {
    let mut packed = Vec::new();
    for (caption, panel) in panels {
        match budget.pack(panel)? {
            Some(picture) => packed.push((caption.clone(), picture)),
            None => return Ok(None),
        }
    }
    Ok(Some(packed))
}

fn large_case(runs: &[ReportedRun], chosen: &Chosen<'_>, panels: &[(String, Packed)]) -> Markup {
    let run = &runs[0];
    let name = run.image_names.of(chosen.image);
    let title = format!(
        "{}: {name}, Dice of {} {:.3}",
        chosen.place, chosen.class, chosen.dice
    );
    html! {
        p {
            strong { (shown(chosen.place)) } ": "
            @match run.case_number(chosen.image) {
                Some(number) => a href=(format!("#case-{number}")) { (shown(&name)) },
                None => (shown(&name)),
            }
            (format!(", Dice {:.3}", chosen.dice))
        }
        div.gallery {
            @for (caption, picture) in panels {
                (figure(picture, &format!("{title}; {caption}"), &html! { (shown(caption)) }))
            }
        }
    }
}

fn small_case(runs: &[ReportedRun], image: &str, dice: f64, panels: &[(String, Packed)]) -> Markup {
    let run = &runs[0];
    let name = run.image_names.of(image);
    let id = run
        .case_number(image)
        .map(|number| format!("case-{number}"));
    html! {
        figure id=[id] {
            @for (caption, picture) in panels {
                (picture.img(&format!("{name}: {caption}")))
                @if runs.len() > 1 { span.caption { (shown(caption)) } }
            }
            figcaption {
                (shown(&name)) (format!(": Dice {dice:.3}"))
                @if let [(caption, _)] = panels && !caption.is_empty() { "; " (shown(caption)) }
            }
        }
    }
}

/// Test images without pictures.
fn list(run: &ReportedRun, images: &[(&str, f64)]) -> Markup {
    html! {
        ol {
            @for (image, dice) in images {
                @let id = run.case_number(image).map(|number| format!("case-{number}"));
                li id=[id] { (shown(&run.image_names.of(image))) (format!(": Dice {dice:.3}")) }
            }
        }
    }
}

fn failures(messages: &[String]) -> Markup {
    if messages.is_empty() {
        return html! {};
    }
    for message in messages.iter().take(MOST_MESSAGES) {
        tracing::warn!("not drawn: {message}");
    }
    notice(&html! {
        p { (format!("{} of the pictures could not be drawn:", messages.len())) }
        ul { @for message in messages.iter().take(MOST_MESSAGES) { li { (shown(message)) } } }
    })
}

/// The cases that are shown large: by rank in the Dice of each class.
fn choose(run: &ReportedRun, truth: Truth) -> Vec<Chosen<'_>> {
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    for class in run.scored_classes(truth).into_iter().take(MOST_CLASSES) {
        let cases = run.dice_by_image(truth, Some(class));
        for (rank, place) in ranks(cases.len()) {
            let (image, dice) = cases[rank];
            chosen.push(Chosen {
                class,
                image,
                dice,
                place,
            });
        }
    }
    chosen
}

/// Ranks of the worst, the second worst, the median and the best of `count` cases, each once.
fn ranks(count: usize) -> Vec<(usize, &'static str)> {
    let Some(last) = count.checked_sub(1) else {
        return Vec::new();
    };
    let wanted = [
        (0, "worst"),
        (1.min(last), "second worst"),
        (count / 2, "median"),
        (last, "best"),
    ];
    let mut ranks: Vec<(usize, &'static str)> = Vec::new();
    for (rank, place) in wanted {
        if ranks.iter().all(|(taken, _)| *taken != rank) {
            ranks.push((rank, place));
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rank_is_chosen_once() {
        assert_eq!(ranks(0), []);
        assert_eq!(ranks(1), [(0, "worst")]);
        assert_eq!(ranks(2), [(0, "worst"), (1, "second worst")]);
        let of_nine = [
            (0, "worst"),
            (1, "second worst"),
            (4, "median"),
            (8, "best"),
        ];
        assert_eq!(ranks(9), of_nine);
    }
}
