// Puts the losses of a batch's images in the loss store and looks up their weights by rank.
//
// One workgroup is enough: with ten thousand images in the store it takes forty steps per image of the batch.

/// L of each image of the batch.
@group(0) @binding(0) var<storage, read_write> losses: array<f32>;
/// The number of each in the training set.
@group(0) @binding(1) var<storage, read_write> indices: array<i32>;
/// The last known loss of every training image.
@group(0) @binding(2) var<storage, read_write> before: array<f32>;
@group(0) @binding(3) var<storage, read_write> after: array<f32>;
/// The weight of rank 1, 2, …
@group(0) @binding(4) var<storage, read_write> weight_of_rank: array<f32>;
@group(0) @binding(5) var<storage, read_write> weights: array<f32>;
@group(0) @binding(6) var<storage, read> sizes: Sizes;

struct Sizes {
    batch: u32,
    images: u32,
}

const WORKGROUP = 256u;

var<workgroup> scratch: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
    let images = sizes.images;
    for (var image = lane; image < images; image += WORKGROUP) {
        after[image] = before[image];
    }
    storageBarrier();
    for (var place = lane; place < sizes.batch; place += WORKGROUP) {
        after[indices[place]] = losses[place];
    }
    storageBarrier();
    for (var place = 0u; place < sizes.batch; place++) {
        let own = u32(indices[place]);
        let loss = losses[place];
        // Rank 1 is the smallest loss; ties are broken by the image's number.
        var smaller = 0u;
        // Four loads at a time; after the last image that one again, which does not count.
        for (var image = lane; image < images; image += 4u * WORKGROUP) {
            let numbers = vec4<u32>(image) + WORKGROUP * vec4<u32>(0u, 1u, 2u, 3u);
            let read = min(numbers, vec4<u32>(images - 1u));
            let others = vec4<f32>(after[read.x], after[read.y], after[read.z], after[read.w]);
            let same = (others == vec4<f32>(loss)) & (numbers < vec4<u32>(own));
            let is_smaller = ((others < vec4<f32>(loss)) | same) & (numbers < vec4<u32>(images));
            let counts = select(vec4<u32>(), vec4<u32>(1u), is_smaller);
            smaller += counts.x + counts.y + counts.z + counts.w;
        }
        scratch[lane] = smaller;
        workgroupBarrier();
        for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
            if (lane < half) {
                scratch[lane] += scratch[lane + half];
            }
            workgroupBarrier();
        }
        if (lane == 0u) {
            weights[place] = weight_of_rank[min(scratch[0], images - 1u)];
        }
        workgroupBarrier();
    }
}
