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
E_NO_POWER = this step is not for this city
E_NO_POWER-hint = `tongban case show` names the cities and whose turn it is
E_CHECK_MISSING = materials, checks or the formal review are still missing
E_CHECK_MISSING-hint = `tongban case show` lists what is missing; record it, then try again
E_NOTICE_SECOND = a correction notice was already given for this submission
E_NOTICE_SECOND-hint = a notice lists all defects at once; wait for the correction
E_NOT_IN_GUIDE = a requirement is cited that the published guide does not contain
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
E_CALENDAR_MISSING-hint = holidays are never guessed. Check the year first; if it is right, the operator has to install a version with that year's official calendar (docs/operations.md)
E_NOT_HOLDER = this city does not hold the case
E_NOT_HOLDER-hint = `tongban case show` names the holder; wait for the push back or let the holder act
E_STALE_PARENT = the act builds on something that was released or replaced
E_STALE_PARENT-hint = look at the case again and act on its present state
E_SAME_OFFICER = the same officer may not do both of these acts
E_SAME_OFFICER-hint = let another officer do it
E_PUSH_OPEN = the case was pushed, and the other city has not answered yet
E_PUSH_OPEN-hint = wait for the answer; to go on yourself, take the push back with `tongban case recall` first
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
E_AMBIGUOUS = this may mean any of several
E_AMBIGUOUS-hint = use one of the ids that are named, or write more digits
E_ARGUMENT = an argument is missing or not well-formed
E_ARGUMENT-hint = correct it by the rule that is named, or see the command's --help
E_IDEMPOTENCY = the idempotency key was used before with other arguments
E_IDEMPOTENCY-hint = use a new key for a new command
E_DISK_FULL = the disk lacks the space to store safely
E_DISK_FULL-hint = make space and start the node again; what was acknowledged is safe
E_DAMAGED = stored data fail their check
E_DAMAGED-hint = run `tongban verify`, then restore the damaged documents from a backup or the other cities
E_LOCKED = another process holds the data directory
E_LOCKED-hint = stop the other tongband, or name another directory with --dir
E_PASSPHRASE = the passphrase does not open the key
E_PASSPHRASE-hint = check the content of the passphrase file; a trailing line break does not count
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
E_ALREADY = it exists or was done already
E_ALREADY-hint = if that is as you expect, nothing is to be done; otherwise look at what is there first
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
E_NO_INPUT = something has to be asked, and nobody can be
E_NO_INPUT-hint = give the option that is named, or run it on a terminal without --no-input
E_PROMPT = the prompt failed
E_PROMPT-hint = give the answers as options or files
E_INTERRUPTED = interrupted
E_INTERRUPTED-hint = a command that was on its way may have taken effect; `tongban case show` or `parcel show` tells
E_NOT_CONFIRMED = not confirmed, so nothing was signed
E_NOT_CONFIRMED-hint = nothing was done; give the command again when you are sure
E_RUNTIME = the system does not give what the program needs to run
E_RUNTIME-hint = see the cause
E_TONGBAND = tongband cannot be started or failed
E_TONGBAND-hint = see the cause; if the program is not found, install tongband beside tongban or name it in TONGBAND_BIN
E_SCHEMA = the directory was written by another version of tongband
E_SCHEMA-hint = use the version that wrote it, or a newer one
E_SCENARIO = the scenario file has mistakes
E_SCENARIO-hint = correct them at the lines and columns that are named
E_ENGINE = the scenario could not be played to its end
E_ENGINE-hint = see the cause; --keep DIR keeps the nodes' logs
E_EVIDENCE = the evidence does not hold
E_EVIDENCE-hint = a file that was changed in any place is worth nothing: ask for a fresh export
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
help-agreement-show = Show the agreements: members, items, guides, grants
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
opt-passphrase-file = A file with the passphrase that seals the keys: at least 8 characters, readable by its user alone
opt-advertise = Where other cities reach this node, if not where it listens; may be repeated
opt-root-key = Take the city's existing root key from there
opt-root-passphrase-file = A file with the passphrase of that root key, if it has one of its own
opt-root-key-out = Write the root key there, on an offline medium, and not into the node's folder
opt-fast-kdf = Weak sealing of keys, for tests only
opt-output = Where to write it [default: standard output]
opt-address = Where other cities reach this node, as host:port; may be repeated
opt-window = A dedicated window; may be repeated
opt-terms = The terms, as TOML or JSON; docs/operations.md tells how to write them
opt-invitation = Another founder's invitation; may be repeated
opt-yes = Sign without asking: the fingerprints have been compared
opt-to = The city that receives it, as a division code or a name
opt-powers = The powers, parted by commas
opt-items = Base codes of the items [default: every item]
opt-item = The item's base code
opt-owner = The city that holds the power, as a division code or a name
opt-materials = What is handed in, as M1:2,M2 (requirement and pages)
opt-officer = The officer's staff number, as QZ-0117; never a name
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
opt-stage = Only cases of this stage, by code or name, as S40
opt-holder = Only cases that this city holds, as a division code or a name
opt-open = Only cases that are not closed
opt-closed = Only closed cases
opt-leg = The journey
opt-tracking = The tracking number
opt-carrier = The carrier
opt-case = A case inside; may be repeated
opt-pieces = Pieces of paper
opt-pay = Who pays the carrier, and how
opt-weight-g = The weight in grams
opt-kind = What for
opt-fen = The amount in fen
opt-yuan = The amount in yuan, as 22.50
opt-payer = The city that paid, as a division code or a name [default: this city]
opt-trust = A fingerprint that is known to be genuine; may be repeated
opt-engine = The engine: `live` starts one real node for each city, `sim` plays on a virtual world
opt-seed = The seed of the virtual world: the same seed gives the same run
opt-story = Tell the story on standard error also with --json
opt-result = Write the report as JSON to a file
opt-keep = Keep the cities' data and logs in this folder
arg-file = The file
arg-grant = The grant's id or a unique beginning (see agreement show); `founding` for those of this city in the terms
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
label-stored-there = Stored there
label-stored = Stored
label-last-seen = Last seen
label-agreement = Agreement
label-items = Items
label-live = Live items by pair
label-grants = Grants
label-pinned = Pinned
label-file = File
label-code = Code
label-meaning = Meaning
label-hint = What to do
label-month = Month
label-net = Net
label-self-paid = Paid for itself
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
file-fields = Form
file-conflicts = Written twice at once: choose one with `case edit --set`
file-checklist = Checklist
file-notes = Notes
settle-lines = Lines that count
settle-waiting = Lines that wait for the other city
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

