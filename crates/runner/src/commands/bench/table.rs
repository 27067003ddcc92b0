//! All measurements, on every device, in one table.

use std::time::Duration;

use burn::tensor::Device;
use models::{ModelConfig, NetworkName};
use serde::Serialize;

use crate::commands::bench::checks::at_least_one;
use crate::commands::bench::conv::ConvSubject;
use crate::commands::bench::envelope::EnvelopeSubject;
use crate::commands::bench::figures::{Figures, Peak};
use crate::commands::bench::measure::measure;
use crate::commands::bench::options::BenchOptions;
use crate::commands::bench::report::{BenchReport, What};
use crate::commands::bench::resize::ResizeSubject;
use crate::commands::bench::step::StepSubject;
use crate::commands::bench::subject::Subject;
use crate::device;
use crate::device::description::DeviceDescription;
use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::terminal::progress::Progress;

/// Repetitions of one row end after this time, except for the one that the median needs.
const MOST: Duration = Duration::from_secs(10);

/// Options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableOptions {
    /// The device; none for the CPU, the software adapter and the first GPU, as far as they exist.
    pub(crate) device: Option<DeviceRequest>,
    /// Repetitions after the first, at most.
    pub(crate) repeats: usize,
    /// Sizes too small for meaningful figures, to test that it works.
    pub(crate) tiny: bool,
    /// Without a progress bar.
    pub(crate) quiet: bool,
}

/// The result.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Table {
    /// Device by device.
    devices: Vec<DeviceRows>,
}

/// What was measured on one device.
#[derive(Clone, Debug, Serialize)]
struct DeviceRows {
    /// `cpu`, `software` or what was requested.
    requested: String,
    /// The device, as text.
    device: String,
    /// Its peak.
    peak: Peak,
    /// The measurements.
    rows: Vec<BenchReport>,
}

/// Measures everything.
///
/// # Errors
///
/// The requested device does not exist, or a device failed.
pub(crate) fn table(options: TableOptions) -> Result<Table, RunnerError> {
    at_least_one("--repeats", options.repeats)?;
    let mut devices = Vec::new();
    let requests = match options.device {
        Some(request) => vec![request],
        None => vec![
            DeviceRequest::Cpu,
            DeviceRequest::Software,
            DeviceRequest::Gpu(0),
        ],
    };
    for request in requests {
        match device::open(request) {
            Ok((device, description)) => devices.push((request, device, description)),
            // No device was requested, so an absent one is not an error.
            Err(error) if options.device.is_none() => tracing::debug!("{error}"),
            Err(error) => return Err(error),
        }
    }
    let count: usize = devices
        .iter()
        .map(|(_, _, device)| subjects(device, options.tiny).len() + 1)
        .sum();
    let bar = Progress::new(options.quiet).counting("measuring", count);
    let rows = devices.iter().map(|(request, device, description)| {
        rows_of(*request, device, description, options, &|| bar.inc(1))
    });
    let devices = rows.collect::<Result<Vec<_>, _>>()?;
    bar.finish_and_clear();
    Ok(Table { devices })
}

fn rows_of(
    request: DeviceRequest,
    device: &Device,
    description: &DeviceDescription,
    options: TableOptions,
    done: &dyn Fn(),
) -> Result<DeviceRows, RunnerError> {
    let bench = |subject: Subject, peak: Option<Peak>| {
        let options = BenchOptions {
            stock: !subject.is_peak(),
            subject,
            repeats: options.repeats,
            most: Some(MOST),
            device: request,
            quiet: true,
        };
        let report = measure(&options, device, description, peak);
        // One row's memory must not count for the next.
        device.memory_cleanup();
        done();
        report
    };
    let report = bench(Subject::Peak, None)?;
    let What::Peak(peak) = report.what else {
        unreachable!("the peak was measured");
    };
    let mut rows = vec![report];
    for subject in subjects(description, options.tiny) {
        rows.push(bench(subject, Some(peak))?);
    }
    Ok(DeviceRows {
        requested: request.to_string(),
        device: description.to_string(),
        peak,
        rows,
    })
}

