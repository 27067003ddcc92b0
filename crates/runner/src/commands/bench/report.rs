//! What was found, as JSON and in words.

use std::fmt::Write;

use burn::tensor::Device;
use models::Operations;
use serde::Serialize;

use super::meter::Side;
use super::{BenchOptions, ConvSubject, Peak, ResizeSubject, Subject};
use crate::device::DeviceDescription;

/// Seconds, bytes, and what they come to.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The first repetition, with everything that is made ready once (pipelines, above all).
    pub first_s: f64,
    /// The median of the others.
    pub median_s: f64,
    /// The most memory during the others: on the CPU what the program held, on a graphics adapter what its pool took.
    pub peak_mib: f64,
    /// Envelope: the most memory beyond logits, labels and gradient, for each pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_bytes_per_pixel: Option<f64>,
    /// 10⁹ operations a second, a multiply-add being two; those of the definition, of which a way to the same numbers by
    /// fewer (Winograd's, or before upsampling) does more than the peak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gflop_per_s: Option<f64>,
    /// 10⁹ bytes a second, of the fewest that the work must move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gb_per_s: Option<f64>,
    /// The one or the other as a share of the most that the device was measured to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_peak: Option<f64>,
}

/// A part of the work that is measured by itself.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// `forward`, `backward`; of the peak `multiply-adds`, `copy`.
    pub part: &'static str,
    /// The figures of our operations.
    pub ours: Figures,
    /// With `--stock`: those of burn's own, where burn has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<Figures>,
    /// Stock's median over ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_over_ours: Option<f64>,
}

/// The answer.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// `envelope`, `step`, `forward`, `conv`, `resize` or `peak`.
    pub work: &'static str,
    /// The device in words.
    pub device: String,
    /// What was measured.
    #[serde(flatten)]
    pub what: What,
    /// Repetitions after the first.
    pub repeats: usize,
    /// Whether the figures are those of burn's own operations.
    pub stock: bool,
    /// What burn cannot do here, and what was measured instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// The figures asked for, of all parts together; with `--stock` of the parts that burn has.
    #[serde(flatten)]
    pub figures: Figures,
    /// With `--stock`: ours of the same parts, measured in turn with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<Figures>,
    /// Stock's median over ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_over_ours: Option<f64>,
    /// Part by part, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// What was measured, as the report names it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum What {
    /// The loss.
    Envelope {
        /// `[batch, classes, rows, columns]` of the logits.
        shape: [usize; 4],
    },
    /// A training step, or a forward pass.
    Step {
        /// Which of the two.
        #[serde(skip)]
        pass: &'static str,
        /// The network.
        model: &'static str,
        /// Its width.
        width: usize,
        /// `[batch, classes, rows, columns]` of the logits.
        shape: [usize; 4],
    },
    /// A convolution.
    Conv {
        /// Its settings.
        #[serde(flatten)]
        subject: ConvSubject,
        /// `[batch, channels, rows, columns]` of the input.
        shape: [usize; 4],
    },
    /// A resize.
    Resize {
        /// Its settings.
        #[serde(flatten)]
        subject: ResizeSubject,
        /// `[batch, channels, rows, columns]` of the input.
        shape: [usize; 4],
    },
    /// The most that the device can do.
    Peak(Peak),
}

/// The gradient that burn lacks.
const NO_GRADIENT: &str =
    "burn has no gradient of a bilinear resize on this device; its forward alone is measured";
const OUR_RESIZE: &str =
    "burn has no gradient of a bilinear resize on this device; the stock network resizes with ours";

/// The report on sides that were measured, ours first.
pub(super) fn report(
    options: &BenchOptions,
    device: &Device,
    description: &DeviceDescription,
    peak: Peak,
    sides: &[Side],
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
    let asked = rated(stock.unwrap_or(ours), all.clone());
    let compared = stock.map(|_| rated(ours, all));
    let lacking = !Operations::Burns.resize_has_gradient(device) && options.stock;
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
        stock_over_ours: compared.as_ref().map(|ours| asked.median_s / ours.median_s),
        figures: asked,
        ours: compared,
        parts: if ours.parts() > 1 {
            (0..ours.parts()).map(part).collect()
        } else {
            Vec::new()
        },
    }
}