## Lists and help

list-comma = ,{ " " }
list-semicolon = ;{ " " }
help-options = { "[" }OPTIONS]
help-subcommand = <COMMAND>
help-word = { $word } ({ $meaning })
help-words = { " " }[one of: { $words }]
help-default = { " " }[default: { $value }]

## Mistakes on the command line

usage-subcommand = there is no command `{ $word }`
usage-argument = there is no option or argument `{ $arg }` here
usage-value-missing = { $arg } needs a value
usage-value = { $arg } cannot be `{ $value }`; it is one of: { $valid }
usage-missing = missing: { $args }
usage-no-subcommand = a subcommand is missing
usage-twice = { $arg } may stand once only
usage-conflict = { $arg } cannot stand with { $prior }
usage-form = `{ $value }` is not well-formed for { $arg }
usage-count = { $arg } has a wrong number of values
usage-utf8 = an argument is not UTF-8 text
usage-other = the command line cannot be read
usage-suggest = did you mean: { $words }

## Place holders

value-addr = ADDR
value-case = CASE
value-city = CITY
value-code = CODE
value-count = COUNT
value-day = DAY
value-dir = DIR
value-engine = ENGINE
value-fault = FAULT
value-fen = FEN
value-file = FILE
value-fingerprint = FINGERPRINT
value-grams = GRAMS
value-grant = GRANT
value-item = ITEM
value-key = KEY
value-kind = KIND
value-lang = LANG
value-law = LAW
value-leg = LEG
value-list = LIST
value-means = MEANS
value-month = MONTH
value-name = NAME
value-number = NUMBER
value-outcome = OUTCOME
value-parcel = PARCEL
value-path = PATH
value-power = POWER
value-requirement = REQUIREMENT
value-staff-no = STAFF-NO
value-stage = STAGE
value-text = TEXT
value-value = VALUE
value-version = VERSION
value-way = WAY
value-yuan = YUAN

