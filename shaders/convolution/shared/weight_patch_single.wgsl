// The products of the gradient with respect to the weight of a 3 × 3 kernel in single precision. Needs `weight_patch`, and the sizes
// and tiles declared in the kernel's file.

fn slope_operands(values: vec4<f32>) -> vec4<f32> {
    return values;
}

fn pixel_operands(values: vec4<f32>) -> vec4<f32> {
    return values;
}

fn unscaled(sums: Sums) -> Sums {
    return sums;
}

/// Adds the products of four outputs with the three pixels under a row of taps.
fn row_added(row: mat3x4<f32>, slope: vec4<f32>, pixels: vec3<f32>) -> mat3x4<f32> {
    return mat3x4(row[0] + slope * pixels.x, row[1] + slope * pixels.y, row[2] + slope * pixels.z);
}

/// Adds the products of one pixel of the gradient, whose outputs are at `place`, with the pixels around it.
fn pixel_added(sums: Sums, place: u32, top: vec3<f32>, middle: vec3<f32>, bottom: vec3<f32>) -> Sums {
    let first = output_tile[place];
    let last = output_tile[place + 1u];
    return Sums(
        row_added(sums.top_first, first, top),
        row_added(sums.top_last, last, top),
        row_added(sums.middle_first, first, middle),
        row_added(sums.middle_last, last, middle),
        row_added(sums.bottom_first, first, bottom),
        row_added(sums.bottom_last, last, bottom),
    );
}

/// Six neighbouring pixels of a row of the patch.
struct Row {
    start: vec4<f32>,
    more: vec2<f32>,
}

fn row_at(place: u32) -> Row {
    let start = vec4(pixel_tile[place], pixel_tile[place + 1u], pixel_tile[place + 2u], pixel_tile[place + 3u]);
    return Row(start, vec2(pixel_tile[place + 4u], pixel_tile[place + 5u]));
}

/// Adds the products of four neighbouring pixels of the gradient, whose outputs begin at `slope`, with the pixels around them, which
/// begin at `place`.
fn quad_added(sums: Sums, place: u32, slope: u32) -> Sums {
    let next = OUTPUT_LINE / 4u;
    let top = row_at(place);
    let middle = row_at(place + LINE);
    let bottom = row_at(place + 2u * LINE);
    let one = pixel_added(sums, slope, top.start.xyz, middle.start.xyz, bottom.start.xyz);
    let two = pixel_added(one, slope + next, top.start.yzw, middle.start.yzw, bottom.start.yzw);
    let three = pixel_added(
        two,
        slope + 2u * next,
        vec3(top.start.zw, top.more.x),
        vec3(middle.start.zw, middle.more.x),
        vec3(bottom.start.zw, bottom.more.x),
    );
    return pixel_added(
        three,
        slope + 3u * next,
        vec3(top.start.w, top.more),
        vec3(middle.start.w, middle.more),
        vec3(bottom.start.w, bottom.more),
    );
}

/// Adds the products of a stage. `pixel` and `slope` are the places of this invocation's first pixels of the input and of the gradient.
fn stage_added(before: Sums, pixel: u32, slope: u32) -> Sums {
    var sums = before;
    for (var quad = 0u; quad < QUADS; quad++) {
        let first = pixel + quad / 4u * LINE + quad % 4u * 4u;
        sums = quad_added(sums, first, slope + quad * OUTPUT_LINE);
    }
    return sums;
}
