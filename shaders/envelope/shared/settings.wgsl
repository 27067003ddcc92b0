// What every pass of the envelope is told. The order is that of `Passes::words` in crates/loss.

struct Settings {
    /// Images of the batch.
    batch: u32,
    classes: u32,
    /// Pixels of an image.
    pixels: u32,
    /// Workgroups that share an image, each with CHUNK pixels.
    chunks: u32,
    /// Over how many groups of pixels μ and σ are taken: 0 where nothing is, 1 for the image, or one for each class.
    groups: u32,
    /// Which pixels count: RULE_ALL, RULE_SIGMA or RULE_TOP.
    rule: u32,
    /// The loss of a pixel: KIND_ENVELOPE or KIND_FOCAL.
    kind: u32,
    /// The label of pixels that take part in nothing.
    ignore: i32,
    /// λ₁, or γ of the focal loss.
    first: f32,
    /// λ₂.
    second: f32,
    /// m of μ + m·σ.
    multiple: f32,
    /// q of RULE_TOP in units of 2⁻³² …
    share: u32,
    /// … and what is left of it in units of 2⁻⁶⁴.
    share_rest: u32,
    /// The round of the search for the smallest pixel that RULE_TOP keeps.
    round: u32,
    /// w, one for each class.
    class_weights: array<f32>,
}

const CHUNK = 4096u;
const RULE_ALL = 0u;
const RULE_SIGMA = 1u;
const RULE_TOP = 2u;
const KIND_FOCAL = 1u;

/// Losses are not negative, so their bits are in the order of their values; NaN has larger bits than infinity.
const INFINITY_BITS = 0x7f800000u;
const NAN_BITS = 0x7fc00000u;

/// What a label that is neither a class nor the ignore value counts as: its NaN must reach some class's sum.
fn class_of(label: i32) -> u32 {
    return select(0u, u32(label), label >= 0 && label < i32(settings.classes));
}
