// After the second pass: L = Σ w·ℓ / Σ w of every image, and its pixel counts by class.

/// `[image, chunk, class, 3]`.
@group(0) @binding(0) var<storage, read_write> partials: array<f32>;
/// L, `[image]`; 0 where no pixel is kept.
@group(0) @binding(1) var<storage, read_write> image_losses: array<f32>;
/// `[image, 2·class + 1]`: kept pixels by class, pixels that are not ignored by class, and Σ w of the kept pixels.
@group(0) @binding(2) var<storage, read_write> counts: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Settings;

const WORKGROUP = 256u;

var<workgroup> scratch: array<vec3<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let image = workgroup_number(id, groups);
    let inside = image < settings.batch;
    let chunks = select(0u, settings.chunks, inside);

    let lanes = WORKGROUP / settings.classes;
    let own = lane / lanes;
    let place = lane % lanes;
    var sum = vec3(0.0);
    if (own < settings.classes) {
        for (var chunk = place; chunk < chunks; chunk += lanes) {
            let start = 3u * ((image * settings.chunks + chunk) * settings.classes + own);
            sum += vec3(partials[start], partials[start + 1u], partials[start + 2u]);
        }
    }
    scratch[lane] = sum;
    workgroupBarrier();
    for (var width = lanes; width > 1u;) {
        let half = (width + 1u) / 2u;
        if (place + half < width && own < settings.classes) {
            scratch[lane] += scratch[lane + half];
        }
        workgroupBarrier();
        width = half;
    }
    if (inside && lane == 0u) {
        let start = image * (2u * settings.classes + 1u);
        var loss = 0.0;
        var weight = 0.0;
        for (var number = 0u; number < settings.classes; number++) {
            let of_class = scratch[number * lanes];
            loss += settings.class_weights[number] * of_class.y;
            weight += settings.class_weights[number] * of_class.x;
            counts[start + number] = of_class.x;
            counts[start + settings.classes + number] = of_class.z;
        }
        counts[start + 2u * settings.classes] = weight;
        image_losses[image] = select(loss / weight, 0.0, weight == 0.0);
    }
}
