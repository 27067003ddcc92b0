//! The report as a page of Markdown.

use std::fmt::Write;

use serde_json::Value;

use crate::commands::bench::machine::plan::Section;
use crate::commands::bench::machine::report::{MachineReport, Measured};

/// Shown where there is no figure.
const NONE: &str = "–";

/// The page.
pub(super) fn page(report: &MachineReport) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# Selvedge on {}\n", report.device);
    let _ = writeln!(
        text,
        "{}. {:.0} s for everything.\n",
        report.selvedge, report.seconds
    );
    if report.tiny {
        text += "The sizes are too small for meaningful figures.\n\n";
    }
    text += &doctor(report);
    text += &steps(report);
    text += &training(report);
    text += &table(report);
    text += &failures(report);
    text
}

impl MachineReport {
    fn of(&self, section: Section) -> impl Iterator<Item = &Measured> {
        let all = self.measurements.iter();
        all.filter(move |one| one.measurement.section == section)
    }

    fn result(&self, section: Section) -> Option<&Value> {
        self.of(section).find_map(|one| one.result.as_ref())
    }

    /// The result of the same step elsewhere.
    fn same_step(&self, section: Section, step: &Measured) -> Option<&Value> {
        let same = |other: &&Measured| {
            let (this, other) = (&step.measurement, &other.measurement);
            this.network == other.network && this.batch == other.batch
        };
        self.of(section).find(same)?.result.as_ref()
    }
}

fn doctor(report: &MachineReport) -> String {
    let mut text = "## Device\n\n".to_string();
    let Some(diagnosis) = report.result(Section::Doctor) else {
        return text + "`selvedge doctor` has no result.\n\n";
    };
    let device = &diagnosis["device"];
    for key in ["name", "kind", "api", "driver"] {
        if let Some(value) = device[key].as_str() {
            let _ = writeln!(text, "* {key}: {value}");
        }
    }
    let verdict = match diagnosis["healthy"].as_bool() {
        Some(true) => "computes what the CPU computes",
        _ => "does not compute what the CPU computes; report.json has the differences",
    };
    let _ = writeln!(text, "* `selvedge doctor`: {verdict}");
    if let Some(python) = &report.pytorch {
        let _ = writeln!(text, "* PyTorch: {}", python.version);
    }
    text + "\n"
}

