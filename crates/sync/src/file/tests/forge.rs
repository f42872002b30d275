//! Builds hostile changes at run time: takes honest ones apart, and puts anything back together under
//! a correct checksum.

use automerge::{Change, ExpandedChange};
use sha2::{Digest, Sha256};

use super::super::leb::Reader;

/// The parts of a change chunk, free to be set to anything.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) deps: Vec<[u8; 32]>,
    pub(super) actor: Vec<u8>,
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) time: i64,
    pub(super) message: Vec<u8>,
    pub(super) others: Vec<Vec<u8>>,
    pub(super) columns: Vec<(u32, Vec<u8>)>,
    pub(super) extra: Vec<u8>,
}

impl Body {
    pub(super) fn of(change: &[u8]) -> Body {
        let body = content(change);
        let mut reader = Reader::new(&body);
        let deps = (0..reader.unsigned().unwrap())
            .map(|_| reader.array().unwrap())
            .collect();
        let actor = prefixed(&mut reader);
        let seq = reader.unsigned().unwrap();
        let start_op = reader.unsigned().unwrap();
        let time = reader.signed().unwrap();
        let message = prefixed(&mut reader);
        let others = (0..reader.unsigned().unwrap())
            .map(|_| prefixed(&mut reader))
            .collect();
        let list: Vec<(u32, usize)> = (0..reader.unsigned().unwrap())
            .map(|_| {
                let number = reader.unsigned().unwrap() as u32;
                (number, reader.unsigned().unwrap() as usize)
            })
            .collect();
        let columns = list
            .into_iter()
            .map(|(number, length)| (number, reader.take(length).unwrap().to_vec()))
            .collect();
        Body {
            deps,
            actor,
            seq,
            start_op,
            time,
            message,
            others,
            columns,
            extra: reader.take(reader.len()).unwrap().to_vec(),
        }
    }

    /// Replaces or adds a column.
    pub(super) fn column(&mut self, number: u32, data: Vec<u8>) {
        self.columns.retain(|(known, _)| *known != number);
        self.columns.push((number, data));
        self.columns.sort_by_key(|(number, _)| *number);
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = unsigned(self.deps.len() as u64);
        out.extend(self.deps.concat());
        out.extend(with_length(&self.actor));
        out.extend(unsigned(self.seq));
        out.extend(unsigned(self.start_op));
        out.extend(signed(self.time));
        out.extend(with_length(&self.message));
        out.extend(unsigned(self.others.len() as u64));
        out.extend(self.others.iter().flat_map(|other| with_length(other)));
        out.extend(unsigned(self.columns.len() as u64));
        for (number, data) in &self.columns {
            out.extend(unsigned(u64::from(*number)));
            out.extend(unsigned(data.len() as u64));
        }
        out.extend(self.columns.iter().flat_map(|(_, data)| data.clone()));
        out.extend(&self.extra);
        chunk(1, &out)
    }
}

/// A change's bytes after the chunk header.
pub(super) fn content(change: &[u8]) -> Vec<u8> {
    let mut reader = Reader::new(&change[9..]);
    let length = reader.unsigned().unwrap() as usize;
    assert_eq!(length, reader.len());
    reader.take(length).unwrap().to_vec()
}

/// A chunk of any type around any content, with a correct checksum.
pub(super) fn chunk(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    hashed.extend(unsigned(content.len() as u64));
    hashed.extend(content);
    let mut out = vec![0x85, 0x6f, 0x4a, 0x83];
    out.extend(&Sha256::digest(&hashed)[..4]);
    out.extend(hashed);
    out
}

/// Automerge's own expanded form of a change, free to be edited.
pub(super) fn expand(change: &[u8]) -> ExpandedChange {
    Change::try_from(change).unwrap().decode()
}

/// Encodes an expanded change as Automerge does.
pub(super) fn compact(expanded: ExpandedChange) -> Vec<u8> {
    Change::from(expanded).raw_bytes().to_vec()
}

/// A run of `count` equal rows.
pub(super) fn run(count: i64, value: u64) -> Vec<u8> {
    [signed(count), unsigned(value)].concat()
}

pub(super) fn unsigned(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

pub(super) fn signed(mut value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    [unsigned(bytes.len() as u64), bytes.to_vec()].concat()
}

fn prefixed(reader: &mut Reader<'_>) -> Vec<u8> {
    let length = reader.unsigned().unwrap() as usize;
    reader.take(length).unwrap().to_vec()
}
