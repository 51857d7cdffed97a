//! A receiver of webhooks: where it is, what it is told, and in which form. Who may be reached is judged in `post`.

use super::recipe::Recipe;
use crate::domain::route::Priority;
use secrecy::SecretString;
use std::sync::Arc;

/// What an endpoint is told of an event.
#[derive(Debug, Clone)]
pub enum Form {
    /// Opaque id, priority, queue, link.
    Thin,
    /// Thin, and why and when.
    Full,
    /// Another receiver's own form, from the thin facts.
    Recipe(Arc<Recipe>),
}

impl Form {
    /// Its name in lists and in the store.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Form::Thin => "thin",
            Form::Full => "full",
            Form::Recipe(recipe) => recipe.name(),
        }
    }
}

/// A receiver.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Name in the outbox.
    pub name: String,
    /// Where to post.
    pub url: String,
    /// Secrets, newest first; all sign during a rotation. Base64 behind `whsec_`.
    pub secrets: Vec<SecretString>,
    /// Loopback and private addresses allowed (tests, a receiver beside us).
    pub allow_internal: bool,
    /// What it is told.
    pub form: Form,
    /// Told of these only; empty for all.
    pub priorities: Vec<Priority>,
    /// Event types that it is told of, or steps of them (`escalation.breached:on_call`); empty for all.
    pub types: Vec<String>,
    /// Who is told too when this one was not reached within a minute.
    pub secondary: Option<String>,
    /// Told only in another's place.
    pub standby: bool,
    /// Managed by staff, not by the configuration file.
    pub stored: bool,
    /// Nothing is sent for the time being; what it is told of waits.
    pub disabled: bool,
}

impl Endpoint {
    /// An endpoint of the configuration file: thin, told of everything.
    #[must_use]
    pub fn configured(name: String, url: String, secrets: Vec<SecretString>, allow_internal: bool) -> Self {
        Self {
            name,
            url,
            secrets,
            allow_internal,
            form: Form::Thin,
            priorities: Vec::new(),
            types: Vec::new(),
            secondary: None,
            standby: false,
            stored: false,
            disabled: false,
        }
    }

    /// Whether it is told of an event in its own right.
    #[must_use]
    pub fn wants(&self, event: &str, step: Option<&str>, priority: Priority) -> bool {
        let named = |t: &String| match t.split_once(':') {
            Some((kind, part)) => kind == event && step == Some(part),
            None => t == event,
        };
        let types = self.types.is_empty() || self.types.iter().any(named);
        !self.standby && types && (self.priorities.is_empty() || self.priorities.contains(&priority))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_events_or_steps_of_them() {
        let told = |types: &[&str], step| {
            let types = types.iter().map(ToString::to_string).collect();
            let endpoint = Endpoint { types, ..Endpoint::configured("p".into(), String::new(), Vec::new(), false) };
            endpoint.wants("escalation.breached", step, Priority::P0)
        };
        assert!(told(&[], Some("lead")) && told(&["escalation.breached"], Some("lead")));
        let on_call = ["escalation.resolved", "escalation.breached:on_call"];
        assert!(told(&on_call, Some("on_call")) && !told(&on_call, Some("lead")) && !told(&on_call, None));
    }
}
