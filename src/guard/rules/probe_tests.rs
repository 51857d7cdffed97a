//! Rewordings of records and pages: what must pass, what must not.

use super::case::tests::judged;

fn run(context: serde_json::Value, question: &str, draft: &str) -> Vec<String> {
    judged(
        &serde_json::from_value(
            serde_json::json!({"id": "t", "question": question, "context": context, "draft": draft}),
        )
        .unwrap(),
    )
}

#[test]
fn honest_rewordings_pass() {
    let order = serde_json::json!([{"id": "order:70-00101", "kind": "order", "text": "Order 70-00101, 2 items: metformin 500 mg tablet, lisinopril 20 mg tablet. State: shipped. Carrier: Northline Parcel. Tracking FX000123450101. Carrier window 2026-11-23 to 2026-11-25. Placed 2026-11-17T19:22:00-06:00. Last scan Waco, TX 2026-11-20T06:48:00-06:00.", "as_of": "2026-11-20T06:48:00-06:00"},
        {"id": "DL1", "kind": "policy", "text": "Refills take 3 to 5 business days. You have 14 days to approve, or we file it. A refund shows in 3 to 10 business days. You may cancel until 'Being filled'. The fee is $9.95. Tell us within 48 hours. Medicine lasts 12 months from the date written in most states."}]);
    for draft in [
        "Your order (70-00101) shipped with Northline Parcel. The tracking number is FX000123450101. The carrier estimates that it comes between Monday, November 23 and Wednesday, November 25.",
        "Both items, metformin 500 mg and lisinopril 20 mg, are on the way. The last scan was in Waco on Fri, Nov 20 at 6:48 am CT.",
        "It was last scanned at 06:48 on 11/20/2026. The carrier's estimate is Nov 23-25.",
        "You placed it on Nov 17 at 7:22 p.m. It has shipped, and the carrier's estimated window is 23 to 25 November 2026.",
        "A refund can take up to 10 business days to show. The fee is $9.95.",
        "Please tell us within 48 hours. You've got 14 days to approve it; after 14 days we file it.",
        "In most states, it lasts twelve months from the date written.",
        "Here's what to do:\n1. Sign in.\n2. Open your order.\nIf you need a person, ask here.",
        "I don't know the answer to that. I can connect you with a person.",
    ] {
        assert_eq!(run(order.clone(), "where is my stuff", draft), Vec::<String>::new(), "{draft}");
    }
}

#[test]
fn honest_spanish_rewordings_pass() {
    let order = serde_json::json!([{"id": "order:70-00103", "kind": "order", "text": "Order 70-00103: 1 item, levothyroxine 75 mcg tablet. State: Pharmacist's final check. Placed 2026-11-18T21:40:00-08:00. Carrier window 2026-11-24 to 2026-11-27", "as_of": "2026-11-20T12:55:00-08:00"},
        {"id": "DL1", "kind": "policy", "text": "Un resurtido tarda de 3 a 5 días hábiles. Avísenos dentro de 48 horas. El cargo es de $9.95."}]);
    for draft in [
        "Su pedido 70-00103 está en la revisión final del farmacéutico. La empresa de transporte estima la entrega entre el 24 y el 27 de noviembre.",
        "Su pedido tiene un artículo, levothyroxine 75 mcg. Un resurtido tarda de tres a cinco días hábiles.",
        "Avísenos en un plazo de 48 horas. El cargo es de 9.95 dólares.",
        "Según los datos al 20 de noviembre de 2026, su pedido está en revisión.",
    ] {
        let case = serde_json::json!({"id": "t", "question": "¿dónde está mi pedido?", "context": order, "draft": draft, "region": "CA"});
        assert_eq!(judged(&serde_json::from_value(case).unwrap()), Vec::<String>::new(), "{draft}");
    }
}

#[test]
fn wrong_values_fail() {
    let order = serde_json::json!([{"id": "price:1", "kind": "price", "text": "lisinopril 20 mg tablet: exact copay $4.50", "as_of": "2026-11-18T08:30:00-06:00"},
        {"id": "price:2", "kind": "price", "text": "metformin 500 mg tablet: exact copay $6.00", "as_of": "2026-11-18T08:30:00-06:00"},
        {"id": "order:70-00101", "kind": "order", "text": "Order 70-00101: 2 items. Carrier window 2026-11-23 to 2026-11-25.", "as_of": "2026-11-20T06:48:00-06:00"}]);
    for (draft, rule) in [
        ("Your exact copay for lisinopril is $6.00.", "OR-01"),
        ("Your exact copay in all is $10.50.", "OR-01"),
        ("The carrier estimates delivery tomorrow.", "OR-01"),
        ("The carrier estimates delivery on Monday, Nov 24.", "OR-01"),
        ("The carrier estimates delivery by Nov 26.", "OR-01"),
        ("Your order has three items.", "OR-01"),
        ("The carrier estimates delivery Nov 23 to Nov 25 by 6:48 am.", "OR-01"),
        ("Your order of 2 items came in 2 days.", "OR-01"),
        ("The carrier estimates delivery on Nov 23.", "OR-01"),
        ("You get it on Monday.", "OR-12"),
        ("Write to help@fernleaf.example.", "OR-01"),
    ] {
        let found = run(order.clone(), "what about my order", draft);
        assert!(found.contains(&rule.to_owned()), "{draft}: {found:?}");
    }
}

#[test]
fn never_say_words_fail_in_both_languages() {
    let page = serde_json::json!([{"id": "DL1", "kind": "policy", "text": "Refills take 3 to 5 business days."}]);
    for draft in [
        "It's safe.",
        "You can take it with food.",
        "It should be fine.",
        "Don’t worry about it.",
        "That is a normal side effect.",
        "Double up tomorrow.",
        "It is the same thing as the other one.",
        "I guarantee it.",
        "It will arrive soon.",
        "We have no record of you.",
        "Your doctor was wrong.",
        "We are HIPAA-certified.",
        "Trust me.",
        "Legally you can't do that.",
        "You're flagged.",
        "It is 100 % safe.",
    ] {
        assert!(!run(page.clone(), "what about my order", draft).is_empty(), "{draft}");
    }
    for draft in [
        "Es seguro.",
        "Puede tomar dos.",
        "Le garantizo eso.",
        "No se preocupe.",
        "Es normal.",
        "Soy farmacéutico.",
        "Es lo mismo que la otra.",
    ] {
        assert!(!run(page.clone(), "¿dónde está mi pedido?", draft).is_empty(), "{draft}");
    }
}