## Rules for arguments

rule-city = a city is its six-digit division code, as 330800, or the name of a member; known here: { $given }
rule-division = a division code has six digits, as 330800
rule-province = the first two digits of a division code name the province and lie between 11 and 65
rule-day-form = a day is written 2026-09-07: four digits, two and two, with dashes
rule-day-month = months go from 01 to 12
rule-day-none = that month has no such day
rule-month-form = a month is written 2026-09: four digits and two
rule-yuan = yuan are written 22, 22.5 or 22.50: a point, no comma, at most two decimals
rule-materials = each is requirement:pages, parted by commas, as M1:2,M2; pages go from 1 to 65535
rule-material-twice = { $given } stands twice; add the pages up
rule-defect = a defect is requirement=fault, as M2=missing; faults: missing, wrong-form, unreadable, expired, inconsistent
rule-field = a field is name=value
rule-no-edit = nothing to edit: give at least one of --set, --remove, --check, --uncheck, --note
rule-case-check = the check character of the case number does not fit; read it from the receipt again
rule-case-form = a case number looks like TB-330800-260907-000123-2: city, day, serial, check character
rule-tracking-check = the check digit of the tracking number does not fit; read it from the label again
rule-tracking-form = a tracking number has 8 to 35 letters, digits or dashes; the postal form is two letters, nine digits, two letters
rule-id-old = 15-digit identity numbers are out of use; ask for the 18-character number
rule-id-length = an identity number has 18 characters
rule-id-form = an identity number is 17 digits and then a digit or X
rule-id-birth = the birth date in the identity number, digits 7 to 14, does not exist
rule-id-check = the check character of the identity number does not fit; read it from the card again
rule-applicant-name = the applicant's name is empty
rule-officer = an officer is a staff number of ASCII letters, digits and dashes, as QZ-0117, never a name
rule-reasons = a refusal needs reasons and remedies: --text or --text-file
rule-address = an address is HOST:PORT, as 0.0.0.0:7330
rule-passphrase-short = a passphrase has at least 8 characters
rule-stage = a stage is given by code or name: { $given }
rule-fingerprint = a fingerprint is what `agreement show` prints: groups of letters and digits with dashes
rule-unknown-key = an unknown key { $given }: check its spelling or remove it
rule-missing-key = the key { $given } is missing
rule-unknown-word = an unknown word { $given }
rule-bad-value = the form or the kind of the value is not right here

## Causes from the system

io-not-found = there is no such file or directory
io-permission = permission denied
io-directory = it is a directory
io-no-directory = a part of the path is no directory
io-exists = it exists already
io-full = the disk is full
io-text = the content is not UTF-8 text

## Why evidence does not hold

evidence-error-format = this is not an evidence file
evidence-error-digest = the file was changed or is incomplete
evidence-error-encoding = the content is not well encoded
evidence-error-certificate = a certificate does not hold
evidence-error-signature = a signature does not hold
evidence-error-agreement = the agreement is not signed by every founder
evidence-error-mismatch = the entries do not belong together
evidence-error-untrusted = a party's fingerprint is not among the given ones

## What the node names

about-applicant-id-number = the applicant's identity number
about-applicant-name = the applicant's name
about-applicant = the applicant
about-case-number = case number
about-text = the text
about-edits = the edits
about-fen = the amount
about-idempotency-key = the idempotency key
about-own-invitation-is-missing = the invitation of this city is missing
about-this-city-is-not-among-the-founders = this city is not among the founders
about-another-encryption-certificate-of-this-city = the file has another encryption certificate of this city
about-no-agreement-yet = there is no agreement yet
about-agreement = the agreement
about-postage = postage

## What is missing

missing-original = the original of { $requirement }
missing-id-check = the check of the person
missing-formal-pass = the formal review
guide-requirements = the guide, version { $version }, asks for: { $list }
hint-missing = record these, then try again: { $commands }
hint-possible = possible now: { $commands }

## How a case stands

