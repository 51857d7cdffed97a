//! Finds the numbers of a text with their kind: dates, times, money, percentages, phones, links, codes, strengths, counts.

use super::patterns::patterns;
use super::text::{fold, spanish};
use super::units;
use regex::{Captures, Regex};

/// What a number stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A web address.
    Url(String),
    /// An e-mail address.
    Mail(String),
    /// An order, prescription, tracking or member number, a postal code.
    Code(String),
    /// A phone number, ten digits.
    Phone(String),
    /// A calendar date; year and weekday where they are written.
    Date { year: Option<i16>, month: i8, day: i8, weekday: Option<i8> },
    /// A clock time; the zone's folded name where it is written.
    Time { hour: i8, minute: i8, zone: Option<String> },
    /// An amount in cents.
    Money(i64),
    /// A percentage in thousandths.
    Percent(i64),
    /// A strength or volume, without spaces: "2mg/3ml".
    Strength(String),
    /// A plain number in thousandths with its unit.
    Count { value: i64, unit: Option<&'static str>, word: bool },
}

/// A number in a text.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its folded words.
    pub text: String,
    /// Where it begins in the folded text.
    pub start: usize,
    /// Where it ends in the folded text.
    pub end: usize,
}

struct Lexer {
    folded: String,
    left: String,
    tokens: Vec<Token>,
}

/// The numbers of a text, in order.
pub fn tokens(text: &str) -> Vec<Token> {
    let es = spanish(text);
    let folded = fold(text).replace('\u{2011}', "-").replace(['\u{202f}', '\u{a0}'], " ");
    let mut lexer = Lexer { left: folded.clone(), folded, tokens: Vec::new() };
    let p = patterns();
    lexer.blank(&p.marker);
    lexer.pass(&p.mail, |c| Some(Kind::Mail(c[0].to_string())));
    lexer.pass(&p.url, |c| Some(Kind::Url(c[0].trim_end_matches(['.', ',', ';', ':', '!', '?']).to_string())));
    lexer.pass(&p.phone, |c| Some(Kind::Phone(phone(&c[0]))));
    lexer.pass(&p.order, |c| Some(Kind::Code(c[0].to_string())));
    lexer.pass(&p.iso, |c| date(c.get(1), c.get(2), c.get(3), None));
    lexer.ranges();
    lexer.pass(&p.day_month, day_month);
    lexer.pass(&p.month_day, month_day);
    lexer.pass(&p.code, |c| Some(Kind::Code(c[0].to_string())));
    lexer.pass(&p.time, time);
    lexer.pass(&p.clock, time);
    lexer.pass(&p.money, money);
    lexer.pass(&p.percent, |c| c[1].parse::<f64>().ok().map(|v| Kind::Percent(milli(v))));
    lexer.pass(&p.strength, |c| Some(Kind::Strength(compact(&c[0]))));
    lexer.pass(&p.slash, |c| date(None, c.get(1), c.get(2), None));
    lexer.counts(es);
    lexer.tokens.sort_by_key(|t| t.start);
    lexer.tokens
}

/// Thousandths.
pub fn milli(value: f64) -> i64 {
    (value * 1000.0).round() as i64
}

/// A strength without spaces, in one spelling.
pub fn compact(text: &str) -> String {
    let s: String = fold(text).chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    s.replace("unidades", "units")
        .replace("unidad", "unit")
        .replace("milligrams", "mg")
        .replace("miligramos", "mg")
        .replace("micrograms", "mcg")
}

/// The ten digits of a phone number (letters as on the keys).
pub fn phone(text: &str) -> String {
    let keys = |c: char| match c {
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        'w'..='z' => '9',
        other => other,
    };
    let d: String = fold(text).chars().map(keys).filter(char::is_ascii_digit).collect();
    if d.len() == 11 && d.starts_with('1') { d[1..].to_string() } else { d }
}

impl Lexer {
    fn blank(&mut self, pattern: &Regex) {
        let spans: Vec<(usize, usize)> = pattern.find_iter(&self.left).map(|m| (m.start(), m.end())).collect();
        for (a, b) in spans {
            self.mask(a, b);
        }
    }

    fn mask(&mut self, a: usize, b: usize) {
        self.left.replace_range(a..b, &"\u{1}".repeat(b - a));
    }

    fn pass(&mut self, pattern: &Regex, kind: impl Fn(&Captures) -> Option<Kind>) {
        let found: Vec<(usize, usize, Option<Kind>)> = pattern
            .captures_iter(&self.left)
            .filter_map(|c| c.get(0).map(|m| (m.start(), m.end(), kind(&c))))
            .collect();
        for (a, b, kind) in found {
            if let Some(kind) = kind {
                self.add(kind, a, b);
            }
        }
    }

    fn add(&mut self, kind: Kind, a: usize, b: usize) {
        self.tokens.push(Token { kind, text: self.folded[a..b].trim().to_string(), start: a, end: b });
        self.mask(a, b);
    }

