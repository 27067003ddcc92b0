use super::*;

fn ticks(range: [f64; 2], count: usize) -> Vec<String> {
    let axis = Axis::new(range, 0.0..1.0);
    let ticks = axis.ticks(count).into_iter();
    ticks.map(|value| tick(value, axis.step(count))).collect()
}

#[test]
fn axes_have_round_numbers() {
    assert_eq!(
        ticks([0.0, 1.0], 5),
        ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    );
    assert_eq!(
        ticks([0.013, 0.03], 4),
        ["0.015", "0.020", "0.025", "0.030"]
    );
    assert_eq!(ticks([-2.0, 3.0], 5), ["-2", "-1", "0", "1", "2", "3"]);
    assert_eq!(ticks([0.0, 3e7], 3), ["0", "1.0e7", "2.0e7", "3.0e7"]);
    let epochs = Axis::new([1.0, 3.0], 0.0..1.0);
    assert_eq!(epochs.whole_ticks(7), [1.0, 2.0, 3.0]);
}

#[test]
fn curves_have_gaps_where_there_is_no_value() {
    let curve = Curve {
        name: "a <b>".into(),
        points: vec![[1.0, 0.0], [2.0, 1.0], [3.0, f64::NAN], [4.0, 0.5]],
        tone: 9,
        dash: Dash::Dashed,
    };
    let chart = LineChart {
        title: "Dice",
        across: "epoch",
        range: Some([0.0, 1.0]),
        curves: &[curve],
        mark: Some((2.0, "best")),
    };
    let text = chart.draw().into_string();
    assert!(
        text.contains("d=\"M40.0 172.0L143.3 8.0M350.0 90.0h2\""),
        "{text}"
    );
    assert!(text.contains("curve dashed tone-1") && text.contains("a &lt;b&gt;"));
    let empty = LineChart {
        curves: &[],
        range: None,
        mark: None,
        ..chart
    };
    assert!(!empty.draw().into_string().contains("NaN"));
}

#[test]
fn every_finite_value_has_a_dot_and_equal_ones_are_stacked() {
    let dot = |value: f64, link: Option<&str>| Dot {
        value,
        name: format!("case {value}"),
        link: link.map(String::from),
    };
    let mut dots = vec![dot(0.5, Some("#case-1")); 300];
    dots.push(dot(f64::NAN, None));
    dots.push(dot(2.0, None));
    let strip = DotStrip {
        title: "Dice",
        range: [0.0, 1.0],
        dots: &dots,
        mean: Some(0.5),
        interval: Some([0.4, 0.6]),
        tone: 0,
    };
    let text = strip.draw().into_string();
    assert_eq!(text.matches("<circle").count(), 301);
    assert_eq!(text.matches("href=\"#case-1\"").count(), 300);
    let mut heights: Vec<&str> = text.split("cy=\"").skip(1).collect();
    heights.sort_unstable();
    heights.dedup();
    assert!(heights.len() > 250 && !text.contains("NaN"));
}

#[test]
fn bars_are_as_long_as_their_values() {
    let bar = |name: &str, value| Bar {
        name: name.into(),
        value,
        text: format!("{value}"),
        tone: 0,
    };
    let drawn = bars(
        "areas",
        &[bar("a", 1.0), bar("b", 0.5), bar(&"c".repeat(40), f64::NAN)],
    );
    let text = drawn.into_string();
    assert!(
        text.contains("width=\"166.0\"") && text.contains("width=\"83.0\""),
        "{text}"
    );
    assert!(text.contains("ccc…"));
}
