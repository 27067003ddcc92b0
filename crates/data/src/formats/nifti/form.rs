//! Which of a header's statements about places counts.
//!
//! nibabel's rules: the sform if it has a code, else the qform if that has one, else the voxels' lengths. Two kinds of
//! sform say nothing where something else does, and are passed over: one that maps no voxel anywhere (all zeros), and the
//! identity beside voxels of other lengths than 1, which many volumes of the ACDC challenge have.

use crate::images::affine::{
    Affine, axis_codes, is_identity, is_invertible, of_lengths, voxel_lengths,
};

/// What a header states.
pub(crate) struct Stated {
    pub(crate) shape: [usize; 3],
    /// Of columns, rows and slices; nothing where one is no length.
    pub(crate) lengths: Option<[f64; 3]>,
    /// Nothing without a code.
    pub(crate) sform: Option<Affine>,
    /// Nothing without a code; values that are no numbers where the quaternion is none.
    pub(crate) qform: Option<Affine>,
}

/// What counts.
pub(crate) struct Chosen {
    pub(crate) affine: Affine,
    /// Whether the header says where the volume lies, and not nothing or the identity.
    pub(crate) placed: bool,
    /// What is worth saying where statements disagree: what stands behind the file's name and a colon.
    pub(crate) remarks: Vec<String>,
}

/// Nothing where no statement is left, or where the one that counts has values that are no numbers.
pub(crate) fn choose(stated: &Stated) -> Option<Chosen> {
    let mut remarks = Vec::new();
    let sform = match stated.sform {
        Some(sform) if !is_finite(&sform) => return None,
        Some(sform) if !is_invertible(&sform) => {
            remarks.push(passed_over(stated, "maps no voxel anywhere"));
            None
        }
        Some(sform) if is_identity(&sform) && stated.has_other_lengths(&sform) => {
            remarks.push(passed_over(
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
    /// Whether pixdim states lengths that differ from a form's by a hundredth or more.
    fn has_other_lengths(&self, form: &Affine) -> bool {
        self.lengths.is_some_and(|lengths| {
            let mut pairs = voxel_lengths(form).into_iter().zip(lengths);
            pairs.any(|(form, stated)| (form - stated).abs() >= 0.01 * form)
        })
    }
}

fn passed_over(stated: &Stated, why: &str) -> String {
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
