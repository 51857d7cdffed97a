//! Axes, grid and paths of one plot. Colours are classes of the page's style sheet. Nothing here knows what is plotted.

use maud::{Markup, html};

/// Space for the words of the axes: left, right, above, below.
const MARGIN: (f64, f64, f64, f64) = (46.0, 16.0, 24.0, 38.0);

/// One axis.
#[derive(Clone, Debug)]
pub struct Axis {
    label: &'static str,
    from: f64,
    to: f64,
    log: bool,
    ticks: Vec<(f64, String)>,
}

/// A plot without its content.
#[derive(Clone, Debug)]
pub struct Chart {
    title: String,
    size: (f64, f64),
    x: Axis,
    y: Axis,
}

impl Axis {
    /// Shares from 0 to `to`, in per cent, with four steps.
    pub fn share(label: &'static str, to: f64) -> Self {
        let percent = |v: f64| format!("{}%", crate::stats::round(v * 100.0));
        let ticks = (0..=4).map(|i| to * f64::from(i) / 4.0).map(|v| (v, percent(v))).collect();
        Self { label, from: 0.0, to, log: false, ticks }
    }
    /// Milliseconds on a scale of tens that holds all values.
    pub fn millis(label: &'static str, least: f64, most: f64) -> Self {
        let (low, high) = (least.max(0.01).log10().floor(), most.max(0.1).log10().ceil());
        let (low, high) = (low as i32, (high as i32).max(low as i32 + 1));
        let word = |ms: f64| if ms >= 1000.0 { format!("{} s", ms / 1000.0) } else { format!("{ms} ms") };
        let ticks = (low..=high).map(|e| 10_f64.powi(e)).map(|v| (v, word(v))).collect();
        Self { label, from: 10_f64.powi(low), to: 10_f64.powi(high), log: true, ticks }
    }
    /// Milliseconds from 0, even steps.
    pub fn even_millis(label: &'static str, most: f64) -> Self {
        let ticks = (0..=4).map(|i| most * f64::from(i) / 4.0).map(|v| (v, format!("{v:.0} ms"))).collect();
        Self { label, from: 0.0, to: most, log: false, ticks }
    }
    /// Numbers from 0, even steps.
    pub fn even(label: &'static str, most: f64) -> Self {
        let ticks = (0..=4).map(|i| most * f64::from(i) / 4.0).map(|v| (v, format!("{v:.0}"))).collect();
        Self { label, from: 0.0, to: most, log: false, ticks }
    }
    /// Without words: rows of bars.
    pub fn rows(n: usize) -> Self {
        Self { label: "", from: n as f64, to: 0.0, log: false, ticks: Vec::new() }
    }
    /// Where a value lies, 0 to 1; outside values lie at the ends.
    fn at(&self, value: f64) -> f64 {
        let of = |v: f64| if self.log { v.max(f64::MIN_POSITIVE).ln() } else { v };
        ((of(value) - of(self.from)) / (of(self.to) - of(self.from))).clamp(0.0, 1.0)
    }
}

impl Chart {
    /// A small panel of many.
    pub fn panel(title: &str, x: Axis, y: Axis) -> Self {
        Self { title: title.to_owned(), size: (230.0, 210.0), x, y }
    }
    /// A plot of its own.
    pub fn large(title: &str, x: Axis, y: Axis) -> Self {
        Self { title: title.to_owned(), size: (470.0, 300.0), x, y }
    }
    /// Pixels from the left.
    pub fn x(&self, value: f64) -> f64 {
        tenth(MARGIN.0 + self.x.at(value) * (self.size.0 - MARGIN.0 - MARGIN.1))
    }
    /// Pixels from above.
    pub fn y(&self, value: f64) -> f64 {
        tenth(self.size.1 - MARGIN.3 - self.y.at(value) * (self.size.1 - MARGIN.2 - MARGIN.3))
    }
    /// A line through points; those on the same pixel are drawn once.
    pub fn path(&self, points: impl IntoIterator<Item = (f64, f64)>) -> String {
        let mut out = String::new();
        let mut last = None;
        for (x, y) in points {
            let at = (self.x(x), self.y(y));
            if last != Some(at) {
                out += &format!("{}{} {} ", if last.is_none() { 'M' } else { 'L' }, at.0, at.1);
                last = Some(at);
            }
        }
        out.trim_end().to_owned()
    }
    /// A shaded rectangle.
    pub fn area(&self, class: &str, (left, right): (f64, f64), (low, high): (f64, f64)) -> Markup {
        let (x, y) = (self.x(left), self.y(high));
        html! { rect class=(class) x=(x) y=(y) width=(tenth(self.x(right) - x)) height=(tenth(self.y(low) - y)) {} }
    }
    /// A point with the intervals of both of its coordinates, told on hovering.
    pub fn point(
        &self,
        at: (f64, f64),
        across: Option<(f64, f64)>,
        upright: Option<(f64, f64)>,
        words: &str,
    ) -> Markup {
        let (x, y) = (self.x(at.0), self.y(at.1));
        html! {
            @if let Some((low, high)) = across { line class="whisker" x1=(self.x(low)) x2=(self.x(high)) y1=(y) y2=(y) {} }
            @if let Some((low, high)) = upright { line class="whisker" x1=(x) x2=(x) y1=(self.y(low)) y2=(self.y(high)) {} }
            circle class="point" cx=(x) cy=(y) r="3.2" { title { (words) } }
        }
    }
    /// The plot with axes and grid around its content; `about` says in words what is to be seen.
    pub fn draw(&self, about: &str, inside: &Markup) -> Markup {
        let (width, height) = self.size;
        let (left, right) = (MARGIN.0, width - MARGIN.1);
        let (top, bottom) = (MARGIN.2, height - MARGIN.3);
        html! {
            svg class="plot" viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(format!("{}. {about}", self.title)) {
                text class="plot-title" x=(left) y="14" { (self.title) }
                @for (value, word) in &self.x.ticks {
                    line class="grid" x1=(self.x(*value)) x2=(self.x(*value)) y1=(top) y2=(bottom) {}
                    text class="tick" text-anchor="middle" x=(self.x(*value)) y=(bottom + 12.0) { (word) }
                }
                @for (value, word) in &self.y.ticks {
                    line class="grid" x1=(left) x2=(right) y1=(self.y(*value)) y2=(self.y(*value)) {}
                    text class="tick" text-anchor="end" x=(left - 4.0) y=(self.y(*value) + 3.0) { (word) }
                }
                text class="axis" text-anchor="middle" x=(f64::midpoint(left, right)) y=(height - 8.0) { (self.x.label) }
                text class="axis" text-anchor="middle" transform=(format!("translate(10 {}) rotate(-90)", f64::midpoint(top, bottom))) { (self.y.label) }
                (inside)
            }
        }
    }
}

fn tenth(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}
