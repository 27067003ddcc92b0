use super::*;

#[test]
fn unreadable_and_indistinct_names_are_refused() {
    let checked = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        check(Path::new("set"), &names)
    };
    assert_eq!(checked(&["background", "burn", "größer"]), Ok(()));
    for (names, found) in [
        (["background", " "], "one without letters"),
        (["burn", "burn "], "two called 'burn'"),
        (["background", &"σ".repeat(101)], "one of 101 letters"),
    ] {
        let error = checked(&names).expect_err(found);
        assert_eq!(error.found, found);
    }
}
