//! Mails of the real binary, to a real mail server on this machine.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{
    PASSWORD, Server, administrator, done, fails, json as answer, request, run_with, wait_for,
};

/// A mail that was taken.
#[derive(Clone)]
struct Got {
    to: String,
    /// Headers and text, as they came.
    text: String,
}

impl Got {
    fn header(&self, name: &str) -> String {
        let mut lines = self
            .text
            .lines()
            .skip_while(|line| !line.starts_with(&format!("{name}:")));
        let first = lines
            .next()
            .unwrap_or_else(|| panic!("no {name} in {}", self.text));
        let more = lines
            .take_while(|line| line.starts_with(['\t', ' ']))
            .map(str::trim);
        let whole = std::iter::once(first.split_once(':').unwrap().1.trim()).chain(more);
        whole.collect::<Vec<_>>().join(" ")
    }
}

/// Takes mails. What it answers to a recipient is said beforehand, else `250`.
struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<BTreeMap<String, VecDeque<&'static str>>>>,
}

impl Receiver {
    fn start() -> Self {
        Self::on("127.0.0.1:0".parse().unwrap())
    }

    fn on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            got: Arc::default(),
            answers: Arc::default(),
        };
        let (got, answers) = (receiver.got.clone(), receiver.answers.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (got, answers) = (got.clone(), answers.clone());
                // The other side may be killed while it speaks.
                std::thread::spawn(move || drop(speak(stream, &got, &answers)));
            }
        });
        receiver
    }

    fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    fn to(&self) -> Vec<String> {
        self.got().into_iter().map(|one| one.to).collect()
    }

    fn answer(&self, to: &str, answers: &[&'static str]) {
        self.answers
            .lock()
            .unwrap()
            .insert(to.to_owned(), answers.iter().copied().collect());
    }
}

