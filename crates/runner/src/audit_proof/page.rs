//! The measures of an audit as a page: the effort curves, which show what a look at the worst images finds, and the tables.

use data::counted;
use maud::{Markup, html};

use crate::audit_proof::image_measures::{
    Curve as EffortCurve, DEFAULT, GrossMeasures, LOSS, RANDOM, WEIGHT,
};
use crate::audit_proof::place_measures::PlaceMeasures;
use crate::audit_proof::report::ProofReport;
use crate::audit_proof::table::{difference, number, score_name};
use crate::page::chart::{Curve, Dash, LineChart, TONES};
use crate::page::{Page, cell, facts, section, table};

/// A page in one file.
pub(crate) fn proof_page(report: &ProofReport) -> String {
    let notes = match &report.notes {
        Some(path) => format!("as noted in {}", path.display()),
        None => "found by comparing labels and clean labels".into(),
    };
    let body = html! {
        (facts(&[
            ("audit", report.audit.display().to_string()),
            ("images", report.images.to_string()),
            ("patients", report.patients.to_string()),
            ("errors", notes),
            ("Dice of the labels against the clean ones", number(Some(report.agreement))),
        ]))
        @if let Some(gross) = &report.gross {
            (section("gross", "Labels that are wrong as a whole", &html! {
                (effort_chart("Wrong labels found, as a fraction of all", &report.gross_curves))
                (gross_table(gross))
            }))
        }
        (section("pixels", "Wrong pixels", &html! {
            (effort_chart("Wrong pixels found, as a fraction of all", &report.pixel_curves))
            (doubt_table(report))
        }))
        (section("places", "Places", &places_table(report)))
    };
    let page = Page {
        title: "How well an audit finds what is wrong",
        ..Page::default()
    };
    page.render(&body)
}

/// The curves of all scores: the default is solid, the others are dashed, the controls dotted.
fn effort_chart(title: &str, curves: &[EffortCurve]) -> Markup {
    let random = Curve {
        name: RANDOM.into(),
        points: vec![[0.0, 0.0], [100.0, 1.0]],
        tone: TONES - 1,
        dash: Dash::Dotted,
    };
    // The table has all scores.
    let single = curves.iter().filter(|curve| !curve.score.contains('+'));
    let drawn = single.enumerate().map(|(tone, curve)| Curve {
        name: score_name(&curve.score),
        points: curve
            .points
            .iter()
            .map(|[cost, found]| [100.0 * cost, *found])
            .collect(),
        tone: tone % (TONES - 1),
        dash: match &*curve.score {
            DEFAULT => Dash::Solid,
            LOSS | WEIGHT => Dash::Dotted,
            _ => Dash::Dashed,
        },
    });
    let curves: Vec<Curve> = drawn.chain([random]).collect();
    let chart = LineChart {
        title,
        across: "images looked at, the most doubtful first, in percent",
        range: Some([0.0, 1.0]),
        curves: &curves,
        mark: None,
    };
    chart.draw()
}

fn cells(values: Vec<String>) -> Vec<Markup> {
    values.iter().map(|value| cell(value)).collect()
}

fn gross_table(gross: &GrossMeasures) -> Markup {
    let rows: Vec<Vec<Markup>> = gross
        .scores
        .iter()
        .map(|score| {
            let against = score.against_loss.as_ref();
            let [at_5, at_10] = score.precision;
            cells(vec![
                score_name(&score.score),
                number(score.auroc),
                number(score.average_precision),
                number(at_5),
                number(at_10),
                number(score.effort),
                difference(against.and_then(|against| against.average_precision)),
            ])
        })
        .collect();
    let [best_5, best_10] = gross.best_precision;
    html! {
        (table(
            &["score", "AUROC", "AP", "worst 5 %", "worst 10 %", "effort", "AP − AP of the final loss"],
            &rows,
            false,
        ))
        p {
            (format!(
                "Wrong as a whole: {}, {:.1} % of all, which is the average precision (AP) of a random order. The best order has a precision of {best_5:.2} among the worst 5 %, and {best_10:.2} among the worst 10 %. Effort is the area under the curve above. Intervals are 95 % over patients.",
                counted(gross.wrong, "label"),
                100.0 * gross.prevalence
            ))
        }
    }
}

fn doubt_table(report: &ProofReport) -> Markup {
    let rows: Vec<Vec<Markup>> = report
        .doubt
        .iter()
        .map(|doubt| {
            cells(vec![
                score_name(&doubt.score),
                number(doubt.spearman),
                number(doubt.effort),
            ])
        })
        .collect();
    table(&["score", "Spearman with 1 − Dice", "effort"], &rows, false)
}

fn places_table(report: &ProofReport) -> Markup {
    let row = |name: &str, places: &PlaceMeasures| {
        let by_image = &places.by_image;
        cells(vec![
            name.into(),
            places.wrong.to_string(),
            places.listed.to_string(),
            places.hits.to_string(),
            number(places.prevalence),
            number(places.average_precision),
            number(by_image.prevalence),
            number(by_image.average_precision),
            number(by_image.ratio),
        ])
    };
    let rows = [
        row("missed structures", &report.missed),
        row("extra structures", &report.extra),
        row("wrong classes", &report.class),
    ];
    let headings = [
        "kind",
        "wrong",
        "listed",
        "hits",
        "hits of the list",
        "AP",
        "images with one",
        "AP by image",
        "ratio",
    ];
    html! {
        (table(&headings, &rows, false))
        @if let Some(border) = &report.border {
            p {
                (format!(
                    "Of {} borders, the suggested move and the noted lean have a rank correlation of {}.",
                    border.borders,
                    number(border.spearman)
                ))
            }
        }
    }
}
