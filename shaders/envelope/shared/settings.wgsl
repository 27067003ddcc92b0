// Settings of every pass of the envelope, in the order in which crates/loss uploads them.

struct Settings {
    /// Number of images in the batch.
    batch: u32,
    classes: u32,
    /// Pixels per image.
    pixels: u32,
    /// Workgroups per image, each of which reads CHUNK pixels.
    chunks: u32,
    /// Groups of pixels with a μ and a σ of their own: 0 if neither is needed, 1 for the image, or one per class.
    groups: u32,
    /// Which pixels count: RULE_ALL, RULE_SIGMA or RULE_TOP.
    rule: u32,
    /// The loss of a pixel: KIND_ENVELOPE or KIND_FOCAL.
    kind: u32,
    /// The label of ignored pixels.
    ignore: i32,
    /// λ₁, or γ of the focal loss.
    first: f32,
    /// λ₂.
    second: f32,
    /// m of μ + m·σ.
    multiple: f32,
    /// q of RULE_TOP in units of 2⁻³² …
    share: u32,
    /// … and the remainder in units of 2⁻⁶⁴.
    share_rest: u32,
    /// The round of the search for the smallest pixel that RULE_TOP keeps.
    round: u32,
    /// w of each class.
    class_weights: array<f32>,
}

const CHUNK = 4096u;
const RULE_ALL = 0u;
const RULE_SIGMA = 1u;
const RULE_TOP = 2u;
const KIND_FOCAL = 1u;

/// Losses are not negative, so their bits sort like their values; the bits of NaN are larger than those of infinity.
const INFINITY_BITS = 0x7f800000u;
const NAN_BITS = 0x7fc00000u;

/// The classes of four labels. A label that is neither a class nor the ignore value counts as class 0, so that its NaN reaches a
/// sum.
fn classes_of(labels: vec4<i32>) -> vec4<u32> {
    return select(vec4<u32>(), vec4<u32>(labels), is_class(labels));
}

fn is_class(labels: vec4<i32>) -> vec4<bool> {
    return (labels >= vec4<i32>()) & (labels < vec4<i32>(i32(settings.classes)));
}

/// Four numbers that are `apart` each from the next.
fn four_from(first: u32, apart: u32) -> vec4<u32> {
    return vec4<u32>(first) + apart * vec4<u32>(0u, 1u, 2u, 3u);
}
