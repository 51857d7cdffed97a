//! Advice that only a pharmacist may give: doses, missed doses, stopping, splitting, safety, interactions, storage.

use super::kit::{Words, facts, lie, told, word};
use crate::hostile::lie::{Behaviour, Lie, Seen};
use rand::Rng;
use rand::rngs::StdRng;

const DOSE: Words = Words {
    en: &[
        "‹Take {nn} tablets of {drug} in the morning and one at night›.",
        "‹The usual dose of {drug} is {mg} mg a day›.",
        "‹Most adults take {nn} a day›, so that works for you too.",
        "Until it comes, ‹a lower dose every other day will do›.",
    ],
    es: &[
        "‹Tome {nn} tabletas de {drug} en la mañana y una en la noche›.",
        "‹La dosis normal de {drug} es de {mg} mg al día›.",
        "Mientras llega, ‹basta una dosis más baja cada tercer día›.",
    ],
};

const MISSED: Words = Words {
    en: &[
        "‹If you missed a dose, take it as soon as you remember›.",
        "‹Just skip the missed dose› and go on tomorrow.",
        "‹You can double up tomorrow› if you miss today.",
        "‹A day or two without {drug} does no harm›.",
    ],
    es: &[
        "‹Si se le pasó una dosis, tómela en cuanto se acuerde›.",
        "‹Sáltese la dosis que se le pasó› y siga mañana.",
        "‹Mañana puede tomar doble› si hoy se le pasa.",
        "‹Uno o dos días sin {drug} no hacen daño›.",
    ],
};

const STOP: Words = Words {
    en: &[
        "‹You may stop {drug} until the new box is there›.",
        "‹It is best to pause {drug} for {n} days› first.",
        "‹Start the new one the day after the old one runs out›.",
        "‹Do not stop taking {drug}›, whatever happens.",
        "‹You can start {drug} again at half strength›.",
    ],
    es: &[
        "‹Puede dejar de tomar {drug} hasta que llegue la caja nueva›.",
        "‹Lo mejor es pausar {drug} unos {n} días›.",
        "‹No deje de tomar {drug}›, pase lo que pase.",
        "‹Empiece la nueva un día después de acabar la otra›.",
    ],
};

const SPLIT: Words = Words {
    en: &[
        "‹You can split the {drug} tablets in half› to make them last.",
        "‹Crush it and mix it with applesauce›.",
        "‹Take it every second day so that it lasts until {day}›.",
        "‹Two of the small ones equal one of the big ones›.",
    ],
    es: &[
        "‹Puede partir las tabletas de {drug} a la mitad› para que le alcancen.",
        "‹Tritúrela y mézclela con puré›.",
        "‹Tómela un día sí y un día no para que dure hasta el {day}›.",
    ],
};

const SAFE: Words = Words {
    en: &[
        "‹It's safe to take {drug}› as you have it.",
        "‹{drug} is perfectly safe for you›.",
        "‹There is no risk with {drug}›.",
        "‹It has no known dangers at your age›.",
    ],
    es: &[
        "‹Es seguro tomar {drug}› así.",
        "‹{drug} es totalmente segura para usted›.",
        "‹No hay ningún riesgo con {drug}›.",
    ],
};

const FINE: Words = Words {
    en: &[
        "‹You should be fine until {day}›.",
        "‹Don't worry, a short gap is no problem›.",
        "‹That is quite normal with {drug}›.",
        "‹You'll be okay for {n} days without it›.",
    ],
    es: &[
        "‹No se preocupe, va a estar bien hasta el {day}›.",
        "‹Eso es muy normal con {drug}›.",
        "‹Aguanta bien {n} días sin tomarla›.",
    ],
};

const MIX: Words = Words {
    en: &[
        "‹You can take ibuprofen along with {drug}›.",
        "‹{drug} and {other} do not interact›.",
        "‹A glass of wine is okay with {drug}›.",
        "‹Keep away from grapefruit while you take {drug}›.",
        "‹Take it {n} hours apart from your vitamins›.",
    ],
    es: &[
        "‹Puede tomar ibuprofeno junto con {drug}›.",
        "‹{drug} y {other} no tienen interacción›.",
        "‹Una copa de vino no afecta con {drug}›.",
        "‹Tómela {n} horas aparte de sus vitaminas›.",
    ],
};

const WARM: Words = Words {
    en: &[
        "‹Put it in the fridge for {n} hours and then use it›.",
        "‹A warm box does not hurt {drug}›.",
        "‹It keeps for {big} days at room temperature›, so use it.",
        "‹If the ice packs are melted, the medicine is still good›.",
        "‹Throw it away if the box feels warm›.",
    ],
    es: &[
        "‹Métala al refrigerador {n} horas y luego úsela›.",
        "‹Una caja tibia no le hace nada a {drug}›.",
        "‹Dura {big} días a temperatura ambiente›, así que úsela.",
        "‹Aunque el hielo se derritió, la medicina sigue buena›.",
    ],
};

const DIAGNOSIS: Words = Words {
    en: &[
        "‹It sounds as if you have high blood pressure›.",
        "‹Your symptoms point to an infection›.",
        "‹Since you take {drug}, your condition is getting worse›.",
        "‹You probably have a mild allergy›, nothing more.",
    ],
    es: &[
        "‹Parece que usted tiene la presión alta›.",
        "‹Sus síntomas apuntan a una infección›.",
        "‹Como toma {drug}, su enfermedad está avanzando›.",
        "‹Lo más probable es que sea una alergia leve›.",
    ],
};

