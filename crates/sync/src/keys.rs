//! Storage keys, all in one file: a family and the bytes under which a record lies.

use tongban_identity::{CertHash, CityId, ContentKeyId, Hash32};
use tongban_ledger::calendar::Month;
use tongban_ledger::lines::Pair;
use tongban_ledger::{AgreementId, DocumentId, EntryId, ViewId};

use crate::entry::BootNonce;

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// `entries`, `sealed`: a document's entry.
pub fn entry(document: &DocumentId, id: &EntryId) -> Vec<u8> {
    join(&[document.as_bytes(), id.as_bytes()])
}

/// `entries`: every entry of a document.
pub fn entries(document: &DocumentId) -> Vec<u8> {
    document.as_bytes().to_vec()
}

/// `documents`: a document's record.
pub fn document(document: &DocumentId) -> Vec<u8> {
    document.as_bytes().to_vec()
}

/// `inventory`: which document an entry belongs to.
pub fn inventory(id: &EntryId) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// `sealed`: a content key of a document, as this city keeps it.
pub fn content_key(document: &DocumentId, id: &ContentKeyId) -> Vec<u8> {
    join(&[CONTENT_KEYS, document.as_bytes(), id.0.as_bytes()])
}

/// `sealed`: every content key; a document's id may begin with the same byte.
pub const CONTENT_KEYS: &[u8] = b"k";

/// The document and key that [`content_key`] names.
pub fn read_content_key(key: &[u8]) -> Option<(DocumentId, ContentKeyId)> {
    let (document, id) = key.strip_prefix(CONTENT_KEYS)?.split_at_checked(32)?;
    let id = <[u8; 32]>::try_from(id).ok()?;
    Some((DocumentId::from_slice(document)?, ContentKeyId(Hash32(id))))
}

/// `feeds`: a content key that a stored entry needs and that is not here.
pub fn missing_key(document: &DocumentId, id: &ContentKeyId) -> Vec<u8> {
    join(&[MISSING_KEYS, document.as_bytes(), id.0.as_bytes()])
}

/// `feeds`: every content key that is missing.
pub const MISSING_KEYS: &[u8] = b"k";

/// The document and key that [`missing_key`] names.
pub fn read_missing_key(key: &[u8]) -> Option<(DocumentId, ContentKeyId)> {
    let (document, id) = key.strip_prefix(MISSING_KEYS)?.split_at_checked(32)?;
    let id = <[u8; 32]>::try_from(id).ok()?;
    Some((DocumentId::from_slice(document)?, ContentKeyId(Hash32(id))))
}

/// `sealed`: the content key with which a document's next part is sealed.
pub fn current_key(document: &DocumentId) -> Vec<u8> {
    join(&[b"c", document.as_bytes()])
}

/// `feeds`: an outgoing feed's counters.
pub fn outbox(city: &CityId) -> Vec<u8> {
    join(&[b"O", &city.0])
}

/// `feeds`: every outgoing feed's counters.
pub const OUTBOXES: &[u8] = b"O";

/// `feeds`: what stands at a position of an outgoing feed.
pub fn outbox_item(city: &CityId, position: u64) -> Vec<u8> {
    join(&[b"o", &city.0, &position.to_be_bytes()])
}

/// `feeds`: every item of an outgoing feed.
pub fn outbox_items(city: &CityId) -> Vec<u8> {
    join(&[b"o", &city.0])
}

/// `feeds`: at which position of an outgoing feed an entry stands.
pub fn outbox_position(city: &CityId, id: &EntryId) -> Vec<u8> {
    join(&[b"p", &city.0, id.as_bytes()])
}

/// `feeds`: an entry that a city's gate refused.
pub fn refused_by(city: &CityId, id: &EntryId) -> Vec<u8> {
    join(&[b"r", &city.0, id.as_bytes()])
}

/// `feeds`: how far an incoming feed is stored.
pub fn inbox(city: &CityId, boot: &BootNonce) -> Vec<u8> {
    join(&[b"I", &city.0, &boot.0])
}

/// `feeds`: the starts of a city under which its feed came here, the last first.
pub fn boots(city: &CityId) -> Vec<u8> {
    join(&[b"B", &city.0])
}

/// `feeds`: the position at which a feed that travels in files began under a boot nonce.
pub fn feed_base(city: &CityId, boot: &BootNonce) -> Vec<u8> {
    join(&[b"b", &city.0, &boot.0])
}

/// `feeds`: what is known of the bundles that go to a city and come from it.
pub fn bundles(city: &CityId) -> Vec<u8> {
    join(&[b"F", &city.0])
}

/// `feeds`: what a city asked for in its last bundle.
pub fn asked_in_file(city: &CityId) -> Vec<u8> {
    join(&[b"f", &city.0])
}

