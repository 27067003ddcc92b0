//! Which labels deserve a second look: scores of images and of places, their order, and how good an order is.
//!
//! Everything here compares the label of an image with the class probabilities of a network that has not seen this label: they
//! are read from a borrowed slice, one image at a time. A high score means more doubt. Doubt is a reason to look, not a proof of
//! a mistake: a network is also sure and wrong where a class, a skin or a hospital was rare in its training.
//!
//! * [`labelled::Labelled`] is an image's probabilities and its label.
//! * [`softmin::softmin`] and [`confident::Thresholds`] score images, [`places::places`] and [`border::borders`] find places.
//! * [`doubt::doubt_map`] and [`suggestion::suggested`] are what a person looks at.
//! * [`ranking`] turns scores into ranks, and combines several.
//! * [`measures`] says how good an order is, where it is known what is wrong.

pub mod border;
pub mod confident;
pub mod doubt;
pub mod labelled;
pub mod measures;
pub mod place;
pub mod places;
pub mod ranking;
pub mod softmin;
pub mod suggestion;