label-turn = Turn of
label-next = Next
label-also = Also possible
label-handoff = Hand-off
label-outcome = Decision
label-missing = Missing
label-defects = Open defects
label-parcels = Parcels
label-details = Content
label-officer-short = Officer
case-wait = wait for { $city }
case-all-stored = Storage: { $stored }
case-nothing-next = nothing for this city
case-defect = { $requirement }: { $fault }
handoff-here = { $from } → { $to }, to be acknowledged here
handoff-stored = { $from } → { $to }, stored there, not yet acknowledged
handoff-on-its-way = { $from } → { $to }, on its way, not yet stored there
handoff-offline = { $from } → { $to }, not yet stored there (offline); delivered when the link is up
stored-own = stored here
stored-both = stored in both cities
stored-all = stored in every city
stored-lacking = not yet at: { $cities }
state-bad = ✗ { $state }
due-unknown-hint = The calendar of that year is missing, so no day is guessed: install a version that has it, see docs/operations.md.

## Terms of an agreement

label-item-code = Item code
label-domain = Domain
label-licence = Licence
label-promise = Promised days
yes = yes
no = no
terms-items = Items
terms-guides = Guides
terms-live = Live
terms-grants = Grants
terms-postage = Postage
terms-guide = { $item } version { $version } from { $effective }, by { $owners }
terms-need = { $id } { $name } ({ $marks })
terms-must = required
terms-may = if it applies
terms-original = original seen
terms-id-check = and the person checked against the card
terms-live-line = { $item } guide { $version } from { $effective }: { $pairs }{ $state }
terms-suspended = , suspended for new cases
terms-all-cities = every member
terms-all-pairs = between all members ({ $count } pairs)
terms-every-item = every item
terms-grant = { $id } { $pairs }: { $items }; { $powers }; { $state }
terms-postage-line = version { $version } from { $effective }: { $rule }
grant-of-terms = { "[" }of the terms]
grant-in-force = in force
grant-offered = offered, not yet taken
grant-withdrawn = withdrawn
grant-next = Give the grant to { $city }, which takes it with: tongban agreement take-grant { $grant }

## Settlement

settle-none = There are no data for this month.
settle-waiting-own = Lines that wait for this city (`tongban parcel confirm NUMBER`)
settle-due = { $amount } due to this city
settle-owed = { $amount } owed by this city
label-other-city = Other city
label-due-to-us = Due
label-owed-by-us = Owed

## Words: means, outcome, delivery, fault, power, result, detail

means-on-the-spot = on the spot
means-phone = by telephone
means-sms = by short message
means-portal = on the portal
means-post = by post
outcome-granted = granted
outcome-on-commitment = granted on commitment
outcome-refused = refused
delivery-network = by network
delivery-post-to-applicant = by post to the applicant
delivery-post-to-window = by post to the window
fault-missing = missing
fault-wrong-form = wrong form
fault-unreadable = unreadable
fault-expired = expired
fault-inconsistent = inconsistent
power-G1a = receive
power-G1b = accept
power-G2 = notice
power-G3 = originals
power-G4 = identity
power-G5 = results
result-passed = passed
result-failed = failed
detail-result = result
detail-outcome = decision
detail-to = to
detail-on = day
detail-means = by
detail-delivery = sent
detail-defects = defects
detail-materials = materials
detail-seen = originals
detail-basis = basis
detail-submission = submission
detail-guide = guide

## Setting up

init-root-inside = The city's root key is { $path }. It is the city: move it with its passphrase to two offline media and delete it here; the running node never needs it.
init-root-outside = The city's root key is written to { $path }. Keep that medium offline and make a second copy; the running node never needs it.
init-root-hint = (--root-key-out writes it to an offline medium at once.)
init-passphrase-make = `tongband run` reads the passphrase from a file. This makes one that only this user can read; type it, then Enter and Ctrl-D: (umask 077; cat > { $file })
init-passphrase-open = Warning: other users can read the passphrase file { $file }. Run: chmod 600 { $file }
evidence-unpinned = No fingerprint was given for: { $cities }
receipt-missing = Still missing

## Commands that are possible

do-case-id-check = identity check
do-case-original-check = original check
do-case-formal-pass = formal review passed
do-case-push = push
do-case-ack = acknowledge
do-case-first-look = first look
do-case-recall = recall
do-case-decline = decline
do-case-accept = accept
do-case-not-accept = refuse acceptance
do-case-notice = notice of defects
do-case-notice-served = notice served
do-case-submit-correction = correction
do-case-review = review
do-case-decide = decide
do-case-send-result = send the result
do-case-served = result served
do-case-close = close
do-case-edit = edit the file
do-case-yield = give up the claim
do-case-retract = take back disputed acts

