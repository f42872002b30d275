//! What an operator does with the keys of a real node, and what who broke into its folder can.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tongban_identity::{
    DeviceKey, DivisionCode, KeyKind, SignedDeviceCert, SignedEncryptionCert, open_secret,
};
use tongban_sync::founding::{Card, write_invitation};
use tongban_sync::frame::Blob;

use super::{LiveEngine, LiveError, PASSPHRASE, process};

/// The files of a folder that say who the node is.
const KEYS: [&str; 5] = [
    "device.key",
    "encryption.key",
    "root.key",
    "device.cert",
    "encryption.cert",
];

impl LiveEngine {
    /// Gives a node another device key with `tongband rotate`, and revokes the old one with `tongband revoke`;
    /// returns the revocation file.
    pub(super) async fn rotate_node(&mut self, node: DivisionCode) -> Result<String, LiveError> {
        let client = self.running(node)?;
        let known = self.call(node, client.keys()).await?;
        self.take_process(node)?.stop().await?;
        let rotate = self.arguments("rotate", node, &[], &["--fast-kdf"]);
        let path = self.folder.join(format!("{node}.revocation"));
        let mut options = vec![
            ("--cert", known.device),
            ("--output", path.display().to_string()),
        ];
        let heads = known.heads.into_values().flatten();
        options.extend(heads.map(|head| ("--keep", head)));
        let revoke = self.arguments("revoke", node, &options, &[]);
        let log = self.log(node);
        for arguments in [rotate, revoke] {
            process::run_once(node, &self.program, &arguments, &log).await?;
        }
        self.launch(node).await?;
        std::fs::read_to_string(&path).map_err(|source| LiveError::File { path, source })
    }

    /// Makes another root key with `tongband init` in a new folder; returns the invitation under it.
    pub(super) async fn make_root(&mut self, node: DivisionCode) -> Result<String, LiveError> {
        let live = self.nodes.get(&node).ok_or(LiveError::NotRunning(node))?;
        let (name, address) = (live.name.clone(), live.door.address().to_string());
        let mut arguments = self.arguments(
            "init",
            node,
            &[
                ("--division", node.to_string()),
                ("--name", name.clone()),
                ("--listen", "127.0.0.1:0".to_owned()),
            ],
            &["--fast-kdf"],
        );
        let (folder, new) = (self.data_dir(node), self.root_folder(node));
        let (folder, path) = (folder.display().to_string(), new.display().to_string());
        for argument in arguments.iter_mut().filter(|argument| **argument == folder) {
            argument.clone_from(&path);
        }
        process::run_once(node, &self.program, &arguments, &self.log(node)).await?;
        let read = |name: &str| {
            let path = new.join(name);
            fs::read(&path).map_err(|source| LiveError::File { path, source })
        };
        let bad = || LiveError::File {
            path: new.clone(),
            source: io::Error::other("no sound certificates"),
        };
        let cert = SignedDeviceCert::from_slice(&read("device.cert")?).map_err(|_| bad())?;
        let signed = read("encryption.cert")?;
        let encryption = SignedEncryptionCert::from_slice(&signed).map_err(|_| bad())?;
        let encryption = encryption.verify().map_err(|_| bad())?;
        let card = Card {
            city: encryption.city,
            division: node,
            name,
            addresses: vec![address],
            encryption: Blob(signed),
        };
        let device = device_key_in(&new)?;
        write_invitation(&cert, card, &device).ok_or_else(bad)
    }

    /// Stops a node, puts the keys of its new root in the place of the earlier ones, and starts it again.
    pub(super) async fn take_root(&mut self, node: DivisionCode) -> Result<(), LiveError> {
        self.take_process(node)?.stop().await?;
        let (folder, new) = (self.data_dir(node), self.root_folder(node));
        for name in KEYS {
            let path = folder.join(name);
            let copied = fs::copy(new.join(name), &path);
            copied.map_err(|source| LiveError::File { path, source })?;
        }
        self.launch(node).await
    }

    fn root_folder(&self, node: DivisionCode) -> PathBuf {
        self.folder.join(format!("{node}.root"))
    }

    /// Opens the sealed device key in a node's folder.
    pub(super) fn device_key(&self, node: DivisionCode) -> Result<DeviceKey, LiveError> {
        device_key_in(&self.data_dir(node))
    }
}

fn device_key_in(folder: &Path) -> Result<DeviceKey, LiveError> {
    let path = folder.join("device.key");
    let failed = |source| LiveError::File {
        path: path.clone(),
        source,
    };
    let sealed = std::fs::read(&path).map_err(failed)?;
    let secret = open_secret(KeyKind::Device, &sealed, PASSPHRASE.as_bytes())
        .map_err(|error| failed(std::io::Error::other(error)))?;
    Ok(DeviceKey::from_seed(*secret))
}