/// `feeds`: what follows from a stored entry and could not be done yet.
pub fn follows(id: &EntryId) -> Vec<u8> {
    join(&[FOLLOWS, id.as_bytes()])
}

/// `feeds`: everything that could not be done yet.
pub const FOLLOWS: &[u8] = b"N";

/// `feeds`: a document that is to be judged again because a device was revoked, and could not be read yet.
pub fn to_judge(document: &DocumentId, cert: &CertHash) -> Vec<u8> {
    join(&[TO_JUDGE, document.as_bytes(), cert.0.as_bytes()])
}

/// `feeds`: every document that is to be judged again.
pub const TO_JUDGE: &[u8] = b"J";

/// The document and certificate that [`to_judge`] names.
pub fn read_to_judge(key: &[u8]) -> Option<(DocumentId, CertHash)> {
    let (document, cert) = key.strip_prefix(TO_JUDGE)?.split_at_checked(32)?;
    let cert = <[u8; 32]>::try_from(cert).ok()?;
    Some((DocumentId::from_slice(document)?, CertHash(Hash32(cert))))
}

/// `feeds`: what the last comparison with a city found.
pub fn audit(city: &CityId) -> Vec<u8> {
    join(&[b"A", &city.0])
}

/// `evidence`: every device certificate.
pub const CERTIFICATES: &[u8] = b"c";

/// `evidence`: a device certificate.
pub fn certificate(hash: &CertHash) -> Vec<u8> {
    join(&[b"c", hash.0.as_bytes()])
}

/// `evidence`: the heads that a view names.
pub fn view(id: &ViewId) -> Vec<u8> {
    join(&[b"v", id.as_bytes()])
}

/// `indexes`: cases by number and document; two of one number are both kept.
pub fn case_number(number: &str, document: &DocumentId) -> Vec<u8> {
    join(&[b"n", number.as_bytes(), b"\0", document.as_bytes()])
}

/// `indexes`: every case with a number.
pub fn case_numbers(number: &str) -> Vec<u8> {
    join(&[b"n", number.as_bytes(), b"\0"])
}

/// `indexes`: every case whose number begins with a text, by number.
pub fn case_numbers_from(beginning: &str) -> Vec<u8> {
    join(&[b"n", beginning.as_bytes()])
}

/// `indexes`: parcels by tracking number, without hyphens, and document.
pub fn tracking(number: &str, document: &DocumentId) -> Vec<u8> {
    join(&[b"t", number.as_bytes(), b"\0", document.as_bytes()])
}

/// `indexes`: every parcel with a tracking number, given without hyphens.
pub fn trackings(number: &str) -> Vec<u8> {
    join(&[b"t", number.as_bytes(), b"\0"])
}

/// `indexes`: documents by kind.
pub fn of_kind(kind: u8, document: &DocumentId) -> Vec<u8> {
    join(&[b"d", &[kind], document.as_bytes()])
}

/// `indexes`: every document of a kind.
pub fn kind(kind: u8) -> Vec<u8> {
    join(&[b"d", &[kind]])
}

/// `indexes`: a document in which some device signed two entries in one place.
pub fn forked(document: &DocumentId) -> Vec<u8> {
    join(&[FORKED, document.as_bytes()])
}

/// `indexes`: every such document.
pub const FORKED: &[u8] = b"f";

/// `indexes`: the end of the keys by which a case is listed: by number, each once.
pub fn listed_last(number: &str, document: &DocumentId) -> Vec<u8> {
    join(&[number.as_bytes(), b"\0", document.as_bytes()])
}

/// The document at the end of a key by which a case is listed.
pub fn read_listed_last(key: &[u8]) -> Option<DocumentId> {
    let at = key.len().checked_sub(32)?;
    DocumentId::from_slice(key.get(at..)?)
}

/// `indexes`: under what a case is listed.
pub fn listing(document: &DocumentId) -> Vec<u8> {
    join(&[LISTINGS, document.as_bytes()])
}

/// `indexes`: every such record.
pub const LISTINGS: &[u8] = b"x";

/// `indexes`: every case of a stage, by number.
pub fn of_stage(stage: &str) -> Vec<u8> {
    join(&[b"s", stage.as_bytes(), b"\0"])
}

/// `indexes`: every case of an item, by number.
pub fn of_item(item: &str) -> Vec<u8> {
    join(&[b"i", item.as_bytes(), b"\0"])
}

/// `indexes`: every case that a city holds, by number.
pub fn of_holder(city: &CityId) -> Vec<u8> {
    join(&[b"h", &city.0])
}

/// `indexes`: every case that is, or is not, closed, by number.
pub fn of_open(open: bool) -> Vec<u8> {
    join(&[b"o", &[u8::from(open)]])
}

