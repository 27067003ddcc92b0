//! How ranks are distributed over classes and patients, so that a biased list is visible.
//!
//! A network doubts what it has seldom seen: if one class or one patient has most of the doubtful labels, that may be its rarity
//! and not its labels.

use std::collections::BTreeMap;

use crate::auditing::folder::{ImageRow, PlaceRow};

/// The doubtful tenth.
const TOP: f64 = 0.1;

/// A class or a patient.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// How many it has.
    pub(crate) count: usize,
    /// How many of them are in the most doubtful tenth of all.
    pub(crate) doubtful: usize,
    /// The median of its ranks as a fraction of all, 0 for the most doubtful.
    pub(crate) median: f64,
}

/// The patients, by their share of doubtful images; those that stand out come first.
pub(crate) fn by_patient(images: &[ImageRow]) -> Vec<Group> {
    groups(
        images.iter().map(|row| (row.patient.as_str(), row.rank)),
        images.len(),
    )
}

/// The classes of places.
pub(crate) fn by_class(places: &[PlaceRow]) -> Vec<Group> {
    let with_class = places.iter().filter(|row| !row.class.is_empty());
    groups(
        with_class.map(|row| (row.class.as_str(), row.rank)),
        places.len(),
    )
}

fn groups<'a>(ranks: impl Iterator<Item = (&'a str, usize)>, all: usize) -> Vec<Group> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (name, rank) in ranks {
        by_name.entry(name).or_default().push(rank);
    }
    let top = (TOP * all as f64).ceil() as usize;
    let mut groups: Vec<Group> = by_name
        .into_iter()
        .map(|(name, mut ranks)| {
            ranks.sort_unstable();
            Group {
                name: name.to_string(),
                count: ranks.len(),
                doubtful: ranks.iter().filter(|rank| **rank <= top).count(),
                median: (ranks[ranks.len() / 2] as f64 - 0.5) / all.max(1) as f64,
            }
        })
        .collect();
    let share = |group: &Group| group.doubtful as f64 / group.count as f64;
    groups.sort_by(|one, other| {
        let shares = share(other).total_cmp(&share(one));
        shares.then(one.median.total_cmp(&other.median))
    });
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_with_all_doubtful_images_comes_first() {
        let images: Vec<ImageRow> = (1..=20)
            .map(|rank| ImageRow {
                patient: if rank <= 2 { "P1" } else { "P2" }.to_string(),
                rank,
                ..ImageRow::default()
            })
            .collect();
        let found = by_patient(&images);
        assert_eq!(found[0].name, "P1");
        assert_eq!((found[0].count, found[0].doubtful), (2, 2));
        assert_eq!((found[1].count, found[1].doubtful), (18, 0));
        assert!((found[1].median - 11.5 / 20.0).abs() < 1e-12);
    }
}
