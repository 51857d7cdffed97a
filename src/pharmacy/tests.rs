//! Tests of loading a folder.

use super::*;
use crate::domain::lang::Lang;
