//! Kind 1: dates, times, money, percentages, phones, links and codes that stand in no record and on no page.

use super::lex::{Kind, Token};
use super::text::re;
use super::units::zones;
use super::view::{Sentence, View};
use jiff::civil::{Date, DateTime};
use regex::Regex;
use std::sync::OnceLock;

/// Looks at all numbers of a sentence but the plain counts and the strengths.
pub fn check(view: &View, sentence: &Sentence, out: &mut Vec<String>) {
    if sentence.whole {
        return;
    }
    for (at, token) in sentence.tokens.iter().enumerate() {
        match &token.kind {
            Kind::Url(url) => link(view, url, out),
            Kind::Mail(m) => name(view, sentence, m, "e-mail", out),
            Kind::Phone(p) => name(view, sentence, p, "phone", out),
            Kind::Code(c) => name(view, sentence, c, "number", out),
            Kind::Date { .. } => date(view, sentence, token, out),
            Kind::Time { .. } => time(view, sentence, at, token, out),
            Kind::Money(cents) => money(view, sentence, token, *cents, out),
            Kind::Percent(p) => percent(view, sentence, token, *p, out),
            _ => {}
        }
    }
}

fn link(view: &View, url: &str, out: &mut Vec<String>) {
    let plain = |u: &str| {
        u.trim_start_matches("https://")
            .trim_start_matches("http://")
            .trim_start_matches("www.")
            .trim_end_matches('/')
            .to_string()
    };
    let mine = plain(url);
    if !view.page(|b| b.names.iter().any(|n| plain(n) == mine)) {
        out.push(format!("link {url:?} is on no page"));
    }
}

fn name(view: &View, sentence: &Sentence, value: &str, kind: &str, out: &mut Vec<String>) {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let same =
        |n: &String| n == value || (digits.len() >= 7 && n.chars().filter(char::is_ascii_digit).eq(digits.chars()));
    if value.starts_with("fx")
        && !view.asked.names.contains(value)
        && view.person.is_some()
        && !sentence.scope.bag.names.contains(value)
    {
        out.push(format!("tracking number {value} is not of the orders here of {}{}", view.who, view.owner(value)));
        return;
    }
    let ends = |n: &String| kind == "phone" && digits.len() == 7 && n.ends_with(&digits);
    let fits = |b: &super::bag::Bag| b.names.iter().any(|n| same(n) || ends(n));
    if view.all().is_some_and(|f| fits(&f.bag)) || fits(&view.asked) || view.page(fits) {
        return;
    }
    out.push(format!("{kind} {value} is in no record of {} and on no page{}", view.who, view.owner(value)));
}

fn date(view: &View, sentence: &Sentence, token: &Token, out: &mut Vec<String>) {
    let Kind::Date { year, month, day, weekday } = token.kind else { return };
    let today = view.clock.date();
    let fits = |b: &super::bag::Bag| b.has_date(year, month, day);
    let own = fits(&sentence.scope.bag)
        || fits(&view.asked)
        || view.product(fits)
        || (said_today(sentence) && (today.month(), today.day()) == (month, day));
    let shared = !sentence.named && view.page(fits);
    let stocked = view
        .products
        .iter()
        .flat_map(|p| &p.at)
        .map(|t| t.to_zoned(view.zone.clone()).date())
        .any(|d| (d.month(), d.day()) == (month, day));
    static P: OnceLock<Regex> = OnceLock::new();
    let estimate = P.get_or_init(|| re(r"\bestimates? delivery|estimated delivery|delivery estimate|delivery (window|is expected)|estima la entrega|entrega estimada"));
    if estimate.is_match(&sentence.folded)
        && view.person.is_some()
        && !sentence.scope.windows.iter().any(|d| (d.month(), d.day()) == (month, day))
    {
        out.push(format!("date {:?} is in no delivery estimate here of {}", token.text, view.who));
    } else if !(own || shared || stocked) {
        out.push(format!("date {:?} is in no record here of {} and on no page", token.text, view.who));
    } else if let Some(named) = weekday
        && !years(view, sentence, year, month, day).iter().any(|d| d.weekday().to_monday_one_offset() == named)
    {
        out.push(format!("date {:?} has the wrong weekday", token.text));
    }
}

fn said_today(sentence: &Sentence) -> bool {
    super::text::has_word(&sentence.folded, "today") || super::text::has_word(&sentence.folded, "hoy")
}

/// The full dates that a date without year may mean.
fn years(view: &View, sentence: &Sentence, year: Option<i16>, month: i8, day: i8) -> Vec<Date> {
    let mut bags = vec![&sentence.scope.bag];
    bags.extend(view.products.iter().map(|p| &p.bag));
    let known: Vec<i16> =
        bags.iter().flat_map(|b| &b.dates).filter(|d| d.1 == month && d.2 == day).filter_map(|d| d.0).collect();
    let list = match year {
        Some(y) => vec![y],
        None if known.is_empty() => vec![view.clock.year(), view.clock.year() + 1],
        None => known,
    };
    list.into_iter().filter_map(|y| Date::new(y, month, day).ok()).collect()
}

