//! Ended tokens: kept over a restart until they have expired by themselves, then forgotten.

use super::*;

#[tokio::test]
async fn an_ended_token_is_kept_until_it_has_expired() {
    let dir = Dir::new();
    let store = dir.open().await;
    store.end_token("first", at(900), at(0)).await.unwrap();
    store.end_token("first", at(950), at(5)).await.unwrap();
    store.end_token("second", at(1000), at(10)).await.unwrap();
    store.close().await;
    let store = dir.open().await;
    let mut kept = store.ended_tokens(at(20)).await.unwrap();
    kept.sort();
    assert_eq!(kept, [("first".to_owned(), at(900)), ("second".to_owned(), at(1000))]);
    store.end_token("third", at(2000), at(1500)).await.unwrap();
    let all = store.ended_tokens(at(0)).await.unwrap();
    assert_eq!(all, [("third".to_owned(), at(2000))], "what has expired takes no room");
}