/// How much work something is.
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
            Self::Peak => unreachable!("reported by itself"),
        }
    }

    /// How much work some parts are together.
    fn amount(&self, parts: std::ops::Range<usize>) -> Option<Amount> {
        match self {
            Self::Envelope(subject) => Some(Amount::Bytes(subject.least_bytes())),
            Self::Conv(subject) => {
                // Backward there are two gradients of as many multiply-adds, by the input and by the weight.
                let passes: usize = parts.map(|part| 1 + part).sum();
                Some(Amount::Operations(passes as f64 * subject.operations()))
            }
            Self::Resize(subject) => {
                Some(Amount::Bytes(parts.len() as f64 * subject.least_bytes()))
            }
            // Its network has been built and measured by now.
            Self::Step(subject) => subject.operations().ok().map(Amount::Operations),
            Self::Forward(subject) => subject.forward_operations().ok().map(Amount::Operations),
            Self::Peak => None,
        }
    }
}

impl What {
    /// In a few words.
    pub(super) fn short(&self) -> String {
        match self {
            Self::Envelope {
                shape: [b, c, h, w],
            } => {
                format!("envelope {b} of {h}×{w}, {c} classes")
            }
            Self::Step {
                pass,
                model,
                width,
                shape: [b, _, h, w],
            } => format!("{pass} of {model}, width {width}, {b} of {h}×{w}"),
            Self::Conv {
                subject,
                shape: [_, _, h, w],
            } => {
                let (kernel, inputs, outputs) = (subject.kernel, subject.inputs, subject.outputs);
                let groups = match subject.groups {
                    1 => String::new(),
                    groups => format!(" in {groups} groups"),
                };
                format!("conv {kernel}×{kernel}, {inputs} to {outputs}{groups}, {h}×{w}")
            }
            Self::Resize {
                subject,
                shape: [_, c, h, w],
            } => format!("resize ×{}, {c} of {h}×{w}", subject.factor),
            Self::Peak(_) => "peak".into(),
        }
    }

    /// In words.
    fn words(&self) -> String {
        let sides = |shape: &[usize; 4]| shape.map(|side| side.to_string()).join("×");
        match self {
            Self::Envelope { shape } => {
                format!("the envelope, forward and backward, {}", sides(shape))
            }
            Self::Step {
                pass,
                model,
                width,
                shape,
            } => format!("one {pass} of {model} of width {width}, {}", sides(shape)),
            Self::Conv { subject, shape } => format!(
                "a {0}×{0} convolution of {1} to {2} channels (stride {3}, dilation {4}, groups {5}), {6}",
                subject.kernel,
                subject.inputs,
                subject.outputs,
                subject.stride,
                subject.dilation,
                subject.groups,
                sides(shape)
            ),
            Self::Resize { subject, shape } => {
                format!("a ×{} bilinear resize, {}", subject.factor, sides(shape))
            }
            Self::Peak(_) => "the most that can be done".into(),
        }
    }
}

/// The figures in words.
pub(crate) fn words(report: &BenchReport) -> String {
    let mut text = format!("{}, on {}\n", report.what.words(), report.device);
    for part in &report.parts {
        if !report.stock {
            text += &line(part.part, &part.ours, report.repeats);
            continue;
        }
        text += &line(&format!("{}, ours", part.part), &part.ours, report.repeats);
        if let Some(stock) = &part.stock {
            text += &line(&format!("{}, stock", part.part), stock, report.repeats);
        }
        if let Some(ratio) = part.stock_over_ours {
            let _ = writeln!(text, "  ours is {ratio:.1} times as fast");
        }
    }
    if report.parts.is_empty() {
        if let Some(ours) = &report.ours {
            text += &line("ours", ours, report.repeats);
        }
        let name = if report.stock { "stock" } else { "ours" };
        text += &line(name, &report.figures, report.repeats);
        if let Some(ratio) = report.stock_over_ours {
            let _ = writeln!(text, "  ours is {ratio:.1} times as fast");
        }
    }
    if let Some(note) = report.note {
        let _ = writeln!(text, "  {note}");
    }
    text
}

fn line(name: &str, figures: &Figures, repeats: usize) -> String {
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
            ", {bytes:.1} bytes a pixel beside logits, labels and gradient"
        );
    }
    text + "\n"
}
