// First pass: the loss of every pixel, and the moments of the groups of pixels in each chunk of an image.

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> labels: array<i32>;
/// ℓ, as bits: 0 for ignored pixels, NaN where the label is not a class.
@group(0) @binding(2) var<storage, read_write> losses: array<u32>;
/// `[image, chunk, group, 4]`.
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Settings;

const WORKGROUP = 256u;

var<workgroup> scratch: array<Moments, WORKGROUP>;

fn loss_bits(image: u32, pixel: u32, loss_term: Term) -> u32 {
    let label = labels[image * settings.pixels + pixel];
    if (label == settings.ignore) {
        return 0u;
    }
    if (label < 0 || label >= i32(settings.classes)) {
        return NAN_BITS;
    }
    let first = image * settings.classes * settings.pixels + pixel;
    let found = likelihood(first, u32(label));
    return select(NAN_BITS, bitcast<u32>(pixel_loss(found, loss_term)) & 0x7fffffffu, found.sound);
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
    let loss_term = term();
    for (var pixel = first + lane; pixel < end; pixel += WORKGROUP) {
        losses[image * settings.pixels + pixel] = loss_bits(image, pixel, loss_term);
    }
    if (settings.groups == 0u) {
        return;
    }
    storageBarrier();

    // Every group of pixels gets the same number of lanes, and each lane a part of the chunk.
    let count = settings.groups;
    let ignore = settings.ignore;
    let start = image * settings.pixels;
    let lanes = WORKGROUP / count;
    let group = lane / lanes;
    let place = lane % lanes;
    var moments = NO_MOMENTS;
    if (group < count) {
        for (var pixel = first + place; pixel < end; pixel += lanes) {
            let label = labels[start + pixel];
            if (label != ignore && (count == 1u || label == i32(group))) {
                moments = with_loss(moments, bitcast<f32>(losses[start + pixel]));
            }
        }
    }
    scratch[lane] = moments;
    workgroupBarrier();
    for (var width = lanes; width > 1u;) {
        let half = (width + 1u) / 2u;
        if (place + half < width && group < count) {
            scratch[lane] = merged(scratch[lane], scratch[lane + half]);
        }
        workgroupBarrier();
        width = half;
    }
    if (inside && place == 0u && group < count) {
        let sum = scratch[lane];
        let destination = 4u * (chunk * count + group);
        partials[destination] = sum.count;
        partials[destination + 1u] = sum.mean;
        partials[destination + 2u] = sum.spread;
        partials[destination + 3u] = sum.least;
    }
}
