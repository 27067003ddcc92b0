//! `cases.csv`: every score of every case of an evaluation, one per line, for any program that reads tables.

use std::path::Path;

use data::Split;
use metrics::{CaseScore, ClassScore, Metric};
use serde::{Deserialize, Serialize};

use crate::error::RunnerError;
use crate::files::disk::read_bounded;

/// Its name in a run folder.
pub(crate) const FILE: &str = "cases.csv";

/// Largest size in bytes: enough for millions of lines.
const MOST: u64 = 1 << 28;

/// Which labels a case was scored against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// The labels of the data set, as they were drawn.
    Noisy,
    /// Labels without annotation noise, which synthetic sets have.
    Clean,
}

impl Truth {
    /// Its name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Noisy => "noisy",
            Self::Clean => "clean",
        }
    }
}

/// Whether the masks of a case's class are empty, which decides how it is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EmptyMasks {
    /// Neither is.
    #[serde(rename = "-")]
    Neither,
    /// Both are: the case is not counted.
    #[serde(rename = "both empty")]
    Both,
    /// Only the prediction's is.
    #[serde(rename = "missed")]
    Missed,
    /// Only the truth's is.
    #[serde(rename = "false alarm")]
    FalseAlarm,
}

impl EmptyMasks {
    fn of(score: &ClassScore) -> Self {
        match (score.truth, score.prediction) {
            (0, 0) => Self::Both,
            (0, _) => Self::FalseAlarm,
            (_, 0) => Self::Missed,
            _ => Self::Neither,
        }
    }
}

/// A line: one value of one metric of one class of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseLine {
    /// Which images were evaluated.
    pub(crate) split: Split,
    /// Against which labels.
    pub(crate) truth: Truth,
    /// The patient.
    pub(crate) patient: String,
    /// Name of the image or the volume.
    pub(crate) image: String,
    /// Name of the class; empty for the accuracy, which is of all classes.
    pub(crate) class: String,
    /// The metric.
    pub(crate) metric: Metric,
    /// Its value; none if the rule for empty masks does not count it.
    pub(crate) value: Option<f64>,
    /// Which masks of the class are empty.
    pub(crate) rule: EmptyMasks,
}

/// Whose score it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CaseName<'a> {
    pub(crate) split: Split,
    pub(crate) truth: Truth,
    pub(crate) patient: &'a str,
    pub(crate) image: &'a str,
}

/// The lines of one case: its accuracy, and every metric of every foreground class that has a name. The classes `uncounted`
/// have no lines.
pub(crate) fn case_lines(
    of: CaseName<'_>,
    score: &CaseScore,
    class_names: &[String],
    uncounted: &[usize],
) -> Vec<CaseLine> {
    let line = |class: &str, metric, value, rule| CaseLine {
        split: of.split,
        truth: of.truth,
        patient: of.patient.to_string(),
        image: of.image.to_string(),
        class: class.to_string(),
        metric,
        value,
        rule,
    };
    let mut lines = vec![line(
        "",
        Metric::Accuracy,
        score.accuracy,
        EmptyMasks::Neither,
    )];
    let classes = score.per_class.iter().zip(class_names).enumerate().skip(1);
    for (class, (score, name)) in classes {
        if uncounted.contains(&class) {
            continue;
        }
        let rule = EmptyMasks::of(score);
        lines.extend(
            Metric::of_classes().map(|metric| line(name, metric, metric.of_class(score), rule)),
        );
    }
    lines
}

/// The lines as the bytes of a table with a header.
///
/// # Errors
///
/// The table's writer failed, which writing to memory does not.
pub(crate) fn table(lines: &[CaseLine]) -> Result<Vec<u8>, RunnerError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.serialize(line).map_err(RunnerError::bug)?;
    }
    writer
        .into_inner()
        .map_err(|error| RunnerError::bug(error.to_string()))
}

