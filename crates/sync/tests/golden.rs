//! The bytes of `docs/protocol.md`: an entry, a frame, an evidence file and a bundle, as committed.

use crate::samples;

#[test]
fn the_bytes_are_those_of_the_golden_files() {
    let written = samples::samples();
    let golden = [
        ("entry", include_str!("golden/entry.hex")),
        ("frame", include_str!("golden/frame.hex")),
        ("evidence", include_str!("golden/evidence.hex")),
        ("invitation", include_str!("golden/invitation.txt")),
        ("bundle", include_str!("golden/bundle.hex")),
    ];
    for ((name, ours), (of, theirs)) in written.iter().zip(golden) {
        assert_eq!(*name, of);
        assert!(ours == theirs, "the bytes of {name} changed");
    }
}

#[test]
fn the_golden_files_can_be_read() {
    let bytes = samples::from_hex(include_str!("golden/entry.hex"));
    let entry = tongban_sync::entry::Entry::from_wire(&bytes).unwrap();
    assert_eq!(entry.header.seq, 0);
    let bytes = samples::from_hex(include_str!("golden/frame.hex"));
    assert!(matches!(
        tongban_sync::frame::Frame::from_slice(&bytes),
        Ok(tongban_sync::frame::Frame::Feed(_))
    ));
    let bytes = samples::from_hex(include_str!("golden/evidence.hex"));
    let report = tongban_sync::evidence::verify(&bytes, &[]).unwrap();
    assert_eq!(report.pushed_by.name, "衢州市");
    let founder =
        tongban_sync::founding::read_invitation(include_str!("golden/invitation.txt")).unwrap();
    assert_eq!(founder.name, "衢州市");
    let bytes = samples::from_hex(include_str!("golden/bundle.hex"));
    let bundle = tongban_sync::bundle::Bundle::read(bytes).unwrap();
    assert_eq!((bundle.head().serial, bundle.head().part), (1, 1));
}
