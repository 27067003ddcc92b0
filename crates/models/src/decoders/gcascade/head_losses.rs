//! Which sums of a decoder's four maps of logits have a loss.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Which sums of the four maps of logits have a loss each; the sum of all four predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeadLosses {
    /// The sum over each of the 15 non-empty subsets of the four maps, all weighted equally (Rahman and Marculescu,
    /// *MERIT*, MIDL 2023, section 3.3: "MUTATION").
    #[default]
    Mutation,
    /// The sum of all four, and each of them (Rahman and Marculescu, *G-CASCADE*, WACV 2024, section 3.3, all weights 1).
    Heads,
    /// Only the sum of all four.
    Sum,
}

impl HeadLosses {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::Mutation, Self::Heads, Self::Sum];

    /// The name as recipes spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mutation => "mutation",
            Self::Heads => "heads",
            Self::Sum => "sum",
        }
    }

    /// The subsets of the four maps whose sums have a loss, as bit masks; the full set first.
    fn sets(self) -> Vec<usize> {
        match self {
            Self::Mutation => (1..16).rev().collect(),
            Self::Heads => vec![15, 1, 2, 4, 8],
            Self::Sum => vec![15],
        }
    }

    /// A network's outputs for four maps of logits of one size: the prediction, then, in training, all others with a loss.
    ///
    /// # Panics
    ///
    /// When there are not four of them.
    pub(crate) fn compose(self, maps: &[Tensor<4>]) -> Vec<Tensor<4>> {
        assert_eq!(maps.len(), 4, "a map of logits for each level");
        let training = maps[0].device().is_autodiff();
        let sets = if training { self } else { Self::Sum }.sets();
        let mut known = vec![None; 16];
        sets.into_iter()
            .map(|set| sum(set, maps, &mut known))
            .collect()
    }
}

/// The sum over a subset: the sum without its last map, plus that map. Every sum is computed once.
fn sum(set: usize, maps: &[Tensor<4>], known: &mut [Option<Tensor<4>>]) -> Tensor<4> {
    if let Some(sum) = &known[set] {
        return sum.clone();
    }
    let last = set.ilog2() as usize;
    let rest = set & !(1 << last);
    let mut found = maps[last].clone();
    if rest != 0 {
        found = sum(rest, maps, known) + found;
    }
    known[set] = Some(found.clone());
    found
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn every_subset_is_summed_once_and_the_full_set_first() {
        let device = Device::flex();
        // The sum of a subset identifies the maps in it.
        let maps = |device: &Device| -> Vec<Tensor<4>> {
            [1.0, 2.0, 4.0, 8.0]
                .map(|value| Tensor::full([1, 2, 1, 1], value, device))
                .to_vec()
        };
        let sums = |choice: HeadLosses, device: &Device| -> Vec<usize> {
            let composed = choice.compose(&maps(device)).into_iter();
            composed
                .map(|sum| sum.max().into_scalar::<f32>() as usize)
                .collect()
        };
        let training = device.clone().autodiff();
        let mut mutation = sums(HeadLosses::Mutation, &training);
        assert_eq!(mutation[0], 15);
        mutation.sort_unstable();
        assert!(mutation.into_iter().eq(1..16));
        assert_eq!(sums(HeadLosses::Heads, &training), [15, 1, 2, 4, 8]);
        assert_eq!(sums(HeadLosses::Sum, &training), [15]);
        for choice in HeadLosses::ALL {
            assert_eq!(sums(choice, &device), [15]);
        }
    }
}