/// Reads the `cases.csv` of a run.
///
/// # Errors
///
/// There is none, or it is no such table.
pub(crate) fn read(run: &Path) -> Result<Vec<CaseLine>, RunnerError> {
    let path = run.join(FILE);
    let bytes = read_bounded(&path, MOST).map_err(|error| {
        RunnerError::unreadable(&path, error).with_advice(
            "a run has it when it is finished; for one that an earlier version finished, `selvedge evaluate RUN` writes it",
        )
    })?;
    let wrong = |error: csv::Error| {
        RunnerError::fixable(
            format!(
                "{}: expected a table as `selvedge evaluate` writes it, found: {error}",
                path.display()
            ),
            "remove it, and let `selvedge evaluate RUN` write it again",
        )
    };
    let lines: Result<Vec<CaseLine>, csv::Error> =
        csv::Reader::from_reader(&*bytes).deserialize().collect();
    let lines = lines.map_err(wrong)?;
    let infinite = lines
        .iter()
        .position(|line| line.value.is_some_and(|value| !value.is_finite()));
    if let Some(index) = infinite {
        return Err(RunnerError::fixable(
            format!(
                "{}: line {}: expected a finite value, found {}",
                path.display(),
                index + 2,
                lines[index].value.unwrap_or_default()
            ),
            "remove the file, and let `selvedge evaluate RUN` write it again",
        ));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(truth: u64, prediction: u64, dice: Option<f64>) -> ClassScore {
        ClassScore {
            truth,
            prediction,
            dice,
            ..ClassScore::default()
        }
    }

    fn lines() -> Vec<CaseLine> {
        let case = CaseScore {
            accuracy: Some(0.1 + 0.2),
            per_class: vec![
                score(9, 9, Some(1.0)),
                score(2, 3, Some(0.8)),
                score(2, 0, Some(0.0)),
                score(0, 2, Some(0.0)),
                score(0, 0, None),
            ],
            pixels: 10,
            correct: 5,
            confusion: metrics::ConfusionMatrix::default(),
        };
        let names = ["background", "a, \"b\"", "ü", "=1+1", "line\nend"].map(String::from);
        let of = CaseName {
            split: Split::Test,
            truth: Truth::Clean,
            patient: "P, 1",
            image: "1",
        };
        case_lines(of, &case, &names, &[])
    }

    #[test]
    fn a_table_is_read_back_as_it_was() {
        let lines = lines();
        assert_eq!(lines.len(), 1 + 4 * 7);
        let rules: Vec<EmptyMasks> = lines[1..].iter().step_by(7).map(|line| line.rule).collect();
        assert_eq!(
            rules,
            [
                EmptyMasks::Neither,
                EmptyMasks::Missed,
                EmptyMasks::FalseAlarm,
                EmptyMasks::Both
            ]
        );
        let folder = tempfile::tempdir().expect("a folder");
        let bytes = table(&lines).expect("a table");
        std::fs::write(folder.path().join(FILE), &bytes).expect("written");
        assert_eq!(read(folder.path()).expect("read"), lines);
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.starts_with(
            "split,truth,patient,image,class,metric,value,rule\n\
             test,clean,\"P, 1\",1,,accuracy,0.30000000000000004,-\n"
        ));
    }

    #[test]
    fn classes_that_do_not_count_have_no_lines() {
        let CaseLine { class, .. } = &lines()[1];
        assert_eq!(class, "a, \"b\"");
        let case = CaseScore {
            accuracy: None,
            per_class: vec![score(1, 1, Some(1.0)); 3],
            pixels: 0,
            correct: 0,
            confusion: metrics::ConfusionMatrix::default(),
        };
        let names = ["background", "a", "b"].map(String::from);
        let of = CaseName {
            split: Split::Test,
            truth: Truth::Noisy,
            patient: "1",
            image: "1",
        };
        let lines = case_lines(of, &case, &names, &[1]);
        assert!(lines.iter().all(|line| line.class != "a"));
        assert_eq!(lines.len(), 1 + 7);
    }

    #[test]
    fn other_tables_are_refused_by_name() {
        let header = "split,truth,patient,image,class,metric,value,rule\n";
        for (text, found) in [
            ("a,b\n1,2\n".to_string(), "missing field"),
            (
                format!("{header}test,noisy,1,1,a,dise,0.5,-\n"),
                "unknown variant",
            ),
            (
                format!("{header}test,noisy,1,1,a,dice,0.5\n"),
                "found record with 7 fields",
            ),
            (
                format!("{header}test,noisy,1,1,a,dice,inf,-\n"),
                "line 2: expected a finite value, found inf",
            ),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(folder.path().join(FILE), text).expect("written");
            let error = read(folder.path()).expect_err("no such table");
            assert_eq!(error.exit_code, 2);
            assert!(error.message().contains(found), "{found} in {error}");
            assert!(error.message().contains(FILE), "{error}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let error = read(folder.path()).expect_err("no file");
        assert!(error.advice.contains("selvedge evaluate"), "{error:?}");
    }
}
