//! Word lists and script ranges behind language detection; words are folded (no accents, lower case).

use std::collections::HashSet;
use std::sync::LazyLock;

const EN: &str = "the and you your i im my is are was were do does did dont didnt doesnt cant cannot wont can could will would should have has had havent \
been be it its this that these those what whats when where wheres who why how which to of for from with without on in at by about after before \
an am if or but so not yes yeah please pls plz thanks thank thx hi hello hey need want wanna get got getting take took taking still just now today tomorrow \
yesterday morning night week month they them he she his her hers we our us u ur r ive ill id theres thats there here out up down off over too many much \
one two last next new old wrong right any some all none nothing someone somebody anyone people person back again already yet because than then know think \
say says said tell told ask make made help call called mail check pay paid price cost card name day days year years mom dad son daughter husband wife kid kids \
feel feeling pain chest breathe breathing sick blood heart head sleep die dead kill bottle bottles box package arrived shipped sent send ship late \
medicine medication meds med pills pill tablets drug drugs doctor prescription script pharmacy pharmacist insurance good bad stop start use used \
see look looks like come came going go went write agent human thru tho idk lol omg status account change cancel address phone number money good bye";
const ES: &str = "comi el la los las un una unos unas de del al y o que en por para con sin mi mis tu tus su sus yo usted ustedes ella ellos nosotros le les lo se te nos \
es esta estan este esto esa ese eso estoy estaba era soy eres fue ser estar hay tengo tiene tienen tener tenia quiero quiere quieren queria puedo puede pueden podria \
necesito necesita hago hace hacer hizo como cuando donde cual cuanto cuanta cuantos cuantas quien porque pero si ya aun todavia tambien muy mas menos mucho mucha \
poco todo toda todos nada nadie alguien algo otra otro vez veces dia dias semana mes ano anos hoy manana ayer noche tarde hola gracias favor buenos buenas \
medicina medicinas medicamento pastilla pastillas receta pedido orden paquete seguro farmacia farmaceutico doctora tarjeta cuenta precio cuesta cobran cobraron \
llega llego llegan mando mandan mandaron enviar envio recibi tomo tome toma tomar tomando siento siente duele dolor cabeza pecho respirar sangre mama papa \
mama hijo hija nino nina esposo esposa abuela abuelo bebe hermano hermana ayuda ayudenme ayudeme desde hasta antes despues entre ni nunca siempre aqui alla \
voy va vamos van ir iba vivir morir matar quitar vida muerto casa direccion telefono numero cambiar cancelar dejar dejo dieron dio dijo dice digo sabe saber se \
pa toy ta tas aguanto oye mija mijo senora senor bien mal mejor peor nuevo nueva viejo me puse poner pongo pueden dan deben debo sale salio falta faltan";
/// Words both languages use, or that Spanish speakers in the US borrow: no evidence.
const SHARED: &str = "me no a refill order final normal total error control general y o tu come son sin once pan red mi si us id an dice dame ve van";

const FOREIGN: [(&str, &str); 9] = [
    (
        "pt",
        "meu minha meus nao voce onde remedio remedios obrigado obrigada preciso quando chegou ainda uma um com estou isso entrega pedido tenho esta ou muito quero receita ola bom dia fazer os pelo",
    ),
    (
        "fr",
        "je mon ma mes est ou les des pas vous nous bonjour besoin commande medicament medicaments plus ai une pour avec quand ordonnance merci sil plait dans que qui sont cette livraison suis et du le",
    ),
    (
        "ht",
        "mwen nan pou kote medikaman bonjou tanpri mesi yo ye gen poko pa ki kouman konbyen bezwen rele doktè famasi li sa te kap souple lè doulè preskripsyon",
    ),
    ("vi", "toi cua thuoc khong duoc cho giao hang khi nao don bao nhieu xin chao cam on benh bac si la va nha nay"),
    (
        "tl",
        "ang mga ng ko po ako hindi kailan gamot nasaan salamat ba yung sa na kailangan saan bakit naman ito paano magkano reseta wala pa nyo",
    ),
    (
        "de",
        "ich und der die das nicht wo ist meine mein bitte kann habe fur brauche rezept medikament bestellung danke wie viel wann kommt guten tag ein eine mit noch",
    ),
    (
        "it",
        "il che dove mio mia sono grazie non ordine perche ho della del un una per farmaco medicina quando arriva ricetta buongiorno bisogno mie quanto costa ancora e",
    ),
    (
        "pl",
        "nie jest gdzie moje moj dziekuje sie prosze czy mam lek leki recepta zamowienie kiedy ile dzien dobry na potrzebuje przesylka do mi",
    ),
    ("so", "waan waa dawada daawada halkee aniga ma iyo kaalmo fadlan mahadsanid goorma"),
];

