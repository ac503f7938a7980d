use std::path::Path;

use server::http::Options;
use server::http::site::Site;
use tempfile::TempDir;

use super::house::{Answer, House};

const WORKER: &str = "const BUILD = '{build}';\nconst FILES = ['{files}'];\n";

/// A built site whose script has this content and name.
fn built(script: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pkg")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let js = format!("/pkg/app.{script}.js");
    write(&js[1..], script);
    write(&format!("{}.br", &js[1..]), "brotli");
    write(&format!("{}.gz", &js[1..]), "gzip");
    write("pkg/app.1.wasm", "\0asm");
    write("pkg/app.1.css", "body{}");
    write("favicon.svg", "<svg/>");
    write("sw.js", WORKER);
    write("sw.js.br", "brotli of the template");
    let manifest = serde_json::json!({
        "js": js, "wasm": "/pkg/app.1.wasm", "css": "/pkg/app.1.css", "files": [
            {"url": js, "hashed": true}, {"url": "/favicon.svg", "hashed": false}]
    });
    write("manifest.json", &manifest.to_string());
    folder
}

async fn house_with_site() -> House {
    House::with_site(Site::load(Some(built("1").path())).unwrap()).await
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// What the worker keeps, as [address, digest].
fn precached(worker: &str) -> Vec<(String, String)> {
    let line = worker
        .lines()
        .find(|line| line.starts_with("const FILES"))
        .unwrap();
    let list = line.trim_start_matches("const FILES = ").trim_end_matches(';');
    serde_json::from_str(list).unwrap()
}

#[tokio::test]
async fn every_page_address_gives_the_same_document_with_a_strict_policy() {
    let house = house_with_site().await;
    let root = house.get("/").go().await.expect(200);
    let html = text(&root);
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
        "/shell.html",
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
    assert_eq!(plain.body, b"1");
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    assert!(plain.header("cache-control").contains("immutable"));
    for (accepts, encoding, body) in [
        ("gzip, deflate, br", "br", &b"brotli"[..]),
        ("gzip", "gzip", b"gzip"),
        ("br;q=0, identity", "", b"1"),
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

#[tokio::test]
async fn the_worker_keeps_every_file_and_the_document_and_is_never_kept_itself() {
    let house = house_with_site().await;
    let answer = house
        .get("/sw.js")
        .with("accept-encoding", "br")
        .go()
        .await
        .expect(200);
    assert_ne!(answer.body, b"brotli of the template");
    let answer = house.get("/sw.js").go().await.expect(200);
    assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("connect-src 'self'"), "{policy}");
    // A browser gives the script it has the headers of such an answer: a stricter policy would cripple it.
    let again = house
        .get("/sw.js")
        .with("if-none-match", answer.header("etag"))
        .go()
        .await
        .expect(304);
    assert_eq!(again.header("content-security-policy"), policy);
    let worker = text(&answer);
    let kept = precached(&worker);
    let urls: Vec<&str> = kept.iter().map(|(url, _)| url.as_str()).collect();
    assert_eq!(
        urls,
        [
            "/favicon.svg",
            "/pkg/app.1.css",
            "/pkg/app.1.js",
            "/pkg/app.1.wasm",
            "/shell.html"
        ]
    );
    for (url, digest) in &kept {
        let content = house.get(url).go().await.expect(200).body;
        assert_eq!(*digest, server::http::worker::integrity(&content), "{url}");
    }
    // The document and the worker speak of the same build.
    let build = worker
        .lines()
        .next()
        .unwrap()
        .trim_start_matches("const BUILD = ")
        .trim_end_matches(';');
    let html = text(&house.get("/shell.html").go().await.expect(200));
    assert!(html.contains(&format!("data-build={build}")), "{build}: {html}");
}

#[tokio::test]
async fn another_build_has_another_worker_and_the_same_build_the_same() {
    let worker = async |script: &str| {
        let house = House::with_site(Site::load(Some(built(script).path())).unwrap()).await;
        text(&house.get("/sw.js").go().await.expect(200))
    };
    assert_eq!(worker("1").await, worker("1").await);
    assert_ne!(worker("1").await, worker("2").await);
}

#[tokio::test]
async fn switched_off_the_worker_removes_itself_with_or_without_pages() {
    let folder = built("1");
    for site in [Some(folder.path().to_owned()), None] {
        let options = Options {
            service_worker: false,
            ..Options::new(site, false)
        };
        let house = House::with_site(Site::open(&options).unwrap()).await;
        let answer = house.get("/sw.js").go().await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-cache");
        let worker = text(&answer);
        let off = text(&house.get("/").go().await.expect(200)).contains("<html data-worker=\"off\" lang");
        assert!(off || options.site.is_none());
        assert!(
            worker.contains("unregister()") && !worker.contains("'fetch'"),
            "{worker}"
        );
    }
    // A server without pages has no worker either; browsers then keep the one they have.
    House::new()
        .await
        .get("/sw.js")
        .go()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn files_of_earlier_builds_stay_until_five_newer_ones_were_served() {
    let data = tempfile::tempdir().unwrap();
    let serve = async |script: &str| {
        let folder = built(script);
        let options = Options {
            archive: Some(data.path().join("site-archive")),
            ..Options::new(Some(folder.path().to_owned()), false)
        };
        House::with_site(Site::open(&options).unwrap()).await
    };
    serve("old").await;
    let house = serve("new").await;
    let old = house.get("/pkg/app.old.js").go().await.expect(200);
    assert_eq!(text(&old), "old");
    assert_eq!(old.header("content-type"), "text/javascript; charset=utf-8");
    assert!(old.header("cache-control").contains("immutable"));
    let document = text(&house.get("/").go().await.expect(200));
    assert!(document.contains("/pkg/app.new.js") && !document.contains("app.old.js"));
    // Only what changes its address with its content: an icon is that of the build served now.
    let kept = |name: &str| walk(data.path()).iter().any(|path| path.ends_with(name));
    assert!(kept("app.old.js") && !kept("favicon.svg"));
    for script in ["3", "4", "5", "6"] {
        serve(script).await;
    }
    serve("6")
        .await
        .get("/pkg/app.old.js")
        .go()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_disk_that_cannot_keep_earlier_builds_does_not_stop_the_server() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("site-archive"), "a file in the way").unwrap();
    let folder = built("1");
    let options = Options {
        archive: Some(data.path().join("site-archive")),
        ..Options::new(Some(folder.path().to_owned()), false)
    };
    let house = House::with_site(Site::open(&options).unwrap()).await;
    house.get("/").go().await.expect(200);
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}
