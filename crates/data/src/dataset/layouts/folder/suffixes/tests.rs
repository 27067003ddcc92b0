use super::*;

#[test]
fn a_suffix_and_a_number_are_taken_off() {
    for (stem, suffix, expected) in [
        ("x_mask", "_mask", Some(("x", None))),
        ("x_Mask", "_mask", Some(("x", None))),
        ("x_mask_12", "_mask", Some(("x", Some(12)))),
        ("x-mask3", "-mask", Some(("x", Some(3)))),
        ("x_7_mask", "_mask", Some(("x_7", None))),
        ("x_7", "", Some(("x_7", None))),
        ("_mask", "_mask", None),
        ("x", "_mask", None),
        ("x_mask_b", "_mask", None),
        ("é_mask", "_mask", Some(("é", None))),
        ("é", "mask", None),
        ("x_mask_99999999999999999999", "_mask", None),
    ] {
        assert_eq!(without_suffix(stem, suffix), expected, "{stem} {suffix}");
    }
}

#[test]
fn only_suffixes_that_lead_to_an_image_are_found() {
    let found = |stems: &[&str]| -> Vec<String> { suffixes_among(stems).into_keys().collect() };
    assert_eq!(found(&["a", "a_mask", "b", "b_Mask"]), ["_mask"]);
    assert_eq!(found(&["a_img", "a_seg_1", "a_seg_2"]), ["_seg"]);
    assert_eq!(found(&["a", "a_mask", "a-seg"]), ["-seg", "_mask"]);
    assert_eq!(found(&["a", "b_mask", "amask"]), Vec::<String>::new());
    assert_eq!(found(&["a.1", "a.1.ground_truth"]), [".ground_truth"]);
}

#[test]
fn numbered_masks_are_several_of_some_image() {
    let images = BTreeSet::from(["a", "b"]);
    let suffix = |labels: &[&str]| suffix_of_numbered(&images, labels);
    assert_eq!(suffix(&["a_0", "a_1", "b_0"]), Some(String::new()));
    assert_eq!(suffix(&["a_mask_0", "a_mask_1"]), Some("_mask".into()));
    for others in [
        &["a_2", "b_2"][..],
        &["a_0", "a_mask_1"],
        &["a", "a_1", "a_2"],
    ] {
        assert_eq!(suffix(others), None, "{others:?}");
    }
}
