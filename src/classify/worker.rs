//! The model on its own thread behind a bounded queue: overload is an error at once, never a growing queue.
//! A panic inside a batch costs that batch, not the thread; the caller fails closed.

use super::{Inference, Model, ModelError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// Texts that are judged together at most.
const TEXTS: usize = 16;

/// Something that judges texts: the model, or a fake in a test.
pub trait Judge: Send + Sync + 'static {
    /// One inference a text, in order.
    ///
    /// # Errors
    /// Any [`ModelError`].
    fn judge(&self, texts: &[&str]) -> Result<Vec<Inference>, ModelError>;
}

impl Judge for Model {
    fn judge(&self, texts: &[&str]) -> Result<Vec<Inference>, ModelError> {
        self.infer(texts)
    }
}

/// Why there is no verdict. None of them is a pass: the caller escalates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassifyError {
    /// The queue is full.
    #[error("the classifier is overloaded")]
    Overloaded,
    /// The deadline passed before the verdict was there.
    #[error("the classifier did not answer in time")]
    Timeout,
    /// The model failed, panicked or its thread is gone.
    #[error("the classifier failed: {0}")]
    Failed(String),
}

type Verdicts = Result<Vec<Inference>, ClassifyError>;

struct Job {
    texts: Vec<String>,
    reply: oneshot::Sender<Verdicts>,
}

/// A handle on the classifier thread; clones share it. The thread ends when the last handle is dropped.
#[derive(Clone)]
pub struct Classifier {
    queue: SyncSender<Job>,
}

impl Classifier {
    /// Starts the thread with room for `queue` waiting calls (at least one).
    #[must_use]
    pub fn start(model: Arc<Model>, queue: usize) -> Self {
        Self::start_with(model, queue)
    }

    /// As [`Classifier::start`], with any judge.
    #[must_use]
    pub fn start_with(judge: Arc<dyn Judge>, queue: usize) -> Self {
        let (sender, receiver) = sync_channel(queue.max(1));
        let thread = std::thread::Builder::new().name("classifier".into());
        // A thread that cannot start drops the receiver: every call then fails closed.
        if let Err(error) = thread.spawn(move || serve(judge.as_ref(), &receiver)) {
            tracing::error!(%error, "the classifier thread cannot start");
        }
        Self { queue: sender }
    }

    /// Judges texts, in order, within `deadline` from now.
    ///
    /// # Errors
    /// [`ClassifyError`]; `Overloaded` comes back at once.
    pub async fn infer(&self, texts: Vec<String>, deadline: Duration) -> Verdicts {
        let answer = self.send(texts)?;
        match tokio::time::timeout(deadline, answer).await {
            Err(_) => Err(ClassifyError::Timeout),
            Ok(received) => received.unwrap_or_else(|_| Err(gone())),
        }
    }

    /// Judges texts and waits as long as it takes: for the harness and the command line, never inside a runtime.
    ///
    /// # Errors
    /// [`ClassifyError::Overloaded`] or [`ClassifyError::Failed`].
    pub fn infer_blocking(&self, texts: Vec<String>) -> Verdicts {
        self.send(texts)?.blocking_recv().unwrap_or_else(|_| Err(gone()))
    }

    fn send(&self, texts: Vec<String>) -> Result<oneshot::Receiver<Verdicts>, ClassifyError> {
        let (reply, answer) = oneshot::channel();
        match self.queue.try_send(Job { texts, reply }) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(ClassifyError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(gone()),
        }
    }
}

fn gone() -> ClassifyError {
    ClassifyError::Failed("its thread is gone".into())
}

fn serve(judge: &dyn Judge, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut texts = first.texts.len();
        let mut jobs = vec![first];
        while texts < TEXTS {
            let Ok(job) = queue.try_recv() else { break };
            texts += job.texts.len();
            jobs.push(job);
        }
        jobs.retain(|job| !job.reply.is_closed()); // the caller gave up: its deadline passed
        answer(judge, jobs);
    }
}

