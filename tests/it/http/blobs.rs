//! Photos and files: pieces, resuming, what is not taken, and who may read.

use domain::BlobId;
use domain::access::{Role, Scope};
use domain::wire::blob::{BLOB_PIECE, MAX_BLOB, PIECE_TYPE};
use serde_json::{Value, json};
use server::http::Options;
use server::http::site::Site;
use sha2::{Digest, Sha256};

use super::house::{Answer, House};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on";

fn name(content: &[u8]) -> String {
    BlobId(Sha256::digest(content).into()).to_string()
}

/// A picture of so many bytes; no two tests use the same.
fn picture(seed: &str, bytes: usize) -> Vec<u8> {
    let mut content = PNG.to_vec();
    content.extend(ulid::Ulid::new().to_string().bytes());
    content.extend(seed.bytes().cycle().take(bytes.saturating_sub(content.len())));
    content
}

async fn begin(house: &House, token: &str, sha256: &str, bytes: u64, kind: &str) -> Answer {
    let body = json!({"sha256": sha256, "bytes": bytes, "type": kind});
    house.post("/api/v1/blobs").token(token).json(&body).go().await
}

async fn send(house: &House, token: &str, sha256: &str, offset: u64, piece: &[u8]) -> Answer {
    house
        .ask("PATCH", &format!("/api/v1/blobs/{sha256}"))
        .token(token)
        .with("upload-offset", &offset.to_string())
        .raw(PIECE_TYPE, piece.to_vec())
        .go()
        .await
}

/// Uploads the whole in one piece; the last answer.
async fn upload(house: &House, token: &str, content: &[u8], kind: &str) -> Answer {
    let sha256 = name(content);
    begin(house, token, &sha256, content.len() as u64, kind)
        .await
        .expect(200);
    send(house, token, &sha256, 0, content).await
}

async fn read(house: &House, token: &str, sha256: &str) -> Answer {
    house
        .get(&format!("/api/v1/blobs/{sha256}"))
        .token(token)
        .go()
        .await
}

async fn worker(house: &House, login: &str) -> String {
    let id = house.person(login, &[Role::CmdbViewer], true).await;
    house.token_of(id, &[Scope::Read, Scope::Write]).await
}

#[tokio::test]
async fn a_photo_travels_in_pieces_and_goes_on_after_a_cut() {
    let house = House::new().await;
    let ann = worker(&house, "ann").await;
    let photo = picture("pieces", BLOB_PIECE as usize + 1000);
    let (sha256, all) = (name(&photo), photo.len() as u64);
    let (first, rest) = photo.split_at(BLOB_PIECE as usize);
    let begun = begin(&house, &ann, &sha256, all, "image/png")
        .await
        .expect(200)
        .json();
    assert_eq!(begun, json!({"offset": 0, "bytes": all}));
    let there = send(&house, &ann, &sha256, 0, first).await.expect(200).json();
    assert_eq!(there, json!({"offset": BLOB_PIECE, "bytes": all}));
    // The answer was lost: the same piece again is told where to go on, and so does whoever asks.
    let again = send(&house, &ann, &sha256, 0, first)
        .await
        .expect_problem(409, "conflict");
    assert_eq!(again.header("upload-offset"), BLOB_PIECE.to_string());
    let asked = begin(&house, &ann, &sha256, all, "image/png")
        .await
        .expect(200)
        .json();
    assert_eq!(asked["offset"], BLOB_PIECE);
    let head = house
        .ask("HEAD", &format!("/api/v1/blobs/{sha256}"))
        .token(&ann)
        .go()
        .await
        .expect(200);
    assert_eq!(
        (head.header("upload-offset"), head.header("upload-length")),
        ("524288", all.to_string().as_str())
    );
    // Not yet to be read, not even by its sender.
    read(&house, &ann, &sha256).await.expect_problem(404, "not_found");
    let done = send(&house, &ann, &sha256, BLOB_PIECE, rest)
        .await
        .expect(200)
        .json();
    assert_eq!(done["offset"], all);
    let answer = read(&house, &ann, &sha256).await.expect(200);
    assert_eq!(answer.body, photo);
    assert_eq!(answer.header("content-type"), "image/png");
    assert!(
        answer
            .header("content-disposition")
            .starts_with("inline; filename=")
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("content-security-policy").contains("sandbox"));
    // Nothing is sent twice.
    let known = begin(&house, &ann, &sha256, all, "image/png")
        .await
        .expect(200)
        .json();
    assert_eq!(known, json!({"offset": all, "bytes": all}));
}

