//! What an operator does with the keys of a real node, and what who broke into its folder can.

use tongban_identity::{DeviceKey, DivisionCode, KeyKind, open_secret};

use super::{LiveEngine, LiveError, PASSPHRASE, process};

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

    /// Opens the sealed device key in a node's folder.
    pub(super) fn device_key(&self, node: DivisionCode) -> Result<DeviceKey, LiveError> {
        let path = self.data_dir(node).join("device.key");
        let failed = |source| LiveError::File {
            path: path.clone(),
            source,
        };
        let sealed = std::fs::read(&path).map_err(failed)?;
        let secret = open_secret(KeyKind::Device, &sealed, PASSPHRASE.as_bytes())
            .map_err(|error| failed(std::io::Error::other(error)))?;
        Ok(DeviceKey::from_seed(*secret))
    }
}
