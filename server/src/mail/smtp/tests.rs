use chrono::Utc;
use domain::mail::Rendered;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::super::settings::Server;
use super::*;

/// A mail server for one connection that answers as it is told, word by word; what was said to it comes out.
async fn server(answers: &'static [(&'static str, &'static str)]) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (said, hear) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        for (word, answer) in answers {
            let mut line = String::new();
            while !word.is_empty() && !line.starts_with(word) {
                line.clear();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                let _ = said.send(line.clone());
            }
            stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
        }
        // Silent from here on, as long as the other side stays.
        let mut line = String::new();
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let _ = said.send(std::mem::take(&mut line));
        }
    });
    (port, hear)
}

fn post(port: u16, security: Security) -> Post {
    let settings = Settings {
        server: Server {
            host: "127.0.0.1".into(),
            port,
            security,
            sign_in: None,
        },
        sender: "Slipway <slipway@example.com>".parse().unwrap(),
        public_url: "https://slipway.example.com/".parse().unwrap(),
    };
    Post {
        limits: Limits {
            step: Duration::from_millis(300),
            whole: Duration::from_secs(5),
        },
        ..Post::new(settings)
    }
}

fn letter(address: &str) -> Letter {
    Letter {
        message: "msg_1@example.com".into(),
        address: address.into(),
        recipient: "Ines".into(),
        said: Rendered {
            subject: "Hello".into(),
            text: "one\n.\n.two\n".into(),
        },
        at: Utc::now(),
    }
}

/// Why a mail to this address was not taken.
async fn refused(port: u16, security: Security, address: &str) -> Failure {
    post(port, security).send(&letter(address)).await.unwrap_err()
}

#[tokio::test]
async fn a_mail_is_handed_in_and_a_dot_does_not_end_it() {
    let (port, mut hear) = server(&[
        ("", "220 hi\r\n"),
        ("EHLO", "250-mail\r\n250-SIZE 1000\r\n250 8BITMIME\r\n"),
        ("MAIL", "250 ok\r\n"),
        ("RCPT", "250 ok\r\n"),
        ("DATA", "354 go on\r\n"),
        (".\r\n", "250 taken\r\n"),
    ])
    .await;
    post(port, Security::Plain)
        .send(&letter("ines@example.com"))
        .await
        .unwrap();
    let mut all = Vec::new();
    while let Ok(line) = hear.try_recv() {
        all.push(line);
    }
    assert!(
        all.contains(&"EHLO slipway.example.com\r\n".to_owned()),
        "{all:?}"
    );
    assert!(
        all.contains(&"MAIL FROM:<slipway@example.com>\r\n".to_owned()),
        "{all:?}"
    );
    assert!(
        all.contains(&"RCPT TO:<ines@example.com>\r\n".to_owned()),
        "{all:?}"
    );
    assert!(
        all.contains(&"..\r\n".to_owned()) && all.contains(&"..two\r\n".to_owned()),
        "{all:?}"
    );
    assert!(!all.iter().any(|line| line.contains('\u{0}')));
}

#[tokio::test]
async fn answers_say_whether_another_attempt_may_help() {
    const BEGIN: [(&str, &str); 2] = [("", "220 hi\r\n"), ("EHLO", "250 mail\r\n")];
    let (port, _hear) = server(&[
        BEGIN[0],
        BEGIN[1],
        ("MAIL", "250 ok\r\n"),
        ("RCPT", "450 busy\r\n"),
    ])
    .await;
    let failure = refused(port, Security::Plain, "a@b").await;
    assert_eq!(
        failure,
        Failure::Later("the recipient was refused: 450 busy".into())
    );
    let (port, _hear) = server(&[
        BEGIN[0],
        BEGIN[1],
        ("MAIL", "250 ok\r\n"),
        ("RCPT", "550-no\r\n550 such user\r\n"),
    ])
    .await;
    let failure = refused(port, Security::Plain, "a@b").await;
    assert_eq!(
        failure,
        Failure::Never("the recipient was refused: 550 no such user".into())
    );
    let (port, _hear) = server(&[BEGIN[0], BEGIN[1], ("MAIL", "530 sign in first\r\n")]).await;
    let failure = refused(port, Security::Plain, "a@b").await;
    assert!(
        matches!(&failure, Failure::Away(why) if why.contains("530")),
        "{failure:?}"
    );
    let (port, _hear) = server(&[("", "554 go away\r\n")]).await;
    let failure = refused(port, Security::Plain, "a@b").await;
    assert!(
        matches!(&failure, Failure::Away(why) if why.contains("554 go away")),
        "{failure:?}"
    );
    let failure = refused(1, Security::Plain, "a@b").await;
    assert!(
        matches!(&failure, Failure::Away(why) if why.contains("no connection")),
        "{failure:?}"
    );
    let (port, _hear) = server(&[("", "SSH-2.0\r\n")]).await;
    let failure = refused(port, Security::Plain, "a@b").await;
    assert!(
        matches!(&failure, Failure::Away(why) if why.contains("no answer of a mail server")),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_silent_server_costs_a_step_and_not_more() {
    for answers in [&[][..], &[("", "220 hi\r\n")][..], &[("", "220-hi\r\n")][..]] {
        let (port, _hear) = server(answers).await;
        let begun = std::time::Instant::now();
        let failure = refused(port, Security::Plain, "a@b").await;
        assert!(
            matches!(&failure, Failure::Away(why) if why.contains("no answer within")),
            "{failure:?}"
        );
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn nothing_is_said_without_tls_unless_it_is_asked_for() {
    let (port, mut hear) = server(&[("", "220 hi\r\n"), ("EHLO", "250 mail\r\n")]).await;
    let failure = refused(port, Security::StartTls, "a@b").await;
    assert!(
        matches!(&failure, Failure::Away(why) if why.contains("does not offer STARTTLS")),
        "{failure:?}"
    );
    let mut all = String::new();
    while let Ok(line) = hear.try_recv() {
        all.push_str(&line);
    }
    assert!(!all.contains("MAIL"), "{all}");
    // Somebody on the way says something that would count as said under TLS.
    let (port, _hear) = server(&[
        ("", "220 hi\r\n"),
        ("EHLO", "250-mail\r\n250 STARTTLS\r\n"),
        ("STARTTLS", "220 go\r\n250 AUTH PLAIN\r\n"),
    ])
    .await;
    let failure = refused(port, Security::StartTls, "a@b").await;
    assert!(
        matches!(&failure, Failure::Away(why) if why.contains("between STARTTLS and TLS")),
        "{failure:?}"
    );
}

#[tokio::test]
async fn an_address_that_is_none_is_given_up_before_a_word() {
    let failure = refused(1, Security::Plain, "a@b> X").await;
    assert!(matches!(failure, Failure::Never(_)));
    let (port, _hear) = server(&[("", "220 hi\r\n"), ("EHLO", "250 mail\r\n")]).await;
    let failure = refused(port, Security::Plain, "zoë@example.com").await;
    assert!(
        matches!(&failure, Failure::Never(why) if why.contains("SMTPUTF8")),
        "{failure:?}"
    );
}