#[tokio::test]
async fn an_installation_says_how_large_a_file_it_keeps() {
    let options = Options {
        largest_file: MAX_BLOB + 1,
        ..Options::new(None, false)
    };
    let house = House::with(options, Site::none()).await;
    let ann = worker(&house, "ann").await;
    let me = house.get("/api/v1/me").token(&ann).go().await.expect(200).json();
    assert_eq!(me["largest_file"], MAX_BLOB + 1);
    let sha256 = name(b"x");
    begin(&house, &ann, &sha256, MAX_BLOB + 1, "image/png")
        .await
        .expect(200);
    begin(&house, &ann, &sha256, MAX_BLOB + 2, "image/png")
        .await
        .expect_problem(413, "too_large");
}

#[tokio::test]
async fn what_cannot_be_a_photo_is_refused_before_it_is_sent() {
    let house = House::new().await;
    let ann = worker(&house, "ann").await;
    let sha256 = name(b"x");
    begin(&house, &ann, &sha256, 0, "image/png")
        .await
        .expect_problem(422, "invalid");
    for huge in [MAX_BLOB + 1, 5 * 1024 * 1024 * 1024, u64::MAX] {
        begin(&house, &ann, &sha256, huge, "image/png")
            .await
            .expect_problem(413, "too_large");
    }
    for kind in ["text/html", "image/svg+xml", "application/x-msdownload", ""] {
        begin(&house, &ann, &sha256, 10, kind)
            .await
            .expect_problem(415, "wrong_content_type");
    }
    for wrong in [
        "../../etc/passwd",
        "AB",
        &"a".repeat(63),
        &"A".repeat(64),
        &format!("{}/..", "a".repeat(61)),
    ] {
        begin(&house, &ann, wrong, 10, "image/png")
            .await
            .expect_problem(422, "invalid");
    }
    let tricks = [
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        &"A".repeat(64),
        &"a".repeat(65),
        "%00",
        "incoming",
    ];
    for trick in tricks {
        read(&house, &ann, trick).await.expect_problem(404, "not_found");
        send(&house, &ann, trick, 0, b"x")
            .await
            .expect_problem(404, "not_found");
    }
    // What was never announced is not taken either.
    send(&house, &ann, &sha256, 0, b"x")
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn what_is_sent_must_be_what_was_announced() {
    let house = House::new().await;
    let ann = worker(&house, "ann").await;
    let photo = picture("wrong", 100);
    let (sha256, all) = (name(&photo), photo.len() as u64);
    begin(&house, &ann, &sha256, all, "image/png").await.expect(200);
    let more = [photo.as_slice(), b"!"].concat();
    send(&house, &ann, &sha256, 0, &more)
        .await
        .expect_problem(422, "invalid");
    let path = format!("/api/v1/blobs/{sha256}");
    let plain = house.ask("PATCH", &path).token(&ann).with("upload-offset", "0");
    plain
        .raw("application/octet-stream", photo.clone())
        .go()
        .await
        .expect_problem(415, "wrong_content_type");
    for offset in ["", "-1", "x", "18446744073709551616"] {
        let wrong = house
            .ask("PATCH", &path)
            .token(&ann)
            .with("upload-offset", offset);
        wrong
            .raw(PIECE_TYPE, photo.clone())
            .go()
            .await
            .expect_problem(422, "invalid");
    }
    let large = vec![0; BLOB_PIECE as usize + 1];
    send(&house, &ann, &sha256, 0, &large)
        .await
        .expect_problem(413, "too_large");
    // Other bytes of the right length.
    let other = vec![b'x'; photo.len()];
    let refused = send(&house, &ann, &sha256, 0, &other)
        .await
        .expect_problem(422, "invalid");
    assert_eq!(refused.json()["errors"][0]["at"], "sha256");
    read(&house, &ann, &sha256).await.expect_problem(404, "not_found");
    // Nothing of it is left in the way.
    upload(&house, &ann, &photo, "image/png").await.expect(200);
    read(&house, &ann, &sha256).await.expect(200);
}

#[tokio::test]
async fn the_content_decides_what_it_is() {
    let house = House::new().await;
    let ann = worker(&house, "ann").await;
    for payload in [
        &b"<!doctype html><script>fetch('/api/v1/me')</script>"[..],
        b"\n <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\x7fELF\x02\x01",
    ] {
        let refused = upload(&house, &ann, payload, "image/png").await;
        refused.expect_problem(415, "wrong_content_type");
        read(&house, &ann, &name(payload))
            .await
            .expect_problem(404, "not_found");
    }
    let log = format!("{} all services up\n", ulid::Ulid::new());
    upload(&house, &ann, log.as_bytes(), "image/jpeg")
        .await
        .expect(200);
    let answer = read(&house, &ann, &name(log.as_bytes())).await.expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.header("content-disposition").starts_with("attachment"));
}