fn time(view: &View, sentence: &Sentence, at: usize, token: &Token, out: &mut Vec<String>) {
    let Kind::Time { hour, minute, zone } = &token.kind else { return };
    let partner = sentence.partner(at);
    if partner.is_none() && (awaited(view, sentence, *hour, *minute) || view.asked.times.contains(&(*hour, *minute))) {
        return;
    }
    let mut moments: Vec<DateTime> = sentence.scope.moments.iter().copied().collect();
    moments.extend(view.products.iter().flat_map(|p| &p.at).map(|t| t.to_zoned(view.zone.clone()).datetime()));
    if sentence.folded.starts_with("as of ") || sentence.folded.starts_with("datos al ") {
        moments.retain(|m| *m <= view.clock);
    }
    moments.retain(|m| m.hour() == *hour && m.minute() == *minute && on_day(m, partner));
    let stated = partner.is_none() && view.page(|b| b.times.contains(&(*hour, *minute)));
    if moments.is_empty() && !stated {
        let day = partner.map(|p| format!(", {}", p.text)).unwrap_or_default();
        out.push(format!("time {:?} is no moment in the records here of {}", format!("{}{day}", token.text), view.who));
    } else if let (Some(names), false) = (zone.as_deref().and_then(zones), moments.is_empty()) {
        let fits = |m: &DateTime| {
            m.to_zoned(view.zone.clone())
                .is_ok_and(|z| names.iter().any(|n| z.in_tz(n).is_ok_and(|o| o.offset() == z.offset())))
        };
        if !moments.iter().any(fits) && !stated {
            out.push(format!("time {:?} names a zone that is not the person's", token.text));
        }
    }
}

fn on_day(moment: &DateTime, partner: Option<&Token>) -> bool {
    match partner.map(|p| &p.kind) {
        Some(Kind::Date { year, month, day, .. }) => {
            moment.month() == *month && moment.day() == *day && year.is_none_or(|y| y == moment.year())
        }
        _ => true,
    }
}

/// A time by which somebody answers: it follows from the staffing, so only its plausibility is looked at.
fn awaited(view: &View, sentence: &Sentence, hour: i8, minute: i8) -> bool {
    static P: OnceLock<Regex> = OnceLock::new();
    let words = P.get_or_init(|| {
        re(r"hear back by|follow up by|answer by|respuesta antes|respondera antes|call you( back)? by|llamara antes")
    });
    if !words.is_match(&sentence.folded) {
        return false;
    }
    let from = i32::from(view.clock.hour()) * 60 + i32::from(view.clock.minute());
    let wait = (i32::from(hour) * 60 + i32::from(minute) - from).rem_euclid(24 * 60);
    let open = view.clock.date().weekday().to_monday_one_offset() < 7 && (9..15).contains(&view.clock.hour());
    if open { [2, 10, 60, 240].iter().any(|w| (wait - w).abs() <= 3) } else { (1..=18 * 60).contains(&wait) }
}

fn money(view: &View, sentence: &Sentence, token: &Token, cents: i64, out: &mut Vec<String>) {
    static P: OnceLock<Regex> = OnceLock::new();
    let personal = P.get_or_init(|| {
        re(r"exact price|your (price|cost|copay|refund|total)|estimate for|cash price (for|is|of)|refund of|you (paid|owe)|precio exacto|su (precio|copago|costo|reembolso|total)|reembolso de|estimado de|precio sin seguro (de|es)|usted pag")
    });
    let fits = |b: &super::bag::Bag| b.money.contains(&cents);
    let named = view.truth.drugs.find(&sentence.text);
    let about: Vec<_> =
        view.products.iter().filter(|p| named.iter().any(|n| n.words.iter().all(|w| p.words.contains(w)))).collect();
    let priced = if about.is_empty() { view.product(fits) } else { about.iter().any(|p| fits(&p.bag)) };
    let own = if about.is_empty() {
        fits(&sentence.scope.bag)
    } else {
        drug_money(view, &about, cents) || (sentence.named && fits(&sentence.scope.bag))
    };
    if priced || own || fits(&view.asked) || (!personal.is_match(&sentence.folded) && view.page(fits)) {
        return;
    }
    let whose = if about.is_empty() {
        String::new()
    } else {
        format!(" for {}", named.iter().map(|n| n.text.as_str()).collect::<Vec<_>>().join(", "))
    };
    out.push(format!("money {:?} is in no record of {}{whose}", token.text, view.who));
}

/// Whether an amount stands in the person's records for one of these products.
fn drug_money(view: &View, about: &[&&super::drugs::Product], cents: i64) -> bool {
    view.person.is_some_and(|p| {
        p.rxs.values().any(|rx| {
            let same = rx
                .drugs
                .iter()
                .filter_map(|d| view.truth.drugs.products.get(d))
                .any(|d| about.iter().any(|a| a.compact == d.compact));
            same && rx.bag.money.contains(&cents)
        })
    })
}

fn percent(view: &View, sentence: &Sentence, token: &Token, value: i64, out: &mut Vec<String>) {
    let fits = |b: &super::bag::Bag| b.percents.contains(&value);
    if !(fits(&sentence.scope.bag) || fits(&view.asked) || view.page(fits) || view.product(fits)) {
        out.push(format!("percentage {:?} is in no record of {} and on no page", token.text, view.who));
    }
}