## Hints and words for single commands

E_ALREADY-hint-init = this directory has a node: start it with `tongband run`, or choose another with --dir; if an earlier init was cut off, move its files away first
E_GRANT-hint-parcel-arrive = an arrival is recorded by the city that receives the parcel; wait for the other city
E_NO_POWER-hint-parcel-arrive = an arrival is recorded by the city that receives the parcel; wait for the other city
E_NO_POWER-hint-parcel-open = an opening is recorded by the city that receives the parcel; wait for the other city
E_NO_POWER-hint-parcel-confirm = lines of this city are confirmed by the other one; take a wrong one back with `tongban parcel retract`
E_NOT_FOUND-hint-parcel-confirm = only lines that the other city recorded can be confirmed here; see `tongban parcel show`
E_NOT_FOUND-hint-agreement-take-grant = use the id that the granting city's `agreement grant` printed, or see `tongban agreement show`; grants of the terms need no taking
own-export-opt-output = Where to write the file
own-found-opt-output = Where to write the founding file [default: standard output]
opt-mine = Only cases in which this city can act now, with the usual next command
opt-full = Show whole ids without a limit of width, and a case's telephone number
arg-offered-grant = The id that the granting city's `agreement grant` printed, or a unique beginning
help-parcel-retract = Take back this city's own cost line that nobody confirmed
done-parcel-retract = cost taken back

help-sim = Many runs of virtual worlds
help-sim-swarm = Play many seeds and check the invariants
opt-seeds = How many seeds
opt-from = The first seed
opt-cities = The fewest and the most cities, as 2..7
opt-hours = Virtual hours of one run
opt-twice = Play each seed twice and compare the traces
value-range = RANGE
label-seeds = Seeds
label-times = Times
swarm-progress = { $count } of { $of } seeds done
swarm-summary = { $seeds } seeds, { $violations } with a broken invariant; { $speed } city-hours per second, { $times } times real time; trace { $trace }

# Device keys

help-key = This city's devices: show, revoke, retain
help-key-list = List this city's devices, what is held, and proven forks
help-key-revoke = Enter a revocation file into every agreement
help-key-retain = Say which entries of a revoked device stay; the rest become void
value-document = DOCUMENT
value-entry = ENTRY
opt-without = an entry that does not stay, with what the device signed on top of it; may be repeated
opt-dry-run = show what would happen and sign nothing
label-device = Device certificate
label-device-name = Name
label-issued = Issued
key-state-current = in use
key-state-earlier = used earlier
key-state-revoked = revoked
key-heads = Heads of agreement { $agreement } (a revocation may --keep what lies under them): { $heads }
key-nothing-held = Nothing is held.
key-held = Held: signed by a revoked device, and no other city has built on it:
key-held-hint = Check each, then run tongban key retain (leave out with --without what this city did not do; see --dry-run first).
key-forks = One device signed two different entries in one place (a proven fork):
key-would-stay = Would stay:
key-would-fall = Would become void:
key-dry-run = This is a preview; nothing was signed.
done-key-revoke = revocation entered
done-key-retain = retained
act-retain = retain
act-revoke = revoke a device
help-evidence-fork = Write the proof that a device signed two entries in one place
fork-holds = The proof holds: this device signed two different entries in one place.
fork-unpinned = The signatures hold, but no fingerprint was pinned: --trust says which city it is [E_UNPINNED]
status-copied = Warning: { $cities } saw another node with this node's key. The folder may have been copied; stop one of the two now.
status-doubled = Warning: { $cities } runs two nodes with one key; ask there by telephone.
status-forks = Warning: documents in which a device signed two entries in one place: { $count }; see tongban key list.
status-revoked = Warning: this node's device is revoked and signs nothing any more. Run tongband rotate and start again.
status-returning = Fetching back from { $cities } what this city may have lost; until then hand-overs and decisions on their cases wait.

## File bundles

