//! The result of a measurement, as in JSON.

use std::collections::BTreeMap;

use ops::Launches;
use serde::Serialize;

use crate::commands::bench::conv::ConvSubject;
use crate::commands::bench::figures::{Figures, Peak};
use crate::commands::bench::resize::ResizeSubject;

/// A part of the work that is measured separately.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the keys of JSON")]
pub(crate) struct Part {
    /// `forward`, `backward`; of the peak `multiply-adds`, `copy`.
    pub(crate) part: &'static str,
    /// The figures of our operations.
    pub(crate) ours: Figures,
    /// With `--stock`: the figures of Burn's built-in operations, if Burn has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stock: Option<Figures>,
    /// Stock's median over ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stock_over_ours: Option<f64>,
}

/// The kernels that one repetition launches on an adapter.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LaunchCounts {
    /// All launches.
    pub(crate) total: usize,
    /// Different settings of our kernels.
    pub(crate) settings: usize,
    /// The most memory in use at any launch: what the pool would need if it were packed without gaps.
    pub(crate) needed_mib: f64,
    /// Launches of each kernel, ours by the names of their files, Burn's by the names of their types.
    pub(crate) kernels: BTreeMap<String, usize>,
}

impl LaunchCounts {
    /// The counts, and the most bytes in use.
    pub(super) fn new(launches: Launches, bytes: u64) -> Self {
        Self {
            needed_mib: bytes as f64 / f64::from(1 << 20),
            total: launches.total(),
            settings: launches.settings,
            kernels: launches.by_kernel,
        }
    }
}

/// The result.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BenchReport {
    /// `envelope`, `step`, `forward`, `conv`, `resize` or `peak`.
    pub(crate) work: &'static str,
    /// The device, as text.
    pub(crate) device: String,
    /// What was measured.
    #[serde(flatten)]
    pub(crate) what: What,
    /// Repetitions after the first.
    pub(crate) repeats: usize,
    /// Whether the figures are those of Burn's built-in operations.
    pub(crate) stock: bool,
    /// What Burn cannot do here, and what was measured instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<&'static str>,
    /// Step and forward pass on an adapter: the launches of a repetition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) launches: Option<LaunchCounts>,
    /// The requested figures, of all parts together; with `--stock`, of the parts that Burn has.
    #[serde(flatten)]
    pub(crate) figures: Figures,
    /// With `--stock`: ours of the same parts, measured in turn with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ours: Option<Figures>,
    /// Stock's median over ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stock_over_ours: Option<f64>,
    /// Part by part, if there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<Part>,
}

/// What was measured, as the report names it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum What {
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
    /// The peak of the device.
    Peak(Peak),
}

impl What {
    /// A short name.
    pub(super) fn short_name(&self) -> String {
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

    /// A long name.
    pub(super) fn long_name(&self) -> String {
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
            Self::Peak(_) => "the peak".into(),
        }
    }
}
