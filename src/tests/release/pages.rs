//! UNSIGNED in a real browser: readable on every page of an unsigned server, in the page's language or both, without breaking a rule of
//! accessibility.

use crate::process::Demo;
use crate::support::{Folder, tool};
use crate::webdriver::{Driver, Page};
use serde_json::json;

/// What a person sees of it: shown, inside the window, and its words.
async fn shown(page: &Page) -> String {
    page.wait("document.querySelector('.unsigned')").await;
    let script = "const n = document.querySelector('.unsigned'), b = n.getBoundingClientRect();
        return b.width > 0 && b.height > 0 && b.top >= 0 && b.left >= 0 && b.right <= innerWidth + 1 && b.bottom <= innerHeight ? n.innerText : ''";
    page.js(script).await.as_str().unwrap().to_owned()
}

async fn fine(page: &Page, what: &str) {
    assert_eq!(page.axe(&tool("node_modules/axe-core/axe.min.js")).await, json!([]), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_stands_on_every_page_where_it_can_be_read() {
    let folder = Folder::new("demo");
    let (driver, demo) = (Driver::start(), Demo::start(folder.path()));
    let url = |path: &str| format!("{}{path}", demo.base);
    let page = Page::new(&driver, 1280, 900).await;
    for path in ["/demo", "/console"] {
        page.go(&url(path)).await;
        let said = shown(&page).await;
        assert!(said.contains("UNSIGNED") && said.contains("SIN FIRMAR"), "{path}: {said}");
        fine(&page, path).await;
        page.shot(&format!("unsigned{}", path.replace('/', "-"))).await;
    }
    page.go(&demo.shop).await;
    assert!(shown(&page).await.contains("UNSIGNED"), "the shop");
    let narrow = Page::dark(&driver, 320, 640).await;
    narrow.narrow(320, 640).await;
    for (lang, word, other) in [("en", "UNSIGNED", "FIRMAR"), ("es", "SIN FIRMAR", "UNSIGNED")] {
        narrow.go(&url(&format!("/chat?lang={lang}"))).await;
        narrow.wait("document.querySelectorAll('#log li').length >= 1").await;
        let said = shown(&narrow).await;
        assert!(said.contains(word) && !said.contains(other), "{lang}: {said}");
        fine(&narrow, lang).await;
        narrow.shot(&format!("unsigned-chat-{lang}")).await;
        let room = narrow.js("return document.getElementById('scroll').clientHeight").await.as_u64().unwrap();
        assert!(room > 200, "it is not in the way: {room} px are left for what is said");
    }
    let desk = Page::new(&driver, 1280, 900).await;
    desk.go(&url("/demo/pharmacist")).await;
    desk.wait("!document.getElementById('leave').hidden").await;
    assert!(shown(&desk).await.contains("UNSIGNED"), "the console");
    for page in [page, narrow, desk] {
        page.close().await;
    }
}
