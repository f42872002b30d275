//! Tests of case files as a whole: honest editing, convergence, and what a hostile city can send.

mod converge;
mod forge;
mod honest;
mod hostile;
mod mutation;
mod references;
mod shapes;
mod twins;

use super::{CaseFile, Edit};

/// An entry id or actor made of a small number.
fn id<const N: usize>(number: u8) -> [u8; N] {
    [number; N]
}

fn set(name: &str, value: &str) -> Edit {
    Edit::SetField {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn check(item: &str, done: bool) -> Edit {
    Edit::Check {
        item: item.to_owned(),
        done,
    }
}

fn append(text: &str) -> Edit {
    Edit::AppendNote {
        text: text.to_owned(),
    }
}

fn insert(at: usize, text: &str) -> Edit {
    Edit::InsertNote {
        at,
        text: text.to_owned(),
    }
}

fn delete(at: usize, count: usize) -> Edit {
    Edit::DeleteNote { at, count }
}

/// Prepares a change by actor `number` and admits it as entry `number`.
fn write(file: &mut CaseFile, number: u8, edits: &[Edit]) -> Vec<u8> {
    let change = file.prepare(edits, id(number)).unwrap();
    file.admit(id(number), id(number), &change, &|_| true)
        .unwrap();
    change
}

/// A file with a little of everything, written by entries 1 to 3.
fn sample() -> CaseFile {
    let mut file = CaseFile::new();
    write(
        &mut file,
        1,
        &[
            set("申请人", "测试甲"),
            set("电话", "000"),
            check("身份证", true),
        ],
    );
    write(
        &mut file,
        2,
        &[append("材料已核对。"), check("户口簿", false)],
    );
    write(&mut file, 3, &[set("电话", "001"), delete(0, 2)]);
    file
}