fn steps(report: &MachineReport) -> String {
    let mut text = "## A training step\n\nForward, loss, backward and AdamW, in 32 bits (PyTorch without TF32). The program is the \
                    same step on an adapter that computes nothing: what launching it costs. A device is not busy all the time if \
                    its step takes no longer.\n\n"
        .to_string();
    text += "| network | batch | ours | of the peak | memory | launches | program | PyTorch | its memory | ours / PyTorch |\n";
    text += "|---|---|---|---|---|---|---|---|---|---|\n";
    for step in report.of(Section::Step) {
        let ours = step.result.as_ref();
        let host = report.same_step(Section::Host, step);
        let other = report.same_step(Section::PyTorch, step);
        let ratio = number(ours, "/median_s")
            .zip(number(other, "/median_s"))
            .map(|(ours, other)| ours / other);
        let cells = [
            step.measurement.network.unwrap_or(NONE).to_string(),
            step.measurement
                .batch
                .map_or_else(|| NONE.into(), |batch| batch.to_string()),
            milliseconds(ours),
            shown(number(ours, "/of_peak"), |share| {
                format!("{:.0} %", 100.0 * share)
            }),
            mebibytes(ours),
            shown(number(ours, "/launches/total"), |count| {
                format!("{count:.0}")
            }),
            milliseconds(host),
            milliseconds(other),
            mebibytes(other),
            shown(ratio, |ratio| format!("{ratio:.2}×")),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text + "\n"
}

fn training(report: &MachineReport) -> String {
    let mut text = "## A training\n\n".to_string();
    for run in report.of(Section::Training) {
        let command = run.measurement.arguments.join(" ");
        let dice = shown(number(run.result.as_ref(), "/dice"), |dice| {
            format!("{dice:.3}")
        });
        let _ = writeln!(
            text,
            "`selvedge {command}`: {:.0} s with the making of its data and all validation; Dice of the test images {dice}.",
            run.seconds
        );
    }
    text + "\n"
}

fn table(report: &MachineReport) -> String {
    let mut text = "## Operations\n\n".to_string();
    let devices = report
        .result(Section::All)
        .and_then(|all| all["devices"].as_array());
    for device in devices.into_iter().flatten() {
        let peak = Some(&device["peak"]);
        let rate = |key, unit| shown(number(peak, key), |rate| format!("{rate:.1} {unit}"));
        let _ = writeln!(
            text,
            "Peak: {} and {}.\n\n| work | ours | Burn's | of the peak |\n|---|---|---|---|",
            rate("/gflop_per_s", "GFLOP/s"),
            rate("/gb_per_s", "GB/s")
        );
        for row in device["rows"].as_array().into_iter().flatten() {
            text += &rows(row);
        }
        text += "\n";
    }
    text
}

/// The lines of one measurement of `bench all`.
fn rows(row: &Value) -> String {
    let work = row["work"].as_str().unwrap_or(NONE);
    let detail: Vec<String> = ["kernel", "inputs", "outputs", "groups", "model", "width"]
        .iter()
        .filter(|key| !row[**key].is_null())
        .map(|key| format!("{key} {}", row[*key].to_string().trim_matches('"')))
        .collect();
    let line = |part: &str, ours: Option<&Value>, stock: Option<&Value>| {
        let share = shown(number(ours, "/of_peak"), |share| {
            format!("{:.0} %", 100.0 * share)
        });
        let name = format!("{work} {} {part}", detail.join(", "));
        format!(
            "| {} | {} | {} | {share} |\n",
            name.trim(),
            milliseconds(ours),
            milliseconds(stock)
        )
    };
    match row["parts"].as_array() {
        Some(parts) => parts
            .iter()
            .map(|part| {
                let name = part["part"].as_str().unwrap_or_default();
                line(name, part.get("ours"), part.get("stock"))
            })
            .collect(),
        None => line("", row.get("ours"), Some(row)),
    }
}

fn failures(report: &MachineReport) -> String {
    let mut text = String::new();
    for one in &report.measurements {
        if let Some(failure) = &one.failure {
            let _ = writeln!(
                text,
                "* `{}`: {failure}",
                one.measurement.arguments.join(" ")
            );
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("## What failed\n\n{text}")
}

fn number(value: Option<&Value>, path: &str) -> Option<f64> {
    value?.pointer(path)?.as_f64()
}

fn shown(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| NONE.to_string(), text)
}

fn milliseconds(value: Option<&Value>) -> String {
    shown(number(value, "/median_s"), |seconds| {
        format!("{:.1} ms", 1e3 * seconds)
    })
}

fn mebibytes(value: Option<&Value>) -> String {
    shown(number(value, "/peak_mib"), |mib| format!("{mib:.0} MiB"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::build::BUILD;
    use crate::commands::bench::machine::plan::{Sizes, plan};
    use crate::commands::bench::machine::pytorch::Python;
    use crate::device::request::DeviceRequest;

    #[test]
    fn a_step_stands_next_to_that_of_pytorch_and_a_failure_at_the_end() {
        let python = Python {
            program: "python3".into(),
            device: "cuda".into(),
            version: "2.11".into(),
        };
        let measurements = plan(DeviceRequest::Gpu(0), Sizes::REAL, Some(&python))
            .into_iter()
            .map(|measurement| {
                let (result, failure) = match (measurement.section, measurement.network) {
                    (Section::Step, Some("unet")) => {
                        (Some(json!({"median_s": 0.03, "of_peak": 0.2, "peak_mib": 900.0, "launches": {"total": 700}})), None)
                    }
                    (Section::Host, Some("unet")) => (Some(json!({"median_s": 0.004})), None),
                    (Section::PyTorch, Some("unet")) => (Some(json!({"median_s": 0.02, "peak_mib": 1000.0})), None),
                    (Section::Doctor, _) => (None, Some("no such device".into())),
                    _ => (Some(json!({})), None),
                };
                Measured {
                    measurement,
                    seconds: 1.0,
                    result,
                    failure,
                }
            })
            .collect();
        let report = MachineReport {
            selvedge: BUILD,
            device: "gpu:0".into(),
            tiny: false,
            pytorch: Some(python),
            seconds: 100.0,
            measurements,
        };
        let text = page(&report);
        let row =
            "| unet | 1 | 30.0 ms | 20 % | 900 MiB | 700 | 4.0 ms | 20.0 ms | 1000 MiB | 1.50× |";
        assert!(text.contains(row), "{text}");
        let end = "## What failed\n\n* `doctor --json --device gpu:0`: no such device\n";
        assert!(text.ends_with(end), "{text}");
    }
}
