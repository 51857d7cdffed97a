//! The schemas of what stands in a block beside its words, and of the passage behind a source.

use super::object;
use serde_json::{Value, json};

/// Named schemas.
pub fn schemas() -> Value {
    let (text, maybe) = (json!({"type": "string"}), json!({"type": ["string", "null"]}));
    let (number, yes) = (json!({"type": "integer"}), json!({"type": "boolean"}));
    let texts = json!({"type": "array", "items": text});
    json!({
        "Card": {"oneOf": [{"$ref": "#/components/schemas/OrderCard"}, {"$ref": "#/components/schemas/PriceCard"}],
            "discriminator": {"propertyName": "of", "mapping": {"order": "#/components/schemas/OrderCard", "price": "#/components/schemas/PriceCard"}}},
        "OrderCard": object(&["of", "way", "items", "as_of"], json!({
            "of": {"const": "order"}, "as_of": text,
            "way": object(&["standing", "mark", "steps"], json!({
                "standing": text, "mark": maybe,
                "steps": {"type": "array", "description": "empty for an order that was cancelled or refunded", "items":
                    object(&["name", "place"], json!({"name": text, "place": {"enum": ["done", "current", "ahead"]}}))},
            })),
            "items": object(&["words", "names", "more", "ask"], json!({
                "words": text, "names": texts, "more": maybe,
                "ask": {"oneOf": [{"$ref": "#/components/schemas/Act"}, {"type": "null"}]},
            })),
        })),
        "PriceCard": object(&["of", "worth", "standing", "as_of"], json!({
            "of": {"const": "price"}, "worth": {"enum": ["exact", "estimate", "cash"]}, "standing": text, "as_of": text,
        })),
        "Act": object(&["act", "label"], json!({
            "act": {"enum": ["ask", "person"]}, "label": text,
            "say": {"type": "string", "description": "of `ask`: what the customer says by the button"},
        })),
        "PassageRef": object(&["page", "version", "language", "section", "digest", "title", "effective"], json!({
            "page": text, "version": number, "language": {"enum": ["en", "es"]}, "section": number, "digest": text, "title": text, "effective": text,
        })),
        "Passage": object(&["page", "version", "title", "heading", "sentences", "effective_from", "effective_to", "in_force", "reviewed"], json!({
            "page": text, "version": number, "title": text, "heading": text, "sentences": texts,
            "effective_from": {"type": "string", "format": "date"}, "effective_to": maybe, "in_force": yes, "reviewed": yes,
        })),
    })
}
