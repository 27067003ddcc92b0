//! Curves of braille dots.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType};

/// Colours of curves, which every terminal has.
const COLOURS: [Color; 6] = [
    Color::Cyan,
    Color::Yellow,
    Color::Green,
    Color::Magenta,
    Color::Blue,
    Color::Red,
];

/// Points above this many times the median are cut off.
const FARTHEST: f64 = 4.0;

/// A named curve over the epochs.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// Some curves with common axes.
#[derive(Debug)]
pub(super) struct Curves<'a> {
    pub(super) title: &'a str,
    pub(super) lines: &'a [Curve],
    /// The range of the values; none for that of the points.
    pub(super) range: Option<[f64; 2]>,
    /// The last epoch on the axis.
    pub(super) last: usize,
    pub(super) colours: bool,
}

/// The style of the curve at this place.
pub(super) fn style(index: usize, colours: bool) -> Style {
    if colours {
        Style::new().fg(COLOURS[index % COLOURS.len()])
    } else {
        Style::new()
    }
}

impl Curves<'_> {
    /// Draws them.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect) {
        let datasets = self.lines.iter().enumerate().map(|(index, curve)| {
            Dataset::default()
                .marker(Marker::Braille)
                .graph_type(if curve.points.len() > 1 {
                    GraphType::Line
                } else {
                    GraphType::Scatter
                })
                .style(style(index, self.colours))
                .data(&curve.points)
        });
        let last = self.last.max(2);
        let range = self.range.unwrap_or_else(|| self.extent());
        let [low, high] = range.map(|value| format!("{value:.2}"));
        let chart = Chart::new(datasets.collect())
            .block(Block::new().title(self.heading(area.width)))
            .legend_position(None)
            .x_axis(
                Axis::default()
                    .bounds([1.0, last as f64])
                    .labels(["1".to_string(), last.to_string()]),
            )
            .y_axis(Axis::default().bounds(range).labels([low, high]));
        frame.render_widget(chart, area);
    }

    /// The title, and the names of the curves in their colours as far as there is room.
    fn heading(&self, width: u16) -> Line<'static> {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let mut spans = vec![Span::styled(self.title.to_string(), bold)];
        for (index, curve) in self.lines.iter().enumerate() {
            let span = Span::styled(format!("  ━ {}", curve.name), style(index, self.colours));
            let used: usize = spans.iter().map(Span::width).sum();
            if used + span.width() > usize::from(width) {
                spans.push(Span::raw(" …"));
                break;
            }
            spans.push(span);
        }
        Line::from(spans)
    }

    /// The range of the points, or one around them if they are equal. The first losses of a training may be so large that the others
    /// would all be on one line: what is far above most points is cut off.
    fn extent(&self) -> [f64; 2] {
        let values = || {
            let points = self.lines.iter().flat_map(|curve| &curve.points);
            points
                .map(|(_, value)| *value)
                .filter(|value| value.is_finite())
        };
        let low = values().fold(f64::INFINITY, f64::min);
        let mut sorted: Vec<f64> = values().collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        let high = sorted.last().copied().unwrap_or(f64::NEG_INFINITY);
        let high = if low >= 0.0 && median > 0.0 {
            high.min(FARTHEST * median)
        } else {
            high
        };
        if low < high {
            [low, high]
        } else if low.is_finite() {
            [low - 0.5, low + 0.5]
        } else {
            [0.0, 1.0]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_that_of_the_points() {
        let extent = |points: &[f64]| {
            let curve = Curve {
                name: "a".into(),
                points: points.iter().map(|value| (1.0, *value)).collect(),
            };
            Curves {
                title: "t",
                lines: &[curve],
                range: None,
                last: 3,
                colours: false,
            }
            .extent()
            .to_vec()
        };
        assert_eq!(extent(&[0.5, 2.0, f64::NAN, 1.0]), [0.5, 2.0]);
        assert_eq!(extent(&[0.5, 100.0, 1.0, 1.5]), [0.5, 6.0]);
        assert_eq!(extent(&[2.0, 2.0]), [1.5, 2.5]);
        assert_eq!(extent(&[]), [0.0, 1.0]);
    }
}
