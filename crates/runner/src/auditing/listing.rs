//! The order of images and places.

use audit::place::{Kind, Place, Suggestion};
use audit::ranking::{mean_rank, places_in_order};
use data::PixelBox;

use crate::auditing::folder::{ImageRow, PlaceRow};

/// Most places of one image: an image that is wrong everywhere is one finding, not a thousand.
pub(crate) const MOST_PLACES: usize = 50;

/// Ranks images by the mean rank of the columns `by`, and returns that score of each: higher means more doubt.
pub(crate) fn rank_images(rows: &mut [ImageRow], by: &[&str]) -> Vec<Option<f64>> {
    let columns: Vec<Vec<Option<f64>>> = by
        .iter()
        .filter_map(|name| ImageRow::SCORES.iter().position(|other| other == name))
        .map(|column| rows.iter().map(|row| row.scores()[column]).collect())
        .collect();
    let columns: Vec<&[Option<f64>]> = columns.iter().map(Vec::as_slice).collect();
    let mut score = mean_rank(&columns);
    score.resize(rows.len(), None);
    for (row, rank) in rows.iter_mut().zip(places_in_order(&score)) {
        row.rank = rank;
    }
    score
}

/// What the network would draw, in words.
pub(crate) fn suggestion_text(place: &Place, names: &[String]) -> String {
    let name = |class: usize| names.get(class).map_or("?", String::as_str);
    match (place.kind, place.suggestion) {
        (_, Suggestion::Move(pixels)) if pixels < 0.0 => {
            format!("move in by {:.1} pixels", -pixels)
        }
        (_, Suggestion::Move(pixels)) => format!("move out by {pixels:.1} pixels"),
        (Kind::Extra, _) => "remove".to_string(),
        (Kind::Missed, Suggestion::Class(class)) => format!("draw {}", name(class)),
        (_, Suggestion::Class(class)) => format!("change to {}", name(class)),
    }
}

/// The line of a place; its rank comes later.
pub(crate) fn place_row(image: &ImageRow, place: &Place, names: &[String]) -> PlaceRow {
    let PixelBox { x0, y0, x1, y1 } = place.bounds();
    PlaceRow {
        rank: 0,
        patient: image.patient.clone(),
        image: image.image.clone(),
        class: names.get(place.class).cloned().unwrap_or_default(),
        kind: place.kind,
        score: place.score,
        area: place.area(),
        x0,
        y0,
        x1,
        y1,
        suggestion: suggestion_text(place, names),
    }
}

/// The line of a whole image of this size.
pub(crate) fn image_row(image: &ImageRow, score: f64, [height, width]: [usize; 2]) -> PlaceRow {
    PlaceRow {
        rank: 0,
        patient: image.patient.clone(),
        image: image.image.clone(),
        class: String::new(),
        kind: Kind::Image,
        score,
        area: height * width,
        x0: 0,
        y0: 0,
        x1: width,
        y1: height,
        suggestion: "look at the whole label".to_string(),
    }
}

/// Orders lines and numbers them: scores of different kinds cannot be compared, so the most doubtful of each kind come first, then
/// the second of each, and so on.
pub(crate) fn rank_places(rows: &mut Vec<PlaceRow>) {
    rows.sort_by(|one, other| {
        let kinds = one.kind.cmp(&other.kind);
        kinds
            .then(other.score.total_cmp(&one.score))
            .then_with(|| one.image.cmp(&other.image))
            .then((one.y0, one.x0).cmp(&(other.y0, other.x0)))
    });
    let mut next = [0_usize; Kind::ALL.len()];
    let mut turns: Vec<(usize, PlaceRow)> = rows
        .drain(..)
        .map(|row| {
            let turn = &mut next[row.kind as usize];
            *turn += 1;
            (*turn, row)
        })
        .collect();
    turns.sort_by_key(|(turn, row)| (*turn, row.kind));
    rows.extend(turns.into_iter().map(|(_, row)| row));
    for (index, row) in rows.iter_mut().enumerate() {
        row.rank = index + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str, softmin: f64, component: f64) -> ImageRow {
        ImageRow {
            image: name.to_string(),
            softmin: Some(softmin),
            component: Some(component),
            ..ImageRow::default()
        }
    }

    #[test]
    fn images_are_ranked_by_the_mean_rank_of_their_scores() {
        let mut rows = [
            image("a", 0.1, 0.9),
            image("b", 0.9, 0.8),
            image("c", 0.5, 0.1),
        ];
        rank_images(&mut rows, &["softmin"]);
        assert_eq!(rows.each_ref().map(|row| row.rank), [3, 1, 2]);
        // Ranks 3 + 1, 1 + 2 and 2 + 3.
        rank_images(&mut rows, &["softmin", "component"]);
        assert_eq!(rows.each_ref().map(|row| row.rank), [2, 1, 3]);
    }

    #[test]
    fn the_kinds_take_turns() {
        let row = |kind, score| PlaceRow {
            kind,
            ..image_row(&image("a", 0.0, 0.0), score, [4, 4])
        };
        let mut rows = vec![
            row(Kind::Border, 0.3),
            row(Kind::Missed, 0.2),
            row(Kind::Image, 0.1),
            row(Kind::Missed, 0.9),
        ];
        rank_places(&mut rows);
        let order: Vec<(usize, Kind, f64)> = rows
            .iter()
            .map(|row| (row.rank, row.kind, row.score))
            .collect();
        assert_eq!(
            order,
            [
                (1, Kind::Image, 0.1),
                (2, Kind::Missed, 0.9),
                (3, Kind::Border, 0.3),
                (4, Kind::Missed, 0.2)
            ]
        );
    }

    #[test]
    fn suggestions_are_words() {
        let names = ["background", "wound"].map(String::from);
        let place = |kind, suggestion| Place {
            kind,
            class: 1,
            score: 0.0,
            pixels: vec![[0, 0]],
            suggestion,
        };
        let text = |kind, suggestion| suggestion_text(&place(kind, suggestion), &names);
        assert_eq!(
            text(Kind::Border, Suggestion::Move(-2.04)),
            "move in by 2.0 pixels"
        );
        assert_eq!(
            text(Kind::Border, Suggestion::Move(3.0)),
            "move out by 3.0 pixels"
        );
        assert_eq!(text(Kind::Missed, Suggestion::Class(1)), "draw wound");
        assert_eq!(text(Kind::Extra, Suggestion::Class(0)), "remove");
        assert_eq!(text(Kind::Class, Suggestion::Class(1)), "change to wound");
    }
}
