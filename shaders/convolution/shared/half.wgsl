// Products of operands in half precision: a few are added up in half precision, which many GPUs do at twice the rate, and these sums
// are added up in single precision. Needs `tile`, and the tiles declared in the kernel's file.

/// Two groups of four outputs for four pixels.
struct Parts {
    first: mat4x4<f16>,
    last: mat4x4<f16>,
}

fn no_parts() -> Parts {
    let none = vec4<f16>();
    let nones = mat4x4<f16>(none, none, none, none);
    return Parts(nones, nones);
}

fn half_added(sums: mat4x4<f16>, weight: vec4<f16>, pixels: vec4<f16>) -> mat4x4<f16> {
    return mat4x4<f16>(
        fma(weight, vec4(pixels.x), sums[0]),
        fma(weight, vec4(pixels.y), sums[1]),
        fma(weight, vec4(pixels.z), sums[2]),
        fma(weight, vec4(pixels.w), sums[3]),
    );
}

/// Adds the products of four pixels with the eight weights at `place`.
fn parts_added(parts: Parts, place: u32, pixels: vec4<f16>) -> Parts {
    return Parts(
        half_added(parts.first, weight_tile[place], pixels),
        half_added(parts.last, weight_tile[place + 1u], pixels),
    );
}

fn part_added(sums: mat4x4<f32>, part: mat4x4<f16>) -> mat4x4<f32> {
    return mat4x4(
        sums[0] + vec4<f32>(part[0]),
        sums[1] + vec4<f32>(part[1]),
        sums[2] + vec4<f32>(part[2]),
        sums[3] + vec4<f32>(part[3]),
    );
}

fn weight_operands(values: vec4<f32>) -> vec4<f16> {
    return vec4<f16>(values);
}

fn pixel_operands(values: vec4<f32>) -> vec4<f16> {
    return vec4<f16>(values * scaling);
}

fn unscaled(sums: Sums) -> Sums {
    let back = unscaling();
    return Sums(back * sums.low_first, back * sums.low_last, back * sums.high_first, back * sums.high_last);
}
