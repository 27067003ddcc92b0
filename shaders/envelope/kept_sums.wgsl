// Second pass: which pixels are kept, and the sums by class of each chunk of an image.

@group(0) @binding(0) var<storage, read_write> labels: array<i32>;
@group(0) @binding(1) var<storage, read_write> losses: array<u32>;
@group(0) @binding(2) var<storage, read_write> choice: array<u32>;
/// `[image, chunk, class, 3]`: kept pixels, the sum of their losses, pixels that are not ignored.
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Settings;

const WORKGROUP = 256u;

var<workgroup> scratch: array<vec3<f32>, WORKGROUP>;

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

    let classes = settings.classes;
    let ignore = settings.ignore;
    let start = image * settings.pixels;
    let lanes = WORKGROUP / classes;
    let own = lane / lanes;
    let place = lane % lanes;
    var sum = vec3(0.0);
    if (own < classes) {
        for (var pixel = first + place; pixel < end; pixel += lanes) {
            let label = labels[start + pixel];
            if (label != ignore && class_of(label) == own) {
                let bits = losses[start + pixel];
                let kept = keeps(image, own, pixel, bits, settings.rule, settings.groups);
                sum += vec3(select(0.0, 1.0, kept), select(0.0, bitcast<f32>(bits), kept), 1.0);
            }
        }
    }
    scratch[lane] = sum;
    workgroupBarrier();
    for (var width = lanes; width > 1u;) {
        let half = (width + 1u) / 2u;
        if (place + half < width && own < classes) {
            scratch[lane] += scratch[lane + half];
        }
        workgroupBarrier();
        width = half;
    }
    if (inside && place == 0u && own < classes) {
        let destination = 3u * (chunk * classes + own);
        partials[destination] = scratch[lane].x;
        partials[destination + 1u] = scratch[lane].y;
        partials[destination + 2u] = scratch[lane].z;
    }
}
