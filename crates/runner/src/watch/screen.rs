//! The screen: what the training does, curves, scores of the classes, the device, warnings.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Cell, LineGauge, Paragraph, Row, Table, Wrap};

use crate::run_folder::scores::EpochScores;
use crate::text::escaping::printable;
use crate::text::time::duration;
use crate::watch::curves::{Curve, Curves, style};
use crate::watch::watched_run::{Condition, WatchedRun};

/// Columns from which two charts stand side by side.
const WIDE: u16 = 70;
/// Rows of a chart that can be read.
const CHART: u16 = 6;
/// Rows from which there is room for two warnings.
const TALL: u16 = 30;
/// Most classes in the table.
const CLASSES: usize = 8;
const FOOTER: &str = "q leaves; the training continues";

/// A run on a screen.
pub(super) struct Screen<'a> {
    pub(super) run: &'a WatchedRun,
    pub(super) colours: bool,
}

impl Screen<'_> {
    /// Draws everything that there is room for; the first lines are those that matter.
    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let width = area.width;
        let state = self.state();
        let facts = self.facts();
        let warnings = self.warnings(if area.height < TALL { 1 } else { 2 });
        let heights = [
            1,
            rows_of(&state, width),
            u16::from(self.is_running()),
            0,
            self.rows_of_table(),
            rows_of(&facts, width),
            rows_of(&warnings, width),
        ];
        let mut room = area.height.saturating_sub(1);
        // Charts get what is left, but at least their smallest height before warnings, facts and the table.
        let mut given = [0; 7];
        for (index, wanted) in [
            heights[0], heights[1], heights[2], CHART, heights[4], heights[5], heights[6],
        ]
        .into_iter()
        .enumerate()
        {
            given[index] = wanted.min(room);
            room -= given[index];
        }
        given[3] += room;
        let rows = given
            .map(Constraint::Length)
            .into_iter()
            .chain([Constraint::Length(1)]);
        let areas = Layout::vertical(rows).split(area);
        frame.render_widget(self.title(), areas[0]);
        frame.render_widget(Paragraph::new(state).wrap(Wrap { trim: true }), areas[1]);
        self.draw_progress(frame, areas[2]);
        self.draw_curves(frame, areas[3]);
        self.draw_table(frame, areas[4]);
        frame.render_widget(Paragraph::new(facts).wrap(Wrap { trim: true }), areas[5]);
        frame.render_widget(Paragraph::new(warnings).wrap(Wrap { trim: true }), areas[6]);
        frame.render_widget(Line::styled(FOOTER, self.quiet()), areas[7]);
    }

    fn title(&self) -> Line<'static> {
        let recipe = self.run.recipe.as_ref().map_or(String::new(), |recipe| {
            format!("  {}, {}", recipe.name, recipe.model.name.as_str())
        });
        Line::from(vec![
            Span::styled(
                safe(&self.run.name()),
                Style::new().add_modifier(Modifier::BOLD),
            ),
            Span::raw(safe(&recipe)),
        ])
    }

    fn state(&self) -> Text<'static> {
        let tone = match self.run.condition {
            Condition::Stopped(_) => Color::Red,
            Condition::Finished(_) => Color::Green,
            Condition::Running | Condition::Elsewhere(_) => Color::Reset,
        };
        let style = if self.colours {
            Style::new().fg(tone)
        } else {
            Style::new()
        };
        let mut lines = vec![Line::styled(safe(&self.run.sentence()), style)];
        let remedy = self.run.remedy();
        if !remedy.is_empty() {
            lines.push(Line::raw(safe(&remedy)));
        }
        Text::from(lines)
    }

    fn is_running(&self) -> bool {
        matches!(
            self.run.condition,
            Condition::Running | Condition::Elsewhere(_)
        )
    }

    /// A bar of all epochs, with the time left.
    fn draw_progress(&self, frame: &mut Frame<'_>, area: Rect) {
        if area.height == 0 {
            return;
        }
        let (done, epochs) = (self.run.done(), self.run.epochs());
        let under_way = self.run.beat().filter(|beat| beat.epoch == done + 1);
        let part = under_way.map_or(0.0, |beat| beat.step as f64 / beat.steps.max(1) as f64);
        let share = (done as f64 + part) / epochs.max(1) as f64;
        let left = match self.run.seconds_left() {
            Some(left) if done < epochs => format!(", about {} left", duration(left)),
            _ => String::new(),
        };
        let gauge = LineGauge::default()
            .ratio(share.clamp(0.0, 1.0))
            .label(format!("{:.0} %{left}", 100.0 * share.min(1.0)))
            .filled_symbol("━")
            .unfilled_symbol("─")
            .filled_style(style(0, self.colours));
        frame.render_widget(gauge, area);
    }

    /// Losses and Dice: side by side, above each other, or Dice alone.
    fn draw_curves(&self, frame: &mut Frame<'_>, area: Rect) {
        let run = self.run;
        if area.height < CHART || run.scores.is_empty() {
            return;
        }
        let losses = [
            curve("training", &run.scores, |line| Some(line.train_loss)),
            curve("validation", &run.scores, |line| line.validation_loss),
        ];
        let last = run.done();
        let losses = Curves {
            title: "Loss",
            lines: &losses,
            range: None,
            last,
            colours: self.colours,
        };
        let by_class = dice(run);
        let dice = Curves {
            title: "Dice",
            lines: &by_class,
            range: Some([0.0, 1.0]),
            last,
            colours: self.colours,
        };
        let halves = [Constraint::Fill(1); 2];
        if area.width >= WIDE {
            let [left, right] = Layout::horizontal(halves).spacing(2).areas(area);
            losses.draw(frame, left);
            dice.draw(frame, right);
        } else if area.height >= 2 * CHART {
            let [above, below] = Layout::vertical(halves).areas(area);
            losses.draw(frame, above);
            dice.draw(frame, below);
        } else {
            dice.draw(frame, area);
        }
    }

    fn rows_of_table(&self) -> u16 {
        let rows = self
            .run
            .last_scored()
            .map_or(0, |line| line.per_class.len().min(CLASSES));
        // With a heading, and the mean of several classes.
        match rows as u16 {
            0 => 0,
            1 => 2,
            rows => rows + 2,
        }
    }

    /// Dice of each class after the last scored epoch and after the best one.
    fn draw_table(&self, frame: &mut Frame<'_>, area: Rect) {
        let (Some(last), Some(best)) = (self.run.last_scored(), self.run.best()) else {
            return;
        };
        let heading = [
            "Dice".to_string(),
            format!("epoch {}", last.epoch),
            format!("best: {}", best.epoch),
            "kept".to_string(),
        ];
        let heading = Row::new(heading.map(Cell::from)).style(self.quiet());
        let classes = last.per_class.iter().take(CLASSES).enumerate();
        let of_best = |class: usize| best.per_class.iter().find(|scored| scored.class == class);
        let rows = classes.map(|(index, class)| {
            let kept = last.kept_per_class.get(class.class).copied().flatten();
            Row::new([
                Cell::from(safe(&class.name)).style(style(index, self.colours)),
                Cell::from(figure(class.dice)),
                Cell::from(figure(of_best(class.class).and_then(|class| class.dice))),
                Cell::from(percent(kept)),
            ])
        });
        let mean = Row::new([
            Cell::from("mean"),
            Cell::from(figure(last.dice)),
            Cell::from(figure(best.dice)),
            Cell::from(percent(Some(last.kept_pixels))),
        ]);
        let widths = [
            Constraint::Max(24),
            Constraint::Length(9),
            Constraint::Length(9),
            Constraint::Length(5),
        ];
        let mean = (last.per_class.len() > 1).then_some(mean);
        let table = Table::new(rows.chain(mean), widths)
            .header(heading)
            .column_spacing(2);
        frame.render_widget(table, area);
    }

    /// The device, the memory, and the time so far.
    fn facts(&self) -> Text<'static> {
        let run = self.run;
        let mut facts = Vec::new();
        facts.extend(
            run.device
                .as_deref()
                .map(|device| format!("device {device}")),
        );
        if let Some(beat) = run.beat() {
            let mebibytes = beat.memory_bytes as f64 / f64::from(1 << 20);
            let without = if run.is_on_gpu {
                " without the GPU's"
            } else {
                ""
            };
            facts.push(if mebibytes < 1024.0 {
                format!("memory up to {mebibytes:.0} MiB{without}")
            } else {
                format!("memory up to {:.2} GiB{without}", mebibytes / 1024.0)
            });
        }
        let seconds: f64 = run.seconds.iter().sum();
        if seconds > 0.0 {
            facts.push(format!(
                "{} for {} epochs",
                duration(seconds),
                run.seconds.len()
            ));
        }
        Text::from(safe(&facts.join("; ")))
    }

    fn warnings(&self, count: usize) -> Text<'static> {
        let tone = if self.colours {
            Style::new().fg(Color::Yellow)
        } else {
            Style::new()
        };
        let warnings = self.run.warnings();
        let latest = warnings.iter().rev().take(count).rev();
        let lines = latest.map(|warning| Line::styled(safe(&format!("Warning: {warning}")), tone));
        Text::from(lines.collect::<Vec<_>>())
    }

    fn quiet(&self) -> Style {
        if self.colours {
            Style::new().fg(Color::DarkGray)
        } else {
            Style::new()
        }
    }
}

