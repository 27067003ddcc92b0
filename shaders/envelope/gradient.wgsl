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
    for (var pixel = begin + lane; pixel < end; pixel += WORKGROUP) {
        let position = image * pixels + pixel;
        let label = labels[position];
        let truth = class_of(label);
        let first = image * classes * pixels + pixel;
        // Zeros are selected, not multiplied: the logits of an ignored pixel may be anything.
        if (label == ignore || !keeps(image, truth, pixel, losses[position], rule, group_count)) {
            for (var number = 0u; number < classes; number++) {
                gradient[first + number * pixels] = 0.0;
            }
            continue;
        }
        let found = likelihood(first, truth);
        let sum = found.truth + found.others;
        let scale = of_image * settings.class_weights[truth] * pixel_slope(found, loss_term) / sum;
        for (var number = 0u; number < classes; number++) {
            let power = exp(logits[first + number * pixels] - found.largest);
            gradient[first + number * pixels] = scale * select(power, -found.others, number == truth);
        }
    }
}
