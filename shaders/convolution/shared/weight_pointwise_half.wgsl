// The products of `weight_pointwise`, of operands in half precision: those of a stage are added up in half precision, and these sums
// in single precision. Needs `weight_pointwise`, `scaling`, and the sizes and tiles declared in the kernel's file.

/// Two groups of four outputs for four channels.
struct Parts {
    first: mat4x4<f16>,
    last: mat4x4<f16>,
}

fn half_added(sums: mat4x4<f16>, outputs: vec4<f16>, channels: vec4<f16>) -> mat4x4<f16> {
    return mat4x4<f16>(
        fma(outputs, vec4(channels.x), sums[0]),
        fma(outputs, vec4(channels.y), sums[1]),
        fma(outputs, vec4(channels.z), sums[2]),
        fma(outputs, vec4(channels.w), sums[3]),
    );
}

/// Adds the products of one pixel, whose outputs and channels are at these places.
fn pixel_added(parts: Parts, outputs: u32, channels: u32) -> Parts {
    let own = channel_tile[channels];
    return Parts(
        half_added(parts.first, output_tile[outputs], own),
        half_added(parts.last, output_tile[outputs + 1u], own),
    );
}

fn four_added(parts: Parts, outputs: u32, channels: u32) -> Parts {
    let one = pixel_added(parts, outputs, channels);
    let two = pixel_added(one, outputs + OUTPUT_LINE, channels + CHANNEL_LINE);
    let three = pixel_added(two, outputs + 2u * OUTPUT_LINE, channels + 2u * CHANNEL_LINE);
    return pixel_added(three, outputs + 3u * OUTPUT_LINE, channels + 3u * CHANNEL_LINE);
}

/// The sums of a stage for four channels.
fn stage_of(outputs: u32, channels: u32) -> Parts {
    let none = vec4<f16>();
    let nones = mat4x4<f16>(none, none, none, none);
    let one = four_added(Parts(nones, nones), outputs, channels);
    let two = four_added(one, outputs + 4u * OUTPUT_LINE, channels + 4u * CHANNEL_LINE);
    let three = four_added(two, outputs + 8u * OUTPUT_LINE, channels + 8u * CHANNEL_LINE);
    return four_added(three, outputs + 12u * OUTPUT_LINE, channels + 12u * CHANNEL_LINE);
}

fn part_added(sums: mat4x4<f32>, part: mat4x4<f16>) -> mat4x4<f32> {
    return mat4x4(
        sums[0] + vec4<f32>(part[0]),
        sums[1] + vec4<f32>(part[1]),
        sums[2] + vec4<f32>(part[2]),
        sums[3] + vec4<f32>(part[3]),
    );
}

/// Adds the products of a stage. This invocation has the outputs and channels at these places of each pixel.
fn stage_added(before: Sums, channels: u32, outputs: u32) -> Sums {
    var sums = before;
    let low = stage_of(outputs, channels);
    sums.first_low = part_added(sums.first_low, low.first);
    sums.last_low = part_added(sums.last_low, low.last);
    // So that compilers do not keep the outputs for the other channels, for which there are not enough registers.
    workgroupBarrier();
    let high = stage_of(outputs, channels + 16u);
    sums.first_high = part_added(sums.first_high, high.first);
    sums.last_high = part_added(sums.last_high, high.last);
    return sums;
}

fn slope_operands(values: vec4<f32>) -> vec4<f16> {
    return vec4<f16>(values * scaling);
}

fn pixel_operands(values: vec4<f32>) -> vec4<f16> {
    return vec4<f16>(values);
}

fn unscaled(sums: Sums) -> Sums {
    let back = unscaling();
    return Sums(back * sums.first_low, back * sums.first_high, back * sums.last_low, back * sums.last_high);
}
