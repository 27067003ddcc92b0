// The softmax probability of the true class of four pixels at a time. Needs `logits` and `settings`.

/// Each number is that of four pixels.
struct Likelihood {
    /// eˡ of the true class. The largest logit is subtracted from every l first, so that no power overflows.
    truth: vec4<f32>,
    /// Σ eˡ over the other classes, summed separately so that 1 − p keeps its digits where p is near 1.
    others: vec4<f32>,
    /// The largest logit.
    largest: vec4<f32>,
    /// The largest logit minus that of the true class.
    margin: vec4<f32>,
    /// Whether no logit is NaN or +∞.
    sound: vec4<bool>,
}

/// ln(1 + x) for x ≥ 0: near 0, where computing 1 + x would lose digits of x, by the series of 2·artanh(x / (2 + x)).
fn log_one_plus(x: vec4<f32>) -> vec4<f32> {
    let z = x / (2.0 + x);
    let square = z * z;
    let series = 2.0 * z * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0))));
    return select(log(1.0 + x), series, x < vec4<f32>(0.25));
}

/// Tests the bits, because drivers may assume that there is no NaN and simplify comparisons accordingly.
fn is_sound(value: vec4<f32>) -> vec4<bool> {
    let bits = bitcast<vec4<u32>>(value);
    let infinity = vec4<u32>(INFINITY_BITS);
    return (bits != infinity) & ((bits & vec4<u32>(0x7fffffffu)) <= infinity);
}

/// The logits of two successive classes. Eight loads at a time: a loop waits for its loads once per turn.
struct Pair {
    first: vec4<f32>,
    /// If the first class is the last one, the first again.
    second: vec4<f32>,
}

/// The logits of the classes `number` and `number + 1` of the pixels whose logits of the first class are at `places`.
fn pair_of(places: vec4<u32>, number: u32, classes: u32, pixels: u32) -> Pair {
    let first = places + number * pixels;
    let second = first + select(0u, pixels, number + 1u < classes);
    return Pair(
        vec4<f32>(logits[first.x], logits[first.y], logits[first.z], logits[first.w]),
        vec4<f32>(logits[second.x], logits[second.y], logits[second.z], logits[second.w]),
    );
}

/// The likelihood of the pixels whose logits of the first class are at `places`.
fn likelihood(places: vec4<u32>, truth: vec4<u32>) -> Likelihood {
    // Read once: the driver must assume that any store may change any buffer.
    let classes = settings.classes;
    let pixels = settings.pixels;
    let begin = pair_of(places, 0u, classes, pixels);
    var largest = max(begin.first, begin.second);
    var of_truth = select(begin.first, begin.second, truth == vec4<u32>(1u));
    var sound = is_sound(begin.first) & is_sound(begin.second);
    for (var number = 2u; number < classes; number += 2u) {
        let pair = pair_of(places, number, classes, pixels);
        largest = max(max(largest, pair.first), pair.second);
        of_truth = select(of_truth, pair.first, truth == vec4<u32>(number));
        of_truth = select(of_truth, pair.second, truth == vec4<u32>(number + 1u));
        sound = sound & is_sound(pair.first) & is_sound(pair.second);
    }
    let zero = vec4<f32>();
    var found = Likelihood(zero, zero, largest, largest - of_truth, sound);
    for (var number = 0u; number < classes; number += 2u) {
        let pair = pair_of(places, number, classes, pixels);
        let powers = exp(pair.first - largest);
        let is_truth = truth == vec4<u32>(number);
        found.others += select(powers, zero, is_truth);
        found.truth += select(zero, powers, is_truth);
        let is_next = vec4<bool>(number + 1u < classes);
        let next_powers = select(zero, exp(pair.second - largest), is_next);
        let is_next_truth = truth == vec4<u32>(number + 1u);
        found.others += select(next_powers, zero, is_next_truth);
        found.truth += select(zero, next_powers, is_next_truth);
    }
    return found;
}

/// −ln p = (largest logit − logit of the true class) + ln(1 + the powers of all classes but the largest).
fn cross_entropy(pixels: Likelihood) -> vec4<f32> {
    // Where the true class is not the largest, −ln p is at least ln 2, so the difference loses no significant digits.
    let is_largest = pixels.margin == vec4<f32>();
    let rest = select((pixels.truth - 1.0) + pixels.others, pixels.others, is_largest);
    return pixels.margin + log_one_plus(rest);
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

/// ℓ of the pixels: λ₁·(−ln p) + λ₂·(1 − p)/(1 + p), or (1 − p)^γ·(−ln p).
fn pixel_loss(pixels: Likelihood, term: Term) -> vec4<f32> {
    let sum = pixels.truth + pixels.others;
    let zero = vec4<f32>();
    if (term.kind == KIND_FOCAL) {
        let miss = pixels.others / sum;
        let loss = pow(miss, vec4<f32>(term.first)) * cross_entropy(pixels);
        return select(loss, zero, miss < vec4<f32>(SMALLEST_MISS));
    }
    let entropy = select(term.first * cross_entropy(pixels), zero, vec4<bool>(term.first == 0.0));
    return entropy + term.second * pixels.others / (sum + pixels.truth);
}

/// The factor s in ∂ℓ/∂logit = s·(softmax − one-hot).
fn pixel_slope(pixels: Likelihood, term: Term) -> vec4<f32> {
    let sum = pixels.truth + pixels.others;
    if (term.kind == KIND_FOCAL) {
        let miss = pixels.others / sum;
        let ratio = cross_entropy(pixels) / miss;
        let slope = pow(miss, vec4<f32>(term.first)) * (1.0 + term.first * (pixels.truth / sum) * ratio);
        return select(slope, vec4<f32>(), miss < vec4<f32>(SMALLEST_MISS));
    }
    let both = sum + pixels.truth;
    return term.first + term.second * (2.0 * pixels.truth / both) * (sum / both);
}

/// Below this, 1 − p counts as 0: its powers with an exponent below 1 are infinitely steep at 0.
const SMALLEST_MISS = 1e-12;
