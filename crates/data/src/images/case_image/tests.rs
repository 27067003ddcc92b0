use std::path::Path;

use super::*;
use crate::images::volume_grid::VolumeGrid;

#[test]
fn each_slice_changes_independently() {
    let shape = [2, 1, 3];
    let grid = VolumeGrid::new(Path::new("v.nii"), shape, [1.0; 3]).expect("a grid");
    let values = vec![0.0, 0.5, 1.0, 1.0, 0.5, 0.0];
    let mut image = CaseImage::Volume(Volume { grid, values });
    image.change_slices(|index, slice| {
        assert_eq!([slice.height, slice.width], [1, 3]);
        slice.values[index] = 0.25;
    });
    let slices: Vec<Vec<f32>> = image
        .slices()
        .map(|slice| slice.values[..3].to_vec())
        .collect();
    assert_eq!(slices, [[0.25, 0.5, 1.0], [1.0, 0.25, 0.0]]);
}
