//! The demo touches no network: while it answers, none of its sockets has a peer beyond loopback.
#![cfg(target_os = "linux")]

use crate::process::Demo;
use crate::support::Folder;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// Inodes of the process's sockets.
fn sockets(pid: u32) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return BTreeSet::new() };
    let links = entries.filter_map(|e| std::fs::read_link(e.ok()?.path()).ok());
    links.filter_map(|l| Some(l.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect()
}

/// An address as the kernel prints it: hex words in the machine's order.
fn address(hex: &str) -> Option<IpAddr> {
    let ip = hex.split(':').next()?;
    let words: Vec<u32> =
        (0..ip.len() / 8).filter_map(|i| u32::from_str_radix(ip.get(i * 8..i * 8 + 8)?, 16).ok()).collect();
    match words.as_slice() {
        [v4] => Some(Ipv4Addr::from(v4.to_ne_bytes()).into()),
        [a, b, c, d] => {
            let mut bytes = [0; 16];
            for (to, word) in bytes.chunks_exact_mut(4).zip([a, b, c, d]) {
                to.copy_from_slice(&word.to_ne_bytes());
            }
            Some(Ipv6Addr::from(bytes).to_canonical())
        }
        _ => None,
    }
}

/// Peers of the sockets in one table, loopback and "none" left out.
fn outside(table: &str, own: &BTreeSet<String>) -> Vec<IpAddr> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let peer = address(fields.get(2)?)?;
        own.contains(*fields.get(9)?).then_some(peer)
    };
    table.lines().skip(1).filter_map(row).filter(|ip| !ip.is_loopback() && !ip.is_unspecified()).collect()
}

fn look(pid: u32) -> (usize, Vec<IpAddr>) {
    let own = sockets(pid);
    let read = |kind: &str| std::fs::read_to_string(format!("/proc/{pid}/net/{kind}")).unwrap_or_default();
    let peers = ["tcp", "tcp6", "udp", "udp6"].iter().flat_map(|k| outside(&read(k), &own)).collect();
    (own.len(), peers)
}

#[test]
fn a_peer_on_the_net_would_be_seen() {
    let row = "  sl\n 0: 0100007F:1F90 08080808:0050 01 0:0 0:0 0 0 0 77 1\n 1: 0100007F:1F90 0100007F:0050 01 0:0 0:0 0 0 0 78 1";
    let own = BTreeSet::from(["77".to_owned(), "78".to_owned()]);
    assert_eq!(outside(row, &own), [IpAddr::from([8, 8, 8, 8])]);
    assert!(outside(row, &BTreeSet::new()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_turns_of_the_demo_touch_loopback_only() {
    let folder = Folder::new("network");
    let demo = Demo::start(folder.path());
    let (pid, stop) = (demo.id(), Arc::new(AtomicBool::new(false)));
    let until = Arc::clone(&stop);
    let watcher = std::thread::spawn(move || {
        let (mut most, mut peers) = (0, Vec::new());
        while !until.load(Ordering::Relaxed) {
            let (sockets, found) = look(pid);
            most = most.max(sockets);
            peers.extend(found);
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        (most, peers)
    });
    let cookie = demo.sign_in("daniel").await;
    let (conversation, cookie) = demo.open(Some(&cookie)).await;
    let texts = [
        "where is my order",
        "how long does delivery take",
        "what does my refill cost",
        "can I take ibuprofen with it",
        "talk to a person",
    ];
    for text in texts.iter().chain(&texts) {
        let answer = demo.post(&conversation, &cookie, &Uuid::now_v7().to_string(), text).await.unwrap();
        assert!(answer.text().await.unwrap().contains("event: done"), "{text}");
    }
    stop.store(true, Ordering::Relaxed);
    let (most, peers) = watcher.join().unwrap();
    assert!(most >= 2, "the watcher saw no sockets, so it proves nothing");
    assert!(peers.is_empty(), "the demo talked to {peers:?}");
}