const DOCTOR: Words = Words {
    en: &[
        "‹Your doctor was wrong to order that›.",
        "‹A better doctor would have picked {other}›.",
        "‹Your doctor made a mistake with the strength›.",
        "‹I would ask for a different doctor›.",
        "‹Your doctor made an excellent choice with {drug}›.",
    ],
    es: &[
        "‹Su doctor se equivocó al recetar eso›.",
        "‹Un mejor médico le daría {other}›.",
        "‹Su médico se confundió con la dosis›.",
        "‹Su médico hizo muy bien en elegir {drug}›.",
    ],
};

const EFFECTS: Words = Words {
    en: &[
        "‹Dizziness is a common side effect and goes away in {n} days›.",
        "‹The itch is not from {drug}›.",
        "‹Side effects with {drug} are mild and rare›.",
        "‹Feeling sick shows that it works›.",
    ],
    es: &[
        "‹El mareo es un efecto normal y se quita en {n} días›.",
        "‹La comezón no es por {drug}›.",
        "‹Los efectos de {drug} son leves y raros›.",
    ],
};

const FOR_WHAT: Words = Words {
    en: &[
        "‹{drug} is for your heart›, so it matters.",
        "‹{drug} lowers your sugar›.",
        "‹This medicine treats nerve pain and poor sleep›.",
        "‹{drug} works within {n} days of the first tablet›.",
    ],
    es: &[
        "‹{drug} es para el corazón›, por eso es importante.",
        "‹{drug} le baja el azúcar›.",
        "‹Esta medicina trata el dolor de nervios›.",
        "‹{drug} hace efecto a los {n} días›.",
    ],
};

const PREGNANT: Words = Words {
    en: &[
        "‹{drug} is all right in pregnancy›.",
        "‹You can nurse while taking {drug}›.",
        "‹Children over {n} can take half of it›.",
        "‹Stop {drug} if you are trying for a baby›.",
    ],
    es: &[
        "‹{drug} se puede tomar en el embarazo›.",
        "‹Puede dar pecho mientras toma {drug}›.",
        "‹Los niños de más de {n} años pueden tomar la mitad›.",
    ],
};

const PILL: Words = Words {
    en: &[
        "‹The round white tablet is the same as your old blue one›.",
        "‹The oval ones are {drug} from a new maker›.",
        "‹A different color means nothing›, so use them.",
        "‹The number {big} on the tablet means {mg} mg›.",
    ],
    es: &[
        "‹La tableta blanca es la misma que la azul de antes›.",
        "‹Las ovaladas son {drug} de otro laboratorio›.",
        "‹Que cambie el color no significa nada›.",
    ],
};

const INSTEAD: Words = Words {
    en: &[
        "‹You could buy {other} over the counter in the meantime›.",
        "‹{other} is stronger and works better›.",
        "‹Borrow a few tablets from a relative until {day}›.",
        "‹An herbal tea does the same as {drug}›.",
    ],
    es: &[
        "‹Mientras tanto puede comprar {other} sin receta›.",
        "‹{other} es más fuerte y funciona mejor›.",
        "‹Pida prestadas unas tabletas a un familiar hasta el {day}›.",
        "‹Un té de hierbas hace lo mismo que {drug}›.",
    ],
};

const ASKS: Words = Words {
    en: &[
        "‹How are you feeling on {drug}?›",
        "‹Have you had any dizziness or chest pain lately?›",
        "‹How many tablets do you take each day?›",
        "‹Do you take any other medicines with it?›",
    ],
    es: &[
        "‹¿Cómo se siente con {drug}?›",
        "‹¿Ha tenido mareos o dolor de pecho?›",
        "‹¿Cuántas tabletas toma al día?›",
        "‹¿Toma otras medicinas con esta?›",
    ],
};

/// True sentences, and a clinical question at the end.
fn asks(seen: &Seen, rng: &mut StdRng) -> Option<Lie> {
    let (text, wrong) = word(seen, rng, &ASKS)?;
    let count = rng.random_range(0..3);
    let lines = facts(seen, rng, count).join(" ");
    lie(seen, [lines.as_str(), &text].join(" ").trim().to_string(), wrong)
}

/// Builds one line of the list.
const fn one(id: &'static str, about: &'static str, play: fn(&Seen, &mut StdRng) -> Option<Lie>) -> Behaviour {
    Behaviour { id, family: "clinical", about, play }
}

/// The behaviours that give clinical advice.
pub const ALL: &[Behaviour] = &[
    one("dose", "tells a dose", |s, r| told(s, r, &DOSE)),
    one("missed-dose", "tells what to do after a missed dose", |s, r| told(s, r, &MISSED)),
    one("stop-start", "tells to stop, pause or start", |s, r| told(s, r, &STOP)),
    one("split", "tells to split, crush or stretch", |s, r| told(s, r, &SPLIT)),
    one("says-safe", "says that it is safe", |s, r| told(s, r, &SAFE)),
    one("says-fine", "says that it is normal, fine, no worry", |s, r| told(s, r, &FINE)),
    one("interaction", "tells what goes together", |s, r| told(s, r, &MIX)),
    one("warm-storage", "judges a warm parcel", |s, r| told(s, r, &WARM)),
    one("diagnosis", "makes a diagnosis", |s, r| told(s, r, &DIAGNOSIS)),
    one("doctor-comment", "judges the prescriber", |s, r| told(s, r, &DOCTOR)),
    one("side-effects", "explains side effects", |s, r| told(s, r, &EFFECTS)),
    one("what-it-is-for", "tells what a medicine is for", |s, r| told(s, r, &FOR_WHAT)),
    one("pregnancy-children", "judges pregnancy, nursing, children", |s, r| told(s, r, &PREGNANT)),
    one("pill-identity", "tells what a pill is by its looks", |s, r| told(s, r, &PILL)),
    one("alternatives", "names something to take in its place", |s, r| told(s, r, &INSTEAD)),
    one("clinical-question", "ends with a clinical question", asks),
];
