//! The measures of an audit as text.

use std::fmt::Write;

use data::counted;

use crate::audit_proof::image_measures::{Difference, GrossMeasures, LOSS, WEIGHT};
use crate::audit_proof::place_measures::PlaceMeasures;
use crate::audit_proof::report::ProofReport;

/// A number with three digits, or a dash.
pub(crate) fn number(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| format!("{value:.3}"))
}

/// A difference with its interval.
pub(crate) fn difference(found: Option<Difference>) -> String {
    match found {
        None => "–".into(),
        Some(Difference { value, ci95: None }) => format!("{value:+.3}"),
        Some(Difference {
            value,
            ci95: Some([low, high]),
        }) => format!("{value:+.3} [{low:+.3}, {high:+.3}]"),
    }
}

/// The name of a score, with what it is for.
pub(crate) fn score_name(name: &str) -> String {
    match name {
        LOSS => "final_loss (control)".into(),
        WEIGHT => "weight (neg. control)".into(),
        other => other.into(),
    }
}

/// Tables of all measures.
pub(crate) fn proof_table(report: &ProofReport) -> String {
    let mut text = format!(
        "{} of {}; labels agree with the clean ones to a Dice of {:.3}; {}\n",
        counted(report.images, "image"),
        counted(report.patients, "patient"),
        report.agreement,
        match &report.notes {
            Some(path) => format!("errors as noted in {}", path.display()),
            None => "errors found by comparing the two".into(),
        }
    );
    match &report.gross {
        Some(gross) => gross_table(&mut text, gross),
        None => text += "\nno label is wrong as a whole\n",
    }
    text += "\nhow wrong the labels are: correlation with 1 − Dice, and wrong pixels found (area under the effort curve; random 0.5)\n";
    let lines = |text: &mut String| -> std::fmt::Result {
        writeln!(text, "{:<34} {:>8}  {:>6}", "score", "Spearman", "effort")?;
        for doubt in &report.doubt {
            let name = score_name(&doubt.score);
            let (spearman, effort) = (number(doubt.spearman), number(doubt.effort));
            writeln!(text, "{name:<34} {spearman:>8}  {effort:>6}")?;
        }
        writeln!(
            text,
            "\nplaces, in images whose label is not wrong as a whole"
        )?;
        writeln!(
            text,
            "{:<34} {:>5}  {:>6}  {:>5}  {:>10}  {:>5}  by image: {:>5}  {:>10}  {:>5}  {:>5}",
            "kind",
            "wrong",
            "listed",
            "hits",
            "prevalence",
            "AP",
            "wrong",
            "prevalence",
            "AP",
            "ratio"
        )?;
        for (name, places) in [
            ("missed structures", &report.missed),
            ("extra structures", &report.extra),
            ("wrong classes", &report.class),
        ] {
            place_line(text, name, places)?;
        }
        if let Some(border) = &report.border {
            writeln!(
                text,
                "\nborders: {} with a noted lean, correlation of the suggested move with it {}",
                border.borders,
                number(border.spearman)
            )?;
        }
        Ok(())
    };
    lines(&mut text).expect("a String takes everything");
    text
}

fn place_line(text: &mut String, name: &str, places: &PlaceMeasures) -> std::fmt::Result {
    let by_image = &places.by_image;
    writeln!(
        text,
        "{name:<34} {:>5}  {:>6}  {:>5}  {:>10}  {:>5}            {:>5}  {:>10}  {:>5}  {:>5}",
        places.wrong,
        places.listed,
        places.hits,
        number(places.prevalence),
        number(places.average_precision),
        by_image.wrong,
        number(by_image.prevalence),
        number(by_image.average_precision),
        by_image
            .ratio
            .map_or("–".into(), |ratio| format!("{ratio:.1}")),
    )
}

fn gross_table(text: &mut String, gross: &GrossMeasures) {
    let [best_5, best_10] = gross.best_precision;
    let mut lines = || -> std::fmt::Result {
        writeln!(
            text,
            "\nlabels that are wrong as a whole: {}, {:.1} % of the images; the best order has a precision of {best_5:.2} among the worst 5 %, {best_10:.2} among the worst 10 %",
            gross.wrong,
            100.0 * gross.prevalence
        )?;
        writeln!(
            text,
            "{:<34} {:>5}  {:>5}  {:>5}  {:>5}  {:>6}  AP − AP of the final loss",
            "score", "AUROC", "AP", "5 %", "10 %", "effort"
        )?;
        for score in &gross.scores {
            let [at_5, at_10] = score.precision.map(number);
            let against = score.against_loss.as_ref();
            writeln!(
                text,
                "{:<34} {:>5}  {:>5}  {at_5:>5}  {at_10:>5}  {:>6}  {}",
                score_name(&score.score),
                number(score.auroc),
                number(score.average_precision),
                number(score.effort),
                difference(against.and_then(|against| against.average_precision)),
            )?;
        }
        if gross.kinds.is_empty() {
            return Ok(());
        }
        writeln!(text, "\nAUROC by kind of error")?;
        write!(text, "{:<34}", "score")?;
        for kind in &gross.kinds {
            write!(
                text,
                "  {:>16}",
                format!("{} ({})", kind.kind.as_str(), kind.wrong)
            )?;
        }
        writeln!(text)?;
        for score in gross.kinds[0].auroc.keys() {
            write!(text, "{:<34}", score_name(score))?;
            for kind in &gross.kinds {
                write!(text, "  {:>16}", number(kind.auroc[score]))?;
            }
            writeln!(text)?;
        }
        Ok(())
    };
    lines().expect("a String takes everything");
}