/// Codes of the scripts that [`script_of`] numbers.
pub(super) const SCRIPTS: [&str; 13] = ["zh", "ko", "ja", "ru", "ar", "hi", "th", "he", "el", "am", "bn", "pa", "hy"];

static EN_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(EN));
static ES_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(ES));
static FOREIGN_WORDS: LazyLock<Vec<(&str, HashSet<&str>)>> =
    LazyLock::new(|| FOREIGN.iter().map(|(c, w)| (*c, words(w).collect())).collect());

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split_whitespace()
}
fn set(list: &'static str) -> HashSet<&'static str> {
    let shared: HashSet<&str> = words(SHARED).collect();
    words(list).filter(|w| !shared.contains(w)).collect()
}

pub(super) fn english(tokens: &[String]) -> f32 {
    tokens.iter().map(|w| weigh(w, &EN_WORDS, &["ing", "tion", "ness", "ould", "ght", "ed"])).sum()
}

pub(super) fn spanish(tokens: &[String]) -> f32 {
    tokens
        .iter()
        .map(|w| {
            weigh(
                w,
                &ES_WORDS,
                &[
                    "cion", "mente", "ando", "iendo", "ito", "ita", "aron", "eron", "aba", "illas", "idad", "enme",
                    "ando", "ado", "ada",
                ],
            )
        })
        .sum()
}

fn weigh(word: &str, known: &HashSet<&str>, endings: &[&str]) -> f32 {
    if known.contains(word) {
        1.0
    } else if word.len() >= 6 && endings.iter().any(|e| word.ends_with(e)) {
        0.5
    } else {
        0.0
    }
}

/// The other language whose words fit best, with its evidence.
pub(super) fn best_foreign(text: &str, tokens: &[String]) -> (&'static str, f32) {
    let vietnamese =
        text.chars().filter(|c| "đĐơƠưƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ".contains(*c)).count();
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let score = |(code, known): &(&'static str, HashSet<&str>)| {
        let hits = tokens.iter().filter(|w| known.contains(**w)).count();
        let marks = if *code == "vi" { 2 * vietnamese } else { 0 };
        (*code, f32::from(u8::try_from(hits + marks).unwrap_or(u8::MAX)))
    };
    FOREIGN_WORDS.iter().map(score).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(("en", 0.0))
}

/// The codes that we trust the library for.
pub(super) fn library_code(lang: whatlang::Lang) -> Option<&'static str> {
    use whatlang::Lang as L;
    Some(match lang {
        L::Vie => "vi",
        L::Fra => "fr",
        L::Por => "pt",
        L::Tgl => "tl",
        L::Deu => "de",
        L::Ita => "it",
        L::Pol => "pl",
        _ => return None,
    })
}

/// Position in [`SCRIPTS`] of the script of a letter; `None` for Latin and the unknown.
pub(super) fn script_of(c: char) -> Option<usize> {
    let code = match c {
        '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' => "zh",
        '\u{AC00}'..='\u{D7AF}' | '\u{1100}'..='\u{11FF}' => "ko",
        '\u{3040}'..='\u{30FF}' => "ja",
        '\u{0400}'..='\u{04FF}' => "ru",
        '\u{0600}'..='\u{06FF}' => "ar",
        '\u{0900}'..='\u{097F}' => "hi",
        '\u{0E00}'..='\u{0E7F}' => "th",
        '\u{0590}'..='\u{05FF}' => "he",
        '\u{0370}'..='\u{03FF}' => "el",
        '\u{1200}'..='\u{137F}' => "am",
        '\u{0980}'..='\u{09FF}' => "bn",
        '\u{0A00}'..='\u{0A7F}' => "pa",
        '\u{0530}'..='\u{058F}' => "hy",
        _ => return None,
    };
    SCRIPTS.iter().position(|s| *s == code)
}
