//! Smooth random fields: value noise on a lattice, and sums of its octaves.

/// A random field over the plane, given by its seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field(pub(super) u64);

impl Field {
    /// A number in 0..1 for a lattice point (splitmix64).
    fn lattice(self, x: i64, y: i64) -> f32 {
        let mut bits = self
            .0
            .wrapping_add((x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
            .wrapping_add((y as u64).wrapping_mul(0xD1B5_4A32_D192_ED03));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// One octave, −1..1, one bump per unit.
    pub(super) fn at(self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
        let (right, down) = (smooth(x - left), smooth(y - top));
        let value = |dx: i64, dy: i64| self.lattice(left as i64 + dx, top as i64 + dy);
        let upper = value(0, 0) + (value(1, 0) - value(0, 0)) * right;
        let lower = value(0, 1) + (value(1, 1) - value(0, 1)) * right;
        2.0 * (upper + (lower - upper) * down) - 1.0
    }

    /// `octaves` octaves, each twice as fine and half as strong as the previous one; about −1..1.
    pub(super) fn octaves(self, x: f32, y: f32, octaves: u32) -> f32 {
        let (mut sum, mut strength, mut scale) = (0.0, 0.5, 1.0);
        for octave in 0..octaves {
            let field = Self(self.0.wrapping_add(u64::from(octave) * 7919));
            sum += strength
                * field.at(
                    x * scale + 17.3 * octave as f32,
                    y * scale - 9.1 * octave as f32,
                );
            strength *= 0.5;
            scale *= 2.03;
        }
        sum * 1.4
    }

    /// Distances to the nearest and the second nearest of points scattered one per unit square, and a random number in 0..1
    /// of the nearest point.
    pub(super) fn cells(self, x: f32, y: f32) -> Cell {
        let (left, top) = (x.floor() as i64, y.floor() as i64);
        let mut cell = Cell {
            nearest: f32::MAX,
            next: f32::MAX,
            own: 0.0,
        };
        for row in top - 1..=top + 1 {
            for column in left - 1..=left + 1 {
                let point_x = column as f32 + self.lattice(column, row);
                let point_y = row as f32 + Self(self.0 ^ 0x5DEE_CE66).lattice(column, row);
                let distance = (x - point_x).hypot(y - point_y);
                if distance < cell.nearest {
                    cell = Cell {
                        nearest: distance,
                        next: cell.nearest,
                        own: Self(self.0 ^ 0x2545_F491).lattice(column, row),
                    };
                } else if distance < cell.next {
                    cell.next = distance;
                }
            }
        }
        cell
    }
}

/// The position of a point among scattered ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) nearest: f32,
    pub(super) next: f32,
    pub(super) own: f32,
}

impl Cell {
    /// How close a point is to the border between two cells.
    pub(super) fn border(self) -> f32 {
        self.next - self.nearest
    }
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(super) fn ramp(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Interpolates between two colours.
pub(super) fn mix(one: [f32; 3], other: [f32; 3], share: f32) -> [f32; 3] {
    [0, 1, 2].map(|channel| one[channel] + (other[channel] - one[channel]) * share)
}
