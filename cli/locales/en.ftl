# Every word of the command line in English. The ids are those of zh.ftl.

## Errors: the frame

error-line = Error: { $message }{ $about } [{ $code }]
error-about = { " " }({ $about })
error-cause = Cause: { $cause }
error-hint = Hint: { $hint }

## Errors: refusals by the rules

E_ITEM_NOT_ACTIVE = the item is not live for these two cities on this day
E_ITEM_NOT_ACTIVE-hint = look up the live items with `tongban agreement show`, or ask the joint meeting to activate it
E_MODE = the act does not belong to the handling mode of this case
E_MODE-hint = check which mode the agreement names for this item
E_GRANT = no grant in force lets this city do this for the owner city
E_GRANT-hint = ask the owner city for the grant (`tongban agreement grant`), then take it (`take-grant`)
E_NO_POWER = the grantor lacks the power that it passed on
E_NO_POWER-hint = the owner city must grant the power itself
E_CHECK_MISSING = materials or checks that the guide asks for are missing
E_CHECK_MISSING-hint = record the missing material or check (`case id-check`, `original-check`, `submit-correction`), then try again
E_NOTICE_SECOND = a correction notice was already given for this submission
E_NOTICE_SECOND-hint = a notice lists all defects at once; wait for the correction
E_NOT_IN_GUIDE = a defect cites a requirement that the published guide does not contain
E_NOT_IN_GUIDE-hint = cite requirements by their ids in the guide version of the case
E_CLASSIFIED = the content is classified and may not travel here
E_CLASSIFIED-hint = take it out and use the channel for classified content
E_NOT_SOURCE = this city is not the source of the datum
E_NOT_SOURCE-hint = ask the city that is the source to change it
E_HANDOVER_OPEN = the hand-over of the item between departments is still open
E_HANDOVER_OPEN-hint = complete the hand-over first
E_RATING_EXISTS = this matter has its rating already
E_RATING_EXISTS-hint = nothing is to be done
E_KEY_REVOKED = the signing key is revoked
E_KEY_REVOKED-hint = have the city's root key certify a new device key
E_CALENDAR_MISSING = the working days of a year that the count needs are not loaded
E_CALENDAR_MISSING-hint = load that year's official calendar; dates are never guessed
E_NOT_HOLDER = this city does not hold the case
E_NOT_HOLDER-hint = `tongban case show` names the holder; wait for the push back or let the holder act
E_STALE_PARENT = the act builds on something that was released or replaced
E_STALE_PARENT-hint = look at the case again and act on its present state
E_SAME_OFFICER = the same officer may not do both of these acts
E_SAME_OFFICER-hint = let another officer do it
E_PUSH_OPEN = a push is open, so only recall, mending or a push to the same city may follow
E_PUSH_OPEN-hint = wait for the answer, or recall with `tongban case recall`
E_ITEM_UNKNOWN = the catalogue has no such item
E_ITEM_UNKNOWN-hint = check the item's base code
E_NOT_MEMBER = the city is not a member of the agreement
E_NOT_MEMBER-hint = `tongban agreement show` lists the members
E_NOT_PARTY = the city is not a party to this document
E_NOT_PARTY-hint = let a city that takes part act
E_STATE = the act does not follow from the present state
E_STATE-hint = `tongban case show` (or `parcel show`) tells the stage and what was done
E_ID_NUMBER = the identity number or credit code is not well-formed
E_ID_NUMBER-hint = read it from the document again; it is checked by its check digit
E_TRACKING_NUMBER = the tracking number is not well-formed or fails its check digit
E_TRACKING_NUMBER-hint = read it from the label again, letters and digits only
E_AMOUNT_NEGATIVE = the amount is below zero
E_AMOUNT_NEGATIVE-hint = write what was paid as a positive amount; use the kind `refund` for money that came back
E_AMOUNT_LIMIT = the amount is above the limit of one cost line
E_AMOUNT_LIMIT-hint = check the amount: --fen counts fen, --yuan counts yuan
E_GUIDE_VERSION = the guide version is not the one in force
E_GUIDE_VERSION-hint = use the version that the agreement names for this pair of cities
E_DATE = this is no date, or the date is not possible here
E_DATE-hint = write dates as 2026-09-07 and months as 2026-09
E_DUPLICATE = the same thing is recorded already
E_DUPLICATE-hint = look at what is there before recording it again
E_NOT_FOUND = no such thing is known here
E_NOT_FOUND-hint = check the number; `list` shows what this node has
E_AMBIGUOUS = this beginning fits more than one
E_AMBIGUOUS-hint = write more characters, or the whole number
E_ARGUMENT = an argument is missing or not well-formed
E_ARGUMENT-hint = see the command's --help
E_IDEMPOTENCY = the idempotency key was used before with other arguments
E_IDEMPOTENCY-hint = use a new key for a new command
E_DISK_FULL = the disk lacks the space to store safely
E_DISK_FULL-hint = make space and start the node again; what was acknowledged is safe
E_DAMAGED = stored data fail their check
E_DAMAGED-hint = run `tongban verify`, then restore the damaged documents from a backup or the other cities
E_LOCKED = another process holds the data directory
E_LOCKED-hint = stop the other tongband, or name another directory with --dir
E_PASSPHRASE = the passphrase does not open the key
E_PASSPHRASE-hint = check the passphrase file; a trailing line break does not count
E_NOT_INITIALISED = there is no node in this directory yet
E_NOT_INITIALISED-hint = run `tongban init`, or name the node's directory with --dir or TONGBAN_DIR
E_CONFIG = the configuration is not valid
E_CONFIG-hint = correct the configuration at the line and column that are named
E_PORT_IN_USE = another process listens on the address
E_PORT_IN_USE-hint = stop that process, or configure another address
E_AGREEMENT = the agreement is not effective, or not for this act
E_AGREEMENT-hint = `tongban status` shows who has not signed yet
E_RESTORING = the node may have been restored and waits for its own entries from its peers
E_RESTORING-hint = let it connect to the other cities first; `tongban status` shows the links
E_INTERNAL = the program met a state that it rules out
E_INTERNAL-hint = try again with the same idempotency key; if it stays, report it with the node's log
E_ALREADY = this is already so
E_ALREADY-hint = nothing is to be done
E_TOO_LARGE = the input is larger than its limit
E_TOO_LARGE-hint = make it shorter, or split it
E_PEER = the other city's node cannot be reached or answers wrongly
E_PEER-hint = `tongban status` shows the links; work here goes on and is delivered later
E_DISPUTED = contradictory acts stand, and people must resolve them first
E_DISPUTED-hint = agree with the other city which act is taken back, then `tongban case retract` or `yield`
E_HELD = the act rests on a held entry of a revoked key
E_HELD-hint = retain the entries that stay, in the same document