help-bundle = Files that carry what a connection would
help-bundle-export = Write what a city has not confirmed yet to a file
help-bundle-import = Take a file that another city wrote
opt-all = Write the whole history, also what the city confirmed
label-new = New here
label-known = Known before
label-written = Written
label-part = Part
label-receipts = Receipts
bundle-written = Wrote { $file } ({ $bytes } bytes, { $entries } entries).
bundle-nothing-new = There is nothing new for that city; the file carries receipts alone.
bundle-open = { $count } entries are not stored: they wait for others or were refused.
bundle-part-missing = An earlier part or file is missing. Take it too, then this one again.
bundle-again = This node lacks what it once confirmed. The next file to { $city } asks for everything.
bundle-older = A newer file of this city was taken before; this one does no harm.
about-bundle = the file bundle
about-recipient = the file is for another city

help-backup = Backups of the node
help-backup-create = Add a backup of the running node to a folder; only what is new is copied
help-backup-verify = Check every file of a backup; no node is needed
help-backup-restore = Restore the newest backup into a folder in which no node runs
arg-backup = The backup folder
opt-with-keys = Put the device and encryption keys into it as well, sealed with the passphrase; the root key never
opt-trial = Restore the backup beside itself as well, read every record, and remove it again
opt-into = The node's folder
opt-replace = The city's name, instead of typing it when the folder holds records
label-backup-number = Backup number
label-backup-size = Size
label-backup-new = New in it
label-known-as = Known as
backup-working = The node is making the backup; clerks can go on working.
backup-progress = checked { $percent } %
backup-keys-in = The backup holds the device and encryption keys, sealed with the passphrase. Keep it as you keep the keys.
backup-keys-out = The backup holds no keys. A restore needs device.key and encryption.key from the node's folder: keep them elsewhere.
backup-next = Check it now, and again before you need it: { $line }
backup-trial = A trial restore read { $records } records.
backup-sound = The backup is sound.
backup-damaged = The backup is damaged:
backup-file-missing = missing: { $file }
backup-file-changed = changed: { $file }
backup-damaged-hint = Make a new backup in another folder while the node still runs; do not restore from this one.
restore-occupied = The folder holds records. They will be set aside as db.before-restore-N, not deleted.
restore-free = The folder holds no records.
restore-dry = Nothing was done.
restore-type-name = Type the name of the city ({ $city }) to go on
restore-done = Restored into { $dir }.
restore-aside = The former records lie beside them as db.before-restore-N; remove them by hand when nobody needs them.
restore-missing = Before the node can start, put these files there: { $files }
restore-possible = The node will treat itself as possibly restored: start it, and let it connect to the other cities before anybody signs.
verify-hint = What other cities hold can be had again from them; for the rest, restore a backup: tongban backup restore DIR --into DATADIR
status-scrubbing = Every stored record is being read for the first time.
status-scrubbed = Every stored record was read by { $time }: { $records } records.
status-scrub-damaged = Damaged records were found:
opt-report = Draw the run, or each failing run of many, as one HTML file in this folder
scenario-drawn = The picture of the run: { $file }
arg-document = a case number, a tracking number, or a unique beginning of a document id

opt-jobs = How many seeds are played at once; as many as there are processors if absent
opt-record = Write the run, every event at its millisecond: a scenario file; of a swarm, a folder of failing runs made small
label-fault-id = Number
swarm-rare = these faults came in less than one seed of a hundred: { $faults }
swarm-recorded = the same invariant breaks with { $events } events
swarm-not-drawn = seed { $seed } has no picture: the run did not come to its end