fn speak(
    mut stream: TcpStream,
    got: &Mutex<Vec<Got>>,
    answers: &Mutex<BTreeMap<String, VecDeque<&'static str>>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes());
    say("220 mail.example.com")?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let word = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
        match word.as_str() {
            "EHLO" => say("250-mail.example.com\r\n250 8BITMIME")?,
            "RCPT" => {
                to = line
                    .trim()
                    .trim_start_matches("RCPT TO:<")
                    .trim_end_matches('>')
                    .to_owned();
                let next = answers.lock().unwrap().get_mut(&to).and_then(VecDeque::pop_front);
                say(next.unwrap_or("250 ok"))?;
            }
            "DATA" => {
                say("354 go on")?;
                let mut text = String::new();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line)? == 0 {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                got.lock().unwrap().push(Got { to: to.clone(), text });
                say("250 taken")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}

/// A server with a release for Ines, done by the crew: its members Cleo, who gets mails, and Dora, who does not.
struct House {
    data: String,
    admin: String,
    crew: String,
    requester: String,
    group: Value,
    _folder: tempfile::TempDir,
}

const PEOPLE: [&str; 3] = ["ines", "cleo", "dora"];

impl House {
    fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").to_str().unwrap().to_owned();
        let place = ["--data", data.as_str()];
        let admin = administrator(&place);
        let mut tokens = Vec::new();
        for login in PEOPLE {
            let add = ["user", "add", login, "--password-stdin", place[0], place[1]];
            done(&add, &run_with(&add, &format!("{PASSWORD}\n")));
            let made = answer(&["token", "create", "--user", login, "--json", place[0], place[1]]);
            tokens.push(made["token"].as_str().unwrap().to_owned());
        }
        Self {
            admin,
            requester: tokens[0].clone(),
            crew: tokens[1].clone(),
            group: Value::Null,
            data,
            _folder: folder,
        }
    }

    fn serve(&self, smtp: &str) -> Server {
        let flags = [
            "--smtp",
            smtp,
            "--smtp-plain",
            "--mail-from",
            "Slipway <slipway@example.com>",
        ];
        let mut arguments = vec![
            "--data",
            self.data.as_str(),
            "--public-url",
            "https://slipway.example/",
        ];
        arguments.extend(flags);
        Server::start(&arguments)
    }

    /// Addresses, and the group.
    fn furnish(&mut self, server: &Server) {
        for login in PEOPLE {
            let id = self.person(server, login);
            let path = format!("/api/v1/admin/users/{}", id.as_str().unwrap());
            let version = server.get(&path, &self.admin).1["version"].clone();
            let patch = json!({ "version": version, "email": format!("{login}@example.com") });
            let (status, body) = request(server.address, "PATCH", &path, &self.admin, Some(&patch)).unwrap();
            assert_eq!(status, 200, "{body}");
        }
        let (cleo, dora) = (self.person(server, "cleo"), self.person(server, "dora"));
        self.group = self.make_group(server, "Crew", &json!([cleo, dora]), &json!([cleo]))["id"].clone();
    }

    fn make_group(&self, server: &Server, name: &str, members: &Value, mailed: &Value) -> Value {
        let rights = json!({ "view": "all", "create": "all", "execute": "all", "delegate": "all", "hold": "all", "cancel": "all" });
        let group = json!({
            "name": name, "members": members, "mailed": mailed, "emails": [format!("{}@example.com", name.to_lowercase())],
            "told": ["received", "redirected", "shared"], "rights": rights,
        });
        post(server, "/api/v1/admin/groups", &self.admin, &group)
    }

    fn person(&self, server: &Server, login: &str) -> Value {
        let (_, directory) = server.get("/api/v1/directory", &self.admin);
        let people = directory["people"].as_array().unwrap();
        people.iter().find(|one| one["login"] == login).unwrap()["id"].clone()
    }

    /// A release, submitted by Cleo; the path of its commands.
    fn submitted(&self, server: &Server, more: &Value) -> String {
        let mut fields = json!({
            "title": "Schöne neue Switches", "release_type": "standard", "requester": self.person(server, "ines"),
            "assignment_group": self.group, "planned_start": "2027-03-08T18:00:00Z", "planned_end": "2027-03-08T22:00:00Z",
        });
        for (name, value) in more.as_object().unwrap() {
            fields[name] = value.clone();
        }
        let new = json!({ "fields": fields, "steps": [{ "title": "Change them", "minutes": 30 }] });
        let made = post(server, "/api/v1/releases", &self.crew, &new);
        let commands = format!(
            "/api/v1/releases/{}/commands",
            made["view"]["number"].as_str().unwrap()
        );
        post(server, &commands, &self.crew, &json!({ "command": "submit" }));
        commands
    }

    fn log(&self, server: &Server, query: &str) -> Value {
        let (status, log) = server.get(&format!("/api/v1/admin/mails{query}"), &self.admin);
        assert_eq!(status, 200, "{log}");
        log
    }
}

fn post(server: &Server, path: &str, token: &str, body: &Value) -> Value {
    let (status, answer) = server.post(path, token, body).unwrap();
    assert!([200, 201].contains(&status), "{path} {body}: {status} {answer}");
    answer
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

#[test]
fn requester_and_groups_are_told_once_in_the_words_of_the_type() {
    let receiver = Receiver::start();
    let mut house = House::build();
    let server = house.serve(&receiver.url());
    house.furnish(&server);
    let admin = &house.admin;

    // A template with a wrong placeholder is refused and named; then one of its own for actions.
    let template =
        |subject: &str| json!({ "name": "Deeds", "subject": subject, "text": "{actor} {what}, {link}" });
    let (status, wrong) = server
        .post("/api/v1/admin/mail-templates", admin, &template("{nmber}"))
        .unwrap();
    assert_eq!(
        (status, &wrong["errors"][0]["at"]),
        (422, &"subject".into()),
        "{wrong}"
    );
    let said = wrong["errors"][0]["message"].as_str().unwrap();
    assert!(said.contains("`{nmber}`") && said.contains("requester"), "{said}");
    let made = post(
        &server,
        "/api/v1/admin/mail-templates",
        admin,
        &template("Deed: {number} {title}"),
    );
    let kind = server.get("/api/v1/admin/types/standard", admin).1;
    let mails = json!([{ "moment": "action", "template": made["id"] }]);
    let patch = json!({ "version": kind["version"], "mails": mails });
    let (status, kind) = request(
        server.address,
        "PATCH",
        "/api/v1/admin/types/standard",
        admin,
        Some(&patch),
    )
    .unwrap();
    assert_eq!((status, &kind["mails"]), (200, &mails), "{kind}");
    let patch =
        json!({ "version": kind["version"], "mails": [{ "moment": "shared", "template": "nothing" }] });
    let (status, wrong) = request(
        server.address,
        "PATCH",
        "/api/v1/admin/types/standard",
        admin,
        Some(&patch),
    )
    .unwrap();
    assert_eq!(
        (status, &wrong["errors"][0]["at"]),
        (422, &"mails".into()),
        "{wrong}"
    );

    let commands = house.submitted(&server, &json!({}));
    // Nobody else is asked for a go-ahead, and Cleo did it herself.
    wait_for(|| receiver.to() == ["ines@example.com"]);
    let mail = &receiver.got()[0];
    assert!(mail.header("Subject").starts_with("=?utf-8?"), "{}", mail.text);
    assert_eq!(mail.header("From"), "\"Slipway\" <slipway@example.com>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert!(
        mail.text.contains("https://slipway.example/releases/REL-000001"),
        "{}",
        mail.text
    );

    let preview = json!({ "template": template("{number} for {recipient}"), "release": "REL-000001" });
    let preview = post(&server, "/api/v1/admin/mail-templates/preview", admin, &preview);
    assert_eq!(preview["subject"], "REL-000001 for ada");

    // Ines gives the go-ahead: it is the turn of the crew, of which Dora gets no mails.
    post(
        &server,
        &commands,
        &house.requester,
        &json!({ "command": "authorise" }),
    );
    wait_for(|| receiver.got().len() == 3);
    assert_eq!(
        sorted(receiver.to())[..2],
        ["cleo@example.com", "crew@example.com"]
    );

    // Dora gives it to a second group that she is in as well; the requester reads the words of the type.
    let dora = house.person(&server, "dora");
    let second = house.make_group(&server, "Storage", &json!([dora]), &json!([dora]));
    post(
        &server,
        &commands,
        &house.crew,
        &json!({ "command": "change_group", "to": second["id"] }),
    );
    wait_for(|| receiver.got().len() == 6);
    let rest: Vec<Got> = receiver.got().split_off(3);
    let to = sorted(rest.iter().map(|one| one.to.clone()).collect());
    assert_eq!(
        to,
        ["dora@example.com", "ines@example.com", "storage@example.com"]
    );
    let ines = rest.iter().find(|one| one.to == "ines@example.com").unwrap();
    assert!(
        ines.text.contains("cleo gave it to the group Storage"),
        "{}",
        ines.text
    );

    // The switch of the release counts, until the group insists.
    post(
        &server,
        &commands,
        &house.crew,
        &json!({ "command": "set", "field": "mail_actions", "value": false }),
    );
    let path = format!("/api/v1/admin/groups/{}", second["id"].as_str().unwrap());
    let patch = json!({ "version": second["version"], "told": [], "obligatory": ["completed"] });
    let (status, body) = request(server.address, "PATCH", &path, admin, Some(&patch)).unwrap();
    assert_eq!(status, 200, "{body}");
    post(
        &server,
        &commands,
        &house.crew,
        &json!({ "command": "set", "field": "mail_completed", "value": false }),
    );
    post(
        &server,
        &commands,
        &house.crew,
        &json!({ "command": "hold", "reason": "parts", "note": "" }),
    );
    post(
        &server,
        &commands,
        &house.crew,
        &json!({ "command": "cancel", "reason": "No parts." }),
    );
    wait_for(|| receiver.got().len() == 7);
    let last = receiver.got().pop().unwrap();
    assert_eq!(last.to, "ines@example.com");
    assert!(last.header("Subject").contains("REL-000001"), "{}", last.text);
    wait_for(|| house.log(&server, "?state=sent")["total"] == 7);
    assert_eq!(house.log(&server, "")["total"], 7, "held without a mail");

    // A test, to oneself.
    let (status, refused) = server.post("/api/v1/admin/mail/test", admin, &json!({})).unwrap();
    assert_eq!(status, 409, "no address yet: {refused}");
    let (_, standing) = server.get("/api/v1/admin/mail", admin);
    assert_eq!(standing["sender"], "Slipway <slipway@example.com>");
    assert_eq!((&standing["queued"], &standing["sent"]), (&0.into(), &7.into()));
    let (_, metrics) = server.get("/metrics", admin);
    let metrics = metrics.as_str().unwrap();
    assert!(
        metrics.contains("slipway_mail_attempts_total{outcome=\"sent\"} 7"),
        "{metrics}"
    );
    assert_eq!(server.get("/api/v1/admin/mails", &house.crew).0, 403);
}

#[test]
fn what_is_refused_for_now_is_tried_again_and_what_is_refused_for_good_is_shown() {
    let receiver = Receiver::start();
    let mut house = House::build();
    let server = house.serve(&receiver.url());
    house.furnish(&server);
    receiver.answer("ines@example.com", &["450 busy"]);
    let commands = house.submitted(&server, &json!({}));
    wait_for(|| receiver.to() == ["ines@example.com"]);
    wait_for(|| house.log(&server, "?state=sent")["items"][0]["attempts"] == 2);

    receiver.answer("crew@example.com", &["550 no such box", "550 no such box"]);
    post(
        &server,
        &commands,
        &house.requester,
        &json!({ "command": "authorise" }),
    );
    wait_for(|| house.log(&server, "?state=given_up")["total"] == 1);
    let lost = house.log(&server, "?state=given_up")["items"][0].clone();
    assert_eq!(lost["address"], "crew@example.com");
    assert!(
        lost["trouble"].as_str().unwrap().contains("550 no such box"),
        "{lost}"
    );
    let (_, metrics) = server.get("/metrics", &house.admin);
    assert!(
        metrics
            .as_str()
            .unwrap()
            .contains("slipway_mail_given_up_total 1")
    );

    // By hand: first in vain, then the box is there.
    let again = format!("/api/v1/admin/mails/{}/again", lost["id"].as_str().unwrap());
    for _ in 0..2 {
        let row = post(&server, &again, &house.admin, &json!({}));
        assert_eq!(row["state"], "queued", "{row}");
        wait_for(|| house.log(&server, "?state=queued")["total"] == 0);
    }
    let sent = receiver
        .got()
        .into_iter()
        .find(|one| one.to == "crew@example.com")
        .unwrap();
    assert_eq!(
        sent.header("Message-ID"),
        format!("<{}>", lost["message"].as_str().unwrap())
    );
    assert_eq!(house.log(&server, "?state=given_up")["total"], 0);
    let nobody = server.post("/api/v1/admin/mails/7.nobody@x/again", &house.admin, &json!({}));
    assert_eq!(nobody.unwrap().0, 404);
}

#[test]
fn a_server_that_is_killed_between_queueing_and_sending_sends_once_after_its_start() {
    // Nobody listens at first.
    let place = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut house = House::build();
    let server = house.serve(&format!("smtp://{place}"));
    house.furnish(&server);
    house.submitted(&server, &json!({}));
    wait_for(|| house.log(&server, "?state=queued")["items"][0]["attempts"].as_u64() >= Some(1));
    let waiting = house.log(&server, "")["items"][0].clone();
    assert!(
        waiting["trouble"].as_str().unwrap().contains("no connection"),
        "{waiting}"
    );
    server.kill();

    let receiver = Receiver::on(place);
    let server = house.serve(&receiver.url());
    wait_for(|| house.log(&server, "?state=sent")["total"] == 1);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(receiver.to(), ["ines@example.com"]);
    assert_eq!(house.log(&server, "")["total"], 1);
    let got = receiver.got();
    assert_eq!(
        got[0].header("Message-ID"),
        format!("<{}>", waiting["message"].as_str().unwrap())
    );

    // Without a mail server nothing is queued, nor told afterwards.
    assert_eq!(server.stop().0, Some(0));
    let server = Server::start(&["--data", &house.data]);
    house.submitted(&server, &json!({}));
    let (_, standing) = server.get("/api/v1/admin/mail", &house.admin);
    assert_eq!(
        (&standing["server"], &standing["queued"]),
        (&Value::Null, &0.into())
    );
    let test = server
        .post("/api/v1/admin/mail/test", &house.admin, &json!({}))
        .unwrap();
    assert_eq!(test.0, 409);
    assert_eq!(server.stop().0, Some(0));
    let server = house.serve(&receiver.url());
    let commands = house.submitted(&server, &json!({ "title": "Later" }));
    wait_for(|| receiver.got().len() == 2);
    assert!(
        receiver.got()[1]
            .text
            .contains(commands.split('/').nth(4).unwrap())
    );
    assert_eq!(house.log(&server, "")["total"], 2);
}

#[test]
fn a_mail_server_that_hangs_keeps_nobody_else_waiting() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut house = House::build();
    let server = house.serve(&format!("smtp://{}", silent.local_addr().unwrap()));
    house.furnish(&server);
    house.submitted(&server, &json!({}));
    wait_for(|| house.log(&server, "?state=queued")["total"] == 1);
    let (_held, _) = silent.accept().unwrap();
    // While it hangs: requests are answered, and what is due meanwhile is queued.
    let begun = Instant::now();
    house.submitted(&server, &json!({ "title": "Another" }));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    wait_for(|| house.log(&server, "?state=queued")["total"] == 2);
    let (code, took) = server.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(12), "{took:?}");
}

#[test]
fn settings_that_cannot_work_are_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let said = fails(
        1,
        &["serve", "--data", data, "--smtp", "smtps://mail.example.com"],
    );
    assert!(said.contains("--mail-from"), "{said}");
    let with_password = [
        "--smtp",
        "smtps://ada:secret@mail.example.com",
        "--mail-from",
        "a@example.com",
    ];
    let mut arguments = vec![
        "check-config",
        "--data",
        data,
        "--public-url",
        "https://x.example/",
    ];
    arguments.extend(with_password);
    let said = format!("{:?}", crate::process::run(&arguments));
    assert!(said.contains("SLIPWAY_SMTP_PASSWORD"), "{said}");
}
