// Products in single precision take their operands as they are. Needs `tile`.

/// Weights and pixels as the products take them.
fn weight_operands(values: vec4<f32>) -> vec4<f32> {
    return values;
}

fn pixel_operands(values: vec4<f32>) -> vec4<f32> {
    return values;
}

fn unscaled(sums: Sums) -> Sums {
    return sums;
}
