use super::*;

#[test]
fn slices_are_separated_and_stacked_again() {
    let whole = LabelVolume {
        shape: [3, 2, 2],
        classes: (0..12).collect(),
    };
    assert_eq!(whole.slice(1).classes, [4, 5, 6, 7]);
    let again = LabelVolume::of_slices((0..3).map(|index| whole.slice(index)));
    assert_eq!(again, whole);
}
