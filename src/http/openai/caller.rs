//! Who calls: a site's server by its key, and for which customer by their token. Nothing that a body holds makes anybody a customer,
//! and a token that proves nothing is refused, never read as "nobody".

use super::request::Asked;
use super::{CONVERSATION, CUSTOMER, error};
use crate::app::Passed;
use crate::domain::ids::ConversationId;
use crate::http::Web;
use crate::http::auth::{bearer, capability_key, customer_key};
use crate::http::error::ApiError;
use crate::identity::Visitor;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde_json::json;
use uuid::Uuid;

/// A site's server, and the customer for whom it calls.
pub struct Caller {
    visitor: Visitor,
    /// Site and key: conversations of one key are not another's.
    scope: String,
    /// The conversation that the request names.
    pub conversation: Option<ConversationId>,
}

impl FromRequestParts<Web> for Caller {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiError> {
        let config = &web.app.config;
        if config.site_keys.is_empty() {
            return Err(error::off());
        }
        let presented = bearer(&parts.headers).ok().flatten().unwrap_or_default();
        let holder = config.site_keys.holder(presented).ok_or_else(error::no_key)?;
        let visitor = match only(&parts.headers, CUSTOMER).map_err(|()| error::no_customer())? {
            Some(token) => web.app.customer(token).map_err(|_| error::no_customer())?,
            None => Visitor::Anonymous { region: None, payer: None },
        };
        let named = only(&parts.headers, CONVERSATION).map_err(|()| error::no_conversation())?;
        let conversation = named.map(parsed).transpose()?;
        Ok(Self { visitor, scope: json!([config.site, holder]).to_string(), conversation })
    }
}

/// The value of a header that may be there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(|v| Some(v.trim())).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

fn parsed(id: &str) -> Result<ConversationId, ApiError> {
    Uuid::parse_str(id).map(|id| ConversationId(id.to_string())).map_err(|_| error::no_conversation())
}

impl Caller {
    /// The message with its history, for the conversation that was named or a new one.
    pub fn passed(&self, named: Option<&ConversationId>, asked: &Asked) -> Passed {
        let conversation = named.cloned().unwrap_or_else(|| ConversationId(Uuid::now_v7().to_string()));
        Passed {
            visitor: self.visitor.clone(),
            key: self.key(&conversation),
            named: named.is_some(),
            conversation,
            earlier: asked.earlier.clone(),
            unanswered: asked.unanswered,
            text: asked.text.clone(),
        }
    }

    /// A customer's conversations have one key. Of visitors without proof each conversation has its own: whoever knows its id, and
    /// the site's key, goes on with it.
    fn key(&self, conversation: &ConversationId) -> String {
        match self.visitor.verified() {
            Some(customer) => customer_key(&self.scope, customer),
            None => capability_key(&format!("{} {conversation}", self.scope)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_header_that_comes_twice_is_not_chosen_from() {
        let mut headers = HeaderMap::new();
        assert_eq!(only(&headers, CUSTOMER), Ok(None));
        headers.append(CUSTOMER, HeaderValue::from_static(" a "));
        assert_eq!(only(&headers, CUSTOMER), Ok(Some("a")));
        headers.append(CUSTOMER, HeaderValue::from_static("b"));
        assert_eq!(only(&headers, CUSTOMER), Err(()));
    }

    #[test]
    fn the_same_words_of_two_keys_and_two_conversations_have_four_owners() {
        let anonymous = || Visitor::Anonymous { region: None, payer: None };
        let caller = |scope: &str| Caller { visitor: anonymous(), scope: scope.into(), conversation: None };
        let keys: std::collections::BTreeSet<String> = [("one", "x"), ("one", "y"), ("two", "x"), ("two", "y")]
            .into_iter()
            .map(|(scope, id)| caller(scope).key(&id.into()))
            .collect();
        assert_eq!(keys.len(), 4);
    }
}
