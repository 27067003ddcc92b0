// The products of `weight_pointwise` in single precision. Needs `weight_pointwise`, and the sizes and tiles declared in the kernel's
// file.

fn slope_operands(values: vec4<f32>) -> vec4<f32> {
    return values;
}

fn pixel_operands(values: vec4<f32>) -> vec4<f32> {
    return values;
}

fn unscaled(sums: Sums) -> Sums {
    return sums;
}

/// Adds the products of four outputs with four channels to their sums, which have a column per channel.
fn added(sums: mat4x4<f32>, outputs: vec4<f32>, channels: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        sums[0] + outputs * channels.x,
        sums[1] + outputs * channels.y,
        sums[2] + outputs * channels.z,
        sums[3] + outputs * channels.w,
    );
}

/// Adds the products of one pixel, whose outputs and channels are at these places.
fn pixel_added(sums: Sums, outputs: u32, channels: u32) -> Sums {
    let first = output_tile[outputs];
    let last = output_tile[outputs + 1u];
    let low = channel_tile[channels];
    let high = channel_tile[channels + 16u];
    return Sums(
        added(sums.first_low, first, low),
        added(sums.first_high, first, high),
        added(sums.last_low, last, low),
        added(sums.last_high, last, high),
    );
}

/// Adds the products of a stage. This invocation has the outputs and channels at these places of each pixel.
fn stage_added(before: Sums, channels: u32, outputs: u32) -> Sums {
    var sums = before;
    // Unrolled by four, because not every compiler does.
    for (var row = 0u; row < DEPTH; row += 4u) {
        let first = row * OUTPUT_LINE + outputs;
        let low = row * CHANNEL_LINE + channels;
        sums = pixel_added(sums, first, low);
        sums = pixel_added(sums, first + OUTPUT_LINE, low + CHANNEL_LINE);
        sums = pixel_added(sums, first + 2u * OUTPUT_LINE, low + 2u * CHANNEL_LINE);
        sums = pixel_added(sums, first + 3u * OUTPUT_LINE, low + 3u * CHANNEL_LINE);
    }
    return sums;
}
