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

fn loss_bits(places: vec4<u32>, of_labels: vec4<i32>, loss_term: Term, ignore: i32) -> vec4<u32> {
    let found = likelihood(places, classes_of(of_labels));
    let bits = bitcast<vec4<u32>>(pixel_loss(found, loss_term)) & vec4<u32>(0x7fffffffu);
    let sound = select(vec4<u32>(NAN_BITS), bits, found.sound & is_class(of_labels));
    return select(sound, vec4<u32>(), of_labels == vec4<i32>(ignore));
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
    let ignore = settings.ignore;
    let start = image * settings.pixels;
    let first_class = image * settings.classes * settings.pixels;
    // Four pixels at a time; after the chunk's last pixel that one again, which is not stored.
    for (var pixel = first + lane; pixel < end; pixel += 4u * WORKGROUP) {
        let numbers = four_from(pixel, WORKGROUP);
        let read = min(numbers, vec4<u32>(end - 1u));
        let places = start + read;
        let of_labels = vec4<i32>(labels[places.x], labels[places.y], labels[places.z], labels[places.w]);
        let bits = loss_bits(first_class + read, of_labels, loss_term, ignore);
        let is_inside = numbers < vec4<u32>(end);
        losses[places.x] = bits.x;
        if (is_inside.y) {
            losses[places.y] = bits.y;
        }
        if (is_inside.z) {
            losses[places.z] = bits.z;
        }
        if (is_inside.w) {
            losses[places.w] = bits.w;
        }
    }
    if (settings.groups == 0u) {
        return;
    }
    storageBarrier();

    // Every group of pixels gets the same number of lanes, and each lane a part of the chunk.
    let count = settings.groups;
    let lanes = WORKGROUP / count;
    let group = lane / lanes;
    let place = lane % lanes;
    var moments = NO_MOMENTS;
    if (group < count) {
        for (var pixel = first + place; pixel < end; pixel += 4u * lanes) {
            let numbers = four_from(pixel, lanes);
            let places = start + min(numbers, vec4<u32>(end - 1u));
            let of_labels = vec4<i32>(labels[places.x], labels[places.y], labels[places.z], labels[places.w]);
            let bits = vec4<u32>(losses[places.x], losses[places.y], losses[places.z], losses[places.w]);
            let of_group = vec4<bool>(count == 1u) | (of_labels == vec4<i32>(i32(group)));
            let counts = of_group & (of_labels != vec4<i32>(ignore)) & (numbers < vec4<u32>(end));
            moments = with_losses(moments, bitcast<vec4<f32>>(bits), counts);
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
