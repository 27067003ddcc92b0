// The products of the gradient with respect to the weight of a 3 × 3 kernel, of operands in half precision: those of a row of pixels
// are added up in half precision, and these sums in single precision. Needs `weight_patch`, `scaling`, and the sizes and tiles
// declared in the kernel's file.

/// Two groups of four outputs for a row of taps.
struct Parts {
    first: mat3x4<f16>,
    last: mat3x4<f16>,
}

fn row_added(row: mat3x4<f16>, slope: vec4<f16>, pixels: vec3<f16>) -> mat3x4<f16> {
    return mat3x4<f16>(
        fma(slope, vec4(pixels.x), row[0]),
        fma(slope, vec4(pixels.y), row[1]),
        fma(slope, vec4(pixels.z), row[2]),
    );
}

/// Adds the products of one pixel of the gradient, whose outputs are at `place`, with the pixels under the row of taps.
fn pixel_added(parts: Parts, place: u32, pixels: vec3<f16>) -> Parts {
    return Parts(
        row_added(parts.first, output_tile[place], pixels),
        row_added(parts.last, output_tile[place + 1u], pixels),
    );
}

/// Adds the products of four neighbouring pixels of the gradient, whose outputs begin at `slope`, with the pixels under the row of
/// taps, which begin at `place`.
fn quad_added(parts: Parts, place: u32, slope: u32) -> Parts {
    let next = OUTPUT_LINE / 4u;
    let start = vec4(pixel_tile[place], pixel_tile[place + 1u], pixel_tile[place + 2u], pixel_tile[place + 3u]);
    let more = vec2(pixel_tile[place + 4u], pixel_tile[place + 5u]);
    let one = pixel_added(parts, slope, start.xyz);
    let two = pixel_added(one, slope + next, start.yzw);
    let three = pixel_added(two, slope + 2u * next, vec3(start.zw, more.x));
    return pixel_added(three, slope + 3u * next, vec3(start.w, more));
}

/// The sums over a row of the gradient.
fn row_of(pixel: u32, slope: u32) -> Parts {
    let none = mat3x4<f16>(vec4<f16>(), vec4<f16>(), vec4<f16>());
    let one = quad_added(Parts(none, none), pixel, slope);
    let two = quad_added(one, pixel + 4u, slope + OUTPUT_LINE);
    let three = quad_added(two, pixel + 8u, slope + 2u * OUTPUT_LINE);
    return quad_added(three, pixel + 12u, slope + 3u * OUTPUT_LINE);
}

fn part_added(sums: mat3x4<f32>, part: mat3x4<f16>) -> mat3x4<f32> {
    return mat3x4(sums[0] + vec4<f32>(part[0]), sums[1] + vec4<f32>(part[1]), sums[2] + vec4<f32>(part[2]));
}

/// Adds the products of a stage. `pixel` and `slope` are the places of this invocation's first pixels of the input and of the gradient.
fn stage_added(before: Sums, pixel: u32, slope: u32) -> Sums {
    var sums = before;
    for (var row = 0u; row < QUADS / 4u; row++) {
        let parts = row_of(pixel + row * LINE, slope + 4u * row * OUTPUT_LINE);
        sums.top_first = part_added(sums.top_first, parts.first);
        sums.top_last = part_added(sums.top_last, parts.last);
    }
    // So that compilers do not keep the outputs for the other taps, for which there are not enough registers.
    workgroupBarrier();
    for (var row = 0u; row < QUADS / 4u; row++) {
        let parts = row_of(pixel + (row + 1u) * LINE, slope + 4u * row * OUTPUT_LINE);
        sums.middle_first = part_added(sums.middle_first, parts.first);
        sums.middle_last = part_added(sums.middle_last, parts.last);
    }
    workgroupBarrier();
    for (var row = 0u; row < QUADS / 4u; row++) {
        let parts = row_of(pixel + (row + 2u) * LINE, slope + 4u * row * OUTPUT_LINE);
        sums.bottom_first = part_added(sums.bottom_first, parts.first);
        sums.bottom_last = part_added(sums.bottom_last, parts.last);
    }
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
    return Sums(
        back * sums.top_first,
        back * sums.top_last,
        back * sums.middle_first,
        back * sums.middle_last,
        back * sums.bottom_first,
        back * sums.bottom_last,
    );
}