#[tokio::test]
async fn unfinished_uploads_of_one_person_are_bounded() {
    let house = House::new().await;
    let (ann, ben) = (worker(&house, "ann").await, worker(&house, "ben").await);
    for n in 0..20 {
        begin(&house, &ann, &name(&[n]), 10, "image/png")
            .await
            .expect(200);
    }
    begin(&house, &ann, &name(&[0]), 10, "image/png")
        .await
        .expect(200);
    let refused = begin(&house, &ann, &name(&[20]), 10, "image/png").await;
    refused.expect_problem(429, "too_often");
    begin(&house, &ben, &name(&[20]), 10, "image/png")
        .await
        .expect(200);
}

/// A release of `token` with one step, and a record of it that shows `sha256`.
async fn release_showing(house: &House, token: &str, sha256: &str) -> String {
    let new = json!({"fields": {"title": "Swap"}, "steps": [{"title": "Swap it"}]});
    let made = house.draft(token, &new).await.json();
    let number = made["view"]["number"].as_str().unwrap().to_owned();
    let step = made["view"]["release"]["steps"]
        .as_object()
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    record(house, token, &number, &step, sha256).await;
    number
}

async fn record(house: &House, token: &str, number: &str, step: &str, sha256: &str) -> Value {
    let command = json!({
        "command": "record", "step": step, "result": "done", "evidence": [sha256],
        "started": "2026-11-25T08:00:00Z", "ended": "2026-11-25T08:10:00Z",
    });
    let path = format!("/api/v1/releases/{number}/commands");
    house
        .post(&path)
        .token(token)
        .json(&command)
        .go()
        .await
        .expect(200)
        .json()
}

#[tokio::test]
async fn a_photo_is_seen_by_those_who_see_a_release_in_which_its_sender_shows_it() {
    let house = House::new().await;
    let (ann, ben) = (worker(&house, "ann").await, worker(&house, "ben").await);
    let outsider = house.person("out", &[], false).await;
    let outsider = house.token_of(outsider, &[Scope::Read, Scope::Write]).await;
    let photo = picture("seen", 300);
    let sha256 = name(&photo);
    // The record may name it before its bytes have arrived.
    release_showing(&house, &ann, &sha256).await;
    read(&house, &ben, &sha256).await.expect_problem(404, "not_found");
    upload(&house, &ann, &photo, "image/png").await.expect(200);
    assert_eq!(read(&house, &ben, &sha256).await.expect(200).body, photo);
    read(&house, &outsider, &sha256)
        .await
        .expect_problem(404, "not_found");
    // It is not even said to be there: whoever claims to have it must send all of it.
    let claimed = begin(&house, &outsider, &sha256, 300, "image/png")
        .await
        .expect(200)
        .json();
    assert_eq!(claimed["offset"], 0);
    read(&house, &outsider, &sha256)
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn naming_a_hash_in_an_own_record_opens_nothing() {
    let house = House::new().await;
    let (ann, ben) = (worker(&house, "ann").await, worker(&house, "ben").await);
    let photo = picture("guessed", 300);
    upload(&house, &ann, &photo, "image/png").await.expect(200);
    let sha256 = name(&photo);
    read(&house, &ben, &sha256).await.expect_problem(404, "not_found");
    release_showing(&house, &ben, &sha256).await;
    read(&house, &ben, &sha256).await.expect_problem(404, "not_found");
    // Once he has sent the same bytes himself, they are his as well.
    upload(&house, &ben, &photo, "image/png").await.expect(200);
    read(&house, &ben, &sha256).await.expect(200);
}
