//! The fixed texts of DOMAIN.md 4.6 and the service numbers, word for word.

/// One text a line.
pub const TEXTS: &str = r#"You're chatting with an automated AI assistant, not a person and not a pharmacist. You can ask for a pharmacist at any time, free, day or night.
Está hablando con un asistente automático de IA, no con una persona ni con un farmacéutico. Puede pedir un farmacéutico en cualquier momento, gratis, de día o de noche.
This may be an emergency. Call 911 now. Don't wait for an answer here. I'm also alerting a pharmacist.
Esto puede ser una emergencia. Llame al 911 ahora. No espere una respuesta aquí. También estoy avisando a un farmacéutico.
If someone took too much, or the wrong medicine, call Poison Help 1-800-222-1222 (free, 24 hours). If the person collapses, has a seizure, has trouble breathing or can't be woken, call 911.
Si alguien tomó de más o una medicina equivocada, llame a Poison Help 1-800-222-1222 (gratis, 24 horas). Si la persona se desmaya, convulsiona, no respira bien o no despierta, llame al 911.
I'm sorry you're carrying this. Please talk with someone now: call or text 988, free, any hour (veterans: press 1 or text 838255). If you're in danger or have taken something, call 911. I'm asking a pharmacist to join us.
Siento que esté pasando por esto. Hable con alguien ahora: llame al 988 y oprima 2, o envíe AYUDA al 988, gratis, a toda hora. Si está en peligro o tomó algo, llame al 911. Estoy pidiendo que un farmacéutico se una.
That's a question for a pharmacist, and I don't want to guess. I'm sending it to one now. You should hear back by {time}. Or call {RX_PHONE}.
Esa pregunta es para un farmacéutico y no quiero adivinar. Se la envío ahora. Debe tener respuesta antes de las {time}. O llame al {RX_PHONE}.
Please set this medicine aside and keep the bottle and label. A pharmacist will check it with you within 10 minutes. If you've taken it and feel unwell, call 911 or Poison Help 1-800-222-1222.
Aparte esta medicina y guarde el frasco y la etiqueta. Un farmacéutico la revisará con usted en 10 minutos. Si ya la tomó y se siente mal, llame al 911 o a Poison Help 1-800-222-1222.
Please store it the way the label says. Don't use it and don't throw it away until a pharmacist answers. I've asked one to look now.
Guárdela como dice la etiqueta. No la use ni la tire hasta que un farmacéutico responda. Ya pedí que uno la revise.
Being without this medicine may matter, so I'm getting a pharmacist now. They can check the quickest way to get some near you. If you feel unwell, call 911.
Quedarse sin esta medicina puede ser importante; busco un farmacéutico ahora. Puede ver la forma más rápida de conseguirla cerca. Si se siente mal, llame al 911.
Thank you for telling me. A pharmacist will follow up by {time}. You can also report it to the FDA: 1-800-FDA-1088 or fda.gov/medwatch.
Gracias por avisarme. Un farmacéutico le responderá antes de las {time}. También puede reportarlo a la FDA: 1-800-332-1088 o fda.gov/medwatch.
I can't share or confirm anything about an account here. If it's yours, please sign in. If you help someone, they can add you as a caregiver.
No puedo compartir ni confirmar nada sobre una cuenta aquí. Si es suya, inicie sesión. Si ayuda a alguien, esa persona puede agregarle como cuidador.
Questions in pregnancy or breastfeeding go straight to a pharmacist. I'm connecting you now. Please don't change anything until you've talked with them or your doctor.
Las preguntas durante el embarazo o la lactancia van directo a un farmacéutico. Le conecto ahora. No cambie nada hasta hablar con él o con su médico.
A pharmacist should help with this one, privately. I'm connecting you now.
Un farmacéutico debe ayudarle con esto, en privado. Le conecto ahora.
I can't help with that. I can help with refills, orders, or connect you with a pharmacist.
No puedo ayudar con eso. Puedo ayudar con resurtidos o pedidos, o conectarle con un farmacéutico.
I only help with this pharmacy: orders, refills, delivery, prices, insurance. Want a person?
Solo ayudo con esta farmacia: pedidos, resurtidos, entregas, precios, seguro. ¿Quiere hablar con una persona?
I'm not certain, so I'd rather ask a person than guess.
No estoy seguro; prefiero preguntar a una persona antes que adivinar.
The leaflet: https://fernleaf.example/leaflets
Call 911. Call or text 988. Poison Help 1-800-222-1222.
"#;
