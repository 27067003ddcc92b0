use std::path::Path;

use super::*;

fn volume(values: Vec<f32>) -> Volume {
    let shape = [1, 1, values.len()];
    Volume {
        grid: VolumeGrid::new(Path::new("v.nii"), shape, [1.0; 3]).expect("a grid"),
        values,
    }
}

#[test]
fn values_are_stretched_over_the_whole_range() {
    let mut stretched = volume(vec![-50.0, 0.0, 150.0]);
    stretched.normalise(VolumeNormalise::MinMax);
    assert_eq!(stretched.values, [0.0, 0.25, 1.0]);
    let mut flat = volume(vec![7.0; 5]);
    flat.normalise(VolumeNormalise::Percentile);
    assert_eq!(flat.values, [0.0; 5]);
    let mut widest = volume(vec![f32::MIN, 0.0, f32::MAX]);
    widest.normalise(VolumeNormalise::MinMax);
    assert_eq!(widest.values, [0.0, 0.5, 1.0]);
}

#[test]
fn percentiles_ignore_outliers() {
    let mut values: Vec<f32> = (0..=1000).map(|value| value as f32).collect();
    values[1000] = 1e6;
    let mut volume = volume(values);
    volume.normalise(VolumeNormalise::Percentile);
    assert!(volume.values[5] == 0.0 && volume.values[6] > 0.0);
    assert!(volume.values[994] < 1.0 && volume.values[995] >= 1.0);
    assert!(volume.values[1000] <= 1.0);
}
