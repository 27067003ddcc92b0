//! How well an audit finds places: missed and added structures, wrong classes, and borders that lie too far outside or inside.

use std::collections::BTreeMap;

use audit::measures::{Ranking, hits, spearman};
use audit::place::Kind;
use data::PixelBox;
use serde::Serialize;

use crate::audit_proof::lists::box_of;
use crate::audit_proof::truth::ImageTruth;
use crate::auditing::folder::PlaceRow;

/// How well places of one kind are found. Images whose label is wrong as a whole are not counted: there, everything is wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct PlaceMeasures {
    /// Places that are wrong in this way.
    pub(crate) wrong: usize,
    /// Places that the audit lists.
    pub(crate) listed: usize,
    /// Listed ones that are wrong in this way.
    pub(crate) hits: usize,
    /// The fraction of listed places that are hits: the precision of the list in a random order.
    pub(crate) prevalence: Option<f64>,
    /// Of the list in its order; a wrong place that it lacks counts as never found.
    pub(crate) average_precision: Option<f64>,
    /// The same image by image: does an image have such a place at all? By its most doubtful listed place.
    pub(crate) by_image: ByImage,
}

/// Images with a wrong place, ordered by their most doubtful listed place.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct ByImage {
    /// Images counted.
    pub(crate) images: usize,
    /// Images with such a place.
    pub(crate) wrong: usize,
    /// Their fraction: the average precision of a random order.
    pub(crate) prevalence: Option<f64>,
    pub(crate) average_precision: Option<f64>,
    /// `average_precision` divided by `prevalence`.
    pub(crate) ratio: Option<f64>,
    pub(crate) auroc: Option<f64>,
}

/// How well the listed offsets of borders agree with how the outlines were drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct BorderMeasures {
    /// Borders of which both are known.
    pub(crate) borders: usize,
    /// Spearman's correlation of the listed distance inwards with the noted one outwards: 1 if every border that was drawn too
    /// far outside is suggested to move in.
    pub(crate) spearman: Option<f64>,
}

/// Measures the listed places of a kind against the wrong ones.
pub(crate) fn place_measures(
    kind: Kind,
    places: &[PlaceRow],
    truths: &BTreeMap<String, ImageTruth>,
    wrong: fn(&ImageTruth) -> &[PixelBox],
) -> PlaceMeasures {
    let mut listed: BTreeMap<&str, Vec<&PlaceRow>> = BTreeMap::new();
    for place in places.iter().filter(|place| place.kind == kind) {
        listed.entry(&place.image).or_default().push(place);
    }
    let (mut items, mut images) = (Vec::new(), Vec::new());
    let (mut all, mut found) = (0, 0);
    for (image, truth) in truths.iter().filter(|(_, truth)| !truth.is_grossly_wrong) {
        let noted = wrong(truth);
        all += noted.len();
        let mut own = listed.remove(&**image).unwrap_or_default();
        own.sort_by(|one, other| other.score.total_cmp(&one.score));
        let boxes: Vec<PixelBox> = own.iter().map(|place| box_of(place)).collect();
        let hit = hits(&boxes, noted);
        found += hit.iter().filter(|hit| **hit).count();
        items.extend(own.iter().zip(hit).map(|(place, hit)| (place.score, hit)));
        let most = own.first().map_or(f64::NAN, |place| place.score);
        images.push((most, !noted.is_empty()));
    }
    let ranking = Ranking::new(items);
    let by_image = Ranking::new(images);
    let (prevalence, precision) = (by_image.prevalence(), by_image.average_precision(0));
    PlaceMeasures {
        wrong: all,
        listed: ranking.items(),
        hits: found,
        prevalence: ranking.prevalence(),
        average_precision: ranking.average_precision(all - found),
        by_image: ByImage {
            images: by_image.items(),
            wrong: by_image.wrong(),
            prevalence,
            average_precision: precision,
            ratio: precision
                .zip(prevalence)
                .map(|(precision, by_chance)| precision / by_chance),
            auroc: by_image.auroc(),
        },
    }
}

/// Measures the listed offsets of borders; none without notes on how outlines were drawn.
pub(crate) fn border_measures(
    places: &[PlaceRow],
    truths: &BTreeMap<String, ImageTruth>,
) -> Option<BorderMeasures> {
    if truths.values().all(|truth| truth.lean.is_none()) {
        return None;
    }
    let borders = places.iter().filter(|place| place.kind == Kind::Border);
    let pairs = borders.filter_map(|place| {
        let truth = truths
            .get(&place.image)
            .filter(|truth| !truth.is_grossly_wrong)?;
        let lean = truth.lean.as_ref()?.of_class(&place.class);
        Some((inwards(&place.suggestion)?, lean))
    });
    let pairs: Vec<(f64, f64)> = pairs.collect();
    Some(BorderMeasures {
        borders: pairs.len(),
        spearman: spearman(pairs),
    })
}

