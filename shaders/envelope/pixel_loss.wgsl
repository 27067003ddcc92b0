// First pass: the loss of every pixel, and of each chunk of an image the moments of its groups of pixels.

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> labels: array<i32>;
/// ℓ, as bits; 0 where ignored, NaN where the label is no class.
@group(0) @binding(2) var<storage, read_write> losses: array<u32>;
/// `[image, chunk, group, 4]`.
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Settings;

const WORKGROUP = 256u;

var<workgroup> scratch: array<Moments, WORKGROUP>;

fn loss_bits(image: u32, pixel: u32) -> u32 {
    let label = labels[image * settings.pixels + pixel];
    if (label == settings.ignore) {
        return 0u;
    }
    if (label < 0 || label >= i32(settings.classes)) {
        return NAN_BITS;
    }
    let first = image * settings.classes * settings.pixels + pixel;
    // By their bits: a driver may take it for granted that there is no NaN, and answer comparisons accordingly.
    var sound = true;
    for (var label_class = 0u; label_class < settings.classes; label_class++) {
        let bits = bitcast<u32>(logits[first + label_class * settings.pixels]);
        sound = sound && bits != INFINITY_BITS && (bits & 0x7fffffffu) <= INFINITY_BITS;
    }
    let bits = bitcast<u32>(pixel_loss(likelihood(first, u32(label)))) & 0x7fffffffu;
    return select(NAN_BITS, bits, sound);
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let chunk = workgroup_number(id, groups);
    let inside = chunk < settings.batch * settings.chunks;
    let image = chunk / settings.chunks;
    let first = (chunk % settings.chunks) * CHUNK;
    let end = select(first, min(first + CHUNK, settings.pixels), inside);
    for (var pixel = first + lane; pixel < end; pixel += WORKGROUP) {
        losses[image * settings.pixels + pixel] = loss_bits(image, pixel);
    }
    if (settings.groups == 0u) {
        return;
    }
    storageBarrier();

    // Each group of pixels has as many lanes, and each lane a share of the chunk.
    let lanes = WORKGROUP / settings.groups;
    let group = lane / lanes;
    let place = lane % lanes;
    var moments = NO_MOMENTS;
    if (group < settings.groups) {
        for (var pixel = first + place; pixel < end; pixel += lanes) {
            let position = image * settings.pixels + pixel;
            let label = labels[position];
            let member = label != settings.ignore && (settings.groups == 1u || label == i32(group));
            if (member) {
                moments = with_loss(moments, bitcast<f32>(losses[position]));
            }
        }
    }
    scratch[lane] = moments;
    workgroupBarrier();
    for (var width = lanes; width > 1u;) {
        let half = (width + 1u) / 2u;
        if (place + half < width && group < settings.groups) {
            scratch[lane] = merged(scratch[lane], scratch[lane + half]);
        }
        workgroupBarrier();
        width = half;
    }
    if (inside && place == 0u && group < settings.groups) {
        let sum = scratch[lane];
        let start = 4u * (chunk * settings.groups + group);
        partials[start] = sum.count;
        partials[start + 1u] = sum.mean;
        partials[start + 2u] = sum.spread;
        partials[start + 3u] = sum.least;
    }
}
