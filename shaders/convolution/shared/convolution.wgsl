// Settings of the passes of a convolution, in the order of `Gather::settings` in crates/ops. Needs `settings`.

/// Each output pixel sums over channels and taps: the input pixel at (pixel·stride + tap·dilation + offset)/fraction − back,
/// times the tap's weight, where the division leaves no remainder. A convolution has fraction 1; its gradient with respect to
/// the input has stride 1, and the convolution's stride as its fraction. Pairs are (columns, rows).
struct Convolution {
    stride: vec2<u32>,
    dilation: vec2<u32>,
    /// Compensates for the padding so that no position is negative.
    offset: vec2<u32>,
    back: vec2<u32>,
    fraction: vec2<u32>,
    /// Distance between consecutive taps that fall on a pixel of the input.
    step: vec2<u32>,
    kernel: vec2<u32>,
    /// Size of the input maps and of the output maps.
    size: vec2<u32>,
    output_size: vec2<u32>,
    batch: u32,
    groups: u32,
    /// Channels and outputs of one group.
    channels: u32,
    outputs: u32,
    /// Whether a bias is added.
    biased: u32,
    /// Number of the first workgroup of this dispatch.
    first: u32,
    /// For the gradient with respect to the weight: the number of partial sums, and the rows or pixels of the output in each.
    parts: u32,
    share: u32,
    /// Whether the maps are a gradient that is scaled to half precision.
    scaled: u32,
}

/// Size of a phase: the output pixels under which the same taps fall on the input, every `fraction`-th along both axes.
fn phase_size() -> vec2<u32> {
    return (settings.output_size + settings.fraction - 1u) / settings.fraction;
}

/// The first tap that falls on a pixel of the input, for the output pixels of a phase; `taps` if none does.
fn first_tap(phase: u32, dilation: u32, offset: u32, fraction: u32, step: u32, taps: u32) -> u32 {
    var tap = 0u;
    while (tap < step && (phase + tap * dilation + offset) % fraction != 0u) {
        tap++;
    }
    return select(taps, tap, tap < step);
}

fn first_taps(phase: vec2<u32>) -> vec2<u32> {
    let dilation = settings.dilation;
    let offset = settings.offset;
    let fraction = settings.fraction;
    let step = settings.step;
    let kernel = settings.kernel;
    return vec2(
        first_tap(phase.x * settings.stride.x, dilation.x, offset.x, fraction.x, step.x, kernel.x),
        first_tap(phase.y * settings.stride.y, dilation.y, offset.y, fraction.y, step.y, kernel.y),
    );
}
