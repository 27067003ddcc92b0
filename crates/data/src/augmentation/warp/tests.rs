use super::*;
use crate::augmentation::tests::sample;

fn turned(degrees: f64, scale: f64, size: [usize; 2]) -> Warp {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    Warp {
        size,
        corner: [0, 0],
        displacement: None,
        row_by_row: cosine / scale,
        row_by_column: sine / scale,
        column_by_row: -sine / scale,
        column_by_column: cosine / scale,
    }
}

fn linear_tone() -> [f32; 256] {
    std::array::from_fn(|byte| byte as f32)
}

#[test]
fn rearranging_whole_pixels_equals_interpolating_them() {
    let tone = linear_tone();
    let parts = |a: f64, b: f64, c: f64, d: f64| Warp {
        size: [0, 0],
        corner: [0, 0],
        displacement: None,
        row_by_row: a,
        row_by_column: b,
        column_by_row: c,
        column_by_column: d,
    };
    for (size, turns) in [([7, 7], true), ([6, 6], true), ([4, 9], false)] {
        let sample = sample(size[0], size[1]);
        for (one, other) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
            let straight = parts(one, 0.0, 0.0, other);
            let across = parts(0.0, one, other, 0.0);
            let warps = [straight, across];
            for warp in warps.iter().take(if turns { 2 } else { 1 }) {
                // The whole image, and a crop of one row and one column less from either corner.
                let less = size.map(|side| side - 1);
                for (size, corner) in [(size, [0, 0]), (less, [0, 0]), (less, [1, 1])] {
                    let warp = Warp {
                        size,
                        corner,
                        ..warp.clone()
                    };
                    assert!(warp.moves_whole_pixels());
                    let pixels = size[0] * size[1];
                    let mut one = (vec![0.0; 3 * pixels], vec![0; pixels]);
                    let mut other = one.clone();
                    warp.rearrange(&sample, &tone, &mut one.0, &mut one.1);
                    warp.interpolate(&sample, &tone, 255, &mut other.0, &mut other.1);
                    assert_eq!(one, other, "{warp:?} of {size:?}");
                }
            }
        }
    }
}

#[test]
fn a_slope_is_interpolated_where_the_map_points() {
    let (height, width) = (21, 31);
    let slope = |row: f64, column: f64| 20.0 + 4.0 * row + 3.0 * column;
    let plane: Vec<u8> = (0..height * width)
        .map(|index| slope((index / width) as f64, (index % width) as f64) as u8)
        .collect();
    let sample = Sample {
        height,
        width,
        image: [plane.clone(), plane.clone(), plane].concat(),
        labels: vec![1; height * width],
    };
    let mut values = vec![0.0; 3 * height * width];
    let mut labels = vec![0; height * width];
    turned(30.0, 1.3, [height, width]).apply(
        &sample,
        &linear_tone(),
        255,
        &mut values,
        &mut labels,
    );

    let (sine, cosine) = 30_f64.to_radians().sin_cos();
    let mut inside = 0;
    for row in 0..height {
        for column in 0..width {
            let (down, right) = (row as f64 - 10.0, column as f64 - 15.0);
            let from_row = 10.0 + (cosine * down + sine * right) / 1.3;
            let from_column = 15.0 + (cosine * right - sine * down) / 1.3;
            let index = row * width + column;
            let seen = (-0.5..20.5).contains(&from_row) && (-0.5..30.5).contains(&from_column);
            assert_eq!(
                labels[index],
                if seen { 1 } else { 255 },
                "row {row}, column {column}"
            );
            let expected = slope(from_row.clamp(0.0, 20.0), from_column.clamp(0.0, 30.0));
            for channel in 0..3 {
                let found = f64::from(values[channel * height * width + index]);
                assert!(
                    (found - expected).abs() < 1e-3,
                    "row {row}, column {column}"
                );
            }
            inside += usize::from(seen);
        }
    }
    assert!(inside > height * width / 2 && inside < height * width);
}

#[test]
fn a_scale_above_one_enlarges() {
    let mut sample = sample(8, 8);
    sample.labels = (0..64)
        .map(|index| u8::from((2..6).contains(&(index / 8)) && (2..6).contains(&(index % 8))))
        .collect();
    let mut values = vec![0.0; 192];
    let mut labels = vec![0; 64];
    turned(0.0, 2.0, [8, 8]).apply(&sample, &linear_tone(), 255, &mut values, &mut labels);
    assert_eq!(labels, [1; 64]);
    turned(0.0, 0.5, [8, 8]).apply(&sample, &linear_tone(), 255, &mut values, &mut labels);
    let count = |class| labels.iter().filter(|label| **label == class).count();
    assert_eq!([count(1), count(0), count(255)], [4, 12, 48]);
}