## Errors: of this program

E_NOT_RUNNING = no tongband answers on the socket
E_NOT_RUNNING-hint = start `tongband run`, or name the socket of the one that runs with --dir or --socket
E_SOCKET = this user may not use the socket
E_SOCKET-hint = run the command as the user of the node
E_CONNECTION = the connection to tongband broke off; the command may or may not have taken effect
E_CONNECTION-hint = repeat the same command with the same --idempotency-key; it takes effect once
E_PROTOCOL = tongband answered in a way that this version cannot read
E_PROTOCOL-hint = use tongban and tongband of the same version
E_USAGE = the command line is not right
E_USAGE-hint = see --help
E_PERSONAL_DATA = personal data do not belong on the command line
E_PERSONAL_DATA-hint = give them by prompt, by file (--applicant-file, --text-file, --note-file, --edits-file) or on standard input with `-`
E_FILE = the file cannot be read or written
E_FILE-hint = check path and permissions
E_NO_INPUT = something has to be asked, and nobody may be
E_NO_INPUT-hint = give the option that is named, or run it on a terminal without --no-input
E_PROMPT = the prompt failed
E_PROMPT-hint = give the answers as options or files
E_INTERRUPTED = interrupted
E_INTERRUPTED-hint = a command that was on its way may have taken effect; `tongban case show` or `parcel show` tells
E_NOT_CONFIRMED = not confirmed, so nothing was signed
E_NOT_CONFIRMED-hint = compare the fingerprints with the other cities first
E_RUNTIME = the system does not give what the program needs to run
E_RUNTIME-hint = see the cause
E_TONGBAND = tongband cannot be started or failed
E_TONGBAND-hint = install tongband beside tongban, or name it in TONGBAND_BIN
E_SCHEMA = the directory was written by another version of tongband
E_SCHEMA-hint = use the version that wrote it, or a newer one
E_SCENARIO = the scenario file has mistakes
E_SCENARIO-hint = correct them at the lines and columns that are named
E_ENGINE = the scenario could not be played to its end
E_ENGINE-hint = see the cause; --keep DIR keeps the nodes' logs
E_EVIDENCE = the evidence does not hold
E_EVIDENCE-hint = ask for a fresh export; a file that was changed in any place is worth nothing
E_UNPINNED = the signatures hold, but not all keys are pinned
E_UNPINNED-hint = compare the fingerprints with the cities by another way, then repeat with --trust
E_EXPECTATION = not everything went as the scenario says
E_EXPECTATION-hint = the story above names the step or expectation and its line
E_UNKNOWN_CODE = there is no such error code
E_UNKNOWN_CODE-hint = codes look like E_GRANT

