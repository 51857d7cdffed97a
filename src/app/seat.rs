//! Where a visitor sits: language, state, payer, zone and name, read for each turn.

use super::App;
use crate::domain::lang::Lang;
use crate::guard::context::Frame;
use crate::identity::Visitor;
use crate::policy::guards::Level;
use crate::store::StoreError;
use jiff::Timestamp;
use jiff::tz::TimeZone;

impl App {
    pub(super) async fn frame(
        &self,
        visitor: &Visitor,
        lang: Option<Lang>,
        now: Timestamp,
    ) -> Result<Frame, StoreError> {
        let mut frame = Frame {
            lang: lang.unwrap_or_default(),
            level: Level::L0,
            patient: None,
            caregiver: false,
            region: None,
            payer: None,
            species: None,
            names: Vec::new(),
            zone: self.policy().staffing.zone().clone(),
            now,
        };
        match visitor {
            Visitor::Anonymous { region, payer } => {
                frame.region.clone_from(region);
                frame.payer = *payer;
            }
            Visitor::Stale => frame.level = Level::L1,
            Visitor::Verified(customer) => {
                frame.level = customer.level();
                frame.patient = Some(customer.patient().clone());
                frame.caregiver = customer.caregiver().is_some();
                if let Some(person) = self.store().patient(customer.patient()).await? {
                    frame.lang = lang.or(person.lang).unwrap_or_default();
                    frame.region = person.region;
                    frame.payer = person.payer;
                    frame.species = person.species;
                    frame.names = vec![person.name];
                    let own = person.zone.and_then(|z| TimeZone::get(&z).ok());
                    let usual = || self.region_zone(frame.region.as_deref());
                    frame.zone = own.or_else(usual).unwrap_or(frame.zone);
                    return Ok(frame);
                }
            }
        }
        frame.zone = self.region_zone(frame.region.as_deref()).unwrap_or(frame.zone);
        Ok(frame)
    }

    fn region_zone(&self, region: Option<&str>) -> Option<TimeZone> {
        TimeZone::get(self.policy().regions.get(region?)?).ok()
    }
}
