//! A delivered request, checked by the libraries that receivers use: `standardwebhooks` for Python and for Node. `./test`
//! installs both beside the build.

use super::inbox::{Bench, Inbox, SECRET};
use crate::support::{Folder, tool};
use serde_json::json;
use std::path::Path;
use std::process::Command;

const PYTHON: &str = "
import json, sys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
case = json.load(open(sys.argv[1], encoding='utf-8'))
hook = Webhook(case['secret'])
assert hook.verify(case['body'], case['headers'])['type'] == 'escalation.created'
try:
    hook.verify(case['body'].replace('P0', 'P4'), case['headers'])
except WebhookVerificationError:
    print('accepted, and refused when changed')
";
const NODE: &str = "
const { Webhook } = require('standardwebhooks');
const given = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));
const hook = new Webhook(given.secret);
if (hook.verify(given.body, given.headers).type !== 'escalation.created') process.exit(1);
try {
  hook.verify(given.body.replace('P0', 'P4'), given.headers);
} catch (e) {
  console.log('accepted, and refused when changed');
}
";

fn accepts(mut command: Command, case: &Path) {
    let output = command.arg(case).output().expect("the interpreter starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("accepted, and refused when changed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn libraries_of_other_languages_accept_what_is_delivered() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    bench.put("m1", "pager").await;
    assert_eq!(bench.deliver(&[inbox.endpoint("pager")]).await, 1);
    let (headers, body) = inbox.got.lock().unwrap()[0].clone();
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let headers: serde_json::Map<_, _> = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        .map(|name| (name.to_owned(), json!(text(name))))
        .into_iter()
        .collect();
    let files = Folder::new("verifiers");
    let file = |name: &str, content: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let body = String::from_utf8(body.to_vec()).unwrap();
    let case = file("case.json", &json!({"secret": SECRET, "headers": headers, "body": body}).to_string());
    let mut python = Command::new(tool("bin/python"));
    python.arg(file("check.py", PYTHON));
    accepts(python, &case);
    let mut node = Command::new("node");
    node.env("NODE_PATH", tool("node_modules")).arg(file("check.cjs", NODE));
    accepts(node, &case);
}