## Exit codes

help-exit-codes = Exit codes:
exit-0 = done
exit-1 = refused or failed
exit-2 = the command line is not right
exit-3 = done in part: the evidence holds but its keys are not pinned
exit-4 = this user or key may not do it
exit-10 = the directory is not initialised
exit-11 = another process holds the directory
exit-12 = wrong passphrase
exit-13 = the node does not run, or the other city is away
exit-14 = materials or checks are missing
exit-130 = interrupted

## Help: commands

help = The command line of tongban: cases, parcels and settlements between cities
help-init = Set up a node: keys, directory, configuration
help-status = Show the node, its peers, what waits and what is overdue
help-agreement = Agreements between cities
help-agreement-invite = Write this city's invitation
help-agreement-found = Found an agreement from terms and invitations
help-agreement-accept = Show what a founding file says and sign it
help-agreement-show = Show the agreements and their members
help-agreement-grant = Offer powers to a city
help-agreement-take-grant = Take an offered grant
help-agreement-withdraw-grant = Withdraw a grant of one's own
help-agreement-suspend = Suspend an item of one's own for new cases
help-agreement-resume = End a suspension
help-city = What this city publishes about itself
help-city-announce = Publish addresses and windows
help-case = Cases
help-case-receive = Receive papers for the owner city, and print the receipt
help-case-id-check = Record the check of the person against the card
help-case-original-check = Record which originals were seen
help-case-formal-pass = Pass the formal review
help-case-push = Push the case to another city
help-case-ack = Acknowledge a push by hand
help-case-first-look = Record that a person saw the case
help-case-recall = Recall a push
help-case-decline = Refuse a push by hand
help-case-accept = Accept the application
help-case-not-accept = Refuse to accept the application
help-case-notice = Give the one-time notice of all defects
help-case-notice-served = Record that the notice reached the applicant
help-case-submit-correction = Record corrected materials
help-case-review = Record the substantive review
help-case-decide = Decide the case
help-case-send-result = Send the result
help-case-served = Record that the result reached the applicant
help-case-close = Close the case
help-case-edit = Edit form fields, checklist and notes of the case file
help-case-yield = Give up this city's claim where two cities hold one case
help-case-retract = Take back disputed acts of this city
help-case-list = List cases
help-case-show = Show a case: custody, stage, deadlines, history, file
help-parcel = Parcels
help-parcel-post = Record a posting
help-parcel-arrive = Record an arrival
help-parcel-open = Record the opening and the count
help-parcel-cost = Record a cost line
help-parcel-confirm = Confirm the other city's cost line
help-parcel-list = List parcels
help-parcel-show = Show a parcel
help-settle = Postage settlement
help-settle-show = Show a month's obligations and net
help-evidence = Evidence of a hand-over
help-evidence-export = Write the evidence of a case's hand-over to a file
help-evidence-verify = Check an evidence file with no node or network
help-verify = Fold everything again and check what is stored
help-scenario = Scenario files
help-scenario-check = Check a scenario file
help-scenario-run = Play a scenario file
help-scenario-faults = List the faults that a scenario may name
help-explain = Explain an error code

## Help: options and arguments

