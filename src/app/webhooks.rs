//! Webhooks of this installation: who may manage their receivers, which receivers there are right now, and delivering to them.
//! What managing means is in `receivers`.

use super::receivers::Receivers;
use super::{App, AppError, fresh_id};
use crate::domain::roles::Right;
use crate::escalate::delivery::Lane;
use crate::escalate::secondary;
use crate::escalate::webhook::Endpoint;
use crate::identity::Pharmacist;
use futures_util::future::join_all;
use serde_json::json;
use std::sync::Arc;

impl App {
    /// The receivers, for a member of staff who may manage them.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for everybody else.
    pub async fn receivers(&self, staff: &Pharmacist) -> Result<Receivers<'_>, AppError> {
        self.allow(staff, Right::Receivers).await?;
        Ok(self.managed(json!({ "staff": staff.id(), "role": staff.role().code() })))
    }

    fn managed(&self, by: serde_json::Value) -> Receivers<'_> {
        Receivers {
            store: self.store(),
            configured: &self.config.endpoints,
            recipes: Arc::clone(&self.engine().recipes),
            console: &self.config.console_url,
            now: self.clock().now(),
            by,
        }
    }

    /// The receivers as they are right now: read for each event, so that a change needs no restart.
    pub(super) async fn endpoints(&self) -> Result<Vec<Endpoint>, AppError> {
        self.managed(serde_json::Value::Null).effective().await
    }

    /// Tells secondaries what did not arrive, and gives a lane for each receiver that has something due and none yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn due_webhooks(&self) -> Result<Vec<Lane>, AppError> {
        let (endpoints, now) = (self.endpoints().await?, self.clock().now());
        secondary::tell(self.store(), &endpoints, &self.config.console_url, now, fresh_id).await?;
        Ok(self.lanes.due(self.store(), &endpoints, now).await?)
    }

    /// Delivers one receiver's webhooks; how many arrived.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_lane(&self, lane: Lane) -> Result<usize, AppError> {
        Ok(lane.run(self.store(), self.clock()).await?)
    }

    /// Delivers due webhooks once and waits for all receivers; how many arrived.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn deliver_webhooks(&self) -> Result<usize, AppError> {
        let lanes = self.due_webhooks().await?;
        join_all(lanes.into_iter().map(|lane| self.run_lane(lane))).await.into_iter().sum()
    }
}
