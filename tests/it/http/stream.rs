//! Pokes, and how they end.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use server::http::site::Site;
use server::http::{Options, app, serve};
use server::state::Shared;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::StreamExt;
use tower::ServiceExt;

use super::house::House;

/// Long enough for a busy machine; only a stream that never answers takes it.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_commit_pokes_with_its_revision_and_nothing_else() {
    let house = House::new().await;
    let admin = house.admin().await;
    let state = Shared::new(house.store.clone(), Options::new(None, false), Site::none());
    let request = Request::get("/sync/v1/events")
        .header("authorization", format!("Bearer {admin}"))
        .body(Body::empty())
        .unwrap();
    let response = app(state.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let chunk = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap();
        chunk.map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
    };
    let before = house.store.head();
    assert_eq!(next().await.unwrap(), format!("event: poke\ndata: {before}\n\n"));
    house
        .import(&admin, r#"{"type":"ci","key":"vm/a","name":"a","class":"vm"}"#)
        .await;
    let after = house.store.head();
    assert!(after > before);
    assert_eq!(next().await.unwrap(), format!("event: poke\ndata: {after}\n\n"));
    state.stopping.cancel();
    assert_eq!(next().await, None, "a stopping server ends its streams");
}

#[tokio::test]
async fn a_stopping_server_finishes_what_it_accepted_and_ends() {
    let house = House::new().await;
    let admin = house.admin().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let options = Options::new(None, false);
    let server = tokio::spawn(serve(house.store.clone(), options, listener, async {
        let _ = stopped.await;
    }));
    let head = format!("Host: {address}\r\nAuthorization: Bearer {admin}\r\n");

    let mut events = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /sync/v1/events HTTP/1.1\r\n{head}\r\n");
    events.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0_u8; 12];
    events.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");

    // An upload of which half has arrived when the server is told to stop.
    let line = r#"{"type":"ci","key":"vm/late","name":"late","class":"vm"}"#;
    let mut upload = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /api/v1/imports?format=ndjson HTTP/1.1\r\n{head}Content-Type: application/x-ndjson\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        line.len()
    );
    upload.write_all(request.as_bytes()).await.unwrap();
    upload.write_all(&line.as_bytes()[..10]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    upload.write_all(&line.as_bytes()[10..]).await.unwrap();

    let finish = async {
        let mut answer = String::new();
        upload.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains("\"created\":1"),
            "{answer}"
        );
        let mut rest = Vec::new();
        events.read_to_end(&mut rest).await.unwrap();
        server.await.unwrap().unwrap();
        house.store.close().await;
    };
    tokio::time::timeout(PATIENCE, finish).await.unwrap();
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nothing is accepted any more"
    );
}
