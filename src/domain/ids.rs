//! Identifiers as types, so that a patient's id is never taken for an order's number.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);
        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl From<&str> for $name {
            fn from(s: &str) -> Self { Self(s.to_owned()) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
    )* };
}
ids! {
    /// `Patient.id` of the order feed, also the `sub` of a customer's token.
    PatientId;
    /// A conversation (UUID v7).
    ConversationId;
    /// A customer's message; chosen by the client, repeated on retries.
    MessageId;
    /// A ticket (UUID v7), opaque outside.
    TicketId;
    /// A member of staff (`sub` of a console token).
    StaffId;
    /// A policy page, such as `DL1`.
    PageId;
    /// A medication of the formulary.
    MedicationId;
    /// A prescription record.
    RxId;
    /// An order record (the order number that customers see is a field of it).
    OrderId;
    /// A shipment record.
    ShipmentId;
}