help-heading-usage = Usage:
help-heading-commands = Commands
help-heading-options = Options
help-heading-global = Options of every command
help-heading-arguments = Arguments
opt-help = Print help
opt-version = Print the version
opt-dir = The node's directory [default: $TONGBAN_DIR or ~/.local/share/tongban]
opt-socket = The node's socket [default: DIR/api.sock]
opt-json = Print data as JSON
opt-lang = The language of messages [default: from the locale]
opt-idempotency-key = Make a repeated command take effect once [default: random]
opt-no-input = Ask nothing; what is missing is an error
opt-verbose = Say more on standard error
opt-division = The city's division code (GB/T 2260)
opt-name = The city's name
opt-listen = Where other cities reach this node, as host:port
opt-passphrase-file = A file with the passphrase that seals the keys
opt-advertise = Where other cities reach this node, if not where it listens; may be repeated
opt-root-key = Take the city's existing root key from there
opt-root-passphrase-file = A file with the passphrase of that root key, if it has one of its own
opt-root-key-out = Write the root key elsewhere, to be kept offline
opt-fast-kdf = Weak sealing of keys, for tests only
opt-output = Where to write the file [default: standard output, where that makes sense]
opt-address = Where other cities reach this node, as host:port; may be repeated
opt-window = A dedicated window; may be repeated
opt-terms = The terms, as TOML or JSON
opt-invitation = Another founder's invitation; may be repeated
opt-yes = Sign without asking: the fingerprints have been compared
opt-to = The city that receives it, as a division code
opt-powers = The powers: G1a receive, G1b accept, G2 notice, G3 originals, G4 identity, G5 results
opt-items = Base codes of the items [default: every item]
opt-item = The item's base code
opt-owner = The city that holds the power, as a division code
opt-materials = What is handed in, as M1:2,M2 (requirement and pages)
opt-officer = The officer's staff number
opt-applicant-file = The applicant as JSON or TOML (name, id_number, phone, address), `-` for standard input; asked for if absent
opt-on = The day, as 2026-09-07 [default: today; for accept the day the last papers came in]
opt-failed = The person does not match the card
opt-seen = Requirements whose originals were seen, as M1,M2
opt-basis = The legal basis, as 行政许可法32
opt-text = The text; no personal data (use --text-file for those)
opt-text-file = Read the text from a file, `-` for standard input
opt-defect = A defect, as M2=missing (or wrong-form, unreadable, expired, inconsistent); repeat for all of them
opt-guide = The guide version that backs the defects [default: the case's own]
opt-means = How the applicant was reached
opt-outcome = The decision
opt-delivery = How the result travels
opt-set = Write a form field, as name=value; no personal data (use --edits-file for those)
opt-remove = Remove a form field
opt-check = Tick an item of the checklist
opt-uncheck = Untick an item of the checklist
opt-note = Add to the end of the notes; no personal data (use --note-file for those)
opt-note-file = Add the text of a file to the end of the notes, `-` for standard input
opt-edits-file = Edits as JSON or TOML: a list `edits`, each with `edit` and its arguments
opt-stage = Only cases of this stage, as S40
opt-holder = Only cases that this city holds
opt-open = Only cases that are not closed
opt-closed = Only closed cases
opt-leg = The journey: L2 materials, L3 result to a window, L4 result to the applicant, L5 return, L6 supplement, L7 second delivery
opt-tracking = The tracking number
opt-carrier = The carrier
opt-case = A case inside; may be repeated
opt-pieces = Pieces of paper
opt-pay = Who pays the carrier, and how
opt-weight-g = The weight in grams
opt-kind = What for
opt-fen = The amount in fen
opt-yuan = The amount in yuan, as 22.50
opt-payer = The city that paid [default: this city]
opt-trust = A fingerprint that is known to be genuine; may be repeated
opt-engine = The engine: `live` starts one real node for each city
opt-story = Tell the story on standard error also with --json
opt-result = Write the report as JSON to a file
opt-keep = Keep the cities' data and logs in this folder
arg-file = The file
arg-grant = The grant's entry id or a unique beginning; `founding` for those of the terms
arg-item = The item's base code
arg-case = The case number, or a unique beginning of the document id
arg-month = The month, as 2026-09
arg-parcel = The tracking number, or a unique beginning of the document id
arg-code = The code, as E_GRANT

## Questions

ask-division = Division code of the city
ask-city-name = Name of the city
ask-listen = Address to listen on
ask-passphrase = New passphrase for the keys
ask-passphrase-again = The same passphrase again
ask-passphrase-differs = The two differ
ask-name = Applicant's name
ask-id-number = Applicant's identity number
ask-phone = Applicant's telephone (may be empty)
ask-address = Applicant's address (may be empty)
ask-accept = Have all fingerprints been compared, and does this city sign?

## Labels

label-number = Case number
label-item = Item
label-receiver = Receiving city
label-owner = Owner city
label-holder = Holder
label-received = Received
label-officer = Officer
label-materials = Materials
label-stage = Stage
label-due = Due
label-clock = Clock
label-state = State
label-deadlines = Deadlines
label-history = History
label-entry = Entry
label-time = Time
label-act = Act
label-words = Words
label-audience = Cities that see it
label-submission = Submission
label-root = State root
label-document = Document
label-documents = Documents
label-entries = Entries
label-damage = Damage
label-pending = Entries that wait
label-open-cases = Open cases
label-overdue = Overdue cases
label-applicant = Applicant
label-name = Name
label-id-number = Identity number
label-phone = Telephone
label-address = Address
label-city = City
label-city-id = City id
label-fingerprint = Fingerprint
label-dir = Directory
label-version = Version
label-today = Today
label-signed = Signed
label-link = Link
label-waiting = Waiting
label-stored = Stored there
label-last-seen = Last seen
label-agreement = Agreement
label-items = Items
label-live = Live items by pair
label-grants = Grants
label-postage = Postage rule
label-pinned = Pinned
label-file = File
label-code = Code
label-meaning = Meaning
label-hint = What to do
label-month = Month
label-net = Net
label-self-paid = Paid for itself
label-debtor = Debtor
label-creditor = Creditor
label-amount = Amount
label-tracking = Tracking number
label-kind = Kind
label-payer = Paid by
label-liable = Borne by
label-counts = Counts
label-from = From
label-to = To
label-leg = Journey
label-pay = Payment
label-posted = Posted
label-fault = Fault
label-engines = Engines
label-arguments = Arguments

## Sentences

none = none
never = never
link-up = up
link-down = down
link-own = this city
due-runs = runs
due-overdue = overdue
due-unknown = calendar year missing
agreement-effective = in force
agreement-unsigned = not signed by all
status-no-agreement = No agreement yet: exchange invitations with `tongban agreement invite`.
status-restore = This start may be a restore from an older copy: let the node connect to the other cities before it signs.
status-overdue = Overdue
case-two-holders = two cities hold it: one of them must yield
case-legend = ✓ stored here   ✓✓ stored by that city too   ✗ does not stand
file-fields = Form
file-conflicts = Written twice at once: choose one with `case edit --set`
file-checklist = Checklist
file-notes = Notes
settle-lines = Lines that count
settle-waiting = Lines that wait for the other city's signature
settle-duplicates = In two parcels at once, so none counts: { $numbers }
verify-sound = Everything is sound.
verify-damaged = Damaged documents:
evidence-written = Wrote { $file } ({ $bytes } bytes).
evidence-pushed = { $city } handed the case over; it claims to have done so at { $time }.
evidence-acked = { $city } took it; it claims to have done so at { $time }.
evidence-holds = The evidence holds, and every key is pinned.
scenario-sound = { $name }: { $nodes } cities, { $steps } steps, { $faults } faults, { $expects } expectations; no mistakes.
init-done = The node is set up.
init-next = Next:
init-passphrase-file = FILE
invite-next = Send the file to the founder and read the fingerprint to each other by another way.
found-next = Send { $file } to every founder; each signs with `tongban agreement accept`.
accept-compare = Compare every fingerprint with its city by telephone or in person before signing.
done-line = ✓ { $what }: { $subject }
done-repeated = This is the stored result of an earlier call with the same key; nothing was done twice.
remark-key = idempotency key: { $key }
remark-retry = repeat with: --idempotency-key { $key }

## The receipt

receipt-title = RECEIPT OF PAPERS
receipt-material = { $name } ({ $pages } pp.)
receipt-notice-due = Notice of defects until
receipt-promise = Promised decision
receipt-promise-days = { $days } working days after acceptance
receipt-note = This paper says what was handed in. It is no acceptance.
receipt-sign = Window (seal): ____________  Applicant: ____________

## What a command did

done-agreement-found = agreement founded
done-agreement-accept = agreement signed
done-agreement-offer-grant = grant offered
done-agreement-take-grant = grant taken
done-agreement-withdraw-grant = grant withdrawn
done-agreement-suspend = item suspended
done-agreement-resume = item resumed
done-city-announce = announced
done-case-receive = received
done-case-id-check = identity check recorded
done-case-original-check = originals recorded
done-case-formal-pass = formal review passed
done-case-push = pushed
done-case-ack = acknowledged
done-case-first-look = first look recorded
done-case-recall = push recalled
done-case-decline = push declined
done-case-accept = accepted
done-case-not-accept = acceptance refused
done-case-notice = notice given
done-case-notice-served = notice served
done-case-submit-correction = correction recorded
done-case-review = review recorded
done-case-decide = decided
done-case-send-result = result sent
done-case-served = served
done-case-close = closed
done-case-edit = file edited
done-case-yield = claim given up
done-case-retract = taken back
done-parcel-post = posted
done-parcel-arrive = arrived
done-parcel-open = opened
done-parcel-cost = cost recorded
done-parcel-confirm = cost confirmed

## Acts

act-receive = receive
act-id-check = identity check
act-original-check = original check
act-formal-pass = formal review passed
act-push = push
act-ack = acknowledge
act-first-look = first look
act-recall = recall
act-decline = decline
act-accept = accept
act-not-accept = refuse acceptance
act-correction-notice = notice of defects
act-notice-served = notice served
act-correction-submitted = correction
act-substantive-review = substantive review
act-decide = decide
act-send-result = send result
act-served = served
act-close = close
act-edit = edit of the file
act-yield = yield
act-retract = retract
act-post = post
act-arrive = arrive
act-open = open
act-cost = cost
act-confirm = confirm
act-unreadable = unreadable

## Stages

stage-S00 = draft
stage-S10 = submitted
stage-S20 = received
stage-S21 = formal review passed
stage-S30 = pushed
stage-S31 = push recalled
stage-S40 = acknowledged by the owner city
stage-S41 = returned for correction
stage-S42 = corrected
stage-S50 = accepted
stage-S51 = deemed accepted
stage-S52 = not accepted
stage-S53 = redirected
stage-S60 = under review
stage-S61 = special procedure
stage-S62 = extended
stage-S70 = granted
stage-S71 = granted on commitment
stage-S72 = refused
stage-S80 = result sent
stage-S81 = served
stage-S90 = closed
stage-S91 = withdrawn
stage-S92 = closed without correction
stage-S93 = annulled
stage-S99 = archived

## Clocks

clock-consult_answer = answer to a consultation
clock-push = push after receipt
clock-originals_post = posting of originals
clock-ack_wait = acknowledgement of the push
clock-recheck = check by the owner city
clock-notice_5wd = one-time notice
clock-correction = correction by the applicant
clock-decide = decision
clock-special = special procedure
clock-result_send = sending of the result
clock-serve = service of the result
clock-joint_step = joint handling step
clock-complaint = complaint
clock-handover = hand-over of the item

## Words: status

status-applied = stands
status-void = void
status-denied = denied
status-held = held
status-disputed = disputed
status-unknown = needs an update

## Words: kind

kind-agreement = agreements
kind-city = cities
kind-case = cases
kind-parcel = parcels

## Words: parcel

parcel-posted = posted
parcel-arrived = arrived
parcel-opened = opened, complete
parcel-discrepancy = opened, contents differ

## Words: cost

cost-postage = postage
cost-redelivery = second delivery
cost-packing = packing
cost-insurance = insurance
cost-refund = refund
cost-compensation = compensation

## Words: pay

pay-prepaid = prepaid
pay-contract = contract account
pay-collect = paid by the receiver
pay-return-label = the other city's label

## Words: leg

leg-L2 = materials
leg-L3 = result to a window
leg-L4 = result to the applicant
leg-L5 = return
leg-L6 = supplement
leg-L7 = second delivery

## Words: postage

postage-ORIGIN_PAYS = the city of posting pays