    /// "23 to 25 Nov": two dates with one month.
    fn ranges(&mut self) {
        let found: Vec<_> = patterns()
            .day_range
            .captures_iter(&self.left)
            .filter_map(|c| {
                let all = c.get(0)?;
                Some((
                    all.start(),
                    all.end(),
                    date_named(None, c.get(3), c.get(1), None)?,
                    date_named(None, c.get(3), c.get(2), None)?,
                ))
            })
            .collect();
        for (a, b, one, two) in found {
            self.add(one, a, b);
            self.tokens.push(Token { kind: two, text: self.folded[a..b].trim().to_string(), start: a, end: b });
        }
    }

    fn counts(&mut self, es: bool) {
        let found: Vec<(usize, usize, Kind)> = patterns()
            .number
            .captures_iter(&self.left)
            .filter_map(|c| {
                let m = c.get(1)?;
                let value = m.as_str().replace(',', "").parse::<f64>().ok()?;
                Some((
                    m.start(),
                    m.end(),
                    Kind::Count { value: milli(value), unit: self.unit_after(m.end()), word: false },
                ))
            })
            .collect();
        for (a, b, kind) in found {
            self.add(tidy(kind), a, b);
        }
        let found: Vec<(usize, usize, Kind)> = patterns()
            .word
            .find_iter(&self.left)
            .filter_map(|m| {
                let value = number_word(m.as_str(), es)?;
                Some((
                    m.start(),
                    m.end(),
                    Kind::Count { value: value * 1000, unit: self.unit_after(m.end()), word: true },
                ))
            })
            .collect();
        for (a, b, kind) in found {
            self.add(tidy(kind), a, b);
        }
    }

    fn unit_after(&self, at: usize) -> Option<&'static str> {
        let tail: String = self.folded[at..].chars().take(60).take_while(|c| !";:!?(\n".contains(*c)).collect();
        let tail = tail.split(". ").next().unwrap_or("").to_string();
        let words: Vec<&str> = tail.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let mut at = 0;
        let number = |w: Option<&&str>| {
            w.is_some_and(|w| {
                w.starts_with(|c: char| c.is_ascii_digit())
                    || units::value(w, false).is_some()
                    || units::value(w, true).is_some_and(|v| v > 1)
            })
        };
        if words.first().is_some_and(|w| ["to", "or", "and", "a", "o", "y", "hasta"].contains(w))
            && number(words.get(1))
        {
            at = 2;
        } else if number(words.first()) {
            at = 1;
        }
        if words.get(at) == Some(&"de") {
            at += 1;
        }
        units::unit(words.get(at..).unwrap_or(&[]))
    }
}

/// A number word of either language; those that are common words of the other language only in their own.
fn number_word(word: &str, es: bool) -> Option<i64> {
    let (own, foreign) = (units::value(word, es), units::value(word, !es));
    own.or_else(|| foreign.filter(|_| !["once", "un", "una", "uno", "ten", "one"].contains(&word)))
}

fn tidy(kind: Kind) -> Kind {
    match kind {
        Kind::Count { value, unit: Some("dollar"), .. } => Kind::Money(value / 10),
        Kind::Count { value, unit: Some("percent"), .. } => Kind::Percent(value),
        other => other,
    }
}

type Group<'a> = Option<regex::Match<'a>>;

fn date(year: Group, month: Group, day: Group, weekday: Option<i8>) -> Option<Kind> {
    let month = month?.as_str().parse::<i8>().ok()?;
    let day = day?.as_str().parse::<i8>().ok()?;
    let year = year.and_then(|y| y.as_str().parse::<i16>().ok());
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Kind::Date { year, month, day, weekday })
}

fn date_named(year: Group, month: Group, day: Group, weekday: Group) -> Option<Kind> {
    let month = units::month(month?.as_str())?;
    let day = day?.as_str().parse::<i8>().ok()?;
    let year = year.and_then(|y| y.as_str().parse::<i16>().ok());
    let weekday = weekday.and_then(|w| units::weekday(w.as_str()));
    (1..=31).contains(&day).then_some(Kind::Date { year, month, day, weekday })
}

fn day_month(c: &Captures) -> Option<Kind> {
    let verb = c.get(3)?.as_str() == "may" && c.get(1).is_none() && c.get(4).is_none() && c.get(5).is_some();
    if verb { None } else { date_named(c.get(4), c.get(3), c.get(2), c.get(1)) }
}

fn month_day(c: &Captures) -> Option<Kind> {
    date_named(c.get(4), c.get(2), c.get(3), c.get(1))
}

fn time(c: &Captures) -> Option<Kind> {
    let hour = c.get(1)?.as_str().parse::<i8>().ok()?;
    let minute = c.get(2).map_or(Some(0), |m| m.as_str().parse::<i8>().ok())?;
    let zone = c.name("zone").map(|z| z.as_str().to_string());
    let hour = match c.name("half").map(|m| m.as_str()) {
        Some("p") if hour < 12 => hour + 12,
        Some("a") if hour == 12 => 0,
        _ => hour,
    };
    (hour < 24 && minute < 60).then_some(Kind::Time { hour, minute, zone })
}

fn money(c: &Captures) -> Option<Kind> {
    let m = c.get(1).or_else(|| c.get(2)).or_else(|| c.get(3))?;
    let value = m.as_str().replace(',', "").trim_end_matches('.').parse::<f64>().ok()?;
    Some(Kind::Money(milli(value) / 10))
}
