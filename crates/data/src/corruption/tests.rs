use super::*;

const SOUND: &str = r#"[
{"image":"burn_0001","lean":-1.25,"tolerance":3.5,"missed":[{"class":2,"x0":1,"y0":2,"x1":5,"y1":9,"area":20}],"swapped":[{"from":1,"to":2,"x0":0,"y0":0,"x1":3,"y1":3,"area":9}],"gross":"other image"},
{"image":"burn_0002","lean":0.5,"tolerance":1.0,"missed":[],"swapped":[],"gross":null}
]
"#;

fn read(text: &str) -> Result<Vec<Corruption>, DataError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(CORRUPTIONS);
    fs::write(&path, text).expect("written");
    read_corruptions(&path)
}

#[test]
fn what_is_written_is_read() {
    let list = read(SOUND).expect("a sound list");
    assert_eq!(list[0].gross, Some(GrossError::OtherImage));
    assert_eq!(list[0].missed[0].place.y1, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(CORRUPTIONS);
    write_corruptions(&path, &list).expect("written");
    assert_eq!(fs::read_to_string(&path).expect("text"), SOUND);
    write_corruptions(&path, &[]).expect("written");
    assert_eq!(read_corruptions(&path), Ok(Vec::new()));
}

#[test]
fn every_kind_of_gross_error_is_named_as_in_the_file() {
    for kind in GrossError::ALL {
        let text = serde_json::to_string(&kind).expect("text");
        assert_eq!(text, format!("{:?}", kind.as_str()));
    }
}

#[test]
fn what_is_no_such_list_is_refused_by_name() {
    for (from, to, fragment) in [
        ("\"other image\"", "\"upside down\"", "upside down"),
        ("burn_0002", "burn_0001", "twice"),
        ("\"x1\":5", "\"x1\":1", "empty"),
        ("\"x1\":5", "\"x1\":-5", "-5"),
        ("\"class\":2", "\"class\":999", "999"),
        ("-1.25", "1e999", "out of range"),
        ("[\n", "{\n", "invalid"),
    ] {
        let error = read(&SOUND.replacen(from, to, 1)).expect_err(to);
        assert!(error.found.contains(fragment), "{to}: {error}");
        assert!(error.file.ends_with(CORRUPTIONS));
    }
}