/// Rows that a text takes at this width, broken between words.
fn rows_of(text: &Text<'_>, width: u16) -> u16 {
    let width = usize::from(width).max(1);
    let rows = text.lines.iter().map(|line| {
        let text: String = line.spans.iter().map(|span| &*span.content).collect();
        let (mut rows, mut column) = (1, 0);
        for word in text.split_whitespace() {
            let letters = Span::raw(word).width();
            if column > 0 && column + 1 + letters > width {
                (rows, column) = (rows + 1, 0);
            }
            column += letters + usize::from(column > 0);
            // A longer word is broken anywhere.
            while column > width {
                (rows, column) = (rows + 1, column - width);
            }
        }
        if text.is_empty() { 0 } else { rows }
    });
    u16::try_from(rows.sum::<usize>()).unwrap_or(u16::MAX)
}

fn curve(name: &str, scores: &[EpochScores], value: impl Fn(&EpochScores) -> Option<f64>) -> Curve {
    let point = |line: &EpochScores| Some((line.epoch as f64, value(line)?));
    Curve {
        name: name.to_string(),
        points: scores.iter().filter_map(point).collect(),
    }
}

/// A curve for each foreground class.
fn dice(run: &WatchedRun) -> Vec<Curve> {
    let classes = run.classes.iter().enumerate().skip(1);
    classes
        .map(|(class, name)| {
            curve(&safe(name), &run.scores, |line| {
                line.per_class
                    .iter()
                    .find(|scored| scored.class == class)?
                    .dice
            })
        })
        .collect()
}

/// Text without control characters.
fn safe(text: &str) -> String {
    printable(text).into()
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_string(), |value| format!("{value:.3}"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(
        || "–".to_string(),
        |share| format!("{:.0} %", 100.0 * share),
    )
}
