//! One request over one connection to the Unix socket. What the answer means is decided by the caller.

use std::io;
use std::path::Path;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use crate::error::{AnswerFault, ClientError};
use crate::limits::ANSWER_BYTES_MAX;

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The media type in lower case, without parameters.
    pub(crate) media_type: String,
    pub(crate) body: Vec<u8>,
}

/// Sends a request and reads the whole answer.
///
/// The connection is driven by this future alone, so that dropping it closes the connection.
pub(crate) async fn exchange(
    socket: &Path,
    request: Request<Full<Bytes>>,
) -> Result<Answer, ClientError> {
    let stream = connect(socket).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|source| ClientError::Broken { source })?;
    // The block owns the sender: when the answer is read, the sender goes and the connection ends.
    let answer = async move {
        let response = sender
            .send_request(request)
            .await
            .map_err(|source| ClientError::Broken { source })?;
        read(response).await
    };
    let (answer, _) = tokio::join!(answer, connection);
    answer
}

async fn connect(socket: &Path) -> Result<UnixStream, ClientError> {
    UnixStream::connect(socket).await.map_err(|source| {
        let socket = socket.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                ClientError::NotRunning { socket, source }
            }
            _ => ClientError::Socket { socket, source },
        }
    })
}

async fn read(response: hyper::Response<hyper::body::Incoming>) -> Result<Answer, ClientError> {
    let status = response.status();
    let media_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX)
        .collect()
        .await
        .map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(source) => ClientError::Broken { source: *source },
            Err(other) => {
                debug_assert!(other.is::<LengthLimitError>());
                ClientError::Answer {
                    status: status.as_u16(),
                    source: AnswerFault::TooLarge,
                }
            }
        })?
        .to_bytes()
        .into();
    Ok(Answer {
        status,
        media_type,
        body,
    })
}
