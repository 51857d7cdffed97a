//! Character tables: what is invisible, which emoji are words, which letters pose as Latin ones.

/// True for characters that show nothing: zero-width, direction marks, tags, fillers.
pub(super) fn invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
        || (c.is_control() && !c.is_whitespace())
}

/// The word that a telling emoji stands for.
pub(super) fn emoji(c: char) -> Option<&'static str> {
    Some(match c {
        '💊' => "pill",
        '😴' | '💤' | '🛌' => "sleep",
        '🔪' => "knife",
        '🔫' => "gun",
        '🆘' => "sos",
        '☠' | '💀' => "skull",
        '⚰' | '🪦' => "grave",
        '🤮' | '🤢' => "vomiting",
        '💉' => "injection",
        '🩸' => "blood",
        '🚑' => "ambulance",
        '🤰' => "pregnant",
        '🤱' => "breastfeeding",
        '🍷' | '🍺' | '🍻' | '🥃' => "alcohol",
        _ => return None,
    })
}

/// Reads look-alike letters as Latin, but only in a text that is mostly Latin: Russian or Greek stays what it is.
pub(super) fn to_latin(text: &str, found: &mut usize) -> String {
    let (mut latin, mut other) = (0usize, 0usize);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        if c <= '\u{024F}' { latin += 1 } else { other += 1 }
    }
    let mixed = text
        .split_whitespace()
        .any(|w| w.chars().any(|c| c.is_ascii_alphabetic()) && w.chars().any(|c| look_alike(c).is_some()));
    if latin <= other && !mixed {
        return text.to_string();
    }
    text.chars()
        .map(|c| match look_alike(c) {
            Some(l) => {
                *found += usize::from(c.is_alphabetic());
                l
            }
            None => quote(c),
        })
        .collect()
}

fn quote(c: char) -> char {
    match c {
        '‘' | '’' | '‛' | '´' | '`' | 'ʼ' | '′' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '–' | '—' | '‐' | '‑' | '−' => '-',
        _ => c,
    }
}

fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'А' | 'α' | 'Α' | 'ɑ' => 'a',
        'В' | 'Β' | 'ь' | 'Ь' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'ё' | 'ε' | 'Ε' | 'є' => 'e',
        'ɡ' => 'g',
        'һ' | 'Н' | 'Η' | 'н' => 'h',
        'і' | 'І' | 'ı' | 'ι' | 'Ι' | 'ї' => 'i',
        'ј' | 'Ј' => 'j',
        'к' | 'К' | 'κ' | 'Κ' => 'k',
        'ӏ' | 'Ӏ' | 'ⅼ' => 'l',
        'м' | 'М' | 'Μ' => 'm',
        'п' | 'Ν' | 'η' => 'n',
        'о' | 'О' | 'ο' | 'Ο' | 'σ' | 'օ' | 'ø' | 'Ø' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' | 'ш' => 'w',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'γ' | 'Υ' => 'y',
        'Ζ' => 'z',
        _ => return None,
    })
}