/// What is measured in addition to the peak. On a software adapter, Burn's convolutions take seconds, so sizes are smaller.
fn subjects(device: &DeviceDescription, tiny: bool) -> Vec<Subject> {
    let software = device.kind == "software adapter";
    let side = |size: usize| if tiny { 16 } else { size };
    let conv = |kernel, channels, groups, size| {
        Subject::Conv(ConvSubject {
            kernel,
            stride: 1,
            dilation: 1,
            groups,
            inputs: channels,
            outputs: channels,
            batch: 1,
            size: side(size),
        })
    };
    vec![
        Subject::Envelope(EnvelopeSubject {
            batch: 4,
            classes: 5,
            size: side(512),
            overrides: Vec::new(),
        }),
        Subject::Resize(ResizeSubject {
            factor: 2,
            channels: 64,
            batch: 1,
            size: side(128),
        }),
        conv(3, if tiny { 4 } else { 64 }, 1, 256),
        conv(3, if tiny { 4 } else { 320 }, 1, 128),
        conv(1, if tiny { 4 } else { 64 }, 1, 256),
        // Depthwise, as in the blocks of a PVT v2.
        conv(
            3,
            if tiny { 4 } else { 512 },
            if tiny { 4 } else { 512 },
            56,
        ),
        Subject::Step(StepSubject {
            model: ModelConfig {
                name: NetworkName::UNet3Plus,
                width: if tiny { 2 } else { 16 },
                ..ModelConfig::default()
            },
            batch: if software { 1 } else { 2 },
            classes: 5,
            size: side(if software { 64 } else { 128 }),
            overrides: Vec::new(),
        }),
    ]
}

/// The table as text, with aligned columns.
pub(crate) fn table_text(table: &Table) -> String {
    let head = [
        "work",
        "ours",
        "stock",
        "stock/ours",
        "ours does",
        "of the peak",
    ];
    let mut text = String::new();
    for device in &table.devices {
        let mut lines = vec![head.map(String::from)];
        let mut notes = Vec::new();
        for row in &device.rows {
            lines.extend(cells(row));
            notes.extend(row.note.map(|note| format!("{}: {note}", row.work)));
        }
        text += &format!("{}: {}\n", device.requested, device.device);
        text += &aligned(&lines);
        for note in notes {
            text += &format!("  {note}\n");
        }
        text += "  operations are those of the definition: an algorithm with fewer may exceed the peak\n";
        text += "\n";
    }
    text
}

/// The rows of one measurement.
fn cells(row: &BenchReport) -> Vec<[String; 6]> {
    let name = row.what.short_name();
    if row.parts.is_empty() {
        let ours = row.ours.as_ref().unwrap_or(&row.figures);
        let stock = row.stock.then_some(&row.figures);
        return vec![cells_of(name, ours, stock, row.stock_over_ours)];
    }
    row.parts
        .iter()
        .map(|part| {
            let name = format!("{name}, {}", part.part);
            cells_of(name, &part.ours, part.stock.as_ref(), part.stock_over_ours)
        })
        .collect()
}

fn cells_of(
    name: String,
    ours: &Figures,
    stock: Option<&Figures>,
    ratio: Option<f64>,
) -> [String; 6] {
    let absent = || "–".to_string();
    let time = |figures: &Figures| format!("{:.2} ms", 1e3 * figures.median_s);
    let operations = ours.gflop_per_s.map(|rate| format!("{rate:.1} GFLOP/s"));
    let bytes = ours.gb_per_s.map(|rate| format!("{rate:.1} GB/s"));
    [
        name,
        time(ours),
        stock.map_or_else(absent, time),
        ratio.map_or_else(absent, |ratio| format!("{ratio:.1}×")),
        operations.or(bytes).unwrap_or_else(absent),
        ours.of_peak
            .map_or_else(absent, |share| format!("{:.0} %", 100.0 * share)),
    ]
}

/// Aligns the first column left, the others right.
fn aligned(lines: &[[String; 6]]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let mut text = String::new();
    for line in lines {
        let cells: Vec<String> = line
            .iter()
            .enumerate()
            .map(|(column, cell)| {
                let width = width(column);
                if column == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            })
            .collect();
        text += &format!("  {}\n", cells.join("   "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let cells = |first: &str, last: &str| [first, "1", "22", "–", "3", last].map(String::from);
        let text = aligned(&[cells("conv", "80 %"), cells("a ×2 resize", "7 %")]);
        let expected =
            "  conv          1   22   –   3   80 %\n  a ×2 resize   1   22   –   3    7 %\n";
        assert_eq!(text, expected);
    }
}
