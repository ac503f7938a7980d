//! Against real receivers on this machine, which the guard lets in by a rule.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::wire::webhook::{MessageActor, Webhook, WebhookState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::super::signature::draw_secret;
use super::*;

/// Answers each request with `answer` and hands over what it was sent.
async fn receiver(answer: &'static str) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (give, take) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            let mut bytes = [0; 4096];
            loop {
                let read = stream.read(&mut bytes).await.unwrap_or(0);
                text.push_str(&String::from_utf8_lossy(&bytes[..read]));
                if read == 0 || text.contains("\r\n\r\n") && text.ends_with('}') {
                    break;
                }
            }
            give.send(text).unwrap();
            if !answer.is_empty() {
                let _ = stream.write_all(answer.as_bytes()).await;
            } else {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        }
    });
    (port, take)
}

/// Names whose addresses change with each look-up; the last answer stays.
struct Script {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Script {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers
            .iter()
            .map(|list| list.iter().map(|address| address.parse().unwrap()).collect())
            .collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Lookup for Script {
    fn addresses<'a>(&'a self, _host: &'a str) -> Found<'a> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        };
        Box::pin(async move { Ok(answer) })
    }
}

fn guard(allow: &str) -> Guard {
    Guard {
        allow: vec![allow.parse().unwrap()],
        plain_http: true,
    }
}

fn hook(url: String) -> Hook {
    Hook {
        webhook: Webhook {
            id: ulid::Ulid::new().to_string(),
            name: "test".into(),
            url,
            events: BTreeSet::from([EventKind::Submitted]),
            release_types: None,
            state: WebhookState::Active,
            trouble: None,
            attempts: 0,
            next_attempt: None,
            last_delivered: None,
            old_secret_until: None,
            created: Utc::now(),
            created_by: "ada".into(),
        },
        secret: draw_secret().unwrap(),
        old_secret: None,
        cursor: 0,
        first: None,
    }
}

