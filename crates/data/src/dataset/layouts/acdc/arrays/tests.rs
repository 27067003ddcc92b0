use super::*;

#[test]
fn slices_and_volumes_of_one_case_are_one_patient() {
    assert_eq!(patient("case_001_sliceED_0"), "case_001");
    assert_eq!(patient("case_002_volume_ED"), "case_002");
    assert_eq!(patient("anything"), "anything");
}
