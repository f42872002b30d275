//! Paths and queries of the local interface. No personal data ever stands in them: only references,
//! stage codes, division codes and months.

use tongban_identity::DivisionCode;

use crate::wire::CaseFilter;

/// Appends a reference to a path as one segment, whatever characters it has.
pub(crate) fn segment(prefix: &str, reference: &str) -> String {
    let mut path = String::from(prefix);
    path.push('/');
    escape_into(&mut path, reference);
    path
}

/// Appends the agreement to a path as its query, where one is named.
pub(crate) fn of_agreement(mut path: String, agreement: Option<&str>) -> String {
    if let Some(agreement) = agreement {
        path.push_str("?agreement=");
        escape_into(&mut path, agreement);
    }
    path
}

/// Writes the path of the case list with its query.
pub(crate) fn cases(filter: &CaseFilter) -> String {
    let mut path = String::from("/v1/cases");
    let mut separator = '?';
    let mut add = |name: &str, value: &str| {
        path.push(separator);
        path.push_str(name);
        path.push('=');
        escape_into(&mut path, value);
        separator = '&';
    };
    if let Some(stage) = &filter.stage {
        add("stage", stage);
    }
    if let Some(holder) = filter.holder {
        add("holder", &holder.to_string());
    }
    if let Some(open) = filter.open {
        add("open", if open { "true" } else { "false" });
    }
    if let Some(officer) = &filter.officer {
        add("officer", officer);
    }
    path
}

/// Writes the path of what one city published, this one's as `own`.
pub(crate) fn of_city(prefix: &str, city: Option<DivisionCode>) -> String {
    match city {
        Some(city) => segment(prefix, &city.to_string()),
        None => segment(prefix, "own"),
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn escape_into(out: &mut String, text: &str) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_one_segment() {
        let check = |reference: &str, expected: &str| {
            assert_eq!(segment("/v1/cases", reference), expected);
        };
        check("330800-2026-000001", "/v1/cases/330800-2026-000001");
        check("a/../b?c#d", "/v1/cases/a%2F..%2Fb%3Fc%23d");
        check("衢 1", "/v1/cases/%E8%A1%A2%201");
        check("", "/v1/cases/");
    }

    #[test]
    fn filters_become_queries() {
        let check = |filter: CaseFilter, expected: &str| assert_eq!(cases(&filter), expected);
        check(CaseFilter::default(), "/v1/cases");
        check(
            CaseFilter {
                stage: Some("S40&x".to_owned()),
                holder: "330800".parse().ok(),
                open: Some(true),
                officer: Some("QZ-0117".to_owned()),
            },
            "/v1/cases?stage=S40%26x&holder=330800&open=true&officer=QZ-0117",
        );
        check(
            CaseFilter {
                open: Some(false),
                ..CaseFilter::default()
            },
            "/v1/cases?open=false",
        );
    }
}
