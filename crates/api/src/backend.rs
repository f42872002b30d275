//! What the routes need from a node. The node implements it; the routes know nothing else of the node.

use std::future::Future;

use tongban_client::{
    BackupAnswer, BackupRequest, BundleExport, CaseFilter, FoundingPreview, Invitation, SetClock,
};
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{
    BillAnswer, BillRow, BundleContents, BundleTaken, BundleWritten, CaseAnswer, CasePage,
    CaseQuery, CaseRow, ConsultAnswer, ConsultPage, ConsultQuery, ConsultRow, DefectsAnswer, Done,
    KeysAnswer, MeetingAnswer, MeetingsAnswer, ParcelRow, Refusal, RootsAnswer, RosterAnswer,
    RoundAnswer, RoundRow, SettlementAnswer, StatusAnswer, VerifyAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::command::{Command, Founding, Invite};

/// Answers the calls of the local interface.
///
/// Each method may refuse; [`Refusal::about`] goes to the caller as it is and must not hold personal data. Each
/// call runs as a task of its own to its end, also when the caller hangs up meanwhile, so that no command is cut
/// in the middle; a panic inside is answered with `E_INTERNAL`.
pub trait Backend: Send + Sync + 'static {
    /// Carries out a command once for its idempotency key.
    ///
    /// The key has been checked for form: 1 to 128 visible ASCII characters.
    fn command(
        &self,
        key: String,
        command: Command,
    ) -> impl Future<Output = Result<Done, Refusal>> + Send;

    /// Tells the node's state at a glance.
    fn status(&self) -> impl Future<Output = Result<StatusAnswer, Refusal>> + Send;

    /// Compares with every connected city what both hold, and tells the node's state afterwards. A city that takes
    /// long is not waited for.
    fn audit(&self) -> impl Future<Output = Result<StatusAnswer, Refusal>> + Send;

    /// Lists the cases that the filter chooses.
    fn cases(
        &self,
        filter: CaseFilter,
    ) -> impl Future<Output = Result<Vec<CaseRow>, Refusal>> + Send;

    /// Answers a page of cases.
    fn case_page(&self, query: CaseQuery)
    -> impl Future<Output = Result<CasePage, Refusal>> + Send;

    /// Shows a case, by its number or a unique beginning of its document id.
    fn case(&self, case: String) -> impl Future<Output = Result<CaseAnswer, Refusal>> + Send;

    /// Lists the consults.
    fn consults(&self) -> impl Future<Output = Result<Vec<ConsultRow>, Refusal>> + Send;

    /// Answers a page of consults.
    fn consult_page(
        &self,
        query: ConsultQuery,
    ) -> impl Future<Output = Result<ConsultPage, Refusal>> + Send;

    /// Shows a consult, by a unique beginning of its document id.
    fn consult(
        &self,
        consult: String,
    ) -> impl Future<Output = Result<ConsultAnswer, Refusal>> + Send;

    /// Lists the meetings, with what waits for the next one.
    fn meetings(&self) -> impl Future<Output = Result<MeetingsAnswer, Refusal>> + Send;

    /// Shows a meeting, by its number or a unique beginning of its document id.
    fn meeting(
        &self,
        meeting: String,
    ) -> impl Future<Output = Result<MeetingAnswer, Refusal>> + Send;

    /// Lists the parcels.
    fn parcels(&self) -> impl Future<Output = Result<Vec<ParcelRow>, Refusal>> + Send;

    /// Shows a parcel, by its tracking number or a unique beginning of its document id.
    fn parcel(&self, parcel: String) -> impl Future<Output = Result<ParcelRow, Refusal>> + Send;

    /// Shows a month's postage as this city sees it.
    fn settlement(
        &self,
        month: Month,
    ) -> impl Future<Output = Result<SettlementAnswer, Refusal>> + Send;

    /// Lists the bills of a month.
    fn bills(&self, month: Month) -> impl Future<Output = Result<Vec<BillRow>, Refusal>> + Send;

    /// Shows the bill of a month with another city; the agreement is named by a beginning of its id.
    fn bill(
        &self,
        month: Month,
        with: DivisionCode,
        agreement: Option<String>,
    ) -> impl Future<Output = Result<BillAnswer, Refusal>> + Send;

    /// Lists the rounds of a month, one of each agreement.
    fn rounds(&self, month: Month) -> impl Future<Output = Result<Vec<RoundRow>, Refusal>> + Send;

    /// Shows the round of a month in an agreement; none need be named where there is one.
    fn round(
        &self,
        month: Month,
        agreement: Option<String>,
    ) -> impl Future<Output = Result<RoundAnswer, Refusal>> + Send;

    /// Shows the roster of a city, of this one if none is named.
    fn roster(
        &self,
        city: Option<DivisionCode>,
    ) -> impl Future<Output = Result<RosterAnswer, Refusal>> + Send;

    /// Shows what is amiss today in a city's roster, in this one's if none is named.
    fn defects(
        &self,
        city: Option<DivisionCode>,
    ) -> impl Future<Output = Result<DefectsAnswer, Refusal>> + Send;

    /// Lists the state roots of the documents held here.
    fn roots(&self) -> impl Future<Output = Result<RootsAnswer, Refusal>> + Send;

    /// Folds everything again and checks what is stored.
    fn verify(&self) -> impl Future<Output = Result<VerifyAnswer, Refusal>> + Send;

    /// Shows this city's devices, what is held of revoked ones, and forks.
    fn keys(&self) -> impl Future<Output = Result<KeysAnswer, Refusal>> + Send;

    /// Writes the evidence file of a case.
    fn evidence(&self, case: String) -> impl Future<Output = Result<Vec<u8>, Refusal>> + Send;

    /// Writes the proof of a fork in a document.
    fn fork(&self, document: String) -> impl Future<Output = Result<Vec<u8>, Refusal>> + Send;

    /// Writes the file of a certificate, or the proof against a city that contradicted itself in a round.
    fn resolution(
        &self,
        reference: String,
    ) -> impl Future<Output = Result<Vec<u8>, Refusal>> + Send;

    /// Writes a part of an export of file bundles.
    fn export_bundle(
        &self,
        export: BundleExport,
    ) -> impl Future<Output = Result<BundleWritten, Refusal>> + Send;

    /// Says what a bundle holds, without taking anything from it.
    fn bundle_contents(
        &self,
        file: Vec<u8>,
    ) -> impl Future<Output = Result<BundleContents, Refusal>> + Send;

    /// Takes a bundle.
    fn import_bundle(
        &self,
        file: Vec<u8>,
    ) -> impl Future<Output = Result<BundleTaken, Refusal>> + Send;

    /// Writes this city's invitation.
    fn invitation(
        &self,
        invite: Invite,
    ) -> impl Future<Output = Result<Invitation, Refusal>> + Send;

    /// Reads a founding file without signing it.
    fn preview(
        &self,
        founding: Founding,
    ) -> impl Future<Output = Result<FoundingPreview, Refusal>> + Send;

    /// Adds a backup of this moment to a backup folder.
    fn backup(
        &self,
        request: BackupRequest,
    ) -> impl Future<Output = Result<BackupAnswer, Refusal>> + Send;

    /// Sets a scripted clock; refuses with `E_MODE` where the clock is the system's.
    fn set_clock(&self, clock: SetClock) -> impl Future<Output = Result<(), Refusal>> + Send;
}
