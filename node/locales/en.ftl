# The words of tongband in English. The ids are those of zh.ftl.

E_USAGE = the command line is not right
E_USAGE-hint = see tongband --help
E_CONFIG = a configured value is wrong
E_CONFIG-hint = correct the value that is named; `docs/operations.md` lists the keys
E_NOT_INITIALISED = there is no node in the folder
E_NOT_INITIALISED-hint = make the node first: tongban --dir DIR init
E_ALREADY = the folder holds a node already
E_ALREADY-hint = choose another folder; if an earlier init was cut off, remove its files first
E_LOCKED = another process uses the folder
E_LOCKED-hint = stop the other process, or give this one a folder of its own
E_PASSPHRASE = the passphrase is wrong or cannot be read
E_PASSPHRASE-hint = check the passphrase file; without the passphrase the keys are lost
E_PORT_IN_USE = another process listens on the address
E_PORT_IN_USE-hint = choose another address to listen on, or stop what listens there
E_DAMAGED = a stored record, a key file or a certificate is damaged
E_DAMAGED-hint = do not go on with this folder: restore it from a backup and let the other cities send what is missing
E_DISK_FULL = the disk's reserve is used up
E_DISK_FULL-hint = make room on the disk, then start again; nothing acknowledged is lost
E_SCHEMA = another version of the program wrote the data
E_SCHEMA-hint = use the version of tongband that wrote this folder, or a newer one
E_INTERNAL = the program failed
E_INTERNAL-hint = look at the log lines before this one

message = { $detail }
usage-missing = missing: { $args }
usage-unknown = there is no option or command `{ $args }`
usage-value = the value of { $args } is not right
usage-conflict = { $args } stands twice or with an option that excludes it
usage-other = the command line cannot be read
help = A city's node in the mesh of co-operating cities
help-init = Make the keys, certificates and configuration of a new node
help-run = Run the node in the foreground until it is told to stop
heading-usage = Usage:
heading-commands = Commands
heading-options = Options
usage-options = { "[" }OPTIONS]
usage-command = <COMMAND>
opt-help = Print help
opt-version = Print the version
opt-dir = The node's folder; init makes it if it is missing
opt-division = The city's division code (GB/T 2260)
opt-name = The city's name
opt-listen = Where to listen for other cities, as IP:PORT; port 0 lets the system choose; with run instead of what the configuration says; may be repeated
opt-advertise = Where other cities reach this node, as HOST:PORT, if not where it listens; may be repeated
opt-passphrase-file = A file with the passphrase that seals the keys
opt-root-key-out = Write the city's root key there instead of into the folder, to be kept offline
opt-root-key = Take the city's existing root key from there
opt-root-passphrase-file = A file with the passphrase of that root key, if it has one of its own
opt-fast-kdf = Seal the keys so weakly that the passphrase protects nothing; for tests and demos only
opt-peer = Reach a city there and nowhere else, as DIVISION=HOST:PORT; may be repeated
opt-scripted-clock = Take the civil time from the local interface instead of the system, for scenarios; until it is set the node does not talk to other cities
opt-reserve-bytes = How many bytes of disk to leave free
opt-log = How log lines look: pretty for people, json with one object on each line
help-rotate = make another device or encryption key, which the node takes at its next start
help-revoke = sign a revocation file with the root key
opt-cert = the device certificate to revoke (see tongban key list)
opt-keep = a head of an agreement up to which the device's entries stay; may be repeated
opt-output = where to write the file


help-check-backup = Check every file of a backup
help-restore = Restore the newest backup into a folder in which no node runs
opt-from = The backup folder
opt-trial = Restore the backup beside itself as well, read every record, and remove it again
opt-replace = The city's name, by which records that are in the folder may be set aside
opt-dry-run = Check and tell what would be done, and do nothing

opt-encryption = Make another encryption key instead; the earlier one is kept until nothing needs it