/// Judges jobs together; when that fails, one by one, so that one text cannot take others down with it.
fn answer(judge: &dyn Judge, jobs: Vec<Job>) {
    let texts: Vec<&str> = jobs.iter().flat_map(|job| &job.texts).map(String::as_str).collect();
    match guarded(judge, &texts) {
        Ok(all) => {
            let mut all = all.into_iter();
            jobs.into_iter().for_each(|job| {
                let own = all.by_ref().take(job.texts.len()).collect();
                drop(job.reply.send(Ok(own)));
            });
        }
        Err(error) if jobs.len() <= 1 => jobs.into_iter().for_each(|job| drop(job.reply.send(Err(error.clone())))),
        Err(_) => jobs.into_iter().for_each(|job| answer(judge, vec![job])),
    }
}

fn guarded(judge: &dyn Judge, texts: &[&str]) -> Verdicts {
    let failed = |reason: String| ClassifyError::Failed(reason);
    let caught = catch_unwind(AssertUnwindSafe(|| judge.judge(texts)));
    let verdicts = caught.map_err(|_| failed("it panicked".into()))?.map_err(|e| failed(e.to_string()))?;
    if verdicts.len() == texts.len() { Ok(verdicts) } else { Err(failed("a verdict is missing".into())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{embedding::Embedding, score::Score};
    use std::sync::RwLock;

    /// Waits while the flag is up. Answers with the text's length as the first risk in percent; "panic" and "error" do as they say.
    struct Fake(Arc<RwLock<bool>>);

    impl Judge for Fake {
        fn judge(&self, texts: &[&str]) -> Result<Vec<Inference>, ModelError> {
            while *self.0.read().unwrap() {
                std::thread::sleep(Duration::from_millis(1));
            }
            assert!(!texts.contains(&"panic"), "as asked");
            if texts.contains(&"error") {
                return Err(ModelError::NotFinite);
            }
            Ok(texts.iter().map(|t| verdict(t.len() as f32 / 100.0)).collect())
        }
    }

    fn verdict(p: f32) -> Inference {
        let score = Score::new(p).unwrap();
        let embedding = Embedding::new(vec![1.0; 384]).unwrap();
        Inference { risks: [score; 15], intents: [score; 35], ood: score, embedding, loudest: [0; 15] }
    }

    fn ask(c: &Classifier, text: &str) -> Result<f32, ClassifyError> {
        c.infer_blocking(vec![text.into()]).map(|v| v[0].ood.value())
    }

    #[test]
    fn panic_and_error_are_reported_and_the_thread_goes_on() {
        let c = Classifier::start_with(Arc::new(Fake(Arc::default())), 4);
        assert_eq!(ask(&c, "panic"), Err(ClassifyError::Failed("it panicked".into())));
        assert!(matches!(ask(&c, "error"), Err(ClassifyError::Failed(_))));
        assert_eq!(ask(&c, "four"), Ok(0.04));
    }

    #[tokio::test]
    async fn overload_timeout_and_neighbours_of_a_panic() {
        let gate = Arc::new(RwLock::new(true));
        let c = Classifier::start_with(Arc::new(Fake(gate.clone())), 2);
        let brief = Duration::from_millis(30);
        assert_eq!(c.infer(vec!["first".into()], brief).await, Err(ClassifyError::Timeout));
        let (c1, c2) = (c.clone(), c.clone());
        let bad = tokio::spawn(async move { c1.infer(vec!["panic".into()], Duration::from_secs(5)).await });
        let good =
            tokio::spawn(async move { c2.infer(vec!["seven77".into(), "a".into()], Duration::from_secs(5)).await });
        tokio::time::sleep(brief).await;
        assert_eq!(c.infer(vec!["more".into()], brief).await, Err(ClassifyError::Overloaded));
        *gate.write().unwrap() = false;
        assert!(bad.await.unwrap().is_err());
        let good = good.await.unwrap().unwrap();
        assert_eq!((good[0].ood.value(), good[1].ood.value()), (0.07, 0.01));
    }
}
