//! nginx in front of Node's `ws`: passwords, redirects, and what a proxy answers in place of the
//! server behind it.

use crate::harness::{Authority, Nginx, Run, sockeye};

/// nginx with these directives, and its authority; none when it is not installed.
fn nginx(directives: &str) -> Option<(Nginx, Authority)> {
    let authority = Authority::new();
    let nginx = Nginx::before_node(&authority.server_with(|_| {}), directives)?;
    Some((nginx, authority))
}

/// Says hello at a path and waits for the echo.
fn hello(nginx: &Nginx, authority: &Authority, path: &str, options: &[&str]) -> Run {
    let (url, ca) = (nginx.url(path), authority.ca());
    let line = [
        &*url,
        "--ca",
        ca.to_str().unwrap(),
        "-x",
        "hello",
        "-w",
        "inf",
        "-1",
    ];
    sockeye(line.iter().chain(options)).run()
}

#[track_caller]
fn is_answered(run: &Run) {
    run.ends_with_status(0).prints("hello\n");
}

#[test]
fn a_password_opens_what_is_closed_without() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords");
    std::fs::write(&file, "alice:{PLAIN}open sesame\n").unwrap();
    let directives = format!(
        "auth_basic \"the cave\"; auth_basic_user_file {};",
        file.display()
    );
    let Some((nginx, authority)) = nginx(&directives) else {
        return;
    };
    hello(&nginx, &authority, "/", &[])
        .says("HTTP 401")
        .says("-u NAME:PASSWORD")
        .ends_with_status(5);
    let wrong = hello(&nginx, &authority, "/", &["-u", "alice:open barley"]);
    wrong.says("HTTP 401").ends_with_status(5);
    wrong.does_not_say("barley");
    is_answered(&hello(
        &nginx,
        &authority,
        "/",
        &["-u", "alice:open sesame"],
    ));
    let with_userinfo = nginx
        .url("/")
        .replace("wss://", "wss://alice:open%20sesame@");
    let ca = authority.ca();
    let line = [
        &*with_userinfo,
        "--ca",
        ca.to_str().unwrap(),
        "-x",
        "hello",
        "-1",
    ];
    is_answered(&sockeye(line).run());
}

#[test]
fn each_redirect_is_followed_on_demand() {
    let statuses = [301, 302, 303, 307, 308];
    let moved = |status| format!("location = /{status} {{ return {status} /there; }}");
    let directives: String = statuses.into_iter().map(moved).collect();
    let Some((nginx, authority)) = nginx(&directives) else {
        return;
    };
    for status in statuses {
        let path = format!("/{status}");
        is_answered(&hello(&nginx, &authority, &path, &["-L"]));
        hello(&nginx, &authority, &path, &[])
            .says(&format!("HTTP {status}"))
            .says("/there: -L follows it there")
            .ends_with_status(5);
    }
}

#[test]
fn a_redirect_in_a_circle_ends() {
    let directives = "location = /a { return 302 /b; } location = /b { return 302 /a; }";
    let Some((nginx, authority)) = nginx(directives) else {
        return;
    };
    hello(&nginx, &authority, "/a", &["-L"]).ends_with_status(5);
}

#[test]
fn what_nginx_answers_itself_has_its_likely_cause() {
    let directives = "
        location = /page { default_type text/html; return 200 '<h1>Welcome</h1>'; }
        location = /forbidden { return 403; }
        location = /nothing { return 404; }
        location = /busy { add_header Retry-After 7 always; return 429; }
        location = /down { proxy_pass http://127.0.0.1:1; }
        location = /later { return 503; }";
    let Some((nginx, authority)) = nginx(directives) else {
        return;
    };
    for (path, status, cause) in [
        ("/page", "HTTP 200", "a page and not a WebSocket"),
        ("/page", "Welcome", "is the path right"),
        ("/forbidden", "HTTP 403", "-o"),
        ("/nothing", "HTTP 404", "is the path right"),
        ("/busy", "HTTP 429", "try again in 7.0 s"),
        ("/down", "HTTP 502", "does not reach it"),
        ("/later", "HTTP 503", "--retry"),
    ] {
        hello(&nginx, &authority, path, &[])
            .says(status)
            .says(cause)
            .ends_with_status(5);
    }
}

#[test]
fn an_upgrade_that_the_proxy_does_not_pass_on_is_explained() {
    let directives = "location = /stripped {
            proxy_pass $behind;
            proxy_http_version 1.1;
        }";
    let Some((nginx, authority)) = nginx(directives) else {
        return;
    };
    // Node's `ws` answers 426 or 400 to a request that asks for nothing.
    let run = hello(&nginx, &authority, "/stripped", &[]);
    run.says("Upgrade and Connection").ends_with_status(5);
}