/// The pixels by which a suggestion such as `in by 2.5 pixels` moves a border inwards; negative for outwards.
fn inwards(suggestion: &str) -> Option<f64> {
    let words: Vec<&str> = suggestion
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '.'))
        .collect();
    let sign = words.iter().find_map(|word| match *word {
        "in" | "inwards" | "inward" => Some(1.0),
        "out" | "outwards" | "outward" => Some(-1.0),
        _ => None,
    })?;
    let distance = words.iter().find_map(|word| word.parse::<f64>().ok())?;
    distance.is_finite().then_some(sign * distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit_proof::truth::Lean;

    fn square(start: usize) -> PixelBox {
        PixelBox {
            x0: start,
            y0: start,
            x1: start + 5,
            y1: start + 5,
        }
    }

    fn row(image: &str, kind: Kind, score: f64, start: usize) -> PlaceRow {
        let PixelBox { x0, y0, x1, y1 } = square(start);
        PlaceRow {
            rank: 1,
            patient: String::new(),
            image: image.into(),
            class: "burn".into(),
            kind,
            score,
            area: 25,
            x0,
            y0,
            x1,
            y1,
            suggestion: String::new(),
        }
    }

    fn missed(starts: &[usize]) -> ImageTruth {
        ImageTruth {
            missed: starts.iter().map(|start| square(*start)).collect(),
            ..ImageTruth::default()
        }
    }

    fn of_missed(places: &[PlaceRow], truths: &BTreeMap<String, ImageTruth>) -> PlaceMeasures {
        place_measures(Kind::Missed, places, truths, |truth| &truth.missed)
    }

    #[test]
    fn islands_are_found_by_place_and_by_image() {
        let spoilt = ImageTruth {
            is_grossly_wrong: true,
            ..missed(&[1])
        };
        let truths = BTreeMap::from([
            ("a".to_string(), missed(&[0, 20])),
            ("b".to_string(), missed(&[])),
            ("c".to_string(), missed(&[])),
            ("d".to_string(), spoilt),
        ]);
        let places = [
            row("a", Kind::Missed, 0.9, 1),
            row("b", Kind::Missed, 0.8, 1),
            row("a", Kind::Extra, 0.7, 20),
            row("d", Kind::Missed, 1.0, 50),
        ];
        let found = of_missed(&places, &truths);
        assert_eq!((found.wrong, found.listed, found.hits), (2, 2, 1));
        assert_eq!(found.prevalence, Some(0.5));
        // The first of the list is one of two, and the other is not in the list.
        assert_eq!(found.average_precision, Some(0.5));
        assert_eq!((found.by_image.images, found.by_image.wrong), (3, 1));
        assert_eq!(found.by_image.average_precision, Some(1.0));
        let ratio = found.by_image.ratio.expect("an image has one");
        assert!((ratio - 3.0).abs() < 1e-12);
        let nothing = of_missed(
            &places[1..2],
            &BTreeMap::from([("b".to_string(), missed(&[]))]),
        );
        assert_eq!(nothing.average_precision, None);
        assert_eq!(nothing.by_image.ratio, None);
    }

    #[test]
    fn borders_move_against_the_lean() {
        let leaning = |lean: f64| ImageTruth {
            lean: Some(Lean {
                whole: lean,
                by_class: BTreeMap::new(),
            }),
            ..ImageTruth::default()
        };
        let truths: BTreeMap<String, ImageTruth> = [("a", 3.0), ("b", -2.0), ("c", 0.5)]
            .into_iter()
            .map(|(name, lean)| (name.to_string(), leaning(lean)))
            .collect();
        let border = |image: &str, suggestion: &str| PlaceRow {
            suggestion: suggestion.into(),
            ..row(image, Kind::Border, 0.5, 0)
        };
        let places = [
            border("a", "move in by 2.5 pixels"),
            border("b", "move out by 1 pixel"),
            border("c", "in by 0.2 px"),
            border("c", "look at it"),
        ];
        let found = border_measures(&places, &truths).expect("notes");
        assert_eq!(found.borders, 3);
        let agreement = found.spearman.expect("different moves");
        assert!((agreement - 1.0).abs() < 1e-12, "{agreement}");
        let unknown = BTreeMap::from([("a".to_string(), ImageTruth::default())]);
        assert_eq!(border_measures(&places, &unknown), None);
        let lean = Lean {
            whole: 1.0,
            by_class: BTreeMap::from([("liver".to_string(), 2.0)]),
        };
        assert_eq!((lean.of_class("liver"), lean.of_class("vein")), (2.0, 1.0));
    }
}
