use super::*;

fn preview(name: &str, value: f32, class: u8) -> Preview {
    let (height, width) = (2, 3);
    let mut image = PlanarImage {
        height,
        width,
        values: vec![value; 3 * height * width],
    };
    image.values[0] = 1.0;
    let mut truth = labels(class);
    truth.classes[0] = 255;
    Preview {
        name: name.into(),
        image,
        truth,
    }
}

fn labels(class: u8) -> LabelMap {
    LabelMap {
        height: 2,
        width: 3,
        classes: vec![class; 6],
    }
}

fn run() -> (tempfile::TempDir, RunWriter) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let writer = RunWriter::create("run", Some(&folder.path().join("run"))).expect("a new run");
    (folder, writer)
}

fn previews() -> Previews {
    Previews {
        size: [2, 3],
        validation: vec![preview("a", 0.2, 1), preview("<b>", 0.4, 2)],
        training: vec![preview("c, slice 3", 0.6, 0)],
    }
}

#[test]
fn previews_are_read_as_they_were_written_and_later_epochs_are_removed() {
    let (_folder, run) = run();
    assert_eq!(Previews::read(&run).expect("nothing to read"), None);
    let previews = previews();
    previews.write(&run).expect("written");
    previews.write(&run).expect("written again");
    for epoch in [1, 2, 12] {
        previews
            .write_predictions(&run, epoch, &[labels(epoch as u8), labels(0)])
            .expect("written");
    }
    previews
        .write_dropped(&run, 2, &[labels(1)])
        .expect("written");
    let read = Previews::read(&run).expect("readable").expect("previews");
    assert_eq!(read, previews);
    assert_eq!(Previews::predicted_epochs(&run), [1, 2, 12]);
    assert_eq!(Previews::dropped_epochs(&run), [2]);
    assert_eq!(
        read.predictions(&run, 12).expect("readable"),
        [labels(12), labels(0)]
    );
    assert_eq!(read.dropped(&run, 2).expect("readable"), [labels(1)]);

    let half = run.path().join(FOLDER).join("validation-0003.png.new");
    fs::write(&half, "half").expect("written");
    Previews::truncate_after(&run, 1).expect("removed");
    assert_eq!(Previews::predicted_epochs(&run), [1]);
    assert!(Previews::dropped_epochs(&run).is_empty());
    assert!(!half.exists());
    assert_eq!(Previews::read(&run).expect("readable"), Some(read));
}

#[test]
fn damaged_files_are_errors_that_name_them() {
    let (_folder, run) = run();
    previews().write(&run).expect("written");
    let here = run.path().join(FOLDER);
    let refuse = |name: &str, content: &[u8]| {
        let before = fs::read(here.join(name)).expect("a file");
        fs::write(here.join(name), content).expect("written");
        let error = Previews::read(&run).expect_err("damaged");
        assert!(error.message().contains(name), "{error}");
        fs::write(here.join(name), before).expect("restored");
    };
    refuse("validation.png", b"no image");
    refuse("training-truth.png", b"");
    refuse(LIST, b"{}");
    refuse(
        LIST,
        br#"{"size":[99999999,2],"validation":[],"training":[]}"#,
    );
    // One image less than the list has.
    let one = label_stack([labels(1)].iter(), [2, 3]).expect("a stack");
    refuse("validation-truth.png", &one);
    let other = PlanarImage {
        height: 1,
        width: 3,
        values: vec![0.0; 9],
    };
    image_stack([&other].into_iter(), [2, 3]).expect_err("another size");
}
