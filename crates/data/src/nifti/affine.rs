//! From voxel indices to places in the scanner.

/// Rows x, y, z of the affine map from `(column, row, slice, 1)` to the scanner's right, anterior and superior, in the
/// file's unit of length (millimetres nearly always).
pub type Affine = [[f64; 4]; 3];

/// The rotation of a unit quaternion of which the last three parts are stored, with the voxels' lengths and the offset:
/// `NIfTI`'s method 2. Nothing if the three parts are longer than a unit quaternion's.
pub(super) fn of_quaternion(
    [b, c, d]: [f64; 3],
    lengths: [f64; 3],
    offset: [f64; 3],
) -> Option<Affine> {
    let rest = 1.0 - (b * b + c * c + d * d);
    // Stored in 32 bits, a rotation by 180° overshoots a little.
    if rest.is_nan() || rest < -3.0 * f64::from(f32::EPSILON) {
        return None;
    }
    let a = rest.max(0.0).sqrt();
    let rotation = [
        [
            a * a + b * b - c * c - d * d,
            2.0 * (b * c - a * d),
            2.0 * (b * d + a * c),
        ],
        [
            2.0 * (b * c + a * d),
            a * a + c * c - b * b - d * d,
            2.0 * (c * d - a * b),
        ],
        [
            2.0 * (b * d - a * c),
            2.0 * (c * d + a * b),
            a * a + d * d - c * c - b * b,
        ],
    ];
    Some([0, 1, 2].map(|row| {
        let [x, y, z] = [0, 1, 2].map(|column| rotation[row][column] * lengths[column]);
        [x, y, z, offset[row]]
    }))
}

/// Of a file that says nothing: the volume's centre at the origin, columns from right to left.
pub(super) fn of_lengths(shape: [usize; 3], lengths: [f64; 3]) -> Affine {
    let [x, y, z] = [-lengths[0], lengths[1], lengths[2]];
    let [nz, ny, nx] = shape.map(|length| (length - 1) as f64 / 2.0);
    [
        [x, 0.0, 0.0, -x * nx],
        [0.0, y, 0.0, -y * ny],
        [0.0, 0.0, z, -z * nz],
    ]
}

/// Towards what columns, rows and slices count: `LPS` for left, posterior, superior. An axis of no direction is `?`.
pub(super) fn axis_codes(affine: &Affine) -> String {
    let names = [['L', 'R'], ['P', 'A'], ['I', 'S']];
    let mut taken = [false; 3];
    [0, 1, 2]
        .into_iter()
        .map(|column| {
            let direction = (0..3)
                .filter(|row| !taken[*row])
                .max_by(|one, other| {
                    affine[*one][column]
                        .abs()
                        .total_cmp(&affine[*other][column].abs())
                })
                .filter(|row| affine[*row][column] != 0.0);
            direction.map_or('?', |row| {
                taken[row] = true;
                names[row][usize::from(affine[row][column] > 0.0)]
            })
        })
        .collect()
}
