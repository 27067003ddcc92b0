//! Charts as inline SVG: curves over epochs, strips of dots, bars. 360 units wide, so that their text is readable on a telephone.

mod axis;

use maud::{Markup, html};

use crate::page::chart::axis::{Axis, number, tick};
use crate::text::escaping::printable;

/// Width of every chart.
const WIDTH: f64 = 360.0;
/// Space for the numbers of the vertical axis.
const LEFT: f64 = 40.0;
/// Space on the right, for half of the last number.
const RIGHT: f64 = 10.0;
/// Number of different colours; see the style's `tone-0` to `tone-7`.
pub(crate) const TONES: usize = 8;

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Dash {
    /// Solid.
    #[default]
    Solid,
    /// Dashed.
    Dashed,
    /// Dotted.
    Dotted,
}

impl Dash {
    fn class(self) -> &'static str {
        match self {
            Self::Solid => "curve",
            Self::Dashed => "curve dashed",
            Self::Dotted => "curve dotted",
        }
    }
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    /// Its name in the key.
    pub(crate) name: String,
    /// Its points, from left to right; values that are not finite leave a gap.
    pub(crate) points: Vec<[f64; 2]>,
    /// Number of its colour: any; they repeat after eight.
    pub(crate) tone: usize,
    /// How it is drawn.
    pub(crate) dash: Dash,
}

/// Curves over a common horizontal axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineChart<'a> {
    /// What it shows, as its caption and its description.
    pub(crate) title: &'a str,
    /// Name of the horizontal axis.
    pub(crate) across: &'a str,
    /// Range of the vertical axis; none for that of the points.
    pub(crate) range: Option<[f64; 2]>,
    /// The curves.
    pub(crate) curves: &'a [Curve],
    /// A place on the horizontal axis to be marked, and its name: such as the best epoch.
    pub(crate) mark: Option<(f64, &'a str)>,
}

impl LineChart<'_> {
    /// The chart with its caption and its key.
    pub(crate) fn draw(&self) -> Markup {
        const TOP: f64 = 8.0;
        const BOTTOM: f64 = 172.0;
        let points = || {
            let all = self.curves.iter().flat_map(|curve| curve.points.iter());
            all.filter(|point| point[1].is_finite())
        };
        let x = Axis::around(points().map(|point| point[0]), LEFT..WIDTH - RIGHT);
        let y = match self.range {
            Some([low, high]) => Axis::new([low, high], BOTTOM..TOP),
            None => Axis::around(points().map(|point| point[1]), BOTTOM..TOP),
        };
        html! {
            figure {
                svg viewBox=(format!("0 0 {WIDTH} 206")) role="img" aria-label=(printable(self.title)) {
                    @for value in y.ticks(5) {
                        path.axis d=(format!("M{LEFT} {:.1}H{}", y.place(value), WIDTH - RIGHT)) {}
                        text x=(LEFT - 5.0) y=(number(y.place(value) + 4.0)) text-anchor="end" { (tick(value, y.step(5))) }
                    }
                    @for value in x.whole_ticks(7) {
                        text x=(number(x.place(value))) y=(BOTTOM + 15.0) text-anchor="middle" { (tick(value, 1.0)) }
                    }
                    text x=((LEFT + WIDTH - RIGHT) / 2.0) y=(BOTTOM + 30.0) text-anchor="middle" { (printable(self.across)) }
                    @if let Some((place, name)) = self.mark {
                        path.axis.dashed d=(format!("M{:.1} {TOP}V{BOTTOM}", x.place(place))) {}
                        (mark_name(x.place(place), name))
                    }
                    @for curve in self.curves {
                        path class=(format!("{} tone-{}", curve.dash.class(), curve.tone % TONES)) d=(path(curve, &x, &y)) {}
                    }
                }
                figcaption { (printable(self.title)) }
                ul.curves {
                    @for curve in self.curves {
                        li class=(format!("tone-{}", curve.tone % TONES)) {
                            svg viewBox="0 0 26 10" aria-hidden="true" { path class=(curve.dash.class()) d="M1 5H25" {} }
                            span { (printable(&curve.name)) }
                        }
                    }
                }
            }
        }
    }
}

/// A name at a vertical line, on the side where there is room.
fn mark_name(place: f64, name: &str) -> Markup {
    let on_the_left = place > WIDTH / 2.0;
    let (x, anchor) = if on_the_left {
        (place - 4.0, "end")
    } else {
        (place + 4.0, "start")
    };
    html! { text x=(number(x)) y="17" text-anchor=(anchor) { (printable(name)) } }
}

/// A curve as the commands of a path; a single point is a short line.
fn path(curve: &Curve, x: &Axis, y: &Axis) -> String {
    let mut text = String::new();
    let mut is_open = false;
    for (index, point) in curve.points.iter().enumerate() {
        if !point[1].is_finite() {
            is_open = false;
            continue;
        }
        let (across, up) = (x.place(point[0]), y.place(point[1]));
        let letter = if is_open { 'L' } else { 'M' };
        text += &format!("{letter}{across:.1} {up:.1}");
        let next = curve.points.get(index + 1);
        if !is_open && next.is_none_or(|next| !next[1].is_finite()) {
            text += "h2";
        }
        is_open = true;
    }
    text
}

