//! Affine maps from voxel indices to positions in the scanner.

/// Rows x, y, z of the affine map from `(column, row, slice, 1)` to the scanner's right, anterior and superior directions,
/// in the file's unit of length (almost always millimetres).
pub type Affine = [[f64; 4]; 3];

/// Rows of a matrix.
type Matrix = [[f64; 3]; 3];

/// Iterations of Newton's method towards the nearest rotation; it converges quadratically once it is close.
const ROUNDS: usize = 50;

/// The affine map of a unit quaternion, of which the last three components are stored, with the voxel sizes and the offset:
/// method 2 of `NIfTI`, by the same steps as nibabel. NaN if the components are longer than those of a unit quaternion.
pub(crate) fn of_quaternion([x, y, z]: [f64; 3], lengths: [f64; 3], offset: [f64; 3]) -> Affine {
    let rest = 1.0 - (x * x + y * y + z * z);
    // In 32 bits, a rotation by 180° misses 0 by a rounding error, in either direction.
    let w = if rest.abs() < 3.0 * f64::from(f32::EPSILON) {
        0.0
    } else {
        rest.sqrt()
    };
    let twice = 2.0 / (w * w + x * x + y * y + z * z);
    let rotation = [
        [
            1.0 - twice * (y * y + z * z),
            twice * (x * y - w * z),
            twice * (x * z + w * y),
        ],
        [
            twice * (x * y + w * z),
            1.0 - twice * (x * x + z * z),
            twice * (y * z - w * x),
        ],
        [
            twice * (x * z - w * y),
            twice * (y * z + w * x),
            1.0 - twice * (x * x + y * y),
        ],
    ];
    [0, 1, 2].map(|row| {
        let [x, y, z] = [0, 1, 2].map(|column| rotation[row][column] * lengths[column]);
        [x, y, z, offset[row]]
    })
}

/// The map of a file without a statement: the centre of the volume at the origin, columns from right to left.
pub(crate) fn of_lengths(shape: [usize; 3], lengths: [f64; 3]) -> Affine {
    let [x, y, z] = [-lengths[0], lengths[1], lengths[2]];
    let [nz, ny, nx] = shape.map(|length| (length - 1) as f64 / 2.0);
    [
        [x, 0.0, 0.0, -x * nx],
        [0.0, y, 0.0, -y * ny],
        [0.0, 0.0, z, -z * nz],
    ]
}

/// Distances between neighbouring columns, rows and slices.
pub(crate) fn voxel_lengths(affine: &Affine) -> [f64; 3] {
    [0, 1, 2].map(|column| {
        let squares = affine.iter().map(|row| row[column] * row[column]);
        squares.sum::<f64>().sqrt()
    })
}

/// Whether the map is invertible: no axis has the length 0, and none is a combination of the others.
pub(crate) fn is_invertible(affine: &Affine) -> bool {
    let volume: f64 = voxel_lengths(affine).iter().product();
    determinant(&linear(affine)).abs() > 1e-6 * volume
}

/// Whether voxels are unit cubes along the scanner's axes, with the first at the origin: what software writes that does not
/// know the position.
pub(crate) fn is_identity(affine: &Affine) -> bool {
    let near = |value: f64, expected: f64| (value - expected).abs() < 1e-6;
    (0..3).all(|row| {
        (0..4).all(|column| {
            near(
                affine[row][column].abs(),
                f64::from(u8::from(row == column)),
            )
        })
    })
}

/// The position of a voxel; the index may be fractional.
pub(crate) fn apply(affine: &Affine, index: [f64; 3]) -> [f64; 3] {
    affine.map(|[x, y, z, offset]| x * index[0] + y * index[1] + z * index[2] + offset)
}

/// The inverse of a map that [is invertible](is_invertible).
pub(crate) fn inverse(affine: &Affine) -> Affine {
    let inverse = inverted(&linear(affine));
    let offset = affine.map(|row| row[3]);
    inverse.map(|[x, y, z]| {
        let moved = x * offset[0] + y * offset[1] + z * offset[2];
        [x, y, z, -moved]
    })
}

/// The directions of columns, rows and slices: `LPS` for left, posterior, superior. As in nibabel, along the axes of the
/// nearest rotation, starting with the least ambiguous.
pub(crate) fn axis_codes(affine: &Affine) -> String {
    let names = [['L', 'R'], ['P', 'A'], ['I', 'S']];
    let rotation = nearest_rotation(affine);
    let clearness = |column: usize| {
        let parts = rotation.iter().map(|row| row[column].abs());
        parts.fold(0.0, f64::max)
    };
    let mut columns = [0, 1, 2];
    columns.sort_by(|one, other| clearness(*other).total_cmp(&clearness(*one)));
    let mut codes = ['?'; 3];
    let mut taken = [false; 3];
    for column in columns {
        let part = |row: usize| rotation[row][column].abs();
        let free = (0..3).filter(|row| !taken[*row]);
        // The first of equals, where `max_by` would return the last.
        let direction = free
            .rev()
            .max_by(|one, other| part(*one).total_cmp(&part(*other)));
        if let Some(row) = direction {
            taken[row] = true;
            codes[column] = names[row][usize::from(rotation[row][column] > 0.0)];
        }
    }
    codes.into_iter().collect()
}

/// The orthogonal factor of the polar decomposition, by Newton's method.
fn nearest_rotation(affine: &Affine) -> Matrix {
    let lengths = voxel_lengths(affine);
    let mut matrix =
        linear(affine).map(|[x, y, z]| [x / lengths[0], y / lengths[1], z / lengths[2]]);
    for _ in 0..ROUNDS {
        let inverse = inverted(&matrix);
        matrix = [0, 1, 2]
            .map(|row| [0, 1, 2].map(|column| 0.5 * (matrix[row][column] + inverse[column][row])));
    }
    matrix
}

fn linear(affine: &Affine) -> Matrix {
    affine.map(|[x, y, z, _]| [x, y, z])
}

fn determinant(matrix: &Matrix) -> f64 {
    let [first, second, third] = *matrix;
    let crossed = cross(second, third);
    first[0] * crossed[0] + first[1] * crossed[1] + first[2] * crossed[2]
}

fn inverted(matrix: &Matrix) -> Matrix {
    let [first, second, third] = *matrix;
    let determinant = determinant(matrix);
    let columns = [
        cross(second, third),
        cross(third, first),
        cross(first, second),
    ];
    [0, 1, 2].map(|row| [0, 1, 2].map(|column: usize| columns[column][row] / determinant))
}

fn cross(one: [f64; 3], other: [f64; 3]) -> [f64; 3] {
    [
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    ]
}
