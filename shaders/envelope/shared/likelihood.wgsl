// The softmax probability of a pixel's true class. Needs `logits` and `settings`.

struct Likelihood {
    /// eˡ of the true class. The largest logit is subtracted from every l first, so that no power overflows.
    truth: f32,
    /// Σ eˡ over the other classes, summed separately so that 1 − p keeps its digits where p is near 1.
    others: f32,
    /// The largest logit.
    largest: f32,
    /// The largest logit minus that of the true class.
    margin: f32,
    /// Whether no logit is NaN or +∞.
    sound: bool,
}

/// ln(1 + x) for x ≥ 0: near 0, where computing 1 + x would lose digits of x, by the series of 2·artanh(x / (2 + x)).
fn log_one_plus(x: f32) -> f32 {
    let z = x / (2.0 + x);
    let square = z * z;
    let series = 2.0 * z * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0))));
    return select(log(1.0 + x), series, x < 0.25);
}

/// Tests the bits, because drivers may assume that there is no NaN and simplify comparisons accordingly.
fn is_sound(value: f32) -> bool {
    let bits = bitcast<u32>(value);
    return bits != INFINITY_BITS && (bits & 0x7fffffffu) <= INFINITY_BITS;
}

/// The likelihood of the pixel whose logit of the first class is at `first`.
fn likelihood(first: u32, truth: u32) -> Likelihood {
    // Read once: the driver must assume that any store may change any buffer.
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

/// −ln p = (largest logit − logit of the true class) + ln(1 + the powers of all classes but the largest).
fn cross_entropy(pixel: Likelihood) -> f32 {
    // Where the true class is not the largest, −ln p is at least ln 2, so the difference loses no significant digits.
    let rest = select((pixel.truth - 1.0) + pixel.others, pixel.others, pixel.margin == 0.0);
    return pixel.margin + log_one_plus(rest);
}

/// The loss of a pixel, ℓ: its kind and its coefficients.
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

/// Below this, 1 − p counts as 0: its powers with an exponent below 1 are infinitely steep at 0.
const SMALLEST_MISS = 1e-12;
