// What the passes of a convolution are told. The order is that of `Gather::words` in crates/ops. Needs `settings`.

/// Each output pixel gathers, over channels and taps, the input pixel at (pixel·stride + tap·dilation + offset)/fraction −
/// back times the tap's weight, where the division leaves nothing. A convolution has fraction 1; its gradient by the input
/// has stride 1, and for fraction the convolution's stride. Pairs are (columns, rows).
struct Convolution {
    stride: vec2<u32>,
    dilation: vec2<u32>,
    /// What makes up for the padding, so that no position is below 0.
    offset: vec2<u32>,
    back: vec2<u32>,
    fraction: vec2<u32>,
    /// From one tap that falls on a pixel of the input to the next.
    step: vec2<u32>,
    kernel: vec2<u32>,
    /// Size of the input's maps, and of the output's.
    size: vec2<u32>,
    output_size: vec2<u32>,
    batch: u32,
    groups: u32,
    /// Channels and outputs of one group.
    channels: u32,
    outputs: u32,
    /// Whether a bias is added.
    biased: u32,
    /// The number of this dispatch's first workgroup.
    first: u32,
    /// The gradient by the weight: in how many parts it is summed, and what each has of the output: rows or pixels.
    parts: u32,
    share: u32,
}

/// Pixels of the output whose taps fall on the input alike, along both axes: every `fraction`-th.
fn phase_size() -> vec2<u32> {
    return (settings.output_size + settings.fraction - 1u) / settings.fraction;
}

/// The first tap that falls on a pixel of the input, for the output pixels of a phase; behind the last when none does.
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
