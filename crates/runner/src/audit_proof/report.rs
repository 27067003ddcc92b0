//! All measures of an audit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use audit::place::Kind;
use data::PixelBox;
use serde::Serialize;

use crate::audit_proof::image_measures::{
    Curve, DoubtScore, GrossMeasures, curves, doubt_measures, gross_measures, scores,
};
use crate::audit_proof::lists::{AuditLists, ImageScores};
use crate::audit_proof::place_measures::{
    BorderMeasures, PlaceMeasures, border_measures, place_measures,
};
use crate::audit_proof::truth::{ImageTruth, Truth};

/// How good an audit is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ProofReport {
    /// The folder of the audit.
    pub(crate) audit: PathBuf,
    /// Images of the audit, and their patients.
    pub(crate) images: usize,
    pub(crate) patients: usize,
    /// The file that notes what is wrong; without it, the labels are compared with the clean ones.
    pub(crate) notes: Option<PathBuf>,
    /// Mean Dice of the labels against the clean ones, over all foreground classes.
    pub(crate) agreement: f64,
    /// Labels that are wrong as a whole; none if there are none.
    pub(crate) gross: Option<GrossMeasures>,
    /// How well each score orders the images by how wrong their labels are.
    pub(crate) doubt: Vec<DoubtScore>,
    pub(crate) missed: PlaceMeasures,
    pub(crate) extra: PlaceMeasures,
    pub(crate) class: PlaceMeasures,
    /// None without notes on how outlines were drawn.
    pub(crate) border: Option<BorderMeasures>,
    /// Effort curves for labels that are wrong as a whole.
    pub(crate) gross_curves: Vec<Curve>,
    /// Effort curves for wrong pixels.
    pub(crate) pixel_curves: Vec<Curve>,
}

/// Compares the lists of an audit with what is wrong; every image of the lists is among the truths.
pub(crate) fn measure(folder: &Path, lists: &AuditLists, truth: &Truth) -> ProofReport {
    let known: Vec<(&ImageScores, &ImageTruth)> = lists
        .images
        .iter()
        .filter_map(|row| Some((row, truth.images.get(&row.image)?)))
        .collect();
    let truths: Vec<&ImageTruth> = known.iter().map(|(_, truth)| *truth).collect();
    // Without a patient, every image is its own.
    let patients: Vec<&str> = known
        .iter()
        .map(|(row, _)| {
            if row.patient.is_empty() {
                &*row.image
            } else {
                &*row.patient
            }
        })
        .collect();
    let scores = scores(&lists.scores, &lists.images);
    let dice: f64 = truths.iter().map(|truth| truth.differences.dice).sum();
    let [gross_curves, pixel_curves] = curves(&scores, &truths);
    let places = |kind: Kind, wrong: fn(&ImageTruth) -> &[PixelBox]| {
        place_measures(kind, &lists.places, &truth.images, wrong)
    };
    ProofReport {
        audit: folder.to_path_buf(),
        images: known.len(),
        patients: patients.iter().collect::<BTreeSet<_>>().len(),
        notes: truth.notes.clone(),
        agreement: dice / known.len().max(1) as f64,
        gross: gross_measures(&scores, &truths, &patients),
        doubt: doubt_measures(&scores, &truths),
        missed: places(Kind::Missed, |truth| &truth.missed),
        extra: places(Kind::Extra, |truth| &truth.differences.extra),
        class: places(Kind::Class, |truth| &truth.swapped),
        border: border_measures(&lists.places, &truth.images),
        gross_curves,
        pixel_curves,
    }
}
