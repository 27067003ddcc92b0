//! Which of the statements about orientation in a header applies.
//!
//! nibabel's rules: the sform if it has a code, otherwise the qform if that has one, otherwise the voxel sizes. Two kinds
//! of sform carry no information if there is a better statement, and are skipped: one that is singular (all zeros), and the
//! identity with voxel sizes other than 1, which many volumes of the ACDC challenge have.

use crate::images::affine::{
    Affine, axis_codes, is_identity, is_invertible, of_lengths, voxel_lengths,
};

/// The statements of a header.
pub(crate) struct Stated {
    pub(crate) shape: [usize; 3],
    /// Voxel sizes along columns, rows and slices; `None` if one is not a positive number.
    pub(crate) lengths: Option<[f64; 3]>,
    /// `None` without a code.
    pub(crate) sform: Option<Affine>,
    /// `None` without a code; NaN where the quaternion is not a unit quaternion.
    pub(crate) qform: Option<Affine>,
}

/// The statement that applies.
pub(crate) struct Chosen {
    pub(crate) affine: Affine,
    /// Whether the header states a position other than the identity.
    pub(crate) placed: bool,
    /// Remarks on statements that disagree: text to follow the file name and a colon.
    pub(crate) remarks: Vec<String>,
}

/// `None` if no statement remains, or if the one that applies is not finite.
pub(crate) fn choose(stated: &Stated) -> Option<Chosen> {
    let mut remarks = Vec::new();
    let sform = match stated.sform {
        Some(sform) if !is_finite(&sform) => return None,
        Some(sform) if !is_invertible(&sform) => {
            remarks.push(skipped_sform(stated, "maps no voxel anywhere"));
            None
        }
        Some(sform) if is_identity(&sform) && stated.has_other_lengths(&sform) => {
            remarks.push(skipped_sform(
                stated,
                "is the identity, which carries no information",
            ));
            None
        }
        sform => sform,
    };
    let affine = match (sform, stated.qform) {
        (Some(sform), qform) => {
            let qform = qform.filter(|form| is_finite(form) && is_invertible(form));
            let towards = axis_codes(&sform);
            if let Some(other) = qform.map(|form| axis_codes(&form))
                && other != towards
            {
                remarks.push(format!(
                    "axes towards {towards} by its sform, towards {other} by its qform; the sform is used"
                ));
            }
            if stated.has_other_lengths(&sform) {
                remarks.push(
                    "voxel sizes of its sform differ from its pixdim; the sform is used".into(),
                );
            }
            sform
        }
        (None, Some(qform)) => qform,
        (None, None) => of_lengths(stated.shape, stated.lengths?),
    };
    let placed = (sform.is_some() || stated.qform.is_some()) && !is_identity(&affine);
    let counts = is_finite(&affine) && is_invertible(&affine);
    counts.then_some(Chosen {
        affine,
        placed,
        remarks,
    })
}

impl Stated {
    /// Whether pixdim states voxel sizes that differ from those of an affine by 1 % or more.
    fn has_other_lengths(&self, form: &Affine) -> bool {
        self.lengths.is_some_and(|lengths| {
            let mut pairs = voxel_lengths(form).into_iter().zip(lengths);
            pairs.any(|(form, stated)| (form - stated).abs() >= 0.01 * form)
        })
    }
}

fn skipped_sform(stated: &Stated, why: &str) -> String {
    let instead = if stated.qform.is_some() {
        "the qform is used"
    } else {
        "the voxels' sizes are used"
    };
    format!("an sform that {why}; {instead}")
}

fn is_finite(affine: &Affine) -> bool {
    affine.iter().flatten().all(|value| value.is_finite())
}
