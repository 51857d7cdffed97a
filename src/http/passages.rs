//! The passage behind a source, for whoever reads an answer. Which may be read is decided in `app`.

use super::Web;
use super::error::ApiError;
use crate::app::{Cited, Shown};
use crate::domain::lang::Lang;
use axum::Json;
use axum::extract::{Path, State};

/// One section of a page in one version and language.
///
/// # Errors
/// 404 for what is not there, what says something else by now, and what customers may not read, alike; a number or language that is none is 404, too.
pub async fn passage(
    State(web): State<Web>,
    Path((page, version, language, section, digest)): Path<(String, String, String, String, String)>,
) -> Result<Json<Shown>, ApiError> {
    let numbers = version.parse().ok().zip(section.parse().ok());
    let (Some((version, section)), Ok(language)) = (numbers, language.parse::<Lang>()) else {
        return Err(ApiError::NotFound);
    };
    Ok(Json(web.app.passage(&Cited { page, version, language, section, digest })?))
}
