//! Scores of small label maps, computed by hand.

use super::*;

const PIXELS: [f64; 3] = [1.0; 3];

fn options(classes: usize) -> ScoreOptions {
    ScoreOptions {
        classes,
        ignore: Some(255),
        spacing: PIXELS,
        tolerance: TOLERANCE_IN_PIXELS,
    }
}

fn score(shape: [usize; 3], truth: &[u8], prediction: &[u8], options: &ScoreOptions) -> CaseScore {
    let labels = |classes| Labels { shape, classes };
    score_case(labels(truth), labels(prediction), options).expect("a sound pair")
}

#[test]
fn a_small_case_agrees_with_counting_by_hand() {
    #[rustfmt::skip]
    let truth = [
        0, 1, 1, 0,
        0, 1, 1, 0,
        2, 0, 0, 0,
    ];
    #[rustfmt::skip]
    let prediction = [
        0, 1, 1, 1,
        0, 0, 1, 0,
        0, 2, 0, 0,
    ];
    let case = score([1, 3, 4], &truth, &prediction, &options(4));
    assert_eq!(
        (case.pixels, case.correct, case.accuracy),
        (12, 8, Some(8.0 / 12.0))
    );
    let lesion = case.per_class[1];
    assert_eq!(
        (lesion.intersection, lesion.truth, lesion.prediction),
        (3, 4, 4)
    );
    assert_eq!((lesion.dice, lesion.iou), (Some(0.75), Some(0.6)));
    assert_eq!(lesion.hd, Some(1.0));
    // Distances 0, 0, 0, 1 in both directions: rank 0.95 · 3 = 2.85.
    assert!((lesion.hd95.expect("present") - 0.85).abs() < 1e-12);
    let speck = case.per_class[2];
    assert_eq!(
        (speck.dice, speck.iou, speck.hd, speck.hd95),
        (Some(0.0), Some(0.0), Some(1.0), Some(1.0))
    );
}

#[test]
fn a_class_absent_from_both_is_not_counted() {
    let case = score([1, 2, 2], &[0, 1, 0, 0], &[0, 1, 0, 0], &options(3));
    assert_eq!(case.per_class[2], ClassScore::default());
    assert_eq!(case.per_class.len(), 3);
}

#[test]
fn a_class_absent_from_one_side_scores_zero_and_is_a_diagonal_away() {
    let mut map = [0; 12];
    map[5] = 1;
    for (truth, prediction) in [(&map, &[0; 12]), (&[0; 12], &map)] {
        let missed = score([1, 3, 4], truth, prediction, &options(2)).per_class[1];
        assert_eq!((missed.dice, missed.iou), (Some(0.0), Some(0.0)));
        assert_eq!((missed.hd, missed.hd95), (Some(5.0), Some(5.0)));
    }
}

#[test]
fn the_diagonal_measures_the_box_and_omits_axes_of_one_pixel() {
    let same = |found: f64, expected: f64| {
        assert!(
            (found - expected).abs() < 1e-12,
            "{found} is not {expected}"
        );
    };
    same(diagonal([1, 3, 4], [99.0, 1.0, 1.0]), 5.0);
    same(diagonal([1, 3, 4], [1.0, 2.0, 2.0]), 10.0);
    same(diagonal([2, 3, 6], PIXELS), 7.0);
    same(diagonal([1, 1, 6], [9.0, 9.0, 0.5]), 3.0);
    same(diagonal([1, 1, 1], [9.0, 3.0, 4.0]), 5.0);
}

#[test]
fn a_miss_is_never_nearer_than_the_worst_hit() {
    // Opposite corners are the farthest two pixels can be.
    let (mut truth, mut prediction) = ([0; 12], [0; 12]);
    truth[0] = 1;
    prediction[11] = 1;
    let worst = score([1, 3, 4], &truth, &prediction, &options(2)).per_class[1].hd;
    let miss = score([1, 3, 4], &truth, &[0; 12], &options(2)).per_class[1].hd;
    assert_eq!(worst, Some(13_f64.sqrt()));
    assert!(miss > worst);
}

#[test]
fn equal_maps_score_perfectly() {
    let map: Vec<u8> = (0..60).map(|at: u8| at / 7 % 3).collect();
    for shape in [[1, 6, 10], [3, 4, 5]] {
        let case = score(shape, &map, &map, &options(3));
        assert_eq!(case.accuracy, Some(1.0));
        for class in case.per_class {
            assert_eq!((class.dice, class.iou), (Some(1.0), Some(1.0)));
            assert_eq!((class.hd, class.hd95), (Some(0.0), Some(0.0)));
        }
    }
}

#[test]
fn one_pixel_can_be_hit_or_missed() {
    let hit = score([1; 3], &[1], &[1], &options(2));
    assert_eq!(
        (hit.accuracy, hit.per_class[1].dice, hit.per_class[1].hd),
        (Some(1.0), Some(1.0), Some(0.0))
    );
    assert_eq!(hit.per_class[0], ClassScore::default());
    let miss = score([1; 3], &[1], &[0], &options(2));
    assert_eq!(
        (miss.accuracy, miss.per_class[1].dice),
        (Some(0.0), Some(0.0))
    );
    assert_eq!(miss.per_class[1].hd, Some(2_f64.sqrt()));
}

