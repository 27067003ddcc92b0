//! The interval of a statistic over groups of items, such as the images of a patient, which are drawn together.

use std::collections::BTreeMap;

use metrics::statistics::Resampling;

/// The 95 % interval of a statistic by the bootstrap over groups: a draw contains all items of each drawn group, as often as it is
/// drawn. `statistic` gets the indices of the items. None for fewer than two groups.
pub fn grouped_interval<G: Ord>(
    groups: &[G],
    statistic: impl Fn(&[usize]) -> Option<f64>,
) -> Option<[f64; 2]> {
    let mut members: BTreeMap<&G, Vec<usize>> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        members.entry(group).or_default().push(index);
    }
    let members: Vec<Vec<usize>> = members.into_values().collect();
    Resampling::default().interval(members.len(), |drawn| {
        let items: Vec<usize> = drawn
            .iter()
            .flat_map(|&group| members[group].iter().copied())
            .collect();
        statistic(&items)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64], drawn: &[usize]) -> Option<f64> {
        let sum: f64 = drawn.iter().map(|&index| values[index]).sum();
        (!drawn.is_empty()).then(|| sum / drawn.len() as f64)
    }

    #[test]
    fn images_of_one_patient_are_drawn_together() {
        let values: Vec<f64> = (0..40).map(|index| f64::from(index / 10)).collect();
        let width = |groups: &[usize]| {
            let [low, high] =
                grouped_interval(groups, |drawn| mean(&values, drawn)).expect("an interval");
            assert!(low < 1.5 && 1.5 < high, "{low} to {high}");
            high - low
        };
        let apart: Vec<usize> = (0..40).collect();
        let together: Vec<usize> = (0..40).map(|index| index / 10).collect();
        assert!(width(&together) > 2.0 * width(&apart));
        assert_eq!(
            grouped_interval(&[1, 1, 1], |drawn| mean(&values, drawn)),
            None
        );
    }
}