/// `indexes`: every case of an applicant, by number.
pub fn of_applicant(mark: &[u8]) -> Vec<u8> {
    join(&[b"a", mark])
}

/// `indexes`: cases by the day of the clock that is over first.
pub const DUE: &[u8] = b"u";

/// `indexes`: cases by the day of the clock that is over first of those that this city has to stop.
pub const OWN_DUE: &[u8] = b"m";

/// `indexes`: cases of a day, in days since 1970-01-01, in one of the two lists by day.
pub fn due_on(list: &[u8], day: i32) -> Vec<u8> {
    // Days before 1970 come before later ones.
    let ordered = day.cast_unsigned() ^ (1 << 31);
    join(&[list, &ordered.to_be_bytes()])
}

/// The day of a key that [`due_on`] or [`lapses_on`] begins.
pub fn read_due(key: &[u8]) -> Option<i32> {
    let ordered = u32::from_be_bytes(key.get(1..5)?.try_into().ok()?);
    Some((ordered ^ (1 << 31)).cast_signed())
}

/// `indexes`: cases by the last day on which this window may tell the applicant what is missing.
pub const LAPSES: &[u8] = b"l";

/// `indexes`: a case of such a day.
pub fn lapses_on(day: i32, document: &DocumentId) -> Vec<u8> {
    join(&[&due_on(LAPSES, day), document.as_bytes()])
}

/// `indexes`: cases that wait for something that this node signs by itself.
pub const WAITS: &[u8] = b"w";

/// `indexes`: such a case.
pub fn waits(document: &DocumentId) -> Vec<u8> {
    join(&[WAITS, document.as_bytes()])
}

/// `indexes`: open cases by the day from which they may count as idle.
pub const IDLE: &[u8] = b"y";

/// `indexes`: every consult, or those in which a city still has to do something or not, by when they were asked, the
/// last one first.
pub fn consults(open: Option<bool>) -> Vec<u8> {
    let which = match open {
        None => b'a',
        Some(true) => b'o',
        Some(false) => b'c',
    };
    join(&[CONSULTS, &[which]])
}

/// `indexes`: a consult in one of these lists.
pub fn consult_asked(open: Option<bool>, time: i64, consult: &DocumentId) -> Vec<u8> {
    join(&[&consults_from(open, time), consult.as_bytes()])
}

/// `indexes`: consults that were asked at a moment, Unix seconds.
pub fn consults_from(open: Option<bool>, time: i64) -> Vec<u8> {
    // Later ones come first, and moments before 1970 last.
    let ordered = !(time.cast_unsigned() ^ (1 << 63));
    join(&[&consults(open), &ordered.to_be_bytes()])
}

/// The moment and the consult of such a key.
pub fn read_consult_asked(key: &[u8]) -> Option<(i64, DocumentId)> {
    let ordered = u64::from_be_bytes(key.get(2..10)?.try_into().ok()?);
    let time = (!ordered ^ (1 << 63)).cast_signed();
    Some((time, DocumentId::from_slice(key.get(10..)?)?))
}

/// `indexes`: the lists of consults.
pub const CONSULTS: &[u8] = b"q";

/// The lists of cases that follow from their listings, by the first byte of their keys.
pub const LISTS: [&[u8]; 10] = [
    b"s", b"i", b"h", b"o", b"a", DUE, OWN_DUE, LAPSES, WAITS, IDLE,
];

/// `indexes`: where the lines of a parcel stand.
pub fn line_place(parcel: &DocumentId) -> Vec<u8> {
    join(&[LINE_PLACES, parcel.as_bytes()])
}

/// `indexes`: a parcel with an objection to a line that is open.
pub fn objected(agreement: &AgreementId, parcel: &DocumentId) -> Vec<u8> {
    join(&[&objected_in(agreement), parcel.as_bytes()])
}

/// `indexes`: every such parcel of an agreement.
pub fn objected_in(agreement: &AgreementId) -> Vec<u8> {
    join(&[b"D", agreement.as_bytes()])
}

/// `indexes`: every such place.
pub const LINE_PLACES: &[u8] = b"P";

/// `indexes`: the blocks of lines of parcels posted in a month, by pair and block.
pub fn line_blocks(agreement: &AgreementId, month: Month) -> Vec<u8> {
    join(&[
        LINE_BLOCKS,
        agreement.as_bytes(),
        &month.number().to_be_bytes(),
    ])
}

/// `indexes`: every block of lines.
pub const LINE_BLOCKS: &[u8] = b"L";

/// `indexes`: the blocks of a pair in a month.
pub fn line_blocks_of(agreement: &AgreementId, month: Month, pair: &Pair) -> Vec<u8> {
    let blocks = line_blocks(agreement, month);
    join(&[&blocks, &pair.low.0, &pair.high.0])
}

