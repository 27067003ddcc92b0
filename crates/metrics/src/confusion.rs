//! How many pixels of each class were predicted as each class.

use serde::{Deserialize, Serialize};

/// Counts of pixels: a row for each true class, in it a column for each predicted class. In JSON, a list of its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfusionMatrix {
    rows: Vec<Vec<u64>>,
}

impl ConfusionMatrix {
    /// Of this many classes, without any pixel.
    pub fn new(classes: usize) -> Self {
        Self {
            rows: vec![vec![0; classes]; classes],
        }
    }

    /// Counts a pixel; both classes must be below the number of classes.
    pub(crate) fn count(&mut self, truth: usize, prediction: usize) {
        self.rows[truth][prediction] += 1;
    }

    /// Adds the counts of another matrix, which may be of more or fewer classes.
    pub fn add(&mut self, other: &Self) {
        let classes = self.rows.len().max(other.rows.len());
        self.rows.resize(classes, Vec::new());
        for row in &mut self.rows {
            row.resize(classes, 0);
        }
        for (row, added) in self.rows.iter_mut().zip(&other.rows) {
            for (count, added) in row.iter_mut().zip(added) {
                *count += added;
            }
        }
    }

    /// The rows, one for each true class.
    pub fn rows(&self) -> &[Vec<u64>] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_of_different_sizes_add_up() {
        let mut small = ConfusionMatrix::new(2);
        small.count(1, 0);
        let mut large = ConfusionMatrix::new(3);
        large.count(2, 1);
        large.count(1, 0);
        for (mut sum, added) in [(small.clone(), &large), (large.clone(), &small)] {
            sum.add(added);
            assert_eq!(sum.rows(), [[0, 0, 0], [2, 0, 0], [0, 1, 0]]);
        }
        let json = serde_json::to_string(&small).expect("numbers");
        assert_eq!(json, "[[0,0],[1,0]]");
    }
}
