//! A measurement as text.

use std::fmt::Write;

use crate::commands::bench::figures::Figures;
use crate::commands::bench::report::BenchReport;

/// The report as text.
pub(super) fn report_text(report: &BenchReport) -> String {
    let mut text = format!("{}, on {}\n", report.what.long_name(), report.device);
    for part in &report.parts {
        if !report.stock {
            text += &figures_line(part.part, &part.ours, report.repeats);
            continue;
        }
        text += &figures_line(&format!("{}, ours", part.part), &part.ours, report.repeats);
        if let Some(stock) = &part.stock {
            text += &figures_line(&format!("{}, stock", part.part), stock, report.repeats);
        }
        if let Some(ratio) = part.stock_over_ours {
            let _ = writeln!(text, "  ours is {ratio:.1} times as fast");
        }
    }
    if report.parts.is_empty() {
        if let Some(ours) = &report.ours {
            text += &figures_line("ours", ours, report.repeats);
        }
        let name = if report.stock { "stock" } else { "ours" };
        text += &figures_line(name, &report.figures, report.repeats);
        if let Some(ratio) = report.stock_over_ours {
            let _ = writeln!(text, "  ours is {ratio:.1} times as fast");
        }
    }
    if let Some(launches) = &report.launches {
        let (total, settings) = (launches.total, launches.settings);
        let _ = writeln!(
            text,
            "  {total} launches, with {settings} different settings"
        );
    }
    if let Some(note) = report.note {
        let _ = writeln!(text, "  {note}");
    }
    text
}

fn figures_line(name: &str, figures: &Figures, repeats: usize) -> String {
    let mut text = format!(
        "  {name:<15} {:>9.2} ms (median of {repeats}; the first {:.0} ms), at most {:.0} MiB",
        1e3 * figures.median_s,
        1e3 * figures.first_s,
        figures.peak_mib
    );
    if let Some(rate) = figures.gflop_per_s {
        let _ = write!(text, ", {rate:.1} GFLOP/s");
    }
    if let Some(rate) = figures.gb_per_s {
        let _ = write!(text, ", {rate:.1} GB/s");
    }
    if let Some(share) = figures.of_peak {
        let _ = write!(text, " ({:.0} % of the peak)", 100.0 * share);
    }
    if let Some(bytes) = figures.extra_bytes_per_pixel {
        let _ = write!(
            text,
            ", {bytes:.1} bytes a pixel in addition to logits, labels and gradient"
        );
    }
    text + "\n"
}
