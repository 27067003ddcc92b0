//! How good an audit is, where it is known which labels are wrong.
//!
//! `lists` has what an audit found, `audited` opens its data set, `truth` finds what is wrong with it; `image_measures` and `place_measures` compare the two; `table` and
//! `page` show it to people. `correction` replaces the labels that an audit distrusts by the clean ones.

pub(crate) mod audited;
pub(crate) mod correction;
pub(crate) mod image_measures;
pub(crate) mod lists;
pub(crate) mod page;
pub(crate) mod place_measures;
pub(crate) mod report;
pub(crate) mod table;
pub(crate) mod truth;
