//! Tests of reading the sample.
