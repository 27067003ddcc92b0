//! Which labels deserve a second look: scores of images and of places, their order, and how good an order is.

pub mod measures;
