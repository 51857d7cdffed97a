//! Alarms: raised once, never about a case that somebody has, anew when it waits anew.

use super::*;
use crate::store::alarms::Alarm;
use crate::store::labels::LabelKind;
use crate::store::tickets::{TicketFilter, TicketState};

/// Calls one more each time somebody has to wait ten seconds for a claim; overdue when the row says so.
fn judge(now: i64) -> impl Fn(&TicketRow) -> Option<Alarm> + Send + Sync {
    move |t| {
        let waited = t.unclaimed_since(at(now)).map_or(0, |since| at(now).duration_since(since).as_secs());
        let calls = u32::try_from(waited / 10).unwrap();
        let breached = t.breached_at.is_none() && t.answered_at.is_none() && t.due <= at(now);
        let outbox = vec![delivery(&format!("{}-{now}", t.id))];
        let audit = json!({"act": "alarm"});
        let breached_at = if breached { Some(at(now)) } else { t.breached_at };
        let after = TicketRow { calls: calls.max(t.calls), breached_at, ..t.clone() };
        let alarm = Alarm { after, steps: vec!["lead".into()], outbox, audit };
        (calls > t.calls || breached).then_some(alarm)
    }
}

async fn raised(store: &Store, now: i64) -> Vec<(u32, bool)> {
    let all = store.raise_alarms(at(now), judge(now)).await.unwrap();
    all.iter().map(|a| (a.after.calls, a.after.breached_at == Some(at(now)))).collect()
}

#[tokio::test]
async fn an_alarm_is_raised_once_with_its_webhook_and_its_record() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    hand_over(&store, "c1", "m1", ticket("t1", Priority::P0, 120)).await;
    assert!(raised(&store, 11).await.is_empty(), "opened at 2, so nobody has waited for ten seconds");
    assert_eq!(raised(&store, 12).await, [(1, false)]);
    assert!(raised(&store, 13).await.is_empty());
    drop(store);
    let store = dir.open().await;
    assert!(raised(&store, 14).await.is_empty(), "not after a restart either");
    assert_eq!(raised(&store, 125).await, [(12, true)]);
    assert!(raised(&store, 126).await.is_empty());
    assert_eq!(store.due_outbox(at(200), 9).await.unwrap().len(), 2);
    assert_eq!(store.verify_audit().await.unwrap(), 3);
    let version = store.tickets(&TicketFilter::default()).await.unwrap()[0].version;
    assert_eq!(version, 1, "an alarm does not make an answer stale");
}

#[tokio::test]
async fn a_claimed_case_is_quiet_and_one_that_waits_again_climbs_again() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    let id = hand_over(&store, "c1", "m1", ticket("t1", Priority::P1, 600)).await.ticket.unwrap().row.id;
    assert_eq!(raised(&store, 25).await, [(2, false)]);
    claimed(&store, &id, "ann", 60, 30).await;
    assert!(raised(&store, 55).await.is_empty());
    assert_eq!(raised(&store, 70).await, [(1, false)], "the lease ran out at 60");
    store.renew(&id, &actor("ann"), at(72), None, at(71)).await.unwrap();
    assert_eq!(raised(&store, 82).await, [(1, false)], "it ran out again");
    claimed(&store, &id, "ann", 300, 83).await;
    store.act(&id, &actor("ann"), &Act::Release { due: at(900) }, trail(85)).await.unwrap();
    assert!(raised(&store, 94).await.is_empty());
    assert_eq!(raised(&store, 95).await, [(1, false)]);
}

#[tokio::test]
async fn a_case_that_becomes_urgent_waits_from_then_on() {
    let dir = Dir::new();
    let store = dir.open().await;
    start(&store, "c1").await;
    hand_over(&store, "c1", "m1", ticket("t1", Priority::P3, 50)).await;
    assert_eq!(raised(&store, 60).await, [(5, true)], "any case is overdue once");
    store.begin_turn(&turn("c1", "m2", "help")).await.unwrap();
    let commit = TurnCommit { now: at(100), ticket: Some(ticket("t2", Priority::P0, 220)), ..commit("c1", "m2") };
    store.commit_turn(commit, |_| Vec::new()).await.unwrap();
    assert!(raised(&store, 105).await.is_empty(), "a clock of its own");
    assert_eq!(raised(&store, 110).await, [(1, false)]);
    assert_eq!(raised(&store, 221).await, [(12, true)]);
}

#[tokio::test]
async fn a_store_of_version_one_is_brought_up_to_date() {
    let dir = Dir::new();
    let store = dir.open().await;
    with_ticket(&store).await;
    let words = store.history(&chat(), 0).await.unwrap().len();
    store.close().await;
    old_store(&dir).await;
    let store = dir.open().await;
    let [old] = store.tickets(&TicketFilter::default()).await.unwrap().try_into().unwrap();
    assert_eq!((old.state, old.waiting_since, old.calls, old.breached_at), (TicketState::New, old.created, 0, None));
    assert_eq!(store.history(&chat(), 0).await.unwrap().len(), words);
    let [thumb] = store.labels_since(at(0)).await.unwrap().try_into().unwrap();
    assert_eq!((thumb.label.kind, thumb.label.message), (LabelKind::Thumb, Some("m1".into())));
}

/// The same rows in a file with the schema of version one, with a thumb on the reply.
async fn old_store(dir: &Dir) {
    let new = dir.0.join("new.sqlite");
    std::fs::rename(dir.file(), &new).unwrap();
    let at = format!("sqlite://{}?mode=rwc", dir.file().display());
    let mut old = <sqlx::SqliteConnection as sqlx::Connection>::connect(&at).await.unwrap();
    sqlx::raw_sql(include_str!("../schema.sql")).execute(&mut old).await.unwrap();
    let names = "SELECT group_concat(name) FROM pragma_table_info(?)";
    sqlx::query("ATTACH ? AS new").bind(new.display().to_string()).execute(&mut old).await.unwrap();
    for table in ["conversations", "audit", "messages", "tickets", "turns"] {
        let columns: String = sqlx::query_scalar(names).bind(table).fetch_one(&mut old).await.unwrap();
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(copy)).execute(&mut old).await.unwrap();
    }
    let rest = "UPDATE main.tickets SET state = 'open'; \
                INSERT INTO main.feedback VALUES ('c1', 2, 'up', NULL, 1790000000000); DETACH new;";
    sqlx::raw_sql(rest).execute(&mut old).await.unwrap();
    sqlx::Connection::close(old).await.unwrap();
}
