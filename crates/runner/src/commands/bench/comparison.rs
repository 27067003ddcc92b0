//! Makes a report of measured sides.

use burn::tensor::Device;
use models::Operations;
use ops::Launches;

use crate::commands::bench::figures::{Figures, Peak};
use crate::commands::bench::meter::Side;
use crate::commands::bench::options::BenchOptions;
use crate::commands::bench::report::{BenchReport, LaunchCounts, Part, What};
use crate::commands::bench::subject::Subject;
use crate::device::description::DeviceDescription;

/// A gradient that Burn lacks.
const NO_GRADIENT: &str =
    "Burn has no gradient of a bilinear resize on this device; only its forward pass is measured";

const OUR_RESIZE: &str = "Burn has no gradient of a bilinear resize on this device; the stock network resizes with our operation";

/// The report on measured sides, ours first.
pub(super) fn report(
    options: &BenchOptions,
    device: &Device,
    description: &DeviceDescription,
    peak: Peak,
    sides: &[Side],
    launches: Option<(Launches, u64)>,
) -> BenchReport {
    let subject = &options.subject;
    let (ours, stock) = (&sides[0], sides.get(1));
    let all = 0..stock.unwrap_or(ours).parts();
    let rated = |side: &Side, parts: std::ops::Range<usize>| {
        let mut figures = side.figures(parts.clone());
        if let Some(amount) = subject.amount(parts) {
            amount.rate(&mut figures, peak);
        }
        figures
    };
    let part = |number: usize| {
        let figures = |side: &Side| rated(side, number..number + 1);
        let has_it = |side: &&Side| number < side.parts();
        let (ours, stock) = (figures(ours), stock.filter(has_it).map(figures));
        Part {
            part: ["forward", "backward"][number],
            stock_over_ours: stock.as_ref().map(|stock| stock.median_s / ours.median_s),
            ours,
            stock,
        }
    };
    let requested = rated(stock.unwrap_or(ours), all.clone());
    let compared = stock.map(|_| rated(ours, all));
    let lacking = !Operations::Stock.resize_has_gradient(device) && options.stock;
    BenchReport {
        work: subject.name(),
        device: description.to_string(),
        what: subject.what(),
        repeats: ours.repeats(),
        stock: options.stock,
        note: match subject {
            Subject::Resize(_) if lacking => Some(NO_GRADIENT),
            Subject::Step(step) if lacking && step.resizes() => Some(OUR_RESIZE),
            _ => None,
        },
        stock_over_ours: compared
            .as_ref()
            .map(|ours| requested.median_s / ours.median_s),
        launches: launches.map(|(launches, bytes)| LaunchCounts::new(launches, bytes)),
        figures: requested,
        ours: compared,
        parts: if ours.parts() > 1 {
            (0..ours.parts()).map(part).collect()
        } else {
            Vec::new()
        },
    }
}

/// An amount of work.
enum Amount {
    /// Operations, a multiply-add being two.
    Operations(f64),
    /// The fewest bytes.
    Bytes(f64),
}

impl Amount {
    fn rate(&self, figures: &mut Figures, peak: Peak) {
        match self {
            Self::Operations(operations) => {
                let rate = 1e-9 * operations / figures.median_s;
                figures.gflop_per_s = Some(rate);
                figures.of_peak = Some(rate / peak.gflop_per_s);
            }
            Self::Bytes(bytes) => {
                let rate = 1e-9 * bytes / figures.median_s;
                figures.gb_per_s = Some(rate);
                figures.of_peak = Some(rate / peak.gb_per_s);
            }
        }
    }
}

impl Subject {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Envelope(_) => "envelope",
            Self::Step(_) => "step",
            Self::Forward(_) => "forward",
            Self::Conv(_) => "conv",
            Self::Resize(_) => "resize",
            Self::Peak => "peak",
        }
    }

    fn what(&self) -> What {
        match self {
            Self::Envelope(subject) => What::Envelope {
                shape: subject.shape(),
            },
            Self::Step(subject) | Self::Forward(subject) => What::Step {
                pass: if matches!(self, Self::Step(_)) {
                    "step"
                } else {
                    "forward pass"
                },
                model: subject.model.name.as_str(),
                width: subject.model.width,
                shape: subject.shape(),
            },
            Self::Conv(subject) => What::Conv {
                shape: subject.input_shape(),
                subject: subject.clone(),
            },
            Self::Resize(subject) => What::Resize {
                shape: subject.input_shape(),
                subject: subject.clone(),
            },
            Self::Peak => unreachable!("reported separately"),
        }
    }

    /// The amount of work of some parts together.
    fn amount(&self, parts: std::ops::Range<usize>) -> Option<Amount> {
        match self {
            Self::Envelope(subject) => Some(Amount::Bytes(subject.least_bytes())),
            Self::Conv(subject) => {
                // The backward pass has two gradients of as many multiply-adds each, with respect to the input and to the weight.
                let passes: usize = parts.map(|part| 1 + part).sum();
                Some(Amount::Operations(passes as f64 * subject.operations()))
            }
            Self::Resize(subject) => {
                Some(Amount::Bytes(parts.len() as f64 * subject.least_bytes()))
            }
            // Its network was built and measured before, so it is valid.
            Self::Step(subject) => subject.operations().ok().map(Amount::Operations),
            Self::Forward(subject) => subject.forward_operations().ok().map(Amount::Operations),
            Self::Peak => None,
        }
    }
}
