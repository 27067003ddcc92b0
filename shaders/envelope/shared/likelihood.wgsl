// What the softmax of one pixel says of its true class. Needs `logits` and `settings`.

struct Likelihood {
    /// eˡ of the true class; all powers are taken after the largest logit has been subtracted, so none overflows.
    truth: f32,
    /// Σ eˡ over the other classes. Summed apart, so that 1 − p keeps its digits where p is near 1.
    others: f32,
    /// The largest logit.
    largest: f32,
    /// How far the true class's logit is below it.
    margin: f32,
    /// Whether every logit is a number, and none infinitely large.
    sound: bool,
}

/// ln(1 + x) for x ≥ 0. Near 0 by the series of 2·artanh(x / (2 + x)), where ln(1 + x) would have lost x's digits.
fn log_one_plus(x: f32) -> f32 {
    let z = x / (2.0 + x);
    let square = z * z;
    let series = 2.0 * z * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0))));
    return select(log(1.0 + x), series, x < 0.25);
}

/// By its bits: a driver may take it for granted that there is no NaN, and answer comparisons accordingly.
fn is_sound(value: f32) -> bool {
    let bits = bitcast<u32>(value);
    return bits != INFINITY_BITS && (bits & 0x7fffffffu) <= INFINITY_BITS;
}

/// Of the pixel whose first class has its logit at `first`.
fn likelihood(first: u32, truth: u32) -> Likelihood {
    // Read once: a driver must take it that a store may change what is in a buffer.
    let classes = settings.classes;
    let pixels = settings.pixels;
    var largest = logits[first];
    var of_truth = largest;
    var sound = is_sound(largest);
    for (var number = 1u; number < classes; number++) {
        let value = logits[first + number * pixels];
        largest = max(largest, value);
        of_truth = select(of_truth, value, number == truth);
        sound = sound && is_sound(value);
    }
    var found = Likelihood(0.0, 0.0, largest, largest - of_truth, sound);
    for (var number = 0u; number < classes; number++) {
        let power = exp(logits[first + number * pixels] - largest);
        found.others += select(power, 0.0, number == truth);
        found.truth += select(0.0, power, number == truth);
    }
    return found;
}

/// −ln p: how far the true class is below the largest, and ln(1 + the other powers) of those that are not the largest.
fn cross_entropy(pixel: Likelihood) -> f32 {
    // Where the true class is not the largest, −ln p is at least ln 2, and the difference loses nothing that shows.
    let rest = select((pixel.truth - 1.0) + pixel.others, pixel.others, pixel.margin == 0.0);
    return pixel.margin + log_one_plus(rest);
}

/// What ℓ is made of.
struct Term {
    kind: u32,
    /// λ₁, or γ of the focal loss.
    first: f32,
    /// λ₂.
    second: f32,
}

fn term() -> Term {
    return Term(settings.kind, settings.first, settings.second);
}

/// ℓ of a pixel: λ₁·(−ln p) + λ₂·(1 − p)/(1 + p), or (1 − p)^γ·(−ln p).
fn pixel_loss(pixel: Likelihood, term: Term) -> f32 {
    let sum = pixel.truth + pixel.others;
    if (term.kind == KIND_FOCAL) {
        let miss = pixel.others / sum;
        return select(pow(miss, term.first) * cross_entropy(pixel), 0.0, miss < SMALLEST_MISS);
    }
    let entropy = select(term.first * cross_entropy(pixel), 0.0, term.first == 0.0);
    return entropy + term.second * pixel.others / (sum + pixel.truth);
}

/// The factor s in ∂ℓ/∂logit = s·(softmax − one-hot).
fn pixel_slope(pixel: Likelihood, term: Term) -> f32 {
    let sum = pixel.truth + pixel.others;
    if (term.kind == KIND_FOCAL) {
        let miss = pixel.others / sum;
        let ratio = cross_entropy(pixel) / miss;
        let slope = pow(miss, term.first) * (1.0 + term.first * (pixel.truth / sum) * ratio);
        return select(slope, 0.0, miss < SMALLEST_MISS);
    }
    let both = sum + pixel.truth;
    return term.first + term.second * (2.0 * pixel.truth / both) * (sum / both);
}

/// Below this 1 − p counts as 0: a power of it below 1 would be infinitely steep.
const SMALLEST_MISS = 1e-12;
