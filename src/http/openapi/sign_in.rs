//! The part of the document about signing in by password: operations and schemas.

use super::{Operation, Who, object};
use crate::credentials::password;
use serde_json::{Value, json};

pub(super) const OPERATIONS: [Operation; 4] = [
    Operation(
        "post",
        "/api/v1/console/sign-in",
        "Sign in by password and one-time code; sets the console's cookie. 401 `refused` says not what was wrong, 429 `locked` \
         when to come back",
        Who::Anyone,
        Some("SignIn"),
        "200",
        Some("SignedIn"),
    ),
    Operation(
        "post",
        "/api/v1/console/password",
        "Change the own password; the own other sessions end. Until a first password is changed, all else answers 403 \
         `first_password`",
        Who::Staff,
        Some("NewPassword"),
        "204",
        None,
    ),
    Operation(
        "post",
        "/api/v1/console/active",
        "A person is there: a session by password lasts on. Other requests do not count, for a page sends them by itself",
        Who::Staff,
        None,
        "204",
        None,
    ),
    Operation(
        "post",
        "/api/v1/console/logout",
        "End the session by password, clear the console's cookie; 409 with open cases of P0 to P2 in hand",
        Who::Anyone,
        None,
        "204",
        None,
    ),
];

pub(super) fn schemas() -> Value {
    let secret = json!({"type": "string", "format": "password"});
    let new = json!({"type": "string", "format": "password", "minLength": password::SHORTEST});
    json!({
        "SignIn": object(&["login", "password", "code"], json!({
            "login": {"type": "string"}, "password": secret, "code": {"type": "string", "description": "six digits, RFC 6238; each works once"},
        })),
        "SignedIn": object(&["must_change"], json!({"must_change": {"type": "boolean", "description": "choose a password first"}})),
        "NewPassword": object(&["password", "new"], json!({"password": secret, "new": new})),
    })
}
