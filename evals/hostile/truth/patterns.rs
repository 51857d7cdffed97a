//! The patterns by which numbers are found in folded text.

use super::text::re;
use regex::Regex;
use std::sync::OnceLock;

/// All patterns, in the order in which they are tried.
pub struct Patterns {
    /// See its name.
    pub marker: Regex,
    /// See its name.
    pub mail: Regex,
    /// See its name.
    pub url: Regex,
    /// See its name.
    pub phone: Regex,
    /// See its name.
    pub order: Regex,
    /// See its name.
    pub iso: Regex,
    /// See its name.
    pub day_range: Regex,
    /// See its name.
    pub day_month: Regex,
    /// See its name.
    pub month_day: Regex,
    /// See its name.
    pub code: Regex,
    /// See its name.
    pub time: Regex,
    /// See its name.
    pub clock: Regex,
    /// See its name.
    pub money: Regex,
    /// See its name.
    pub percent: Regex,
    /// See its name.
    pub strength: Regex,
    /// See its name.
    pub slash: Regex,
    /// See its name.
    pub number: Regex,
    /// See its name.
    pub word: Regex,
}

const MONTHS: &str = "jan(?:uary)?|ene(?:ro)?|feb(?:ruary|rero)?|mar(?:ch|zo)?|apr(?:il)?|abr(?:il)?|mayo?|jun(?:e|io)?|jul(?:y|io)?|aug(?:ust)?|ago(?:sto)?|sept?(?:ember|iembre)?|setiembre|oct(?:ober|ubre)?|nov(?:ember|iembre)?|dec(?:ember)?|dic(?:iembre)?";
const DAYS: &str = "mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|lun(?:es)?|mar(?:tes)?|mie(?:rcoles)?|jue(?:ves)?|vie(?:rnes)?|sab(?:ado)?|dom(?:ingo)?";
const ZONE: &str = r"(?:\s*\(?(?:hora (?:del? |de la )?)?(?P<zone>et|est|edt|ct|cst|cdt|mt|mst|mdt|pt|pst|pdt|ast|akt|akst|akdt|hst|ht|eastern|central|mountain|pacific|atlantic|alaska|hawaii|este|centro|montana|pacifico|atlantico|hawai)\b)?";

/// The patterns, made once.
pub fn patterns() -> &'static Patterns {
    static P: OnceLock<Patterns> = OnceLock::new();
    P.get_or_init(|| Patterns {
        marker: re(r"(?m)^\s*(?:[-*•]\s*)?\d{1,2}[.)]\s"),
        mail: re(r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}"),
        url: re(r"(?:https?://|www\.)[^\s)>\]\x01]+|\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|org|net|gov|io|us|info|example|biz|ru|xyz|health|app|ly|me|top|link|test)\b(?:/[^\s)>\]\x01]*)?"),
        phone: re(r"(?:\+?1[-. ]?)?\(?\b\d{3}\)?[-. ]\s?\d{3}[-. ]\d{4}\b|\b1-8\d\d-[a-z]{3}-\d{4}\b|\b555-\d{4}\b"),
        order: re(r"\b\d{2}-\d{5}\b"),
        iso: re(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b"),
        day_range: re(&format!(r"\b(\d{{1,2}})\s*(?:-|–|—|to|and|y|al?)\s*(?:el\s+)?(\d{{1,2}})\s+(?:de\s+)?({MONTHS})\b")),
        day_month: re(&format!(r"(?:\b({DAYS})\.?,?\s+(?:the\s+|el\s+)?)?\b(\d{{1,2}})(?:st|nd|rd|th|º|°)?\s+(?:de\s+|of\s+)?({MONTHS})\b\.?(?:,?\s+(?:de\s+|del\s+)?((?:19|20)\d\d)\b)?(\s+(?:be|have|take|change|ask|need|not|also|show|vary)\b)?")),
        month_day: re(&format!(r"(?:\b({DAYS})\.?,?\s+)?\b({MONTHS})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+((?:19|20)\d\d)\b)?")),
        code: re(r"\b[a-z]{2,5}-?\d{4,}[a-z0-9]*\b|\b[a-z]{1,4}\d{3,}[a-z0-9]*\b|\b\d{4}[a-z]\b|\b\d{5,}\b"),
        time: re(&format!(r"\b(\d{{1,2}})(?::(\d\d))?\s?(?P<half>[ap])\.?\s?m\b\.?{ZONE}")),
        clock: re(&format!(r"\b(\d{{1,2}}):(\d\d)\b(?:\s?(?:h|hrs|horas)\b)?{ZONE}")),
        money: re(r"\$\s?(\d[\d,]*(?:\.\d+)?)|\b(\d[\d,]*(?:\.\d+)?)\s?(?:us\s?)?(?:dollars?|dolares|dolar|usd|bucks)\b|\busd\s?(\d[\d,]*(?:\.\d+)?)"),
        percent: re(r"\b(\d+(?:\.\d+)?)\s?(?:%|percent\b|por ciento\b)"),
        strength: re(r"\b\d[\d,]*(?:\.\d+)?[\s-]?(?:mg|mcg|µg|ug|g|ml|units?|unidad(?:es)?|meq|iu|milligrams?|miligramos?|micrograms?)\b(?:\s?/\s?(?:\d+(?:\.\d+)?\s?)?(?:ml|mg|mcg|actuation|day|dia|hr|hour|h|g|units?|tablet|dose)\b)?"),
        slash: re(r"\b(\d{1,2})/(\d{1,2})\b(?:/\d{2,4}\b)?"),
        number: re(r"(?:^|[^\w.])(\d[\d,]*(?:\.\d+)?)(?:st|nd|rd|th)?\b"),
        word: re(r"\b[a-z]+\b"),
    })
}
