// Gradients in half precision are multiplied by a power of two as they are loaded, so that they do not underflow, and the sums by its
// inverse. Needs `settings` and `scale`.

/// What the gradient is multiplied by; 1 for maps that are not a gradient.
var<private> scaling: f32 = 1.0;

/// Reads the factor, before the loop over stages.
fn read_scaling() {
    if (settings.scaled != 0u) {
        scaling = scale[0];
    }
}

fn unscaling() -> f32 {
    return select(1.0, scale[1], settings.scaled != 0u);
}
