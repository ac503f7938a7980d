use server::http::site::Site;

use super::house::House;

async fn house_with_site() -> House {
    let folder = tempfile::tempdir().unwrap();
    let pkg = folder.path().join("pkg");
    std::fs::create_dir(&pkg).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("pkg/app.1.js", "the script");
    write("pkg/app.1.js.br", "brotli");
    write("pkg/app.1.js.gz", "gzip");
    write("pkg/app.1.wasm", "\0asm");
    write("pkg/app.1.css", "body{}");
    write("favicon.svg", "<svg/>");
    write(
        "manifest.json",
        r#"{"js": "/pkg/app.1.js", "wasm": "/pkg/app.1.wasm", "css": "/pkg/app.1.css", "files": [
            {"url": "/pkg/app.1.js", "hashed": true}, {"url": "/favicon.svg", "hashed": false}]}"#,
    );
    House::with_site(Site::load(Some(folder.path())).unwrap()).await
}

#[tokio::test]
async fn every_page_address_gives_the_same_document_with_a_strict_policy() {
    let house = house_with_site().await;
    let root = house.get("/").go().await.expect(200);
    let html = String::from_utf8(root.body.clone()).unwrap();
    assert!(
        html.contains("/pkg/app.1.js") && html.contains("/pkg/app.1.css"),
        "{html}"
    );
    assert_eq!(root.header("cache-control"), "no-cache");
    let policy = root.header("content-security-policy");
    assert!(
        policy.contains("'wasm-unsafe-eval'") && !policy.contains("'unsafe-inline'"),
        "{policy}"
    );
    for page in [
        "/cmdb",
        "/cmdb/ci/device%2Frtr01.example.net",
        "/cmdb/ci/device/rtr01.example.net",
        "/releases/REL-000001/plan",
    ] {
        let answer = house.get(page).go().await.expect(200);
        assert_eq!(answer.body, root.body, "{page}");
    }
    let etag = root.header("etag").to_owned();
    let again = house
        .get("/cmdb")
        .with("if-none-match", &etag)
        .go()
        .await
        .expect(304);
    assert!(again.body.is_empty());
    house
        .post("/cmdb")
        .go()
        .await
        .expect_problem(405, "method_not_allowed");
    house
        .get("/wp-login.php")
        .go()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn files_come_compressed_as_asked_and_hashed_ones_are_kept_for_ever() {
    let house = house_with_site().await;
    let get = || house.get("/pkg/app.1.js");
    let plain = get().go().await.expect(200);
    assert_eq!(plain.body, b"the script");
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    assert!(plain.header("cache-control").contains("immutable"));
    for (accepts, encoding, body) in [
        ("gzip, deflate, br", "br", &b"brotli"[..]),
        ("gzip", "gzip", b"gzip"),
        ("br;q=0, identity", "", b"the script"),
    ] {
        let answer = get().with("accept-encoding", accepts).go().await.expect(200);
        assert_eq!(
            (answer.header("content-encoding"), &*answer.body),
            (encoding, body),
            "{accepts}"
        );
        assert_eq!(answer.header("vary"), "accept-encoding");
    }
    let icon = house.get("/favicon.svg").go().await.expect(200);
    assert_eq!(
        (icon.header("content-type"), icon.header("cache-control")),
        ("image/svg+xml", "no-cache")
    );
    house
        .get("/manifest.json")
        .go()
        .await
        .expect_problem(404, "not_found");
    house
        .get("/pkg/app.1.js.br")
        .go()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn without_pages_the_server_says_how_to_get_them() {
    let answer = House::new().await.get("/").go().await.expect(200);
    assert!(String::from_utf8_lossy(&answer.body).contains("cargo xtask run"));
}
