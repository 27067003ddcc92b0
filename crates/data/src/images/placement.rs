//! Whether two volumes cover the same voxels, and how their axes correspond.

use std::path::Path;

use crate::error::DataError;
use crate::images::affine::{apply, inverse};
use crate::images::volume_grid::VolumeGrid;

/// Maximum distance in voxels between a voxel and its counterpart. Rounding in headers causes far less, and a neighbour is
/// one voxel away.
const SAME: f64 = 0.25;

/// The six orders of three axes.
const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

/// How stored axes are permuted and flipped to match another volume's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AxisOrder {
    /// Which stored axis each of slices, rows and columns is.
    axes: [usize; 3],
    /// Whether it runs in the opposite direction.
    reversed: [bool; 3],
}

/// How the values of one volume are placed on the grid of another.
#[derive(Debug)]
pub(crate) struct Placement {
    /// The permutation, and the stored shape; `None` if nothing moves.
    order: Option<(AxisOrder, [usize; 3])>,
    /// A remark on the placement: text to follow the file name and a colon.
    pub(crate) remark: Option<String>,
}

impl Placement {
    /// Finds how the volume `path` with the grid `from` is positioned on `to`, the grid of the file `other`: possibly
    /// permuted and flipped where the two differ only in the order and direction of axes. Where one of them states no
    /// position, voxels are matched by their indices.
    ///
    /// # Errors
    ///
    /// The positions or the shapes differ.
    pub(crate) fn find(
        (path, from): (&Path, &VolumeGrid),
        (other, to): (&Path, &VolumeGrid),
    ) -> Result<Self, DataError> {
        let (order, remark) = match AxisOrder::between(from, to) {
            Some(order) if order.moves_nothing() => (None, None),
            Some(order) => {
                let [ours, theirs] = [from, to].map(VolumeGrid::orientation);
                let remark = format!("axes towards {ours}, turned to its partner's, {theirs}");
                (Some((order, from.shape)), Some(remark))
            }
            None if from.shape == to.shape && !(from.placed && to.placed) => {
                let unplaced = if from.placed { "its partner" } else { "it" };
                let remark = format!(
                    "{unplaced} has no position (no affine, or the identity); voxels are matched by their order, \
                     one for one"
                );
                (None, Some(remark))
            }
            None => return Err(elsewhere((path, from), (other, to))),
        };
        Ok(Self { order, remark })
    }

    /// Values in the other volume's order: slice after slice, row after row.
    pub(crate) fn place<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        match &self.order {
            Some((order, shape)) => order.apply(*shape, &values),
            None => values,
        }
    }
}

fn elsewhere((path, from): (&Path, &VolumeGrid), (other, to): (&Path, &VolumeGrid)) -> DataError {
    let [expected, found] = if from.shape == to.shape {
        [to, from].map(VolumeGrid::place_in_words)
    } else {
        [to, from].map(VolumeGrid::shape_in_words)
    };
    DataError::new(
        path,
        format!("{expected} like {}", other.display()),
        found,
        "resample both to one grid; if they correspond voxel by voxel and only a header is wrong, write the labels with the other's: \
         nibabel.Nifti1Image(labels, image.affine)",
    )
}

impl AxisOrder {
    /// The permutation from one volume's voxels to another's, if both cover the same voxels: the first that maps every
    /// corner onto its counterpart.
    fn between(from: &VolumeGrid, to: &VolumeGrid) -> Option<Self> {
        let turns = ORDERS.into_iter().flat_map(|axes| {
            (0..8).map(move |bits| Self {
                axes,
                reversed: [0, 1, 2].map(|axis| bits >> axis & 1 == 1),
            })
        });
        let back = inverse(&to.affine);
        let scale = from.millimetres / to.millimetres;
        turns
            .filter(|order| order.axes.map(|axis| from.shape[axis]) == to.shape)
            .find(|order| {
                corners(to.shape).all(|corner| {
                    let stored = order.stored(corner, from.shape);
                    let place = apply(&from.affine, reverse(stored).map(|index| index as f64));
                    let found = reverse(apply(&back, place.map(|part| part * scale)));
                    let misses = found.into_iter().zip(corner);
                    misses
                        .into_iter()
                        .all(|(found, corner)| (found - corner as f64).abs() < SAME)
                })
            })
    }

    fn moves_nothing(&self) -> bool {
        self.axes == ORDERS[0] && self.reversed == [false; 3]
    }

    /// The stored index of a voxel.
    fn stored(&self, voxel: [usize; 3], shape: [usize; 3]) -> [usize; 3] {
        let mut stored = [0; 3];
        for (index, (axis, reversed)) in voxel
            .into_iter()
            .zip(self.axes.into_iter().zip(self.reversed))
        {
            stored[axis] = if reversed {
                shape[axis] - 1 - index
            } else {
                index
            };
        }
        stored
    }

    /// Reorders values of the given stored shape to the other volume's order.
    fn apply<T: Copy>(&self, shape: [usize; 3], values: &[T]) -> Vec<T> {
        let [slices, rows, columns] = self.axes.map(|axis| shape[axis]);
        let stride = [shape[1] * shape[2], shape[2], 1][self.axes[2]];
        let step = if self.reversed[2] {
            stride.wrapping_neg()
        } else {
            stride
        };
        let mut turned = Vec::with_capacity(values.len());
        for slice in 0..slices {
            for row in 0..rows {
                let [z, y, x] = self.stored([slice, row, 0], shape);
                let mut index = (z * shape[1] + y) * shape[2] + x;
                for _ in 0..columns {
                    turned.push(values[index]);
                    index = index.wrapping_add(step);
                }
            }
        }
        turned
    }
}

/// `[slices, rows, columns]` as `[columns, rows, slices]`, or back.
fn reverse<T: Copy>([first, second, third]: [T; 3]) -> [T; 3] {
    [third, second, first]
}

fn corners(shape: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..8).map(move |bits| [0, 1, 2].map(|axis| (bits >> axis & 1) * (shape[axis] - 1)))
}

impl VolumeGrid {
    fn shape_in_words(&self) -> String {
        let [slices, rows, columns] = self.shape;
        format!("{slices} slices of {rows}×{columns}")
    }

    fn place_in_words(&self) -> String {
        let [z, y, x] = self.spacing.map(brief);
        let first = apply(&self.affine, [0.0; 3]).map(|part| brief(part * self.millimetres));
        format!(
            "voxels of {z}×{y}×{x} mm towards {} from ({})",
            self.orientation(),
            first.join(", ")
        )
    }
}

/// A length in millimetres, without digits beyond the precision of f32.
fn brief(value: f64) -> String {
    let rounded = (value * 1e3).round() / 1e3;
    // Avoids a negative zero.
    format!("{}", rounded + 0.0)
}