/// A value of a strip of dots.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dot {
    /// Its place.
    pub(crate) value: f64,
    /// What it is, shown when one points at it.
    pub(crate) name: String,
    /// Where it leads, such as `#case-7`; none for nowhere.
    pub(crate) link: Option<String>,
}

/// One dot for each value, on a horizontal axis, with the mean and its interval.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DotStrip<'a> {
    /// What it shows.
    pub(crate) title: &'a str,
    /// Range of the axis.
    pub(crate) range: [f64; 2],
    /// The values; those that are not finite are left out.
    pub(crate) dots: &'a [Dot],
    /// The mean.
    pub(crate) mean: Option<f64>,
    /// Its interval.
    pub(crate) interval: Option<[f64; 2]>,
    /// Number of its colour.
    pub(crate) tone: usize,
}

impl DotStrip<'_> {
    /// The strip. Dots that would hide each other are stacked.
    pub(crate) fn draw(&self) -> Markup {
        const RADIUS: f64 = 3.4;
        const EDGE: f64 = 14.0;
        let x = Axis::new(self.range, EDGE..WIDTH - EDGE);
        let dots = self.dots.iter().filter(|dot| dot.value.is_finite());
        let columns = ((WIDTH - 2.0 * EDGE) / (2.0 * RADIUS)) as usize;
        let column = |dot: &Dot| {
            let share = (x.place(dot.value) - EDGE) / (WIDTH - 2.0 * EDGE);
            (share * columns as f64).round().clamp(0.0, columns as f64) as usize
        };
        let mut heights = vec![0_usize; columns + 1];
        let placed: Vec<(&Dot, usize, usize)> = dots
            .map(|dot| {
                let column = column(dot);
                heights[column] += 1;
                (dot, column, heights[column] - 1)
            })
            .collect();
        let highest = heights.iter().copied().max().unwrap_or(0).max(3);
        // Many equal values would need a tower: they move closer.
        let rise = (2.0 * RADIUS).min(120.0 / highest as f64);
        let base = 10.0 + rise * highest as f64;
        html! {
            svg viewBox=(format!("0 0 {WIDTH} {:.0}", base + 26.0)) role="group" aria-label=(printable(self.title)) class=(format!("tone-{}", self.tone % TONES)) {
                @if let Some([low, high]) = self.interval {
                    rect.band x=(number(x.place(low))) y="4" width=(number((x.place(high) - x.place(low)).max(1.0))) height=(number(base - 1.0)) {}
                }
                @if let Some(mean) = self.mean {
                    path.mean d=(format!("M{:.1} 4V{:.1}", x.place(mean), base + 3.0)) {}
                }
                path.axis d=(format!("M{EDGE} {:.1}H{}", base + 3.0, WIDTH - EDGE)) {}
                @for value in x.ticks(6) {
                    text x=(number(x.place(value))) y=(number(base + 17.0)) text-anchor="middle" { (tick(value, x.step(6))) }
                }
                @for (dot, column, level) in &placed {
                    @let across = EDGE + *column as f64 * (WIDTH - 2.0 * EDGE) / columns as f64;
                    @let circle = html! {
                        circle.dot cx=(number(across)) cy=(number(base - RADIUS - rise * *level as f64)) r=(RADIUS) {
                            title { (printable(&dot.name)) }
                        }
                    };
                    @match &dot.link {
                        Some(link) => a href=(link) aria-label=(printable(&dot.name)) { (circle) },
                        None => (circle),
                    }
                }
            }
        }
    }
}

/// A bar with its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    /// Its name, to its left.
    pub(crate) name: String,
    /// Its length.
    pub(crate) value: f64,
    /// The number to its right.
    pub(crate) text: String,
    /// Number of its colour.
    pub(crate) tone: usize,
}

/// Horizontal bars that begin at 0, one below the other.
pub(crate) fn bars(title: &str, bars: &[Bar]) -> Markup {
    const NAMES: f64 = 120.0;
    const NUMBERS: f64 = 74.0;
    const ROW: f64 = 18.0;
    let values = bars.iter().map(|bar| bar.value);
    let longest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let length = |bar: &Bar| {
        let share = bar.value / longest.max(f64::MIN_POSITIVE);
        (WIDTH - NAMES - NUMBERS) * share.clamp(0.0, 1.0)
    };
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {}", ROW * bars.len() as f64 + 4.0)) role="img" aria-label=(printable(title)) {
            @for (row, bar) in bars.iter().enumerate() {
                @let top = ROW * row as f64;
                text x=(NAMES - 6.0) y=(number(top + 13.0)) text-anchor="end" { (printable(&shortened(&bar.name))) }
                rect class=(format!("bar tone-{}", bar.tone % TONES)) x=(NAMES) y=(number(top + 3.0)) width=(number(length(bar).max(0.5))) height="12" {
                    title { (printable(&bar.name)) ": " (printable(&bar.text)) }
                }
                text x=(number(NAMES + length(bar) + 5.0)) y=(number(top + 13.0)) { (printable(&bar.text)) }
            }
        }
    }
}

/// A name that has room next to a bar.
fn shortened(name: &str) -> String {
    const MOST: usize = 20;
    if name.chars().count() <= MOST {
        return name.to_string();
    }
    let start: String = name.chars().take(MOST - 1).collect();
    start + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
