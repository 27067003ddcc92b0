//! The lists of an audit as numbers to measure: the scores of every image, and the places worth a look.

use std::collections::BTreeSet;
use std::path::Path;

use data::PixelBox;

use crate::auditing::folder::{Audit, IMAGES, ImageRow, LIST, PlaceRow};
use crate::error::RunnerError;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AuditLists {
    /// Names of the scores, as the columns are called.
    pub(crate) scores: Vec<String>,
    /// Every image.
    pub(crate) images: Vec<ImageScores>,
    /// The places, the most doubtful first.
    pub(crate) places: Vec<PlaceRow>,
}

/// A line of `images.csv`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ImageScores {
    pub(crate) image: String,
    pub(crate) patient: String,
    /// The scores, in the order of [`AuditLists::scores`]; NaN where there is none.
    pub(crate) scores: Vec<f64>,
    /// The rank by the audit's default, 1 for the most doubtful image.
    pub(crate) rank: f64,
}

/// The box of a place.
pub(crate) fn box_of(row: &PlaceRow) -> PixelBox {
    PixelBox {
        x0: row.x0,
        y0: row.y0,
        x1: row.x1,
        y1: row.y1,
    }
}

impl AuditLists {
    /// The lists of the audit in `folder`.
    ///
    /// # Errors
    ///
    /// There is no image, or one is listed twice; a score is not finite.
    pub(crate) fn new(folder: &Path, audit: &Audit) -> Result<Self, RunnerError> {
        let wrong = |list: &str, expected: &str, found: String| {
            Err(RunnerError::mismatch(
                expected,
                found,
                "audit again: the list was edited or damaged",
            )
            .at(folder.join(list).display()))
        };
        let mut names = BTreeSet::new();
        for row in &audit.images {
            if !names.insert(&row.image) {
                return wrong(IMAGES, "every image once", format!("{:?} twice", row.image));
            }
            let scores = row.scores();
            if let Some(score) = scores.iter().flatten().find(|score| !score.is_finite()) {
                let found = format!("{score} for {:?}", row.image);
                return wrong(IMAGES, "finite scores", found);
            }
        }
        if names.is_empty() {
            return wrong(IMAGES, "an image", "none".into());
        }
        if let Some(place) = audit.places.iter().find(|place| !place.score.is_finite()) {
            let found = format!("{} for a place of {:?}", place.score, place.image);
            return wrong(LIST, "finite scores", found);
        }
        let images = audit.images.iter().map(|row| ImageScores {
            image: row.image.clone(),
            patient: row.patient.clone(),
            scores: row.scores().map(|score| score.unwrap_or(f64::NAN)).to_vec(),
            rank: row.rank as f64,
        });
        Ok(Self {
            scores: ImageRow::SCORES.map(String::from).to_vec(),
            images: images.collect(),
            places: audit.places.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use audit::place::Kind;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::auditing::folder::NOTE;

    const SCORED: &str = "image,patient,fold,softmin,confident,component,border,margin,loss,final_loss,dropped,weight,rank\n\
                          a,p1,0,0.5,,,,,,0.25,,,1\n\
                          \"b, slice 3\",p2,1,-1e-3,0,0,0,,,2,,,2\n";
    const LISTED: &str = "rank,patient,image,class,kind,score,area,x0,y0,x1,y1,suggestion\n\
                          1,p1,a,grade 1,missed,0.9,12,1,2,5,6,draw grade 1\n\
                          2,p2,\"b, slice 3\",grade 2a,border,0.5,40,0,0,9,9,move in by 2.5 pixels\n";
    const ABOUT: &str = r#"{"version": "0.1.0", "commit": "1", "source": "folds", "data": "burns", "data_sha256": "",
        "options": {}, "classes": ["background", "burn"], "ignore": 255, "recipe": "bamsi", "folds": 5, "score": ["softmin"]}"#;

    fn read(texts: [&[u8]; 3]) -> Result<AuditLists, RunnerError> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [IMAGES, LIST, NOTE].into_iter().zip(texts) {
            fs::write(folder.path().join(name), text).expect("written");
        }
        AuditLists::new(folder.path(), &Audit::read(folder.path())?)
    }

    #[test]
    fn the_lists_of_an_audit_are_numbers() {
        let texts = [SCORED, LISTED, ABOUT].map(str::as_bytes);
        let lists = read(texts).expect("sound lists");
        assert_eq!(lists.scores[5..7], ["loss", "final_loss"]);
        assert_eq!(lists.images[1].image, "b, slice 3");
        assert_eq!(lists.images[1].scores[..1], [-1e-3]);
        assert!(lists.images[0].scores[1].is_nan());
        let kinds: Vec<Kind> = lists.places.iter().map(|place| place.kind).collect();
        assert_eq!(kinds, [Kind::Missed, Kind::Border]);
        assert_eq!(box_of(&lists.places[0]).y1, 6);
    }

    #[test]
    fn what_cannot_be_measured_is_refused_by_name() {
        for (scored, listed, fragments) in [
            (
                SCORED.replace("0.5", "much"),
                LISTED.into(),
                [IMAGES, "invalid float"],
            ),
            (
                SCORED.replace("0.5", "inf"),
                LISTED.into(),
                [IMAGES, "inf for \"a\""],
            ),
            (
                SCORED.replace("\"b, slice 3\"", "a"),
                LISTED.into(),
                [IMAGES, "\"a\" twice"],
            ),
            (
                SCORED.lines().next().unwrap_or_default().into(),
                LISTED.into(),
                [IMAGES, "none"],
            ),
            (
                SCORED.into(),
                LISTED.replace("missed", "lost"),
                [LIST, "lost"],
            ),
            (SCORED.into(), LISTED.replace("0.9", "NaN"), [LIST, "NaN"]),
            (
                SCORED.into(),
                LISTED.replace("9,9", "-9,9"),
                [LIST, "invalid digit"],
            ),
        ] {
            let texts = [scored.as_bytes(), listed.as_bytes(), ABOUT.as_bytes()];
            let error = read(texts).expect_err(fragments[1]);
            assert_eq!(error.exit_code, 2);
            for fragment in fragments {
                assert!(error.message().contains(fragment), "{fragment}: {error}");
            }
        }
    }

    #[test]
    fn damaged_lists_are_read_or_refused() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut refused = 0;
        for _ in 0..400 {
            let mut damaged = [SCORED, LISTED, ABOUT].map(|text| text.as_bytes().to_vec());
            for text in &mut damaged {
                for _ in 0..random.random_range(0..3) {
                    let place = random.random_range(0..text.len());
                    match random.random_range(0..3) {
                        0 => text[place] = random.random(),
                        1 => text.truncate(place.max(1)),
                        _ => text.insert(place, b",\n\"-9e\0"[random.random_range(0..7)]),
                    }
                }
            }
            refused += usize::from(read(damaged.each_ref().map(Vec::as_slice)).is_err());
        }
        assert!((40..400).contains(&refused), "{refused} of 400");
    }
}