fn message() -> Message {
    Message {
        id: "msg_1".into(),
        kind: EventKind::Submitted,
        time: Utc::now(),
        actor: MessageActor {
            id: None,
            name: "ada".into(),
        },
        release: None,
        text: "submitted it".into(),
        link: "/releases/REL-000001".into(),
        revision: 1,
    }
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let line = request
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {request}"))
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nthank";

#[tokio::test]
async fn what_arrives_is_signed_and_names_itself() {
    let (port, mut requests) = receiver(OK).await;
    let sender = Sender::new(guard("127.0.0.0/8"), Arc::new(SystemLookup));
    let mut hook = hook(format!("http://127.0.0.1:{port}/in?x=1"));
    let now = Utc::now();
    let (attempt, verdict) = sender.attempt(&hook, &message(), now).await;
    assert_eq!(verdict, Verdict::Delivered, "{attempt:?}");
    assert_eq!(
        (attempt.status, attempt.response.as_deref()),
        (Some(200), Some("thank"))
    );
    let request = requests.recv().await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /in?x=1 HTTP/1.1"), "{head}");
    assert_eq!(header(head, "content-type"), "application/json");
    assert!(header(head, "user-agent").starts_with("slipway/"));
    assert_eq!(header(head, "webhook-id"), "msg_1");
    let stamp: i64 = header(head, "webhook-timestamp").parse().unwrap();
    assert_eq!(stamp, now.timestamp());
    let expected = sign(&hook.secret, "msg_1", stamp, body).unwrap();
    assert_eq!(header(head, "webhook-signature"), expected);
    assert_eq!(serde_json::from_str::<Message>(body).unwrap(), message_at(body));

    // For a day after a change, whoever knows either secret can check it.
    hook.old_secret = Some(draw_secret().unwrap());
    hook.webhook.old_secret_until = Some(now + chrono::TimeDelta::hours(1));
    sender.attempt(&hook, &message(), now).await;
    let request = requests.recv().await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let old = sign(hook.old_secret.as_deref().unwrap(), "msg_1", stamp, body).unwrap();
    let both: Vec<&str> = header(head, "webhook-signature").split(' ').collect();
    assert_eq!(both, [sign(&hook.secret, "msg_1", stamp, body).unwrap(), old]);
    hook.webhook.old_secret_until = Some(now);
    assert_eq!(hook.secrets(now).count(), 1);
}

fn message_at(body: &str) -> Message {
    let time = serde_json::from_str::<serde_json::Value>(body).unwrap()["time"].clone();
    Message {
        time: serde_json::from_value(time).unwrap(),
        ..message()
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_failures_say_what_happened() {
    let (inside, mut inner) = receiver(OK).await;
    let moved = format!(
        "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:{inside}/secret\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    for (answer, verdict, status, says) in [
        (
            moved.leak() as &str,
            Verdict::Failed(None),
            Some(307),
            "redirects are not followed",
        ),
        (
            "HTTP/1.1 500 No\r\ncontent-length: 4\r\nconnection: close\r\n\r\noops",
            Verdict::Failed(None),
            Some(500),
            "did not take",
        ),
        (
            "HTTP/1.1 429 No\r\nretry-after: 77\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            Verdict::Failed(Some(77)),
            Some(429),
            "did not take",
        ),
        (
            "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            Verdict::Gone,
            Some(410),
            "gone for good",
        ),
        ("nonsense", Verdict::Failed(None), None, ""),
    ] {
        let (port, _requests) = receiver(answer).await;
        let sender = Sender::new(guard("127.0.0.1"), Arc::new(SystemLookup));
        let (attempt, said) = sender
            .attempt(&hook(format!("http://127.0.0.1:{port}/")), &message(), Utc::now())
            .await;
        assert_eq!((said, attempt.status), (verdict, status), "{attempt:?}");
        assert!(attempt.error.as_deref().unwrap().contains(says), "{attempt:?}");
    }
    assert!(
        inner.try_recv().is_err(),
        "nobody went where the redirect pointed"
    );
}

#[tokio::test]
async fn a_receiver_that_says_nothing_or_too_much_costs_little() {
    let (port, _requests) = receiver("").await;
    let mut sender = Sender::new(guard("127.0.0.1"), Arc::new(SystemLookup));
    sender.timeout = Duration::from_millis(300);
    let silent = hook(format!("http://127.0.0.1:{port}/"));
    let (attempt, verdict) = sender.attempt(&silent, &message(), Utc::now()).await;
    assert_eq!(verdict, Verdict::Failed(None));
    assert!(
        attempt.error.as_deref().unwrap().contains("no answer"),
        "{attempt:?}"
    );
    assert!((300..5_000).contains(&attempt.took_ms), "{attempt:?}");

    let long = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\nconnection: close\r\n\r\n{}",
        "a\u{7}b".repeat(33_333)
    );
    let (port, _requests) = receiver(long.leak()).await;
    let sender = Sender::new(guard("127.0.0.1"), Arc::new(SystemLookup));
    let (attempt, verdict) = sender
        .attempt(&hook(format!("http://127.0.0.1:{port}/")), &message(), Utc::now())
        .await;
    assert_eq!(verdict, Verdict::Delivered, "{attempt:?}");
    let kept = attempt.response.unwrap();
    assert!(kept.len() <= KEPT && kept.starts_with("a ba b"), "{}", kept.len());

    // Nobody listens there.
    let (attempt, _) = sender
        .attempt(&hook("http://127.0.0.1:1/".into()), &message(), Utc::now())
        .await;
    assert!(
        attempt.error.as_deref().unwrap().contains("no connection"),
        "{attempt:?}"
    );
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_only_what_was_checked_is_connected_to() {
    let (port, mut requests) = receiver(OK).await;
    // Rebinding: the first answer is harmless, each later one is this machine.
    let script = Script::new(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let sender = Sender::new(guard("127.0.0.2"), script.clone());
    let hook = hook(format!("http://rebinding.example:{port}/"));
    let (attempt, verdict) = sender.attempt(&hook, &message(), Utc::now()).await;
    assert_eq!(
        script.asked.load(Ordering::Relaxed),
        1,
        "one look-up for check and connection"
    );
    // Nobody listens on 127.0.0.2: had it been looked up again, the receiver on 127.0.0.1 would have answered.
    assert_eq!(verdict, Verdict::Failed(None), "{attempt:?}");
    assert!(
        attempt.error.as_deref().unwrap().contains("no connection"),
        "{attempt:?}"
    );
    let (attempt, verdict) = sender.attempt(&hook, &message(), Utc::now()).await;
    assert_eq!(verdict, Verdict::Failed(None));
    assert!(
        attempt.error.as_deref().unwrap().contains("this machine itself"),
        "{attempt:?}"
    );
    assert!(requests.try_recv().is_err(), "nothing has arrived");

    // One bad answer among good ones is enough.
    let script = Script::new(&[&["1.1.1.1", "169.254.169.254"]]);
    let sender = Sender::new(guard("127.0.0.2"), script);
    let (attempt, _) = sender.attempt(&hook, &message(), Utc::now()).await;
    let error = attempt.error.unwrap();
    assert!(error.contains("port") || error.contains("link-local"), "{error}");

    // And no answer is no address.
    let sender = Sender::new(guard("127.0.0.2"), Script::new(&[&[]]));
    let (attempt, _) = sender.attempt(&hook, &message(), Utc::now()).await;
    assert!(attempt.error.unwrap().contains("no address"));
}
