// Third pass: the gradient with respect to the logits. The softmax is recomputed, not stored.

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> losses: array<u32>;
@group(0) @binding(3) var<storage, read_write> choice: array<u32>;
/// `[image, 2·class + 1]`; the last is Σ w of the kept pixels.
@group(0) @binding(4) var<storage, read_write> counts: array<f32>;
/// The gradient with respect to L, `[image]`.
@group(0) @binding(5) var<storage, read_write> upstream: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(7) var<storage, read> settings: Settings;

const WORKGROUP = 256u;
const MOST_CLASSES = 256u;

/// The bounds of the pixel rule and the weight of each class of the image.
var<workgroup> bounds: array<vec2<u32>, MOST_CLASSES>;
var<workgroup> weights: array<f32, MOST_CLASSES>;

/// Stores four numbers, of which those after the chunk's last pixel do not exist.
fn store(places: vec4<u32>, values: vec4<f32>, is_inside: vec4<bool>) {
    gradient[places.x] = values.x;
    if (is_inside.y) {
        gradient[places.y] = values.y;
    }
    if (is_inside.z) {
        gradient[places.z] = values.z;
    }
    if (is_inside.w) {
        gradient[places.w] = values.w;
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let chunk = workgroup_number(id, groups);
    if (chunk >= settings.batch * settings.chunks) {
        return;
    }
    // Read once: the driver must assume that any store may change any buffer.
    let classes = settings.classes;
    let pixels = settings.pixels;
    let ignore = settings.ignore;
    let loss_term = term();
    let rule = settings.rule;
    let group_count = settings.groups;
    let image = chunk / settings.chunks;
    let begin = (chunk % settings.chunks) * CHUNK;
    let end = min(begin + CHUNK, pixels);
    let weight_sum = counts[(image + 1u) * (2u * classes + 1u) - 1u];
    let of_image = select(upstream[image] / weight_sum, 0.0, weight_sum == 0.0);
    if (lane < classes) {
        bounds[lane] = bound_of(image, lane, group_count);
        weights[lane] = settings.class_weights[lane];
    }
    workgroupBarrier();
    // Four pixels at a time; after the chunk's last pixel that one again, which is not stored.
    for (var pixel = begin + lane; pixel < end; pixel += 4u * WORKGROUP) {
        let numbers = four_from(pixel, WORKGROUP);
        let is_inside = numbers < vec4<u32>(end);
        let read = min(numbers, vec4<u32>(end - 1u));
        let places = image * pixels + read;
        let of_labels = vec4<i32>(labels[places.x], labels[places.y], labels[places.z], labels[places.w]);
        let bits = vec4<u32>(losses[places.x], losses[places.y], losses[places.z], losses[places.w]);
        let truth = classes_of(of_labels);
        let first = image * classes * pixels + read;
        let found = likelihood(first, truth);
        let sum = found.truth + found.others;

        let a = bounds[truth.x];
        let b = bounds[truth.y];
        let c = bounds[truth.z];
        let d = bounds[truth.w];
        let limits = vec4<u32>(a.x, b.x, c.x, d.x);
        let last = vec4<u32>(a.y, b.y, c.y, d.y);
        let kept = (of_labels != vec4<i32>(ignore)) & keeps(numbers, bits, limits, last, rule);
        let weight = vec4<f32>(weights[truth.x], weights[truth.y], weights[truth.z], weights[truth.w]);
        let scale = of_image * weight * pixel_slope(found, loss_term) / sum;
        // Zeros are selected, not multiplied: the logits of an ignored pixel may be anything.
        let zero = vec4<f32>();
        for (var number = 0u; number < classes; number += 2u) {
            let pair = pair_of(first, number, classes, pixels);
            let powers = exp(pair.first - found.largest);
            let changes = scale * select(powers, -found.others, truth == vec4<u32>(number));
            store(first + number * pixels, select(zero, changes, kept), is_inside);
            if (number + 1u < classes) {
                let next = exp(pair.second - found.largest);
                let changes = scale * select(next, -found.others, truth == vec4<u32>(number + 1u));
                store(first + (number + 1u) * pixels, select(zero, changes, kept), is_inside);
            }
        }
    }
}
