//! Sockets: who is let in, in the clear or by TLS, for how long, and how the
//! service ends.

use crate::service::Shared;
use crate::{ServerConfig, ServerError, TlsFiles, log};
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// After an accept that failed, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);
/// Bytes of the head of a request, its path and headers.
const HEAD_BYTES: usize = 64 << 10;

/// A socket that waits for clients.
pub(crate) struct Listening {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Listening {
    pub(crate) async fn on(config: &ServerConfig) -> Result<Self, ServerError> {
        let tls = config.tls.as_ref().map(acceptor).transpose()?;
        let address = config.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| ServerError::Listen { address, source })?;
        Ok(Self { listener, tls })
    }

    /// Where; of port 0 the one that was given.
    pub(crate) fn address(&self) -> Result<SocketAddr, ServerError> {
        self.listener.local_addr().map_err(ServerError::Io)
    }

    /// Serves until `end`, then gives open requests their time.
    pub(crate) async fn serve(
        self,
        service: Shared,
        router: Router,
        end: impl Future<Output = ()>,
    ) {
        let limits = service.config.limits;
        let places = Arc::new(Semaphore::new(limits.connections));
        let graceful = GracefulShutdown::new();
        let mut end = std::pin::pin!(end);
        loop {
            let place = Arc::clone(&places).acquire_owned();
            let accepted = async { (place.await, self.listener.accept().await) };
            let (place, accepted) = tokio::select! {
                accepted = accepted => accepted,
                () = &mut end => break,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    log::words("accept-failed", &error.to_string());
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let connection =
                one(stream, self.tls.clone(), service.clone(), router.clone(), graceful.watcher());
            tokio::spawn(async move {
                connection.await;
                drop(place);
            });
        }
        drop(self.listener);
        let patience = Duration::from_secs(limits.shutdown_seconds);
        if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
            log::words("cut-off", "requests were still open at the end of the shutdown time");
        }
    }
}

async fn one(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    service: Shared,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    service.metrics.connections.inc();
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let patience = Duration::from_secs(service.config.limits.head_seconds);
    match tls {
        None => speak(stream, patience, router, watcher).await,
        Some(tls) => {
            // A client that cannot agree on TLS, or says nothing, is none of ours.
            if let Ok(Ok(stream)) = tokio::time::timeout(patience, tls.accept(stream)).await {
                speak(stream, patience, router, watcher).await;
            }
        }
    }
    service.metrics.connections.dec();
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    patience: Duration,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // Clients that go away in the middle are everyday; nothing is to be done.
    let _ = watcher.watch(connection).await;
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ServerError> {
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(&files.certificates)
            .and_then(Iterator::collect)
            .map_err(|error| ServerError::tls(&files.certificates, &error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| ServerError::tls(&files.key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| ServerError::tls(&files.key, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
