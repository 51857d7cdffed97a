//! Rotation of a secret: for 24 hours both sign, then the new one only.

use super::inbox::{Bench, Inbox};
use secrecy::ExposeSecret;

const HOUR: i64 = 3_600;

#[tokio::test]
async fn both_secrets_sign_for_a_day_and_then_the_new_one_only() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    // The reference verifier reads the machine's clock, so what lies back is rotated in the past.
    for (hours_ago, old_signs) in [(23, true), (25, false)] {
        let name = format!("r{hours_ago}");
        bench.at(-HOUR * 48);
        let old = bench.add(&name, &inbox).await;
        bench.at(-HOUR * hours_ago);
        let new = bench.receivers().rotate(&name).await.unwrap().expose_secret().to_owned();
        bench.at(0);
        bench.put(&format!("m{hours_ago}"), &name).await;
        assert_eq!(bench.deliver_stored().await, 1);
        assert_ne!(old, new);
        assert_eq!((inbox.verifies(&new), inbox.verifies(&old)), (true, old_signs), "rotated {hours_ago} h ago");
        let shown = bench.receivers().one(&name).await.unwrap().old_secret_until;
        assert_eq!(shown.is_some(), old_signs);
    }
}

#[tokio::test]
async fn a_second_rotation_does_not_prolong_the_first_secret() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    bench.at(-HOUR * 30);
    let first = bench.add("pager", &inbox).await;
    let mut rotated = Vec::new();
    for hours_ago in [25, 2] {
        bench.at(-HOUR * hours_ago);
        rotated.push(bench.receivers().rotate("pager").await.unwrap().expose_secret().to_owned());
    }
    bench.at(0);
    bench.put("m1", "pager").await;
    assert_eq!(bench.deliver_stored().await, 1);
    let valid: Vec<bool> = [&first, &rotated[0], &rotated[1]].map(|s| inbox.verifies(s)).to_vec();
    assert_eq!(valid, [false, true, true]);
}
