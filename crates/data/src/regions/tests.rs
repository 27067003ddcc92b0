use super::*;

/// A square of label 2 in the middle, with half the side of the image.
fn square(size: usize) -> Vec<u8> {
    let inside = |value: usize| (size / 4..3 * size / 4).contains(&value);
    (0..size * size)
        .map(|index| u8::from(inside(index % size) && inside(index / size)) * 2)
        .collect()
}

#[test]
fn a_square_is_four_corners() {
    let mask: Vec<bool> = square(64).iter().map(|class| *class > 0).collect();
    let regions = regions(&mask, 64);
    assert_eq!(regions.len(), 1);
    assert_eq!(regions[0].bounds().corners(), [16, 16, 48, 48]);
    let border = outline(&regions[0]);
    assert_eq!(border.len(), 4 * 31);
    let corners = simplify(&border, 1.0);
    assert_eq!(corners.len(), 4, "{corners:?}");
    let mut drawn = vec![0; 64 * 64];
    fill(&corners, 64, 2, &mut drawn);
    assert!(drawn == square(64));
}

#[test]
fn a_single_pixel_has_an_outline() {
    let mut mask = vec![false; 64];
    mask[27] = true;
    assert_eq!(outline(&regions(&mask, 8)[0]), [[3.0, 3.0]]);
}

#[test]
fn an_image_that_is_not_square_has_its_regions_in_order() {
    // Two rows of five pixels: `x . . x x` and `. x . . x`.
    let mask = [
        true, false, false, true, true, //
        false, true, false, false, true,
    ];
    let found = regions(&mask, 5);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].pixels, [[0, 0], [1, 1]]);
    assert_eq!(found[0].bounds().corners(), [0, 0, 2, 2]);
    assert_eq!(found[1].bounds().corners(), [3, 0, 5, 2]);
}

#[test]
fn an_empty_image_has_no_regions() {
    assert!(regions(&[], 0).is_empty());
    fill(&[[0.0, 0.0]], 0, 1, &mut []);
}

/// The region of all pixels marked `x`.
fn drawn(rows: &[&str]) -> Region {
    let width = rows[0].len();
    let mask: Vec<bool> = rows.concat().chars().map(|mark| mark == 'x').collect();
    let mut found = regions(&mask, width);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn borders_enclose_whole_pixels_and_ignore_holes() {
    assert_eq!(
        borders(&drawn(&["...", ".x.", "..."])),
        [[[1, 1], [2, 1], [2, 2], [1, 2]]]
    );
    // Straight sides have no corners in between; the hole has no border.
    assert_eq!(
        borders(&drawn(&["xxx", "x.x", "xxx"])),
        [[[0, 0], [3, 0], [3, 3], [0, 3]]]
    );
    // An L.
    assert_eq!(
        borders(&drawn(&["x..", "x..", "xxx"])),
        [[[0, 0], [1, 0], [1, 2], [3, 2], [3, 3], [0, 3]]]
    );
}

#[test]
fn parts_that_touch_at_a_corner_have_one_border_each() {
    let found = borders(&drawn(&["x.", ".x"]));
    assert_eq!(
        found,
        [
            [[0, 0], [1, 0], [1, 1], [0, 1]],
            [[1, 1], [2, 1], [2, 2], [1, 2]]
        ]
    );
}
