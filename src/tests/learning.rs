//! What people say about the answers becomes cases to learn from, without who it was.

use crate::console::{Desk, ticket_of};
use crate::support::{Options, Site};
use apothecary::learn;
use jiff::Timestamp;
use serde_json::{Value, json};

#[tokio::test]
async fn dispositions_edits_corrections_and_thumbs_are_exported_without_the_person() {
    let site = Site::new(Options::default()).await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let chat = site.verified("P0001", None).await;
    let answered = chat.say("How long does delivery take?").await;
    let seq = answered.0[0]["seq"].as_i64().unwrap();
    for verdict in ["up", "none", "down"] {
        let body = json!({"seq": seq, "verdict": verdict, "note": "Daniel here: too long, call 512-555-0142"});
        assert_eq!(chat.act("feedback", body).await.status(), 204);
    }
    chat.say("This is Daniel Whitaker, can I take ibuprofen with my lisinopril?").await;
    let id = ticket_of(&maria, &chat).await["id"].as_str().unwrap().to_owned();
    maria.done(&id, "claim", json!({})).await;
    maria.done(&id, "relabel", json!({"risks": ["R3"], "intent": null})).await;
    let open = maria.get(&format!("tickets/{id}")).await;
    let edit =
        json!({"version": open["ticket"]["version"], "reply": "MORE", "text": "Daniel, which dose do you take?"});
    let done = maria.done(&id, "reply", edit).await;
    let end = json!({
        "version": done["ticket"]["version"], "disposition": "CLIN-COUNSEL", "further": ["BOT-SHOULD-HAVE-ANSWERED", "KB-GAP"],
    });
    maria.done(&id, "resolve", end).await;

    let (cases, lost) = learn::export(site.app.store(), Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(lost, 0);
    let kinds: Vec<&str> = cases.iter().map(|c| c["label"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["thumb", "thumb", "thumb", "relabel", "edit", "disposition"]);
    let all = json!(cases).to_string();
    for name in ["Daniel", "Whitaker", "P0001", "512-555-0142"] {
        assert!(!all.contains(name), "`{name}` is in the export: {all}");
    }
    assert!(all.contains("ibuprofen"), "what it was about stays");
    let of = |kind: &str| cases.iter().rfind(|c| c["label"]["kind"] == kind).cloned().unwrap();
    assert_eq!(of("relabel")["risks"], json!(["R3"]));
    assert_eq!(of("disposition")["tags"], json!(["disposition", "CLIN-COUNSEL", "BOT-SHOULD-HAVE-ANSWERED", "KB-GAP"]));
    assert_eq!(of("disposition")["route"], "answer");
    let edit = of("edit");
    assert!(edit["label"]["body"]["sent"].as_str().unwrap().contains("which dose"));
    assert_eq!(
        (&edit["label"]["role"], &of("thumb")["label"]["body"]["verdict"]),
        (&json!("pharmacist"), &json!("down"))
    );
    let turn = &edit["turn"];
    assert!(turn["scores"].is_object() && turn["policy"].is_string() && turn["evidence"].is_array(), "{turn}");
    assert_eq!(of("thumb")["history"], Value::Array(Vec::new()));
    assert!(edit["history"].as_array().unwrap().len() >= 2);
}
