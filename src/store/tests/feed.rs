//! Versions, owners and links of feed records.

use super::{Dir, at};
use crate::domain::facts::{Amount, Grant, Money, Price, Record, Stamp, Stock, StockWord};
use crate::domain::ids::PatientId;
use crate::store::records::PutReport;

fn stock(version: u64, word: StockWord) -> Record {
    let stamp = Stamp { as_of: at(0), version };
    Record::Stock(Stock { medication: "med1".into(), name: "x".into(), word, stamp, expected: None })
}

fn price(patient: Option<&str>, amount: Amount) -> Record {
    let stamp = Stamp { as_of: at(0), version: 1 };
    let patient = patient.map(PatientId::from);
    Record::Price(Price { patient, medication: "med1".into(), name: "x".into(), amount, stamp, quantity: None })
}

#[tokio::test]
async fn a_late_version_changes_nothing_and_the_same_one_confirms() {
    let dir = Dir::new();
    let store = dir.open().await;
    let put = async |record, t| store.put_records(&[record], at(t)).await.unwrap();
    let word = async || store.stock(&"med1".into()).await.unwrap().unwrap();
    let (changed, unchanged) = (PutReport { changed: 1, unchanged: 0 }, PutReport { changed: 0, unchanged: 1 });
    assert_eq!(put(stock(2, StockWord::Limited), 10).await, changed);
    assert_eq!(put(stock(1, StockWord::Available), 20).await, unchanged);
    assert_eq!(word().await.confirmed_at, at(10), "an older version confirms nothing");
    assert_eq!(put(stock(2, StockWord::NotCarried), 20).await, unchanged);
    assert_eq!(put(stock(2, StockWord::NotCarried), 15).await, unchanged);
    assert_eq!((word().await.value.word, word().await.confirmed_at), (StockWord::Limited, at(20)));
    assert_eq!(put(stock(10, StockWord::BackOrdered), 5).await, changed);
    let now = word().await;
    assert_eq!((now.value.word, now.confirmed_at), (StockWord::BackOrdered, at(20)));
}

#[tokio::test]
async fn prices_and_grants_reach_only_whom_they_belong_to() {
    let dir = Dir::new();
    let store = dir.open().await;
    let grant = Record::Grant(Grant {
        helper: "h".into(),
        patient: "a".into(),
        active: false,
        scopes: vec!["orders".into()],
        sensitive_denied: true,
        period: (None, None),
        stamp: Stamp { as_of: at(0), version: 1 },
    });
    let own = price(Some("a"), Amount::Exact(Money(500)));
    let cash = price(None, Amount::Cash(Money(900)));
    let all = [own, cash, grant, price(Some("b"), Amount::Exact(Money(700)))];
    store.put_records(&all, at(1)).await.unwrap();
    let prices = store.prices_of(&"a".into()).await.unwrap();
    assert_eq!(prices.len(), 1);
    assert_eq!(prices[0].value.amount, Amount::Exact(Money(500)));
    let cash = store.cash_price(&"med1".into()).await.unwrap().unwrap();
    assert_eq!(cash.value.amount, Amount::Cash(Money(900)));
    assert_eq!(store.grants_for_helper(&"h".into()).await.unwrap().len(), 1);
    assert!(store.grant(&"a".into(), &"h".into()).await.unwrap().is_some());
    assert!(store.grant(&"h".into(), &"a".into()).await.unwrap().is_none());
    assert_eq!(store.records_after(0).await.unwrap().records.len(), 4);
}
