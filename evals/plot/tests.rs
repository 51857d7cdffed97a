//! Every plot is well-formed XML, and every point lies within its frame.

use super::classes::{Budget, misses, precision, roc};
use super::scored::Scored;
use super::{confusion, coverage, latency, reliability, robustness, traffic};
use crate::suite::metric::Metric;
use maud::Markup;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn sample() -> Vec<Scored> {
    let mut rng = StdRng::seed_from_u64(5);
    let mut one = || {
        let truth: Vec<bool> = (0..15).map(|_| rng.random_bool(0.08)).collect();
        let scores: Vec<f64> = truth.iter().map(|t| (rng.random::<f64>() + f64::from(u8::from(*t))) / 2.0).collect();
        let fired = scores.iter().map(|s| *s > 0.5).collect();
        Scored { answered: scores.iter().all(|s| *s < 0.45), scores, truth, fired }
    };
    (0..400).map(|_| one()).collect()
}

/// Every number that places something, within the view box.
fn check(plot: &Markup) {
    let text = plot.clone().into_string();
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let root = document.root_element();
    let view: Vec<f64> = root.attribute("viewBox").unwrap().split(' ').map(|v| v.parse().unwrap()).collect();
    let mut placed = 0;
    let mut within = |value: &str, most: f64| {
        let value: f64 = value.parse().unwrap();
        assert!((-0.01..=most + 0.01).contains(&value), "{value} of {most} in {text}");
        placed += 1;
    };
    for node in document.descendants().filter(|n| n.is_element()) {
        for (names, most) in [(["x", "x1", "x2", "cx", "width"], view[2]), (["y", "y1", "y2", "cy", "height"], view[3])]
        {
            names.iter().filter_map(|n| node.attribute(*n)).for_each(|v| within(v, most));
        }
        let path = node.attribute("d").unwrap_or_default();
        for pair in path.split(['M', 'L']).map(str::trim).filter(|p| !p.is_empty()) {
            let (x, y) = pair.split_once(' ').unwrap();
            within(x, view[2]);
            within(y, view[3]);
        }
    }
    assert!(placed > 10, "{text}");
    assert!(root.attribute("aria-label").is_some_and(|l| l.len() > 10));
}

#[test]
fn every_plot_is_well_formed_and_within_its_frame() {
    let all = sample();
    let budget = |_: &str| Some(Budget { floor: 0.97, alarms: 0.02 });
    let panels = [roc(&all), precision(&all), misses(&all, budget)];
    assert!(panels.iter().all(|p| p.len() == 15));
    panels.iter().flatten().for_each(check);
    check(&reliability::reliability(&all).unwrap());
    check(&coverage::coverage(&all).unwrap());
    check(&latency::distribution(&[90, 1_500, 2_000, 9_000_000]).unwrap());
    check(&latency::waterfall(&[("draft".into(), 31.0), ("<input> & \"more\"".into(), 20.0)]).unwrap());
}

fn figure(id: &str, value: f64, between: (f64, f64)) -> Metric {
    Metric { id: id.into(), value, hits: None, n: 900, low: Some(between.0), high: Some(between.1) }
}

#[test]
fn a_day_of_traffic_is_drawn_with_its_hours_and_ways_of_writing_with_their_cost() {
    let day = [
        figure("day/contained (no human) %", 61.0, (58.0, 64.0)),
        figure("day/contained, but needed a human %", 0.4, (0.1, 0.9)),
        figure("thresholds +0/needed a pharmacist and reached one %", 94.0, (91.0, 96.0)),
        figure("thresholds +0/pharmacist hours a day", 31.0, (0.0, 0.0)),
        figure("thresholds -1/needed a pharmacist and reached one %", 97.0, (94.0, 98.0)),
        figure("thresholds -1/pharmacist hours a day", 55.0, (0.0, 0.0)),
    ];
    let drawn = traffic::containment(&day).unwrap();
    check(&drawn);
    assert!(drawn.into_string().contains("no human, but needed one: 0.4 %"));
    let hours = traffic::hours(&day).unwrap();
    check(&hours);
    assert!(hours.into_string().contains("today 31 hours a day, 94.0 %"));
    let rate = |slice: &str, value| figure(&format!("{slice}/recall over all labelled classes"), value, (0.7, 0.95));
    check(&robustness::robustness(&[rate("as written", 0.9), rate("typos", 0.8)]).unwrap());
}

#[test]
fn what_cannot_be_drawn_is_left_out() {
    assert!(traffic::containment(&[]).is_none() && traffic::hours(&[]).is_none());
    assert!(robustness::robustness(&[]).is_none());
    assert!(roc(&sample()[..5]).is_empty());
    assert!(reliability::reliability(&[]).is_none() && coverage::coverage(&[]).is_none());
    assert!(latency::distribution(&[0, 0]).is_none() && latency::waterfall(&[]).is_none());
    assert!(confusion::confusion(&std::collections::BTreeMap::new(), &[]).is_none());
}

#[test]
fn the_curve_of_perfect_scores_passes_through_the_corner() {
    let perfect: Vec<Scored> = (0..40)
        .map(|i| Scored {
            scores: vec![f64::from(u8::from(i < 20)); 15],
            truth: vec![i < 20; 15],
            fired: vec![i < 20; 15],
            answered: i >= 20,
        })
        .collect();
    let text = roc(&perfect)[0].clone().into_string();
    let path = text.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
    let xs: Vec<&str> = path.split(['M', 'L']).map(str::trim).filter(|p| !p.is_empty()).collect();
    // From the lower left corner straight up, then right.
    assert_eq!(xs.len(), 3, "{path}");
    let at = |i: usize| xs[i].split_once(' ').unwrap();
    assert!(at(0).0 == at(1).0 && at(1).1 == at(2).1 && at(0).1 != at(1).1, "{path}");
}