#[test]
fn a_map_with_only_ignored_pixels_has_no_scores() {
    let case = score([1, 2, 2], &[255; 4], &[0, 1, 0, 77], &options(2));
    assert_eq!((case.accuracy, case.pixels, case.correct), (None, 0, 0));
    assert_eq!(case.per_class, [ClassScore::default(); 2]);
}

#[test]
fn ignored_pixels_neither_count_nor_shape_a_boundary() {
    // A false alarm far away, and the lesion's right neighbour, are both ignored.
    #[rustfmt::skip]
    let truth = [
        1, 1, 255, 0, 0, 255,
        1, 1, 255, 0, 0, 255,
    ];
    #[rustfmt::skip]
    let prediction = [
        1, 1, 1, 0, 0, 1,
        1, 1, 0, 0, 0, 1,
    ];
    let case = score([1, 2, 6], &truth, &prediction, &options(2));
    assert_eq!((case.pixels, case.accuracy), (8, Some(1.0)));
    let lesion = case.per_class[1];
    assert_eq!(
        (lesion.truth, lesion.prediction, lesion.intersection),
        (4, 4, 4)
    );
    assert_eq!(
        (lesion.dice, lesion.hd, lesion.hd95),
        (Some(1.0), Some(0.0), Some(0.0))
    );
    // Without the ignore value the same prediction is far off.
    let counted = truth.map(|label| if label == 255 { 0 } else { label });
    assert_eq!(
        score([1, 2, 6], &counted, &prediction, &options(2)).per_class[1].hd,
        Some(4.0)
    );
}

#[test]
fn the_ignored_label_may_be_a_class_of_its_own() {
    let ignoring_background = ScoreOptions {
        ignore: Some(0),
        ..options(2)
    };
    let case = score(
        [1, 1, 4],
        &[0, 1, 1, 1],
        &[1, 1, 1, 0],
        &ignoring_background,
    );
    assert_eq!((case.pixels, case.correct), (3, 2));
    assert_eq!(
        (case.per_class[0].truth, case.per_class[0].prediction),
        (0, 1)
    );
    // The ignored pixel is not background in the truth either, or the distance would be 3.
    assert_eq!(case.per_class[0].hd, Some(4.0));
}

#[test]
fn every_one_of_256_labels_can_be_a_class() {
    let map: Vec<u8> = (0..=255).collect();
    let all = ScoreOptions {
        classes: 256,
        ignore: None,
        spacing: PIXELS,
        tolerance: TOLERANCE_IN_PIXELS,
    };
    let case = score([1, 16, 16], &map, &map, &all);
    assert_eq!(case.per_class[255].dice, Some(1.0));
}

#[test]
fn distances_scale_with_the_spacing_and_overlaps_do_not() {
    let (mut truth, mut prediction) = ([0; 24], [0; 24]);
    truth[0] = 1;
    truth[1] = 1;
    prediction[1] = 1;
    prediction[12] = 1;
    let narrow = score([2, 3, 4], &truth, &prediction, &options(2)).per_class[1];
    let wide = score(
        [2, 3, 4],
        &truth,
        &prediction,
        &ScoreOptions {
            spacing: [2.5; 3],
            ..options(2)
        },
    )
    .per_class[1];
    assert_eq!(wide.dice, narrow.dice);
    assert_eq!(wide.hd, narrow.hd.map(|distance| distance * 2.5));
}

#[test]
fn unusable_options_and_pairs_are_refused() {
    let labels = |shape, classes| Labels { shape, classes };
    let refuse = |shape, options: &ScoreOptions| {
        score_case(
            labels([1, 2, 2], &[0, 1, 2, 0]),
            labels(shape, &[0; 4]),
            options,
        )
        .expect_err("unusable")
    };
    assert_eq!(
        refuse([1, 2, 2], &options(0)),
        MetricError::ClassCount { found: 0 }
    );
    assert_eq!(
        refuse([1, 2, 2], &options(257)),
        MetricError::ClassCount { found: 257 }
    );
    for wrong in [0.0, -1.0, f64::INFINITY, f64::NAN] {
        let options = ScoreOptions {
            spacing: [1.0, wrong, 1.0],
            ..options(3)
        };
        assert!(matches!(
            refuse([1, 2, 2], &options),
            MetricError::Spacing { .. }
        ));
    }
    for tolerance in [-1.0, f64::INFINITY, f64::NAN] {
        let options = ScoreOptions {
            tolerance,
            ..options(3)
        };
        assert!(matches!(
            refuse([1, 2, 2], &options),
            MetricError::Tolerance { .. }
        ));
    }
    assert!(matches!(
        refuse([1, 1, 4], &options(3)),
        MetricError::ShapesDiffer { .. }
    ));
    assert!(matches!(
        refuse([1, 2, 2], &options(2)),
        MetricError::ClassOutOfRange { label: 2, .. }
    ));
}

#[test]
fn a_case_survives_json_without_its_confusion_matrix() {
    let mut case = score([1, 2, 2], &[0, 1, 255, 0], &[0, 0, 1, 0], &options(3));
    assert_eq!(
        case.confusion.rows(),
        [[2, 0, 0], [1, 0, 0], [0, 0, 0]],
        "the ignored pixel is not counted"
    );
    case.confusion = ConfusionMatrix::default();
    let text = serde_json::to_string(&case).expect("plain numbers");
    assert_eq!(
        serde_json::from_str::<CaseScore>(&text).expect("its own output"),
        case
    );
}
