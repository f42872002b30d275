//! What an act says, in plain words for a history.

use std::collections::BTreeMap;

use tongban_identity::CityId;

use super::act::Act;

impl Act {
    /// The particulars of the act by name, as `EntryRow::details` lists them; `city` names a city.
    pub fn details(&self, city: impl Fn(&CityId) -> String) -> BTreeMap<String, String> {
        let pairs: Vec<(&str, String)> = match self {
            Act::Open(open) => vec![("month", open.month.to_string())],
            Act::Report(report) => vec![("bills", report.rows.len().to_string())],
            Act::Propose(propose) => vec![
                ("number", propose.number.to_string()),
                ("hash", propose.hash.to_string()),
            ],
            Act::Sign(sign) => vec![
                ("number", sign.number.to_string()),
                ("hash", sign.hash.to_string()),
            ],
            Act::Pay(pay) => vec![
                ("to", city(&pay.to)),
                ("amount", pay.amount.yuan()),
                ("voucher", pay.voucher.clone()),
                ("on", pay.on.to_string()),
            ],
            Act::Receive(receive) => vec![("on", receive.on.to_string())],
            Act::Retain(_) => Vec::new(),
        };
        let pairs = pairs.into_iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
