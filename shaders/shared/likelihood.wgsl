// What the softmax of one pixel says of its true class. Needs `logits` and `settings`.

struct Likelihood {
    /// eˡ of the true class; all powers are taken after the largest logit has been subtracted, so none overflows.
    truth: f32,
    /// Σ eˡ over the other classes. Summed apart, so that 1 − p keeps its digits where p is near 1.
    others: f32,
    /// −ln p.
    cross_entropy: f32,
    /// The largest logit.
    largest: f32,
}

/// ln(1 + x) for x ≥ 0. Near 0 by the series of 2·artanh(x / (2 + x)), where ln(1 + x) would have lost x's digits.
fn log_one_plus(x: f32) -> f32 {
    let z = x / (2.0 + x);
    let square = z * z;
    let series = 2.0 * z * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0))));
    return select(log(1.0 + x), series, x < 0.25);
}

/// Reads the logits of a pixel, `settings.pixels` apart from class to class, beginning at `first`.
fn likelihood(first: u32, truth: u32) -> Likelihood {
    var largest = logits[first];
    var top = 0u;
    for (var label_class = 1u; label_class < settings.classes; label_class++) {
        let logit = logits[first + label_class * settings.pixels];
        if (logit > largest) {
            largest = logit;
            top = label_class;
        }
    }
    // Without the largest, whose power is 1.
    var rest = 0.0;
    var others = 0.0;
    var of_truth = 0.0;
    for (var label_class = 0u; label_class < settings.classes; label_class++) {
        let power = exp(logits[first + label_class * settings.pixels] - largest);
        rest += select(power, 0.0, label_class == top);
        others += select(power, 0.0, label_class == truth);
        of_truth += select(0.0, power, label_class == truth);
    }
    let cross_entropy = (largest - logits[first + truth * settings.pixels]) + log_one_plus(rest);
    return Likelihood(of_truth, others, cross_entropy, largest);
}

/// ℓ of a pixel: λ₁·(−ln p) + λ₂·(1 − p)/(1 + p), or (1 − p)^γ·(−ln p).
fn pixel_loss(pixel: Likelihood) -> f32 {
    let sum = pixel.truth + pixel.others;
    if (settings.kind == KIND_FOCAL) {
        let miss = pixel.others / sum;
        return select(pow(miss, settings.first) * pixel.cross_entropy, 0.0, miss < SMALLEST_MISS);
    }
    let entropy = select(settings.first * pixel.cross_entropy, 0.0, settings.first == 0.0);
    return entropy + settings.second * pixel.others / (sum + pixel.truth);
}

/// The factor s in ∂ℓ/∂logit = s·(softmax − one-hot).
fn pixel_slope(pixel: Likelihood) -> f32 {
    let sum = pixel.truth + pixel.others;
    if (settings.kind == KIND_FOCAL) {
        let miss = pixel.others / sum;
        let ratio = pixel.cross_entropy / miss;
        let slope = pow(miss, settings.first) * (1.0 + settings.first * (pixel.truth / sum) * ratio);
        return select(slope, 0.0, miss < SMALLEST_MISS);
    }
    let both = sum + pixel.truth;
    return settings.first + settings.second * (2.0 * pixel.truth / both) * (sum / both);
}

/// Below this 1 − p counts as 0: a power of it below 1 would be infinitely steep.
const SMALLEST_MISS = 1e-12;