opt-audit = Compare with every connected city what both hold, before showing
status-mending = Damaged entries that are asked for again from other cities: { $count }
status-audit-same = { $city } holds the same { $count } entries, fingerprint { $hash } ({ $time })
status-audit-differs = { $city } differs ({ $time }): { $here } entries here, { $there } there; missing here { $lacking } (being fetched { $fetching }), missing there { $lacking-there }, on the way { $coming }
key-encryption = Encryption key number { $serial }, of { $issued }
key-encryption-earlier = Earlier encryption keys that are kept until every member has heard of the new one: { $count }
key-encryption-due = The encryption key is older than a month. Make another: tongband rotate --encryption, then start the node again.
# What strangers asked
turned-away = Warning: { $cities } closes every link after the greeting. This node's device may be revoked, or the versions differ: ask there by telephone, and see tongban key list.
held-count = Held entries: { $count }, in { $documents }. See tongban key list.
agreement-head = ({ $state }), id { $id }
key-full-hint = `tongban key list --full` shows the whole hashes that --keep takes.
about-held-entries = nothing is held
opt-agreement = The agreement by the beginning of its id [default: the only one, or the only one in force]
opt-again = Found it although there is an agreement of the same code
value-agreement = AGREEMENT
E_DUPLICATE-hint-agreement-found = this node has an agreement of that code: see `tongban agreement show`; add --again if a second one is meant
E_NO_POWER-hint-case-accept = acceptance is for the owner city: push the case to { $city } first (`tongban case push`)
E_NO_POWER-hint-case-not-accept = this is for the owner city: push the case to { $city } first (`tongban case push`)
E_NO_POWER-hint-case-decide = the decision is for the owner city: push the case to { $city } first (`tongban case push`)
E_NO_POWER-hint-case-id-check = the identity check is for the receiving city: push the case back to { $city } (`tongban case push`)
E_NO_POWER-hint-case-original-check = the check of originals is for the receiving city: push the case back to { $city } (`tongban case push`)
E_NO_POWER-hint-case-formal-pass = the formal review is for the receiving city: push the case back to { $city } (`tongban case push`)
E_NO_POWER-hint-case-submit-correction = a correction is recorded by the receiving city: push the case back to { $city } (`tongban case push`)
E_NO_POWER-hint-agreement-take-grant = the grantor lacks the power itself: the owner city has to grant it
E_NO_POWER-hint-agreement-offer-grant = a city grants only its own powers
date-future = the day lies in the future: check --on
about-future = after today
prompt-left = nothing was sent; give the command again
E_NO_KEY = a key file is missing
E_NO_KEY-hint = put the file where it is looked for; name a root key with --root-key FILE
E_OTHER_CITY = the backup is of another city; nothing was changed
E_OTHER_CITY-hint = check the backup folder and the folder of --into
E_NO_BACKUP = the folder holds no backup
E_NO_BACKUP-hint = name the folder that tongban backup create wrote to
E_CITY_NAME = that is not the name of the city; nothing was changed
E_CITY_NAME-hint = type the whole name as it stands at `City of the folder`
E_NO_BUNDLE = this is no bundle
E_NO_BUNDLE-hint = take the file that the other city wrote with `tongban bundle export`
E_BUNDLE_CHANGED = the file was changed on the way, or is incomplete
E_BUNDLE_CHANGED-hint = ask the other city to export it again; this node is not damaged
about-own-city = this is the node's own city
about-no-handoff-yet = no handoff was acknowledged yet
about-no-fork = no device signed twice in this document
about-this-node-s-own-device = this node's own device: run tongband rotate first, and let the new device enter it
about-backups-of-another-city = the folder holds backups of another city; choose another
about-folder-is-no-backup = the folder holds something else; choose an empty one or that of earlier backups
io-refused = the connection is refused
io-read-only = the disk is read-only
io-not-empty = the folder is not empty
io-timed-out = it took too long
io-broken = the connection broke off
os-error = system error { $number }
evidence-strange = fingerprints of no city in the file, check them: { $fingerprints }
label-backup-city = City of the backup
label-backup-made = Made
label-target-city = City of the folder
label-running = Node runs there
document-agreement = agreement
document-city = page
document-case = case
document-parcel = parcel
parcel-miscount = The counts differ: { $posted } posted, { $found } found.
E_STATE-hint-parcel-open = record the arrival with `tongban parcel arrive` first
E_ALREADY-hint-parcel-confirm = this line is confirmed already; nothing is to be done
E_ALREADY-hint-parcel-arrive = the arrival is recorded already; nothing is to be done
E_ALREADY-hint-parcel-open = the opening is recorded already; nothing is to be done
about-a-signature-in-the-file-does-not-hold = a signature in the file does not hold
about-the-file-is-damaged = the file is damaged
about-this-is-not-a-invitation-file = this is no invitation
about-this-is-not-a-founding-file = this is no founding file
about-this-is-not-a-revocation-file = this is no revocation
rule-invitation = an invitation is the unchanged file that `tongban agreement invite` wrote: ask for it again
