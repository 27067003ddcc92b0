use super::*;

#[test]
fn a_third_of_a_turn_of_the_hue_makes_red_green_and_leaves_grey() {
    let turned = |degrees, saturation, colour: [f32; 3]| {
        colour_matrix(degrees, saturation)
            .map(|row| (0..3).map(|from| row[from] * colour[from]).sum::<f32>())
    };
    let near = |one: [f32; 3], other: [f32; 3]| {
        (0..3).all(|index| (one[index] - other[index]).abs() < 1e-6)
    };
    assert!(near(turned(120.0, 1.0, [1.0, 0.0, 0.0]), [0.0, 1.0, 0.0]));
    assert!(near(turned(37.0, 1.4, [0.6; 3]), [0.6; 3]));
    assert!(near(turned(0.0, 0.0, [1.0, 0.0, 0.0]), [0.299; 3]));
    assert!(near(turned(0.0, 1.0, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9]));
}
