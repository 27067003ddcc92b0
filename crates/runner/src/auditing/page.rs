//! `audit.html`: the list with pictures, in order. It can be read without scripts; with them, keys lead through it and marks can
//! be saved.

mod pictures;

use std::path::Path;

use data::{Dataset, counted};
use maud::{Markup, html};

use crate::auditing::folder::{AuditNote, ImageRow, LIST, PlaceRow, Source};
use crate::auditing::groups::{Group, by_class, by_patient};
use crate::auditing::page::pictures::{Pictures, PlacePictures};
use crate::error::RunnerError;
use crate::page::picture::{PREDICTION, TRUTH};
use crate::page::{Page, cell, contents, facts, gallery, key, notice, section, shown, table};

/// Most places that are shown.
const MOST_SHOWN: usize = 150;
/// Most bytes of their pictures.
const MOST_BYTES: usize = 4_500_000;
/// Most patients in the table of groups.
const MOST_PATIENTS: usize = 20;

/// Keys and marks. Names of images are read from attributes, and written with quotes doubled.
const SCRIPT: &str = r##"
const places = [...document.querySelectorAll("article.place")];
let at = -1;
const go = (to) => {
  if (!places.length) return;
  at = Math.max(0, Math.min(places.length - 1, to));
  places[at].focus();
  places[at].scrollIntoView({ block: "start" });
};
places.forEach((place, index) => place.addEventListener("focusin", () => { at = index; }));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") go(at + 1);
  if (event.key === "k") go(at - 1);
  const mark = { w: "wrong", r: "right", u: "unsure" }[event.key];
  if (mark && at >= 0) places[at].querySelector(`input[value=${mark}]`).checked = true;
});
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
const save = () => {
  const lines = ["rank,image,kind,x0,y0,x1,y1,mark"];
  for (const place of places) {
    const mark = place.querySelector("input:checked");
    if (!mark) continue;
    const d = place.dataset;
    lines.push([d.rank, quoted(d.image), d.kind, d.box, mark.value].join(","));
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
  link.download = "marks.csv";
  link.click();
};
document.getElementById("save").innerHTML = "<button type=button>Save the marks as marks.csv</button> ";
document.querySelector("#save button").addEventListener("click", save);
"##;

/// The page of an audit in `folder`.
///
/// # Errors
///
/// An image, its labels or its suggestions cannot be read.
pub(crate) fn render(
    folder: &Path,
    dataset: &Dataset,
    note: &AuditNote,
    images: &[ImageRow],
    places: &[PlaceRow],
) -> Result<String, RunnerError> {
    let mut pictures = Pictures::new(folder, dataset);
    let mut drawn: Vec<(&PlaceRow, PlacePictures)> = Vec::new();
    let mut bytes = 0;
    for place in places.iter().take(MOST_SHOWN) {
        let of_place = pictures.of(place)?;
        bytes += of_place.bytes();
        if bytes > MOST_BYTES {
            break;
        }
        drawn.push((place, of_place));
    }
    let sections = [
        ("places", "Places"),
        ("groups", "Classes and patients"),
        ("origin", "Where this comes from"),
    ];
    let body = html! {
        (notice(&html! {
            p {
                strong { "A distrusted label is a place to look, not a mistake." }
                " The network also distrusts what it has seldom seen: a rare class, dark skin, one hospital. Whether the list leans \
                 towards some class or patient is shown " a href="#groups" { "below" } "."
            }
        }))
        p.lead { (summary(note, images, places)) }
        (contents(&sections))
        (section("places", "Places", &list(note, &drawn, places.len())))
        (section("groups", "Classes and patients", &groups(images, places)))
        (section("origin", "Where this comes from", &origin(note)))
    };
    let page = Page {
        title: "Audit of labels",
        subtitle: &note.data.display().to_string(),
        refresh: None,
        script: Some(SCRIPT),
    };
    Ok(page.render(&body))
}

fn summary(note: &AuditNote, images: &[ImageRow], places: &[PlaceRow]) -> String {
    let how = match note.source {
        Source::Run => {
            "by what a training noted about the images that it was trained on. It has seen their labels, so it doubts \
             less than one that has not"
                .to_string()
        }
        Source::Folds => format!(
            "by {} that have not seen the label that they are compared with",
            counted(note.folds, "network")
        ),
    };
    format!(
        "{} in the list, of {}, {how}.",
        counted(places.len(), "line"),
        counted(images.len(), "image")
    )
}

fn list(note: &AuditNote, drawn: &[(&PlaceRow, PlacePictures)], all: usize) -> Markup {
    html! {
        p {
            "Shown: " (drawn.len()) " of " (all) "; all of them are in " code { (LIST) } ". The most doubtful of each kind come \
             first, then the second of each. Keys: " kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "w" } " wrong, "
            kbd { "r" } " right, " kbd { "u" } " unsure. Without scripts, " code { (LIST) } " has room for marks."
        }
        p { span id="save" {} }
        @match note.source {
            Source::Folds => (key(&[(TRUTH, "label"), (PREDICTION, "suggestion (dashed)")])),
            Source::Run => (key(&[(TRUTH, "label")])),
        }
        @for (place, pictures) in drawn { (article(place, pictures)) }
    }
}