/// `indexes`: one block of lines.
pub fn line_block(agreement: &AgreementId, month: Month, pair: &Pair, block: u32) -> Vec<u8> {
    let blocks = line_blocks_of(agreement, month, pair);
    join(&[&blocks, &block.to_be_bytes()])
}

/// `indexes`: how many blocks of lines a pair has in a month.
pub fn line_head(agreement: &AgreementId, month: Month, pair: &Pair) -> Vec<u8> {
    let heads = line_heads_of(agreement, month);
    join(&[&heads, &pair.low.0, &pair.high.0])
}

/// `indexes`: every such count of a month.
pub fn line_heads_of(agreement: &AgreementId, month: Month) -> Vec<u8> {
    let heads = line_heads(agreement);
    join(&[&heads, &month.number().to_be_bytes()])
}

/// `indexes`: every such count of an agreement, by month.
pub fn line_heads(agreement: &AgreementId) -> Vec<u8> {
    join(&[LINE_HEADS, agreement.as_bytes()])
}

/// `indexes`: every such count.
pub const LINE_HEADS: &[u8] = b"H";

/// The month and the pair of a key of [`line_block`] or [`line_head`].
pub fn read_line_pair(key: &[u8]) -> Option<(Month, Pair)> {
    let month = u32::from_be_bytes(key.get(33..37)?.try_into().ok()?);
    let low = CityId(key.get(37..69)?.try_into().ok()?);
    let high = CityId(key.get(69..101)?.try_into().ok()?);
    Some((Month::from_number(month).ok()?, Pair { low, high }))
}

/// `indexes`: a case or consult of a kind that is stored, and could not be listed yet.
pub fn unlisted(kind: u8, document: &DocumentId) -> Vec<u8> {
    join(&[UNLISTED, &[kind], document.as_bytes()])
}

/// `indexes`: every such document.
pub const UNLISTED: &[u8] = b"z";

/// The kind and the document of a key that [`unlisted`] made.
pub fn read_unlisted(key: &[u8]) -> Option<(u8, DocumentId)> {
    let (kind, document) = key.strip_prefix(UNLISTED)?.split_first()?;
    Some((*kind, DocumentId::from_slice(document)?))
}

/// `indexes`: a parcel that carries something of a case.
pub fn parcel_of(case: &DocumentId, parcel: &DocumentId) -> Vec<u8> {
    join(&[b"c", case.as_bytes(), parcel.as_bytes()])
}

/// `indexes`: every parcel that carries something of a case.
pub fn parcels_of(case: &DocumentId) -> Vec<u8> {
    join(&[b"c", case.as_bytes()])
}

/// `idempotency`: the outcome of a command.
pub fn idempotency(key: &str) -> Vec<u8> {
    key.as_bytes().to_vec()
}

/// `meta`: the next serial of case numbers on a day.
pub fn serial(day: &str) -> Vec<u8> {
    join(&[b"serial/", day.as_bytes()])
}

/// `meta`: the public half of the encryption key under which content keys are kept.
pub const KEPT_UNDER: &[u8] = b"kept-under";

/// `meta`: the start under which the serials of a day skipped those that may be lost.
pub fn serials_skipped(day: &str) -> Vec<u8> {
    join(&[b"skipped/", day.as_bytes()])
}

/// `meta`: the last start that may have lost entries, and the day of its first case number.
pub const SERIALS_DOUBTED: &[u8] = b"doubted";

/// `meta`: from what the lists of cases were made; absent while they have to be made.
pub const LISTED: &[u8] = b"listed";

/// `meta`: how many cases there are.
pub const TALLY: &[u8] = b"tally";

/// `meta`: how far the cases of an item were gone through after its transfer; nothing more once all were.
pub fn handed_over(agreement: &AgreementId, change: &EntryId) -> Vec<u8> {
    join(&[b"handed/", agreement.as_bytes(), change.as_bytes()])
}

/// `meta`: signs of life, by what they are of and its name.
pub const SIGNS: &[u8] = b"signs/";

/// `meta`: one of them.
pub fn sign_of_life(of: u8, name: &str) -> Vec<u8> {
    join(&[SIGNS, &[of], name.as_bytes()])
}

/// `meta`: wrong query codes of a day, by case.
pub const TRIES: &[u8] = b"tries/";

/// `meta`: the wrong query codes of a case.
pub fn tries(case: &DocumentId) -> Vec<u8> {
    join(&[TRIES, case.as_bytes()])
}

/// `meta`: counts of documents and entries.
pub const COUNTS: &[u8] = b"counts";
/// The cities that have returned their entries, while this node waits for others: in `meta`.
pub const RETURNING: &[u8] = b"returning";
