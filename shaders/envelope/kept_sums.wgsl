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
    let rule = settings.rule;
    let start = image * settings.pixels;
    let lanes = WORKGROUP / classes;
    let own = lane / lanes;
    let place = lane % lanes;
    var sum = vec3(0.0);
    if (own < classes) {
        let bound = bound_of(image, own, settings.groups);
        // Eight loads at a time; after the chunk's last pixel that one again, which does not count.
        for (var pixel = first + place; pixel < end; pixel += 4u * lanes) {
            let numbers = four_from(pixel, lanes);
            let places = start + min(numbers, vec4<u32>(end - 1u));
            let of_labels = vec4<i32>(labels[places.x], labels[places.y], labels[places.z], labels[places.w]);
            let bits = vec4<u32>(losses[places.x], losses[places.y], losses[places.z], losses[places.w]);
            let of_class = (classes_of(of_labels) == vec4<u32>(own)) & (of_labels != vec4<i32>(ignore));
            let counts = of_class & (numbers < vec4<u32>(end));
            let kept = counts & keeps(numbers, bits, vec4<u32>(bound.x), vec4<u32>(bound.y), rule);
            let one = vec4<f32>(1.0);
            let zero = vec4<f32>();
            let pixels = select(zero, one, counts);
            let kept_pixels = select(zero, one, kept);
            let kept_losses = select(zero, bitcast<vec4<f32>>(bits), kept);
            sum += vec3<f32>(kept_pixels.x, kept_losses.x, pixels.x);
            sum += vec3<f32>(kept_pixels.y, kept_losses.y, pixels.y);
            sum += vec3<f32>(kept_pixels.z, kept_losses.z, pixels.z);
            sum += vec3<f32>(kept_pixels.w, kept_losses.w, pixels.w);
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