fn article(place: &PlaceRow, pictures: &PlacePictures) -> Markup {
    let PlaceRow {
        rank,
        x0,
        y0,
        x1,
        y1,
        ..
    } = place;
    let what = if place.class.is_empty() {
        place.kind.to_string()
    } else {
        format!("{}: {}", place.kind, place.class)
    };
    let description = format!("{what} in {}", place.image);
    html! {
        article.place id=(format!("place-{rank}")) tabindex="-1" data-rank=(rank) data-image=(shown(&place.image))
            data-kind=(place.kind) data-box=(format!("{x0},{y0},{x1},{y1}")) {
            h3 { (rank) ". " (shown(&what)) " – " (shown(&place.suggestion)) }
            p.quiet {
                (shown(&place.image)) ", patient " (shown(&place.patient)) ", doubt " (format!("{:.3}", place.score)) ", "
                (counted(place.area, "pixel")) ", columns " (x0) " to " (x1.saturating_sub(1)) ", rows " (y0) " to " (y1.saturating_sub(1))
            }
            (gallery(&pictures.figures(&description)))
            p {
                "The label is: "
                @for mark in ["wrong", "right", "unsure"] {
                    label { input type="radio" name=(format!("mark-{rank}")) value=(mark); " " (mark) } " "
                }
            }
        }
    }
}

fn groups(images: &[ImageRow], places: &[PlaceRow]) -> Markup {
    let rows = |groups: &[Group]| -> Vec<Vec<Markup>> {
        groups
            .iter()
            .take(MOST_PATIENTS)
            .map(|group| {
                vec![
                    cell(&group.name),
                    cell(&group.count.to_string()),
                    cell(&group.doubtful.to_string()),
                    cell(&format!("{:.0} %", 100.0 * group.median)),
                ]
            })
            .collect()
    };
    let (classes, patients) = (by_class(places), by_patient(images));
    html! {
        p {
            "The doubtful tenth of all lines and images, by class and patient. Where a group has much more than a tenth of its own \
             in it, look at a few first: its labels may be wrong, or the network may know it too little."
        }
        @if !classes.is_empty() {
            (table(&["class", "places", "in the doubtful tenth", "median rank"], &rows(&classes), false))
        }
        (table(&["patient", "images", "in the doubtful tenth", "median rank"], &rows(&patients), false))
        @if patients.len() > MOST_PATIENTS {
            p.quiet { "Shown: " (MOST_PATIENTS) " of " (patients.len()) " patients, those that stand out most." }
        }
    }
}

fn origin(note: &AuditNote) -> Markup {
    let commit: String = note.commit.chars().take(12).collect();
    facts(&[
        ("recipe", note.recipe.clone()),
        ("folds", note.folds.to_string()),
        ("images ranked by", note.score.join(", ")),
        ("classes", note.classes.join(", ")),
        ("checksum of the data", note.data_sha256.clone()),
        (
            "program",
            format!("selvedge {}, commit {commit}", note.version),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::place::Kind;

    #[test]
    fn names_are_shown_as_text_and_never_as_markup() {
        let name = "<img src=x onerror=alert(1)>\".png";
        let place = PlaceRow {
            rank: 1,
            patient: name.into(),
            image: name.into(),
            class: name.into(),
            kind: Kind::Missed,
            score: 0.5,
            area: 4,
            x0: 1,
            y0: 2,
            x1: 3,
            y1: 4,
            suggestion: name.into(),
        };
        let text = article(&place, &PlacePictures::default()).into_string();
        assert!(!text.contains("<img"), "{text}");
        assert!(text.contains("data-box=\"1,2,3,4\""));
        let image = ImageRow {
            patient: name.into(),
            rank: 1,
            ..ImageRow::default()
        };
        let text = groups(&[image], &[place]).into_string();
        assert!(!text.contains("<img") && text.contains("&lt;img"), "{text}");
    }
}
