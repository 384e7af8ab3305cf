//! Sanctions lists: readers of what publishers publish, snapshots kept by
//! digest and publication date, and the difference between two.
