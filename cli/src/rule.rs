//! The rules that arguments break, so that a mistake is told by its rule and not as "not well-formed". The
//! wording of each is in the catalogue.

use crate::catalogue::Catalogue;

/// Writes the enum and its table of catalogue ids from one place.
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal;)+) => {
        /// A rule for an argument.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Rule {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Rule {
            /// Lists every rule.
            #[cfg(test)]
            pub const ALL: &'static [Rule] = &[$(Rule::$name),+];

            /// Returns the id of its wording in the catalogue.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Rule::$name => $id,)+
                }
            }
        }
    };
}

rules! {
    /// A city is a division code or the name of a member.
    City = "rule-city";
    /// A division code has six digits.
    Division = "rule-division";
    /// A division code begins with a province.
    Province = "rule-province";
    /// A day is year, month and day of the month.
    DayForm = "rule-day-form";
    /// There are twelve months.
    DayMonth = "rule-day-month";
    /// The month has no such day.
    DayNone = "rule-day-none";
    /// A time of day is day, hour and minute.
    TimeForm = "rule-time-form";
    /// A month is year and month.
    MonthForm = "rule-month-form";
    /// An amount in yuan.
    Yuan = "rule-yuan";
    /// A list of materials.
    Materials = "rule-materials";
    /// A reservation.
    Except = "rule-except";
    /// A requirement stands once in a list.
    MaterialTwice = "rule-material-twice";
    /// A hand-over list.
    Papers = "rule-papers";
    /// A requirement stands once in a hand-over list, and once more for its original.
    PaperTwice = "rule-paper-twice";
    /// A defect.
    Defect = "rule-defect";
    /// A row of a parcel's hand-over list.
    Content = "rule-content";
    /// A line of a correction.
    NewLine = "rule-new-line";
    /// A form field.
    Field = "rule-field";
    /// An edit changes something.
    NoEdit = "rule-no-edit";
    /// A file is an invitation.
    Invitation = "rule-invitation";
    /// A case number's check character.
    CaseCheck = "rule-case-check";
    /// A case number's form.
    CaseForm = "rule-case-form";
    /// A tracking number's check digit.
    TrackingCheck = "rule-tracking-check";
    /// A tracking number's form.
    TrackingForm = "rule-tracking-form";
    /// Identity numbers of 15 digits are out of use.
    IdOld = "rule-id-old";
    /// An identity number's length.
    IdLength = "rule-id-length";
    /// An identity number's characters.
    IdForm = "rule-id-form";
    /// An identity number's birth date.
    IdBirth = "rule-id-birth";
    /// An identity number's check character.
    IdCheck = "rule-id-check";
    /// An applicant has a name.
    ApplicantName = "rule-applicant-name";
    /// An officer is named by staff number.
    Officer = "rule-officer";
    /// A refusal gives reasons.
    Reasons = "rule-reasons";
    /// Words that must not be missing.
    Text = "rule-text";
    /// A rating at the window names the visit, and no other does.
    Visit = "rule-visit";
    /// An address is host and port.
    Address = "rule-address";
    /// A passphrase's least length.
    PassphraseShort = "rule-passphrase-short";
    /// A stage is given by code or name.
    Stage = "rule-stage";
    /// A fingerprint.
    Fingerprint = "rule-fingerprint";
    /// A file's key that is not known.
    UnknownKey = "rule-unknown-key";
    /// A file lacks a key.
    MissingKey = "rule-missing-key";
    /// A word in a file that is not known.
    UnknownWord = "rule-unknown-word";
    /// A value in a file is not of the right kind.
    BadValue = "rule-bad-value";
}

impl Rule {
    /// Says the rule; `given` is what its wording may name.
    pub fn say(self, given: &str, say: &Catalogue) -> String {
        say.find(self.id(), &[("given", given)])
            .unwrap_or_else(|| self.id().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    #[test]
    fn every_rule_has_its_wording() {
        for lang in [Lang::Zh, Lang::En] {
            let say = Catalogue::new(lang);
            for rule in Rule::ALL {
                assert_ne!(rule.say("x", &say), rule.id());
            }
        }
    }
}
